"""The arrays of python -m braid score."""

import errno
import os
import re
import struct

import numpy as np
import pytest

from braid import BadInputError, FileError
from braid._npy import read_tokens, write_array


def header(text, version=1):
    text = text.encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text


def description(shape, descr="'<i4'"):
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n"


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_read(tmp_path, order, version):
    expected = np.asarray(np.arange(12, dtype=np.int32).reshape(3, 4), order=order)
    with open(tmp_path / "x.npy", "wb") as file:
        np.lib.format.write_array(file, expected, version)
    found = read_tokens(str(tmp_path / "x.npy"))
    assert found.dtype == np.int32 and np.array_equal(found, expected)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "contents, words",
    [
        (header("{'descr': ('<i4'"), "expected a NumPy file, found fault: "),
        (header("{[1]:2}"), "expected a NumPy file, found fault: "),
        (header(description((2, 2), "'<i4,,'")), "expected a NumPy file, found fault: "),
        (header("[" * 3000), "expected a NumPy file, found fault: "),
        (header("-" * 9000 + "1"), "expected a NumPy file, found fault: "),
        (header(r"{'\d': 2}"), "expected a NumPy file, found fault: "),
        (header(description((2, 2)))[:40], "expected a NumPy file, found fault: "),
        (header(description((2, 2)), 9), "expected a NumPy file, found fault: expected version 1.0, 2.0 or 3.0, found 9.0"),
        (b"\x93NUMPY\x01", "expected a NumPy file, found fault: "),
        (b"text", "expected a NumPy array, found a file that begins with b'text'"),
        (header(description((2, -3))), "expected int32 of shape [B, T], found int32 of shape [2, -3]"),
        (header(description((2, 0))), "expected int32 of shape [B, T], found int32 of shape [2, 0]"),
        (header(description((2,))), "expected int32 of shape [B, T], found int32 of shape [2]"),
        (header(description((2, 2), "'|O'")), "expected int32 of shape [B, T], found object of shape [2, 2]"),
        (
            header(description((10**25, 100000))),
            f"expected {4 * 10**30} bytes for shape [{10**25}, 100000], found 0",
        ),
        (
            header(description((10**9, 100000))).ljust(128, b"\0"),
            "expected 400000000000000 bytes for shape [1000000000, 100000], found 44",
        ),
        (header(description((2, 2))) + bytes(17), "expected 16 bytes for shape [2, 2], found 17"),
    ],
)
def test_what_is_no_array_of_tokens(tmp_path, contents, words):
    path = tmp_path / "x.npy"
    path.write_bytes(contents)
    with pytest.raises(BadInputError, match=f"^{re.escape(f'{path}: {words}')}") as found:
        read_tokens(str(path))
    assert "\n" not in str(found.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileError, match="cannot read '.*none': No such file"):
        read_tokens(str(tmp_path / "none"))
    with pytest.raises(FileError, match="cannot read '.*': Is a directory"):
        read_tokens(str(tmp_path))


def test_write_leaves_the_files_of_others(tmp_path):
    target = tmp_path / "x.npy"
    other = tmp_path / f"x.npy.{os.getpid()}.0.partial"
    other.write_text("somebody else's")
    write_array(str(target), np.arange(3))
    assert np.array_equal(np.load(target), np.arange(3)) and other.read_text() == "somebody else's"
    assert sorted(tmp_path.iterdir()) == [target, other]


@pytest.mark.parametrize(
    "failure, raised, words",
    [
        (OSError(errno.ENOSPC, "No space left"), FileError, "cannot write '.*x.npy': No space left"),
        (OSError("3 requested and 0 written"), FileError, "cannot write '.*x.npy': 3 requested and 0 written"),
        (MemoryError(), MemoryError, None),
        (KeyboardInterrupt(), KeyboardInterrupt, None),
    ],
)
def test_write_that_fails(tmp_path, monkeypatch, failure, raised, words):
    """What was under the name stays, and nothing stays beside it."""
    target = tmp_path / "x.npy"
    target.write_text("before")

    def fail(file, array):
        file.write(b"a part")
        raise failure

    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(raised, match=words):
        write_array(str(target), np.arange(3))
    assert list(tmp_path.iterdir()) == [target] and target.read_text() == "before"

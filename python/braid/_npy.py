# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Token ids from a NumPy file, and arrays to one."""

from __future__ import annotations

import math
import os
import warnings
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ._arrays import Int32
from ._errors import BadInputError, BraidError, FileError


def read_tokens(path: str) -> Int32:
    """The int32 array of shape [B, T] in a file, whose header is checked before there is memory for the array."""
    try:
        with open(path, "rb") as file:
            start = file.read(len(npy.MAGIC_PREFIX))
            if start != npy.MAGIC_PREFIX:
                raise BadInputError(f"{path}: expected a NumPy array, found a file that begins with {start!r}")
            file.seek(0)
            shape, fortran_order, dtype = _read_header(file)
            if dtype != np.int32 or len(shape) != 2 or min(shape) < 1:
                raise BadInputError(f"{path}: expected int32 of shape [B, T], found {dtype} of shape {list(shape)}")
            count = math.prod(shape)
            expected, found = count * dtype.itemsize, os.fstat(file.fileno()).st_size - file.tell()
            if expected != found:
                raise BadInputError(f"{path}: expected {expected} bytes for shape {list(shape)}, found {found}")
            return np.fromfile(file, np.int32, count).reshape(shape, order="F" if fortran_order else "C")
    except (BraidError, MemoryError):
        raise
    except OSError as error:
        raise FileError(f"cannot read '{path}': {error.strerror or error}") from None
    except Exception as error:  # NumPy gives a header to Python's parser, which fails in many ways
        fault = " ".join(str(error).split()) or type(error).__name__
        raise BadInputError(f"{path}: expected a NumPy file, found fault: {fault}") from None


def _read_header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether the order is Fortran's, and dtype."""
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise ValueError(f"expected version 1.0, 2.0 or 3.0, found {version[0]}.{version[1]}")
    # 3.0 differs from 2.0 in the names of fields, of which token ids have none.
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            shape, fortran_order, dtype = read(file)
        except MemoryError:  # so Python's parser calls its own stack's end
            raise ValueError("expected a header that Python can parse, found one that nests too deeply") from None
    return shape, fortran_order, dtype


def write_array(path: str, array: NDArray[Any]) -> None:
    """The file appears under its name when it is complete."""
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        raise FileError(f"'{path}': expected a regular file to replace, found something else")
    try:
        file = _open_partial(target)
        try:
            with file:
                np.save(file, array)
            os.replace(file.name, target)
        except BaseException:  # an interrupt too leaves no file behind
            with suppress(OSError):
                os.unlink(file.name)
            raise
    except OSError as error:
        raise FileError(f"cannot write '{path}': {error.strerror or error}") from None


def _open_partial(target: str) -> BinaryIO:
    """A new file beside the target; one that is there already is somebody else's."""
    count = 0
    while True:
        try:
            return open(f"{target}.{os.getpid()}.{count}.partial", "xb")
        except FileExistsError:
            count += 1

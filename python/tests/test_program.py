"""Programs, their manifests and weights."""

import ctypes
import gc
import logging
import struct
import threading

import numpy as np
import pytest
from conftest import DESCRIPTION, SEED, VOCAB, run_tool

import braid


def test_model(program):
    model = program.model
    assert (model.name, model.vocab_size, model.layers, model.max_context) == ("tiny", VOCAB, 3, 0)
    assert model.bos_token_id == 1 and model.eos_token_ids == (2, 3)
    assert [entry.name for entry in program.entries] == ["prefill", "decode", "score"]
    assert [(entry.logits, entry.one_token_rows) for entry in program.entries] == [
        ("row", False),
        ("row", True),
        ("token", False),
    ]
    assert {state.kind for state in program.states} == {"conv_tail", "recurrent", "kv"}
    assert program.entry("decode") == 1
    assert sum(np.prod(weight.shape) for weight in program.weights.values()) == model.parameters


def test_manifest_without_weights(artifact, program):
    manifest = braid.read_manifest(artifact)
    assert manifest == program.manifest
    assert manifest.text == run_tool("braid", "info", artifact, "--manifest").rstrip("\n")
    text = run_tool("braid", "info", artifact)
    assert f"weights: {len(manifest.weights)} tensors, {manifest.weight_bytes} bytes" in text
    assert f"states: {manifest.slot_bytes} bytes per slot, {manifest.page_bytes} bytes per 128 tokens" in text


def test_versions(tmp_path, artifact, program):
    path = braid.compile(DESCRIPTION, tmp_path / "both.so", cpu="x86-64-v3,x86-64-v4", entries=["score"])
    manifest = braid.read_manifest(path)
    assert [version.target.cpu for version in manifest.versions] == ["x86-64-v3", "x86-64-v4"]
    assert manifest == manifest.of_version(0) != manifest.of_version(1)
    with braid.Program(path, seed=SEED) as loaded:
        assert loaded.manifest == manifest.of_version(loaded.version)
        chosen = loaded.manifest.target.cpu
        assert f"target: cpu {chosen}, features" in run_tool("braid", "info", path)
    assert program.manifest.versions == () and program.version == 0


def test_functions(tmp_path):
    (tmp_path / "linear.mlir").write_text("""
        func.func @linear(%x: tensor<?x64xf32>, %w: tensor<32x64xf32>) -> tensor<?x32xf32> {
          %y = braid.linear %x, %w : (tensor<?x64xf32>, tensor<32x64xf32>) -> tensor<?x32xf32>
          return %y : tensor<?x32xf32>
        }""")
    path = braid.compile(tmp_path / "linear.mlir", tmp_path / "linear.so")
    program = braid.Program(path)
    (entry,) = program.entries
    assert entry.is_function and entry.arguments == (braid.Tensor("f32", ("tokens", 64)), braid.Tensor("f32", (32, 64)))
    with pytest.raises(braid.UsageError, match="expected the artifact of a model, found functions alone"):
        program.model
    with pytest.raises(braid.UsageError, match="expected the artifact of a model, found functions alone"):
        braid.Session(program)


@pytest.mark.parametrize(
    "damage, words",
    [
        (lambda data: data[:40], "expected an artifact with a footer of 64 bytes, found a file of 40"),
        (lambda data: data[:-1], "expected the footer's magic 'BRAIDART'"),
        (lambda data: bytes([data[0] ^ 1]) + data[1:], "expected the hash in the footer, found another"),
        (lambda data: data[:-48] + struct.pack("<QQ", 2**63, 2**63) + data[-32:], "expected sizes within"),
        (lambda data: data[:-56] + struct.pack("<I", 9) + data[-52:], "expected artifact version 1, found 9"),
    ],
)
def test_damaged(artifact, tmp_path, damage, words):
    """The package's reader and the library's refuse the same files."""
    path = tmp_path / "damaged.so"
    path.write_bytes(damage(artifact.read_bytes()))
    with pytest.raises(braid.BraidError, match=words) as found:
        braid.read_manifest(path)
    with pytest.raises(type(found.value)):
        braid.Program(path, seed=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"target": 1}',
        "{" * 5000,
        '{"target": {"kind": "cpu", "cpu": "", '
        '"features": []}, "weights": [{"name": "w", "dtype": "f3", "shape": [1]}]}',
    ],
)
def test_malformed_manifest(text):
    from braid._manifest import parse_manifest

    with pytest.raises(braid.BadInputError) as found:
        parse_manifest(text.encode(), "file")
    assert str(found.value).startswith("file: manifest: expected") and "\n" not in str(found.value)


def test_weights(program, weights, artifact):
    read = braid.Program(artifact, weights=weights)
    assert list(read.weights) == list(program.weights)
    for name, weight in program.weights.items():
        assert weight.dtype == "f32" and not weight.array.flags.writeable
        assert np.array_equal(weight.array, read.weights[name].array)
    with pytest.raises(KeyError):
        program.weights["none"]


def test_weights_in_bf16(artifact, description, tmp_path, program):
    path = braid.compile(description, tmp_path / "bf16.so", dtype="bf16")
    drawn = braid.Program(path, seed=SEED)
    compared = 0
    for name, weight in drawn.weights.items():
        if weight.dtype == "bf16":
            assert weight.array.dtype == np.uint16
            exact = program.weights[name].array
            assert np.abs(weight.float32() - exact).max() <= 2**-8 * np.abs(exact).max()
            compared += 1
    assert compared > 0


def test_weights_outlive_the_program(artifact):
    program = braid.Program(artifact, seed=SEED)
    weight = next(iter(program.weights.values()))
    expected = weight.array.copy()
    program.close()
    del program
    gc.collect()
    assert np.array_equal(weight.array, expected)
    # NumPy 2.1 and later export read-only memory.
    assert weight.array.__array_interface__["data"][1]


def test_what_the_runtime_says_is_logged(artifact, weights, description, tmp_path, caplog):
    path = braid.compile(description, tmp_path / "bf16.so", dtype="bf16")
    with caplog.at_level(logging.INFO, logger="braid"):
        braid.Program(path, weights=weights)
    assert any("convert" in message for message in caplog.messages)


def test_close(artifact):
    program = braid.Program(artifact, seed=SEED)
    session = braid.Session(program)
    expected = session.prefill([[5, 7]])
    program.close()
    program.close()
    assert program.closed and "closed" in repr(program)
    for use in (
        lambda: program.weights,
        lambda: braid.Session(program),
        lambda: program.__enter__(),
        lambda: next(braid.generate(program, [1])),
        lambda: braid.session_bytes(program),
    ):
        with pytest.raises(braid.UsageError, match="expected an open program, found a closed one"):
            use()
    # A session keeps what it needs.
    session.reset(0)
    assert np.array_equal(session.prefill([[5, 7]]), expected)


def test_close_in_another_thread(artifact):
    """A program that is closed while others make sessions of it: each gets a session or the error."""
    outcomes = []

    def make(program):
        for _ in range(20):
            try:
                outcomes.append(braid.Session(program, max_context=8, max_tokens=8).prefill([[1]]).shape)
            except braid.UsageError as error:
                outcomes.append(str(error))

    for _ in range(5):
        program = braid.Program(artifact, seed=1)
        threads = [threading.Thread(target=make, args=(program,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        program.close()
        for thread in threads:
            thread.join()
    assert set(outcomes) <= {(1, VOCAB), "expected an open program, found a closed one"}


@pytest.mark.parametrize(
    "arguments, kind, words",
    [
        ({"seed": 1, "weights": "x"}, braid.UsageError, "expected one of weights and seed, found both"),
        ({}, braid.UsageError, "expected one of weights and seed for a program with weights, found neither"),
        ({"seed": -1}, braid.UsageError, "seed: expected an integer from 0 to 18446744073709551615, found -1"),
        ({"seed": 2**64}, braid.UsageError, "found 18446744073709551616"),
        ({"seed": "1"}, braid.UsageError, "seed: expected an integer, found str"),
        ({"seed": True}, braid.UsageError, "seed: expected an integer from"),
        ({"seed": 1, "threads": 5000}, braid.UsageError, "threads: expected an integer from 0 to 4096, found 5000"),
        ({"weights": "/none"}, braid.BraidError, "none"),
        ({"weights": 4}, braid.UsageError, "weights: expected a path, found int"),
        ({"weights": "a\0b"}, braid.UsageError, "weights: expected a path"),
    ],
)
def test_bad_arguments(artifact, arguments, kind, words):
    with pytest.raises(kind, match=words) as found:
        braid.Program(artifact, **arguments)
    assert "\n" not in str(found.value)


def test_no_file():
    with pytest.raises(braid.FileError, match="none.so"):
        braid.Program("/none.so", seed=1)
    with pytest.raises(OSError):
        braid.read_manifest("/none.so")
    for path in (3, None, "", "a\0b", "\ud800"):
        with pytest.raises(braid.UsageError, match="path: expected a path, found"):
            braid.read_manifest(path)


def test_structs_have_the_sizes_of_the_header(tmp_path):
    """sizeof, and the offset of each last field, as a C compiler sees them."""
    import subprocess

    from conftest import ROOT
    from test_library import compiler

    from braid import _abi

    pairs = {
        "braid_program_options": _abi.ProgramOptions,
        "braid_weight_info": _abi.WeightInfo,
        "braid_session_options": _abi.SessionOptions,
        "braid_batch": _abi.Batch,
        "braid_rates": _abi.Rates,
        "braid_sampling": _abi.Sampling,
    }
    fields = [(name, kind, field) for name, kind in pairs.items() for field, *_ in kind._fields_]
    lines = [f'printf("%zu %zu\\n", sizeof({name}), offsetof({name}, {field}));' for name, _, field in fields]
    (tmp_path / "sizes.c").write_text(
        "#include <stdio.h>\n#include <braid/Runtime/braid.h>\n" f"int main(void) {{ {' '.join(lines)} return 0; }}\n"
    )
    subprocess.run([compiler(), f"-I{ROOT / 'include'}", "-o", tmp_path / "sizes", tmp_path / "sizes.c"], check=True)
    output = subprocess.run([tmp_path / "sizes"], capture_output=True, text=True, check=True).stdout
    found = [tuple(map(int, line.split())) for line in output.splitlines()]
    assert found == [(ctypes.sizeof(kind), getattr(kind, field).offset) for _, kind, field in fields]


def test_every_prototype_is_in_the_header():
    import re

    from conftest import ROOT

    from braid import _abi

    header = (ROOT / "include" / "braid" / "Runtime" / "braid.h").read_text()
    for name, (_, arguments) in _abi.PROTOTYPES.items():
        found = re.search(rf"BRAID_API [^;]*\b{name}\(([^)]*)\)", header)
        assert found, name
        assert len(arguments) == (0 if found[1] == "void" else len(found[1].split(","))), name

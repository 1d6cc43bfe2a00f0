"""compile() and its errors."""

import json

import pytest
from conftest import DESCRIPTION

import braid


def test_mapping_and_flags(tmp_path, artifact):
    path = braid.compile(DESCRIPTION, tmp_path / "mapped.so")
    assert braid.read_manifest(path) == braid.read_manifest(artifact)
    manifest = braid.read_manifest(
        braid.compile(
            DESCRIPTION,
            tmp_path / "flags.so",
            dtype="bf16",
            state_dtype="bf16",
            cpu="x86-64-v3",
            entries=["prefill", "decode"],
        )
    )
    assert manifest.dtype == "bf16" and [entry.name for entry in manifest.entries] == ["prefill", "decode"]
    assert {state.dtype for state in manifest.states if state.kind == "recurrent"} == {"bf16"}
    assert "avx512f" not in manifest.target.features


def test_error(tmp_path):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({**DESCRIPTION, "pattern": "M?"}))
    with pytest.raises(braid.CompileError) as found:
        braid.compile(path, tmp_path / "bad.so")
    assert str(found.value).startswith(f"{path}") and "expected" in str(found.value) and "\n" not in str(found.value)
    assert found.value.code == braid.Code.BAD_INPUT and not (tmp_path / "bad.so").exists()


def test_notes(tmp_path):
    path = tmp_path / "bad.mlir"
    path.write_text("""func.func @linear(%x: tensor<?x64xf32>, %w: tensor<32x63xf32>) -> tensor<?x32xf32> {
      %y = braid.linear %x, %w : (tensor<?x64xf32>, tensor<32x63xf32>) -> tensor<?x32xf32>
      return %y : tensor<?x32xf32>
    }""")
    with pytest.raises(braid.CompileError, match="expects weight to be") as found:
        braid.compile(path, tmp_path / "bad.so")
    assert found.value.notes == (f"{path}: the IR does not parse",)


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        ({"dtype": "f7"}, braid.Code.USAGE, "--dtype: expected bf16, f32 or f64, found 'f7'"),
        ({"entries": ["none"]}, braid.Code.USAGE, "--entry: expected prefill, decode or score"),
        ({"options": ["--frob"]}, braid.Code.USAGE, "--frob"),
        ({"output": "/none/x.so"}, braid.Code.IO, "/none/x.so"),
        ({"model": "/none.json"}, braid.Code.IO, "/none.json"),
    ],
)
def test_what_braidc_refuses(tmp_path, arguments, code, words):
    with pytest.raises(braid.CompileError, match=words) as found:
        braid.compile(**{"model": DESCRIPTION, "output": tmp_path / "x.so", **arguments})
    assert found.value.code == code


@pytest.mark.parametrize("output", ["-", "-x.so"])
def test_outputs_that_begin_as_flags(tmp_path, monkeypatch, output):
    """braidc takes - for standard output."""
    monkeypatch.chdir(tmp_path)
    path = braid.compile(DESCRIPTION, output, entries=["decode"])
    assert [entry.name for entry in braid.read_manifest(path).entries] == ["decode"]


def test_mistakes(tmp_path, monkeypatch):
    for name in ("entries", "options"):
        for words in ("prefill", None, 5, iter(["prefill"])):
            found = type(words).__name__
            with pytest.raises(braid.UsageError, match=f"^{name}: expected a sequence of words, found {found}$"):
                braid.compile("x.json", tmp_path / "x.so", **{name: words})
    with pytest.raises(braid.UsageError, match="expected a description that JSON can hold"):
        braid.compile({"pattern": object()}, tmp_path / "x.so")
    for model in ("a\0b", "", 3):
        with pytest.raises(braid.UsageError, match="model: expected a path, found"):
            braid.compile(model, tmp_path / "x.so")
    with pytest.raises(braid.UsageError, match="output: expected a path, found int"):
        braid.compile("x.json", 3)
    for words in ({"dtype": 3}, {"cpu": ["x86-64-v3"]}, {"entries": [3]}, {"options": [b"--report"]}):
        with pytest.raises(braid.UsageError, match="expected words for a command line, found"):
            braid.compile("x.json", tmp_path / "x.so", **words)
    with pytest.raises(braid.UsageError, match="expected words for a command line, found one that is none"):
        braid.compile("x.json", tmp_path / "x.so", dtype="a\0b")
    with pytest.raises(braid.CompileError, match="cannot open './--help'"):
        braid.compile("--help", tmp_path / "x.so")
    monkeypatch.setenv("BRAIDC", "/none/braidc")
    with pytest.raises(braid.LibraryError, match="BRAIDC: expected a program, found '/none/braidc'"):
        braid.compile("x.json", tmp_path / "x.so")


@pytest.mark.parametrize(
    "script, words",
    [
        ("exit 70", "braidc ended with exit code 70: it wrote no message"),
        ("kill -9 $$", "braidc ended with signal 9"),
        ("echo 'error: first' >&2; echo 'note: then' >&2; exit 3", "^first$"),
    ],
)
def test_compilers_that_end_otherwise(tmp_path, monkeypatch, script, words):
    tool = tmp_path / "braidc"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("BRAIDC", str(tool))
    with pytest.raises(braid.CompileError, match=words):
        braid.compile("x.json", tmp_path / "x.so")

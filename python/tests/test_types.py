"""The package passes mypy --strict, and so does a program that uses it."""

import ast
import subprocess
import sys

import pytest
from conftest import ROOT

pytest.importorskip("mypy")

PROGRAM = """
from pathlib import Path
from typing import Iterator

import braid
import numpy as np
from numpy.typing import NDArray

path: Path = braid.compile("x.json", "x.so")
with braid.Program(path, seed=1) as program, braid.Session(program, max_rows=2) as session:
    logits: NDArray[np.float32] = session.prefill([[5, 7], np.arange(3, dtype=np.int32)], [0, 1])
    tokens: Iterator[int] = braid.generate(program, [5], sampling=braid.Sampling(temperature=0.5))
    for prompt, token in braid.generate_many(program, [[1], [2]]):
        print(prompt + token)
    scores: list[braid.Score] = braid.score(program, [[1, 2]])
    reveal_type(scores[0].logprobs)
"""


def run_mypy(*words):
    return subprocess.run([sys.executable, "-m", "mypy", *words], capture_output=True, text=True, cwd=ROOT / "python")


def test_package(tmp_path):
    done = run_mypy("--cache-dir", str(tmp_path))
    assert done.returncode == 0 and "no issues found" in done.stdout, done.stdout


def test_program(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    done = run_mypy("--cache-dir", str(tmp_path / "cache"), "--strict", "--config-file=", str(tmp_path / "program.py"))
    assert done.returncode == 0 and "numpy.dtype[numpy.float" in done.stdout, done.stdout
    (tmp_path / "program.py").write_text(PROGRAM.replace("seed=1", "seed='1'"))
    assert (
        run_mypy(
            "--cache-dir", str(tmp_path / "cache"), "--strict", "--config-file=", str(tmp_path / "program.py")
        ).returncode
        == 1
    )


def test_syntax_of_the_oldest_python():
    for path in (ROOT / "python" / "braid").rglob("*.py"):
        ast.parse(path.read_text(), str(path), feature_version=(3, 9))


def test_every_public_name_has_a_docstring():
    import inspect

    import braid

    for name in braid.__all__:
        value = getattr(braid, name)
        assert inspect.getdoc(value), name
        if inspect.isclass(value):
            for member, function in vars(value).items():
                if not member.startswith("_") and (inspect.isfunction(function) or isinstance(function, property)):
                    assert inspect.getdoc(function), f"{name}.{member}"

# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Braid from Python: open an artifact, run it on NumPy arrays, generate, score, measure and compile.

    import braid

    braid.compile("hybrid.json", "hybrid.so")
    program = braid.Program("hybrid.so", seed=1)
    for token in braid.generate(program, [5, 7, 11], max_new=16):
        print(token)

The shared library is opened at its first use (`library_path` says where it is looked for). Every failure is a
BraidError whose message is one line. docs/Python.md has the rest.
"""

from ._bench import BenchResult, Rates, bench, measure_rates
from ._compile import compile
from ._errors import (
    BadInputError,
    BraidError,
    Code,
    CompileError,
    FileError,
    InternalError,
    LibraryError,
    LimitError,
    OutOfMemoryError,
    UnsupportedError,
    UsageError,
)
from ._generate import Generation, NewToken, generate, generate_many
from ._library import library_path, runtime_version
from ._manifest import (
    Cost,
    Entry,
    Kernel,
    Manifest,
    Model,
    State,
    Target,
    Tensor,
    Version,
    WeightSpec,
    read_manifest,
)
from ._program import Program, Weight
from ._sampling import Sampler, Sampling
from ._score import Score, score, scores
from ._session import Session, saved_length, session_bytes
from ._tokenizer import Detokenizer, StopText, Tokenizer, load_tokenizer

__version__ = "0.1.0"

__all__ = [
    "BadInputError",
    "BenchResult",
    "BraidError",
    "Code",
    "CompileError",
    "Cost",
    "Detokenizer",
    "Entry",
    "FileError",
    "Generation",
    "InternalError",
    "Kernel",
    "LibraryError",
    "LimitError",
    "Manifest",
    "Model",
    "NewToken",
    "OutOfMemoryError",
    "Program",
    "Rates",
    "Sampler",
    "Sampling",
    "Score",
    "Session",
    "State",
    "StopText",
    "Target",
    "Tensor",
    "Tokenizer",
    "UnsupportedError",
    "UsageError",
    "Version",
    "Weight",
    "WeightSpec",
    "bench",
    "compile",
    "generate",
    "generate_many",
    "library_path",
    "load_tokenizer",
    "measure_rates",
    "read_manifest",
    "runtime_version",
    "saved_length",
    "score",
    "scores",
    "session_bytes",
]

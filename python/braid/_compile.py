# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the compiler."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence, Union

from ._errors import Code, CompileError, FileError, UsageError
from ._library import find_tool
from ._paths import encoded_path

_CODES = {2: Code.USAGE, 3: Code.BAD_INPUT, 4: Code.OUT_OF_MEMORY, 5: Code.IO}


def compile(
    model: Union[str, "os.PathLike[str]", Mapping[str, Any]],
    output: Union[str, "os.PathLike[str]"],
    *,
    dtype: Optional[str] = None,
    state_dtype: Optional[str] = None,
    cpu: Optional[str] = None,
    entries: Sequence[str] = (),
    options: Sequence[str] = (),
) -> Path:
    """Compiles a model with braidc, which is found as BRAIDC says, beside the library or on PATH.

    Args:
        model: a description (.json), a Hugging Face folder, IR of any phase (.mlir), or a description as a mapping.
        output: the artifact to write.
        dtype: arithmetic: "bf16", "f32" or "f64"; None: the model's.
        state_dtype: of recurrent states: "f32" or "bf16".
        cpu: by LLVM's name, or several with commas between them; None: this machine's.
        entries: entry points to compile; (): all.
        options: more words for braidc's command line.

    Returns:
        The path of the artifact.

    Raises:
        CompileError: with braidc's line as its message, and its notes.
    """
    if isinstance(model, Mapping):
        return _compile_description(model, output, dtype, state_dtype, cpu, entries, options)
    for name, words in (("entries", entries), ("options", options)):
        if isinstance(words, str) or not isinstance(words, Sequence):
            raise UsageError(f"{name}: expected a sequence of words, found {type(words).__name__}")
    for word in (dtype, state_dtype, cpu, *entries, *options):
        if word is not None and not isinstance(word, str):
            raise UsageError(f"expected words for a command line, found {type(word).__name__}")
    source, target = _file_word(model, "model"), _file_word(output, "output")
    command = [str(find_tool("braidc", "BRAIDC")), source, "-o", target]
    flags = {"--dtype": dtype, "--state-dtype": state_dtype, "--cpu": cpu, "--entry": ",".join(entries) or None}
    command += [f"{flag}={value}" for flag, value in flags.items() if value is not None]
    command += options
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
    except OSError as error:
        raise FileError(f"cannot run '{command[0]}': {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"expected words for a command line, found one that is none: {error}") from None
    if done.returncode != 0:
        raise _error_of(done.returncode, done.stderr.decode("utf-8", "replace"))
    return Path(target)


def _file_word(path: Any, name: str) -> str:
    """A path as a word that braidc takes for neither a flag nor standard output."""
    word = os.fsdecode(encoded_path(path, name))
    return f"./{word}" if word.startswith("-") else word


def _compile_description(model: Mapping[str, Any], output: Any, *rest: Any) -> Path:
    try:
        text = json.dumps(model)
    except (TypeError, ValueError) as error:
        raise UsageError(f"model: expected a description that JSON can hold, found: {error}") from None
    dtype, state_dtype, cpu, entries, options = rest
    with tempfile.TemporaryDirectory(prefix="braid-") as folder:
        path = Path(folder) / "model.json"
        path.write_text(text, encoding="utf-8")
        return compile(path, output, dtype=dtype, state_dtype=state_dtype, cpu=cpu, entries=entries, options=options)


def _error_of(exit_code: int, text: str) -> CompileError:
    """braidc writes one line that begins with "error:", and notes."""
    lines = text.splitlines()
    message = next((line[len("error: ") :] for line in lines if line.startswith("error: ")), None)
    notes = [line[len("note: ") :] for line in lines if line.startswith("note: ")]
    if message is None:
        ended = f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
        message = f"braidc ended with {ended}: {' '.join(text.split())[-200:] or 'it wrote no message'}"
    return CompileError(message, notes, _CODES.get(exit_code, Code.INTERNAL))

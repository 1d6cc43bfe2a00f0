# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Errors. Each has one line as its message: what was expected, what was found, where."""

from __future__ import annotations

import enum
from typing import Sequence


class Code(enum.IntEnum):
    """The kinds of failure, numbered as `braid_code` of the C interface."""

    USAGE = 1
    BAD_INPUT = 2
    OUT_OF_MEMORY = 3
    IO = 4
    LIMIT = 5
    UNSUPPORTED = 6
    INTERNAL = 7


class BraidError(Exception):
    """What Braid's functions raise. `code` tells the kind."""

    code: Code = Code.INTERNAL

    @property
    def message(self) -> str:
        """The line that `str` gives too."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        return self.message


class UsageError(BraidError, ValueError):
    """The call itself is wrong: a closed handle, a wrong dtype or shape, a session that another thread uses."""

    code = Code.USAGE


class BadInputError(BraidError, ValueError):
    """A file or a value from outside is malformed or does not fit."""

    code = Code.BAD_INPUT


class OutOfMemoryError(BraidError, MemoryError):
    """The machine cannot hold what was asked for."""

    code = Code.OUT_OF_MEMORY


class FileError(BraidError, OSError):
    """The operating system refused to read or write."""

    code = Code.IO


class LimitError(BraidError, ValueError):
    """A limit of the session would be passed; nothing has changed."""

    code = Code.LIMIT


class UnsupportedError(BraidError):
    """Well-formed, but not for this machine or this version."""

    code = Code.UNSUPPORTED


class InternalError(BraidError):
    """A bug in Braid."""

    code = Code.INTERNAL


class LibraryError(UnsupportedError, ImportError):
    """The shared library, or a package that an extra installs, is missing or of another version."""


class CompileError(BraidError):
    """braidc refused a model. The message is its line, `notes` follow it, `code` is its exit code's kind."""

    def __init__(self, message: str, notes: Sequence[str] = (), code: Code = Code.INTERNAL) -> None:
        super().__init__(message)
        self.notes = tuple(notes)
        self.code = code


_CLASSES = {
    kind.code: kind
    for kind in (UsageError, BadInputError, OutOfMemoryError, FileError, LimitError, UnsupportedError, InternalError)
}


def error_of(code: int, message: str) -> BraidError:
    """The exception for a status of the C interface."""
    kind = _CLASSES.get(Code(code)) if code in Code.__members__.values() else None
    return (kind or InternalError)(message)


def closed(what: str) -> UsageError:
    """The error for an object whose close() was called."""
    return UsageError(f"expected an open {what}, found a closed one")

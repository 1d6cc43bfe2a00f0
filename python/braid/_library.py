# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds and opens libbraid_runtime, at the first use of it."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import threading
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

from . import _abi
from ._errors import InternalError, LibraryError, error_of

NAME = "libbraid_runtime.so"
_SONAME = NAME + ".0"

_lock = threading.Lock()
_library: Optional["Library"] = None


class Library:
    """The opened library; its functions are attributes with their prototypes set."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._dll = ctypes.CDLL(str(path))
        except OSError as error:
            raise LibraryError(f"{path}: expected a shared library that loads, found: {_one_line(error)}") from None
        self.version = self._check_version()
        for name, (result, arguments) in _abi.PROTOTYPES.items():
            try:
                function = getattr(self._dll, name)
            except AttributeError:
                raise LibraryError(
                    f"{path}: expected the function '{name}', found none: the library is older"
                ) from None
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AttributeError(f"expected a function of the C interface, found '{name}'")

    def _check_version(self) -> tuple[int, int, int]:
        try:
            version = self._dll.braid_version
        except AttributeError:
            raise LibraryError(
                f"{self.path}: expected the function 'braid_version', found none: " "not Braid's runtime"
            ) from None
        version.restype, version.argtypes = ctypes.c_uint32, ()
        number = int(version())
        found = (number // 10000, number // 100 % 100, number % 100)
        if found[:2] != _abi.VERSION:
            expected = ".".join(map(str, _abi.VERSION))
            raise LibraryError(
                f"{self.path}: expected version {expected} of the runtime, " f"found {'.'.join(map(str, found))}"
            )
        return found

    def check(self, status: Optional[int]) -> None:
        """Raises what a status says; None is success."""
        if status is None:
            return
        code: int = self.braid_status_code(status)
        message: bytes = self.braid_status_message(status) or b""
        self.braid_status_destroy(status)
        raise error_of(code, message.decode("utf-8", "replace"))


def library() -> Library:
    """The runtime's library, opened once in a process."""
    global _library
    if _library is None:
        with _lock:
            if _library is None:
                _library = Library(_find())
    return _library


def library_path() -> Path:
    """Where the runtime's library lies that this process uses.

    It is looked for in this order: the environment variable BRAID_LIBRARY (a file, or a folder that holds it), beside
    the package, the build folder of the repository that the package lies in, the `lib` of the Python installation,
    beside a `braid` or `braidc` on PATH, and the system's folders.
    """
    return library().path


def runtime_version() -> tuple[int, int, int]:
    """The runtime's version: major, minor, patch."""
    return library().version


def find_tool(name: str, variable: str) -> Path:
    """A program of Braid's: where an environment variable says, beside the library, or on PATH."""
    given = os.environ.get(variable)
    if given:
        found = shutil.which(given)
        if not found:
            raise LibraryError(f"{variable}: expected a program, found '{given}'")
        return Path(found)
    opened = os.environ.get("BRAID_LIBRARY")
    beside = [Path(opened) if os.path.isdir(opened) else Path(opened).parent] if opened else []
    for folder in (*beside, *_folders()):
        place = folder.absolute().parent / "bin" / name
        if os.access(place, os.X_OK) and place.is_file():
            return place
    found = shutil.which(name)
    if not found:
        raise LibraryError(f"expected the program '{name}' in {variable}, beside the library or on PATH, found none")
    return Path(found)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _folders() -> Iterator[Path]:
    """Where the library may lie, the nearest first."""
    package = Path(__file__).resolve().parent
    yield package
    yield package / "lib"
    yield package.parent.parent / "build" / "lib"
    for prefix in (sys.prefix, sys.base_prefix):
        yield from (Path(prefix) / lib for lib in ("lib", "lib64"))
    for tool in ("braid", "braidc"):
        found = shutil.which(tool)
        if found:
            prefix_of_tool = Path(found).resolve().parent.parent
            yield from (prefix_of_tool / lib for lib in ("lib", "lib64", "lib/x86_64-linux-gnu"))
    for prefix in ("/usr/local", "/usr"):
        yield from (Path(prefix) / lib for lib in ("lib", "lib64", "lib/x86_64-linux-gnu"))


def _find() -> Path:
    given = os.environ.get("BRAID_LIBRARY")
    if given:
        path = Path(given)
        for candidate in (path / NAME, path / _SONAME) if path.is_dir() else (path,):
            if candidate.is_file():
                return candidate
        raise LibraryError(f"BRAID_LIBRARY: expected a file, or a folder with {NAME}, found '{given}'")
    for folder in _folders():
        for name in (NAME, _SONAME):
            if (folder / name).is_file():
                return folder / name
    raise LibraryError(
        f"expected {NAME} beside the package, in the build folder, in an install prefix or where "
        "BRAID_LIBRARY says, found none"
    )


class Handle:
    """Owns an object of the C interface, and destroys it when nothing refers to it any more.

    Whoever calls the library with the address holds the Handle meanwhile, so that no other thread's close() takes it.
    """

    __slots__ = ("address", "_destroy", "_process", "_keeps", "__weakref__")

    def __init__(self, address: Optional[int], destroy: Callable[[int], None], keeps: object = None) -> None:
        if not address:
            raise InternalError("expected a handle from the library, found NULL")
        self.address = address
        self._destroy = destroy
        self._process = os.getpid()
        self._keeps = keeps

    @property
    def of_this_process(self) -> bool:
        """Whether no fork lies between the creation and now. A fork has none of the threads."""
        return os.getpid() == self._process

    def __del__(self, getpid: Callable[[], int] = os.getpid) -> None:
        # A process that was forked does not have the threads that the destruction would wait for.
        if getattr(self, "_process", None) == getpid():
            self._destroy(self.address)

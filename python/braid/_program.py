# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An artifact with its weights."""

from __future__ import annotations

import ctypes
import logging
import os
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Iterator, Mapping, Optional, Type, Union

import numpy as np
from numpy.typing import NDArray

from . import _abi
from ._arrays import Memory, integer
from ._errors import UsageError, closed
from ._library import Handle, library
from ._manifest import Entry, Manifest, Model, State, parse_manifest
from ._paths import encoded_path

_log = logging.getLogger("braid")

# bf16 has no NumPy type: its bits come as uint16.
_TYPESTRS = {"f64": "<f8", "f32": "<f4", "f16": "<f2", "bf16": "<u2"}


def _log_line(_: Optional[int], level: int, message: bytes) -> None:
    _log.log(logging.WARNING if level else logging.INFO, "%s", message.decode("utf-8", "replace"))


_LOG_LINE = _abi.LogFunction(_log_line)


@dataclass(frozen=True)
class Weight:
    """A weight in the runtime's memory.

    `array` is read-only, has the weight's shape and is not copied; a bf16 weight comes as its bits in uint16, which
    `float32()` widens.
    """

    name: str
    dtype: str
    """"f64", "f32", "f16" or "bf16"."""
    array: NDArray[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Extents, outermost first."""
        return self.array.shape

    def float32(self) -> NDArray[np.float32]:
        """A copy in float32, of the same shape."""
        if self.dtype == "bf16":
            return (self.array.astype(np.uint32) << 16).view(np.float32)
        return self.array.astype(np.float32)


class _Weights(Mapping[str, Weight]):
    """By name, in the manifest's order."""

    def __init__(self, handle: Handle, manifest: Manifest) -> None:
        self._handle = handle
        self._places = {weight.name: index for index, weight in enumerate(manifest.weights)}

    def __getitem__(self, name: str) -> Weight:
        index = self._places[name]
        lib = library()
        info = _abi.sized(_abi.WeightInfo)
        lib.check(lib.braid_program_weight(self._handle.address, index, ctypes.byref(info)))
        dtype = info.dtype.decode()
        shape = tuple(info.shape[i] for i in range(info.rank))
        array = np.asarray(Memory(info.data, shape, _TYPESTRS[dtype], self._handle))
        return Weight(name, dtype, array)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Program:
    """An artifact with its weights: immutable, and shared by any number of sessions and threads.

    Loading an artifact runs its code: load those of people whose programs you would run.

    Args:
        path: the artifact that braidc made.
        weights: a folder of safetensors, or one file; tensors that fit are used where they are mapped.
        seed: draws the weights instead, 0 to 2**64 - 1: the same bits everywhere.
        threads: for converting or drawing weights; 0: one for each available CPU.

    Exactly one of `weights` and `seed` is given, or neither where the artifact has no weights. What the runtime says
    while it loads goes to the logger "braid".

    Raises:
        BadInputError: the artifact or a weight file is malformed, or they do not fit each other.
        UnsupportedError: the code needs a CPU that this is not.
    """

    def __init__(
        self,
        path: Union[str, "os.PathLike[str]"],
        *,
        weights: Optional[Union[str, "os.PathLike[str]"]] = None,
        seed: Optional[int] = None,
        threads: int = 0,
    ) -> None:
        self._handle: Optional[Handle] = None
        if weights is not None and seed is not None:
            raise UsageError("expected one of weights and seed, found both")
        lib = library()
        options = _abi.sized(
            _abi.ProgramOptions,
            weights=None if weights is None else encoded_path(weights, "weights"),
            seed=0 if seed is None else integer(seed, "seed", 0, 2**64 - 1),
            threads=integer(threads, "threads", 0, 4096),
            log=_LOG_LINE,
        )
        if weights is None and seed is None:
            self._expect_no_weights(path)
        address = ctypes.c_void_p()
        lib.check(lib.braid_program_load(encoded_path(path, "path"), ctypes.byref(options), ctypes.byref(address)))
        handle = Handle(address.value, lib.braid_program_destroy)
        size = ctypes.c_size_t()
        text = lib.braid_program_manifest(handle.address, ctypes.byref(size))
        self.path = os.fspath(path)
        manifest = parse_manifest(ctypes.string_at(text, size.value), self.path)
        self.version: int = lib.braid_program_version(handle.address)
        """Which of the manifest's versions of the code is in use; 0 where it has none."""
        self.manifest: Manifest = manifest.of_version(self.version) if manifest.versions else manifest
        """The artifact's manifest, as it is for the code in use."""
        self._handle = handle

    @staticmethod
    def _expect_no_weights(path: Union[str, "os.PathLike[str]"]) -> None:
        from ._manifest import read_manifest

        if read_manifest(path).weights:
            raise UsageError("expected one of weights and seed for a program with weights, found neither")

    def _use(self) -> Handle:
        """What a caller holds while it calls the library."""
        handle = self._handle
        if handle is None:
            raise closed("program")
        return handle

    @property
    def model(self) -> Model:
        """What was compiled; an artifact of functions alone has none and raises UsageError."""
        if self.manifest.model is None:
            raise UsageError(f"{self.path}: expected the artifact of a model, found functions alone")
        return self.manifest.model

    @property
    def vocab_size(self) -> int:
        """Extent of the logits, and one more than the largest token id."""
        return self.model.vocab_size

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entry points, such as "prefill", "decode" and "score"."""
        return self.manifest.entries

    @property
    def states(self) -> tuple[State, ...]:
        """The states of each slot."""
        return self.manifest.states

    @property
    def weights(self) -> Mapping[str, Weight]:
        """The weights by name. Their arrays stay valid after close()."""
        return _Weights(self._use(), self.manifest)

    def entry(self, name: str) -> int:
        """The index of an entry point; UsageError names those that there are if it has none of that name."""
        if not isinstance(name, str):
            raise UsageError(f"entry: expected a name, found {type(name).__name__}")
        index = self.manifest.find_entry(name)
        if index < 0:
            known = ", ".join(entry.name for entry in self.entries)
            raise UsageError(f"{self.path}: expected one of the entry points {known}, found '{name}'")
        return index

    def close(self) -> None:
        """Gives the program back, once no session and no array of a weight uses it. Calling it again does nothing."""
        self._handle = None

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._handle is None

    def __enter__(self) -> "Program":
        self._use()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        model = self.manifest.model
        what = "functions" if model is None else f"{model.name}, {model.parameters} parameters"
        return f"<braid.Program {self.path}: {what}{', closed' if self.closed else ''}>"

# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From logits to a token."""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _abi
from ._arrays import imported, integer
from ._errors import UsageError
from ._library import Handle, library


@dataclass(frozen=True)
class Sampling:
    """How a token is drawn. The filters apply in the order of the fields; the defaults take the likeliest token."""

    temperature: float = 0.0
    """0: the likeliest token, the lowest id on ties."""
    top_k: int = 0
    """Keep the k likeliest; 0: all."""
    top_p: float = 1.0
    """Keep the fewest whose probabilities together reach p; 1: all."""
    min_p: float = 0.0
    """Keep those at least p times as likely as the likeliest; 0: all."""
    seed: int = 0
    """The n-th draw depends on the seed, n and the logits alone."""


class Sampler:
    """Draws the tokens of one sequence.

    Args:
        sampling: the parameters.
        vocab_size: extent of the logits.

    Raises:
        UsageError: a parameter is out of its range.
    """

    def __init__(self, sampling: Sampling, vocab_size: int) -> None:
        if not isinstance(sampling, Sampling):
            raise UsageError(f"sampling: expected a Sampling, found {type(sampling).__name__}")
        options = _abi.sized(
            _abi.Sampling,
            temperature=_number(sampling.temperature, "temperature"),
            top_k=integer(sampling.top_k, "top_k", -(2**63), 2**63 - 1),
            top_p=_number(sampling.top_p, "top_p"),
            min_p=_number(sampling.min_p, "min_p"),
            seed=integer(sampling.seed, "seed", 0, 2**64 - 1),
        )
        lib = library()
        address = ctypes.c_void_p()
        vocab_size = integer(vocab_size, "vocab_size", -(2**63), 2**63 - 1)
        lib.check(lib.braid_sampler_create(ctypes.byref(options), vocab_size, ctypes.byref(address)))
        self._handle = Handle(address.value, lib.braid_sampler_destroy)
        self._next = lib.braid_sampler_next
        self._check = lib.check
        self._token = ctypes.c_int32()
        self._token_address = ctypes.byref(self._token)
        self._lock = threading.Lock()
        self.vocab_size = vocab_size

    def next(self, logits: Any) -> int:
        """Draws the next token from logits, float32 [vocab_size]. One thread at a time uses a sampler."""
        array = imported(logits, "logits") if hasattr(logits, "__dlpack__") else np.asarray(logits)
        if array.dtype != np.float32 or array.shape != (self.vocab_size,):
            raise UsageError(
                f"logits: expected float32 of shape [{self.vocab_size}], found {array.dtype} of shape "
                f"{list(array.shape)}"
            )
        array = np.array(array, np.float32)  # a copy, which no other thread changes
        if not self._lock.acquire(blocking=False):
            raise UsageError("expected a sampler that no other thread is using, found a busy one")
        try:
            return self._draw(array.ctypes.data)
        finally:
            self._lock.release()

    def _draw(self, address: int) -> int:
        """As next, from vocab_size floats at an address that the caller vouches for."""
        status = self._next(self._handle.address, address, self._token_address)
        if status is not None:
            self._check(status)
        return self._token.value


def _number(value: Any, name: str) -> float:
    if isinstance(value, (str, bytes)):
        raise UsageError(f"{name}: expected a number, found {type(value).__name__}")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{name}: expected a number, found {type(value).__name__}") from None

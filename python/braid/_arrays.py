# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arrays in and out: NumPy's, sequences of integers, and whatever speaks DLPack."""

from __future__ import annotations

from typing import Any, Optional, Sequence, Union

import numpy as np
from numpy.typing import NDArray

from ._errors import UsageError

Tokens = Union[Sequence[int], NDArray[np.integer[Any]], Any]
"""Token ids: a sequence of ints, an integer array [n], or an integer tensor of another library on the CPU (DLPack)."""

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float32 = NDArray[np.float32]

_KDL_CPU = 1


def imported(value: Any, name: str) -> NDArray[Any]:
    """An array over the memory of a DLPack tensor, which is not copied; or a NumPy array as it is."""
    if isinstance(value, np.ndarray):
        return value
    device = value.__dlpack_device__() if hasattr(value, "__dlpack_device__") else (_KDL_CPU, 0)
    if int(device[0]) != _KDL_CPU:
        raise UsageError(
            f"{name}: expected a tensor in the CPU's memory, found one on DLPack device "
            f"({int(device[0])}, {int(device[1])})"
        )
    try:
        return np.from_dlpack(value)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise UsageError(
            f"{name}: expected a tensor that NumPy takes over DLPack, found one that it does not: "
            f"{' '.join(str(error).split())}"
        ) from None


def integers(value: Any, name: str, low: int, high: int) -> NDArray[np.int64]:
    """A vector [n] of whole numbers from low to high, as a copy of its own, which no other thread changes."""
    array = imported(value, name) if hasattr(value, "__dlpack__") else _from_sequence(value, name)
    if array.ndim != 1:
        raise UsageError(f"{name}: expected one dimension, found the shape {list(array.shape)}")
    if array.size == 0:
        return np.empty(0, np.int64)
    if array.dtype.kind not in "iu":
        raise UsageError(f"{name}: expected integers, found {array.dtype}")
    least, most = int(array.min()), int(array.max())
    if least < low or most > high:
        raise UsageError(f"{name}: expected integers from {low} to {high}, found {least if least < low else most}")
    return array.astype(np.int64)


def _from_sequence(value: Any, name: str) -> NDArray[Any]:
    if isinstance(value, (str, bytes, bytearray)) or not hasattr(value, "__len__") or not hasattr(value, "__getitem__"):
        raise UsageError(f"{name}: expected a sequence of integers, found {type(value).__name__}")
    if any(isinstance(item, (bool, np.bool_)) for item in value):
        raise UsageError(f"{name}: expected integers, found bool")
    try:
        return np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        raise UsageError(
            f"{name}: expected a sequence of integers, found a {type(value).__name__} that is none"
        ) from None


def token_ids(value: Tokens, name: str = "tokens") -> Int32:
    """Token ids as int32 [n], a copy. Whether they are below the vocabulary's size, the runtime checks."""
    if isinstance(value, np.ndarray) and value.dtype == np.int32 and value.ndim == 1:
        return np.array(value, np.int32)
    return integers(value, name, -(2**31), 2**31 - 1).astype(np.int32)


def integer(value: Any, name: str, low: int, high: int) -> int:
    """A whole number from low to high."""
    try:
        number = value.__index__()
    except (AttributeError, TypeError):
        raise UsageError(f"{name}: expected an integer, found {type(value).__name__}") from None
    if isinstance(value, (bool, np.bool_)) or not low <= number <= high:
        raise UsageError(f"{name}: expected an integer from {low} to {high}, found {value}")
    return int(number)


def output(out: Optional[Any], shape: tuple[int, ...]) -> Float32:
    """Where logits go: a new array, or the memory of `out`: float32, contiguous, writable, and of this shape."""
    if out is None:
        return np.empty(shape, np.float32)
    if not hasattr(out, "__dlpack__"):
        raise UsageError(f"out: expected an array or a DLPack tensor, found {type(out).__name__}")
    array = imported(out, "out")
    if array.dtype != np.float32 or array.shape != shape:
        raise UsageError(
            f"out: expected float32 of shape {list(shape)}, found {array.dtype} of shape {list(array.shape)}"
        )
    if not array.flags.c_contiguous:
        raise UsageError(
            "out: expected a contiguous array in C order, found one with strides " f"{list(array.strides)} in bytes"
        )
    if not array.flags.writeable:
        raise UsageError(
            "out: expected a writable array, found a read-only one (DLPack before version 1.0 gives these: "
            "pass the tensor's NumPy view)"
        )
    if not array.flags.aligned:
        raise UsageError("out: expected an array at a multiple of 4 bytes, found one that is not aligned")
    return array


class Memory:
    """Memory of the library as a read-only array, which keeps its owner alive."""

    def __init__(self, address: int, shape: tuple[int, ...], typestr: str, owner: object) -> None:
        self.__array_interface__ = {"version": 3, "shape": shape, "typestr": typestr, "data": (address, True)}
        self._owner = owner

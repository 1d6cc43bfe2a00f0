# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The C interface, as include/braid/Runtime/braid.h declares it."""

from __future__ import annotations

import ctypes as c
from typing import Any, Type, TypeVar

# What the structs below were written for.
VERSION = (0, 1)

POISON = 1

LogFunction = c.CFUNCTYPE(None, c.c_void_p, c.c_int, c.c_char_p)


class Struct(c.Structure):
    """A struct that begins with its own size."""


StructType = TypeVar("StructType", bound=Struct)


class ProgramOptions(Struct):
    _fields_ = [
        ("size", c.c_uint64),
        ("weights", c.c_char_p),
        ("seed", c.c_uint64),
        ("threads", c.c_int32),
        ("reserved", c.c_int32),
        ("log", LogFunction),
        ("log_context", c.c_void_p),
    ]


class WeightInfo(Struct):
    _fields_ = [
        ("size", c.c_uint64),
        ("name", c.c_char_p),
        ("dtype", c.c_char_p),
        ("shape", c.POINTER(c.c_int64)),
        ("rank", c.c_size_t),
        ("data", c.c_void_p),
        ("bytes", c.c_uint64),
    ]


class SessionOptions(Struct):
    _fields_ = [
        ("size", c.c_uint64),
        ("max_rows", c.c_int64),
        ("max_tokens", c.c_int64),
        ("max_context", c.c_int64),
        ("slots", c.c_int64),
        ("threads", c.c_int32),
        ("flags", c.c_uint32),
        ("checkpoints", c.c_int64),
        ("checkpoint_every", c.c_int64),
    ]


class Batch(Struct):
    _fields_ = [
        ("size", c.c_uint64),
        ("entry", c.c_int32),
        ("reserved", c.c_int32),
        ("rows", c.c_int64),
        ("row_start", c.c_void_p),
        ("slot", c.c_void_p),
        ("tokens", c.c_void_p),
    ]


class Rates(Struct):
    _fields_ = [
        ("size", c.c_size_t),
        ("bytes", c.c_double),
        ("f64", c.c_double),
        ("f32", c.c_double),
        ("bf16", c.c_double),
        ("exp", c.c_double),
    ]


class Sampling(Struct):
    _fields_ = [
        ("size", c.c_uint64),
        ("temperature", c.c_double),
        ("top_k", c.c_int64),
        ("top_p", c.c_double),
        ("min_p", c.c_double),
        ("seed", c.c_uint64),
    ]


def sized(kind: Type[StructType], **fields: Any) -> StructType:
    """A struct of this kind with its size set."""
    return kind(size=c.sizeof(kind), **fields)


_HANDLE = c.c_void_p
# A status comes as an address; NULL, which ctypes gives as None, is success.
_STATUS = c.c_void_p

PROTOTYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "braid_version": (c.c_uint32, ()),
    "braid_status_code": (c.c_int, (_STATUS,)),
    "braid_status_message": (c.c_char_p, (_STATUS,)),
    "braid_status_destroy": (None, (_STATUS,)),
    "braid_program_load": (_STATUS, (c.c_char_p, c.POINTER(ProgramOptions), c.POINTER(_HANDLE))),
    "braid_program_destroy": (None, (_HANDLE,)),
    "braid_program_manifest": (c.c_void_p, (_HANDLE, c.POINTER(c.c_size_t))),
    "braid_program_version": (c.c_int32, (_HANDLE,)),
    "braid_program_weight": (_STATUS, (_HANDLE, c.c_int32, c.POINTER(WeightInfo))),
    "braid_session_create": (_STATUS, (_HANDLE, c.POINTER(SessionOptions), c.POINTER(_HANDLE))),
    "braid_session_destroy": (None, (_HANDLE,)),
    "braid_session_bytes": (_STATUS, (_HANDLE, c.POINTER(SessionOptions), c.POINTER(c.c_uint64))),
    "braid_session_run": (_STATUS, (_HANDLE, c.POINTER(Batch), c.c_void_p, c.c_size_t)),
    "braid_slot_reset": (_STATUS, (_HANDLE, c.c_int64)),
    "braid_slot_length": (c.c_int64, (_HANDLE, c.c_int64)),
    "braid_slot_rollback": (_STATUS, (_HANDLE, c.c_int64, c.c_int64)),
    "braid_slot_rollback_limit": (c.c_int64, (_HANDLE, c.c_int64)),
    "braid_slot_copy": (_STATUS, (_HANDLE, c.c_int64, c.c_int64)),
    "braid_slot_snapshot_bytes": (c.c_size_t, (_HANDLE, c.c_int64)),
    "braid_slot_snapshot": (_STATUS, (_HANDLE, c.c_int64, c.c_void_p, c.c_size_t)),
    "braid_slot_restore": (_STATUS, (_HANDLE, c.c_int64, c.c_void_p, c.c_size_t)),
    "braid_slot_save": (_STATUS, (_HANDLE, c.c_int64, c.c_char_p)),
    "braid_slot_load": (_STATUS, (_HANDLE, c.c_int64, c.c_char_p)),
    "braid_saved_length": (_STATUS, (c.c_char_p, c.POINTER(c.c_int64))),
    "braid_measure_rates": (_STATUS, (c.c_int32, c.POINTER(Rates))),
    "braid_sampler_create": (_STATUS, (c.POINTER(Sampling), c.c_int64, c.POINTER(_HANDLE))),
    "braid_sampler_destroy": (None, (_HANDLE,)),
    "braid_session_next": (
        _STATUS,
        (_HANDLE, c.POINTER(Batch), c.c_void_p, c.c_size_t, c.POINTER(_HANDLE), c.POINTER(c.c_int32)),
    ),
    "braid_sampler_next": (_STATUS, (_HANDLE, c.c_void_p, c.POINTER(c.c_int32))),
}

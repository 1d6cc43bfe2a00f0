# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A program's working memory."""

from __future__ import annotations

import ctypes
import os
import threading
from types import TracebackType
from typing import Any, Optional, Sequence, Type, Union

import numpy as np
from numpy.typing import NDArray

from . import _abi
from ._arrays import Float32, Int32, Int64, Tokens, integer, integers, output, token_ids
from ._errors import UsageError, closed
from ._library import Handle, library
from ._paths import encoded_path
from ._program import Program

_DEFAULT_CONTEXT = 4096


class _Claim:
    """Holds a session for the length of a call: one thread at a time."""

    __slots__ = ("_session",)

    def __init__(self, session: "Session") -> None:
        self._session = session

    def __enter__(self) -> Handle:
        session = self._session
        if not session._lock.acquire(blocking=False):
            raise UsageError("expected a session that no other thread is using, found a busy one")
        handle = session._handle
        if handle is not None and handle.of_this_process:
            return handle
        session._lock.release()
        if handle is None:
            raise closed("session")
        raise UsageError("expected a session of this process, found one from before a fork, whose threads are not here")

    def __exit__(self, *_: object) -> None:
        self._session._lock.release()


class Session:
    """A program's working memory, made once for fixed limits; after that nothing is allocated but the results.

    A session holds `slots` sequences at once. A call gives rows of tokens; each row continues the sequence in its slot,
    and its logits do not depend on its neighbours, to the bit. One thread at a time uses a session; a second one gets
    an error.

    Args:
        program: what runs.
        max_rows: rows in one call.
        max_tokens: tokens in one call.
        max_context: tokens in one slot; None: the model's bound, or 4096 where it has none.
        slots: sequences held at once; None: as many as max_rows.
        threads: 0: one for each available CPU.
        checkpoints: of each slot, for `rollback`; 0: none.
        checkpoint_every: tokens from one checkpoint to the next, at least; 0: one at each call.
        poison: a test of artifacts: memory that was not written is NaN, so that a read of it shows.

    Raises:
        OutOfMemoryError: the machine does not have what the limits need; `session_bytes` tells before.
        LimitError: max_context passes the model's.
    """

    def __init__(
        self,
        program: Program,
        *,
        max_rows: int = 1,
        max_tokens: int = 512,
        max_context: Optional[int] = None,
        slots: Optional[int] = None,
        threads: int = 0,
        checkpoints: int = 0,
        checkpoint_every: int = 0,
        poison: bool = False,
    ) -> None:
        self._handle: Optional[Handle] = None
        self._lock = threading.Lock()
        options = _options(program, max_rows, max_tokens, max_context, slots, threads, checkpoints, checkpoint_every)
        options.flags = _abi.POISON if poison else 0
        lib = library()
        owner = program._use()
        address = ctypes.c_void_p()
        lib.check(lib.braid_session_create(owner.address, ctypes.byref(options), ctypes.byref(address)))
        self.program = program
        self.max_rows: int = options.max_rows
        self.max_tokens: int = options.max_tokens
        self.max_context: int = options.max_context
        self.slots: int = options.slots
        self._vocab_size = program.vocab_size
        self._handle = Handle(address.value, lib.braid_session_destroy, keeps=owner)

    # Calls

    def prefill(
        self, rows: Sequence[Tokens], slots: Optional[Sequence[int]] = None, *, out: Optional[Any] = None
    ) -> Float32:
        """Runs a prompt, or a piece of one, in each row.

        Args:
            rows: token ids of each row, int32 [n], at least one.
            slots: the slot that each row continues, no slot twice; negative: padding, whose logits mean nothing. None:
                0, 1, ...
            out: float32 [rows, vocab_size] to write instead of a new array; NumPy's, or a DLPack tensor on the CPU.

        Returns:
            Logits of each row's last token, float32 [rows, vocab_size].
        """
        return self._run_rows("prefill", rows, slots, out)

    def decode(self, tokens: Tokens, slots: Optional[Sequence[int]] = None, *, out: Optional[Any] = None) -> Float32:
        """Runs one token in each row.

        Args:
            tokens: ids, int32 [rows].
            slots, out: as in prefill.

        Returns:
            Logits, float32 [rows, vocab_size].
        """
        ids = token_ids(tokens)
        return self._run("decode", ids, np.arange(ids.size + 1, dtype=np.int64), slots, out)

    def score(
        self, rows: Sequence[Tokens], slots: Optional[Sequence[int]] = None, *, out: Optional[Any] = None
    ) -> Float32:
        """As prefill, with the logits of every token: float32 [tokens of all rows, vocab_size], row after row."""
        return self._run_rows("score", rows, slots, out)

    def run(
        self,
        entry: str,
        tokens: Tokens,
        row_start: Union[Sequence[int], NDArray[Any]],
        slots: Optional[Sequence[int]] = None,
        *,
        out: Optional[Any] = None,
    ) -> Float32:
        """Runs an entry point on packed rows and advances the slots' lengths. After an error nothing has changed.

        Args:
            entry: "prefill", "decode" or "score".
            tokens: ids of all rows, int32 [n].
            row_start: row i holds tokens[row_start[i]:row_start[i + 1]]; int64 [rows + 1], rising from 0 to n.
            slots, out: as in prefill; `out` has the shape of the result.

        Returns:
            float32 [rows, vocab_size], or [n, vocab_size] from "score".
        """
        starts = integers(row_start, "row_start", 0, 2**31 - 1)
        return self._run(entry, token_ids(tokens), starts, slots, out)

    def _run_rows(
        self, entry: str, rows: Sequence[Tokens], slots: Optional[Sequence[int]], out: Optional[Any]
    ) -> Float32:
        if isinstance(rows, (str, bytes)) or not hasattr(rows, "__len__") or not hasattr(rows, "__getitem__"):
            raise UsageError(f"rows: expected a sequence of rows, found {type(rows).__name__}")
        if len(rows) and not hasattr(rows[0], "__len__") and not hasattr(rows[0], "__dlpack__"):
            raise UsageError(
                f"rows: expected a sequence of rows, found a sequence of {type(rows[0]).__name__}; "
                "one row is [tokens]"
            )
        ids = [token_ids(row, f"rows[{i}]") for i, row in enumerate(rows)]
        starts = np.zeros(len(ids) + 1, np.int64)
        np.cumsum([row.size for row in ids], out=starts[1:])
        return self._run(entry, np.concatenate(ids) if ids else np.empty(0, np.int32), starts, slots, out)

    def _run(
        self, entry: str, tokens: Int32, row_start: Int64, slots: Optional[Sequence[int]], out: Optional[Any]
    ) -> Float32:
        """`tokens` and `row_start` are copies that nobody else changes during the call."""
        index = self.program.entry(entry)
        rows = row_start.size - 1
        if rows < 1 or row_start[0] != 0 or row_start[-1] != tokens.size or (np.diff(row_start) < 1).any():
            raise UsageError(
                f"row_start: expected at least one row, and numbers that rise from 0 to the {tokens.size} "
                f"tokens, found {_shortened(row_start)}"
            )
        places = (
            np.arange(rows, dtype=np.int32)
            if slots is None
            else (integers(slots, "slots", -(2**31), 2**31 - 1).astype(np.int32))
        )
        if places.size != rows:
            raise UsageError(f"slots: expected one for each of {rows} rows, found {places.size}")
        with _Claim(self) as handle:
            per_token = self.program.entries[index].logits == "token"
            logits = output(out, (tokens.size if per_token else rows, self._vocab_size))
            self._call(handle, index, tokens, row_start, places, logits)
        return logits

    @staticmethod
    def _call(handle: Handle, entry: int, tokens: Int32, row_start: Int64, slots: Int32, logits: Float32) -> None:
        batch = _abi.Batch(
            ctypes.sizeof(_abi.Batch),
            entry,
            0,
            slots.size,
            row_start.ctypes.data,
            slots.ctypes.data,
            tokens.ctypes.data,
        )
        lib = library()
        lib.check(lib.braid_session_run(handle.address, ctypes.byref(batch), logits.ctypes.data, logits.size))

    # Slots

    def reset(self, slot: int) -> None:
        """Empties a slot."""
        self._slot_call("braid_slot_reset", _slot(slot))

    def length(self, slot: int) -> int:
        """Tokens that a slot holds."""
        with _Claim(self) as handle:
            length = int(library().braid_slot_length(handle.address, _slot(slot)))
        if length < 0:
            raise self._no_slot(slot)
        return length

    def rollback(self, slot: int, tokens: int) -> None:
        """Takes back the last `tokens` tokens of a slot, which is then, to the bit, as if they had never been given.

        Key-value state goes back to any length. Recurrent states and convolution tails go back to a checkpoint and are
        brought forward again, so a session of a model with such states needs `checkpoints`; the oldest is as far as a
        rollback goes.
        """
        self._slot_call("braid_slot_rollback", _slot(slot), integer(tokens, "tokens", -(2**63), 2**63 - 1))

    def rollback_limit(self, slot: int) -> int:
        """The most tokens that `rollback` could take back now."""
        with _Claim(self) as handle:
            limit = int(library().braid_slot_rollback_limit(handle.address, _slot(slot)))
        if limit < 0:
            raise self._no_slot(slot)
        return limit

    def copy(self, source: int, target: int) -> None:
        """Makes slot `target` continue where slot `source` is (a fork); what `target` held is gone."""
        self._slot_call("braid_slot_copy", _slot(source), _slot(target))

    def snapshot(self, slot: int) -> NDArray[np.uint8]:
        """What a slot holds, as bytes: uint8 [n]. Any session whose program has the same states can restore it."""
        lib, slot = library(), _slot(slot)
        with _Claim(self) as handle:
            size = int(lib.braid_slot_snapshot_bytes(handle.address, slot))
            if size == 0:
                raise self._no_slot(slot)
            buffer = np.empty(size, np.uint8)
            lib.check(lib.braid_slot_snapshot(handle.address, slot, buffer.ctypes.data, size))
        return buffer

    def restore(self, slot: int, snapshot: Any) -> None:
        """Makes a slot hold what a snapshot says: anything with contiguous bytes (an array, bytes, a memory map).

        The snapshot is checked before the slot changes; BadInputError says what is wrong with it.
        """
        buffer = _bytes_of(snapshot)
        lib = library()
        with _Claim(self) as handle:
            lib.check(lib.braid_slot_restore(handle.address, _slot(slot), buffer.ctypes.data, buffer.size))

    def save(self, slot: int, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes what a slot holds to a file, which appears under its name when it is complete."""
        self._slot_call("braid_slot_save", _slot(slot), encoded_path(path, "path"))

    def load(self, slot: int, path: Union[str, "os.PathLike[str]"]) -> None:
        """Makes a slot hold what a session of any process saved, if its program had the same artifact and weights.

        The whole file is checked before the slot changes; `saved_length` tells how many tokens it holds.
        """
        self._slot_call("braid_slot_load", _slot(slot), encoded_path(path, "path"))

    def _slot_call(self, name: str, *arguments: Union[int, bytes]) -> None:
        lib = library()
        with _Claim(self) as handle:
            lib.check(getattr(lib, name)(handle.address, *arguments))

    def _no_slot(self, slot: int) -> UsageError:
        return UsageError(f"slot: expected a slot from 0 to {self.slots - 1}, found {slot}")

    # Life

    def close(self) -> None:
        """Gives the memory back. Calling it again does nothing; while another thread runs a call, it is an error."""
        if not self._lock.acquire(blocking=False):
            raise UsageError("expected a session that no other thread is using, found a busy one")
        self._handle = None
        self._lock.release()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._handle is None

    def __enter__(self) -> "Session":
        if self._handle is None:
            raise closed("session")
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return (
            f"<braid.Session of {self.program.path}: {self.slots} slots of {self.max_context} tokens, calls of "
            f"{self.max_rows} rows and {self.max_tokens} tokens{', closed' if self.closed else ''}>"
        )


def session_bytes(
    program: Program,
    *,
    max_rows: int = 1,
    max_tokens: int = 512,
    max_context: Optional[int] = None,
    slots: Optional[int] = None,
    threads: int = 0,
    checkpoints: int = 0,
    checkpoint_every: int = 0,
) -> int:
    """Bytes that a session of these limits reserves. Key-value pages that no sequence reaches take no memory."""
    options = _options(program, max_rows, max_tokens, max_context, slots, threads, checkpoints, checkpoint_every)
    lib = library()
    size = ctypes.c_uint64()
    lib.check(lib.braid_session_bytes(program._use().address, ctypes.byref(options), ctypes.byref(size)))
    return size.value


def saved_length(path: Union[str, "os.PathLike[str]"]) -> int:
    """Tokens that a file of Session.save holds, by its header: the least max_context of a session that loads it."""
    lib = library()
    tokens = ctypes.c_int64()
    lib.check(lib.braid_saved_length(encoded_path(path, "path"), ctypes.byref(tokens)))
    return tokens.value


def _options(
    program: Program,
    max_rows: int,
    max_tokens: int,
    max_context: Optional[int],
    slots: Optional[int],
    threads: int,
    checkpoints: int,
    checkpoint_every: int,
) -> _abi.SessionOptions:
    if not isinstance(program, Program):
        raise UsageError(f"program: expected a Program, found {type(program).__name__}")
    limits = {
        "max_rows": max_rows,
        "max_tokens": max_tokens,
        "max_context": (program.model.max_context or _DEFAULT_CONTEXT) if max_context is None else max_context,
        "slots": max_rows if slots is None else slots,
        "checkpoints": checkpoints,
        "checkpoint_every": checkpoint_every,
    }
    most = 2**63 - 1
    fields = {name: integer(value, f"limit '{name}'", -most, most) for name, value in limits.items()}
    return _abi.sized(_abi.SessionOptions, threads=integer(threads, "limit 'threads'", 0, 4096), **fields)


def _slot(slot: int) -> int:
    return integer(slot, "slot", -(2**63), 2**63 - 1)


def _bytes_of(value: Any) -> NDArray[np.uint8]:
    try:
        view = memoryview(value)
    except TypeError:
        raise UsageError(f"snapshot: expected bytes, found {type(value).__name__}") from None
    if not view.c_contiguous:
        raise UsageError("snapshot: expected contiguous bytes, found strides between them")
    if view.nbytes == 0:
        raise UsageError("snapshot: expected bytes, found none")
    return np.frombuffer(view.cast("B"), np.uint8)


def _shortened(values: NDArray[Any]) -> str:
    items = [str(value) for value in values[:8].tolist()]
    return f"[{', '.join(items)}{', ...' if values.size > 8 else ''}]"

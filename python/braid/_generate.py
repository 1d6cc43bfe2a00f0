# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tokens as they come."""

from __future__ import annotations

import ctypes
from collections import deque
from typing import Any, Callable, Generator, Iterator, NamedTuple, Optional, Sequence, TypeVar, Union

import numpy as np

from . import _abi
from ._arrays import Float32, Int32, Tokens, integer, token_ids
from ._errors import UsageError
from ._library import library
from ._packing import packed
from ._program import Program
from ._sampling import Sampler, Sampling
from ._session import Session, _Claim

_MOST_NEW = 2**40
T = TypeVar("T")


class NewToken(NamedTuple):
    """A token of one of several prompts."""

    prompt: int
    """The prompt's place in the list."""
    token: int


def generate(
    program: Program,
    prompt: Tokens,
    *,
    max_new: int = 16,
    sampling: Sampling = Sampling(),
    stop: Optional[Sequence[int]] = None,
    chunk: int = 512,
    threads: int = 0,
) -> Iterator[int]:
    """Continues a prompt and yields each token as it comes, the stop token included.

    Args:
        program: a model's.
        prompt: token ids, int32 [n], at least one.
        max_new: most new tokens.
        sampling: how tokens are drawn.
        stop: token ids after which the sequence ends; None: the model's end-of-sequence tokens; (): none.
        chunk: most prompt tokens in one call.
        threads: 0: one for each available CPU.

    What is wrong with the arguments is raised by this call, before the first token is asked for.
    """
    batch = Generation(program, [prompt], max_new=max_new, sampling=sampling, stop=stop, chunk=chunk, threads=threads)
    return (new.token for new in batch)


def generate_many(
    program: Program,
    prompts: Sequence[Tokens],
    *,
    max_new: Union[int, Sequence[int]] = 16,
    sampling: Union[Sampling, Sequence[Sampling]] = Sampling(),
    stop: Optional[Sequence[int]] = None,
    chunk: int = 512,
    rows: int = 8,
    threads: int = 0,
) -> "Generation":
    """Continues several prompts together and yields each NewToken as it comes.

    A prompt's tokens are those that `generate` gives for it alone. Where a sequence ends, a waiting prompt takes over.

    Args:
        prompts: token ids of each prompt.
        max_new: most new tokens, for all prompts or for each.
        sampling: for all prompts or for each; the same seed draws the same tokens from the same prompt.
        rows: prompts that run at once.
        program, stop, chunk, threads: as in generate.
    """
    return Generation(
        program, prompts, max_new=max_new, sampling=sampling, stop=stop, chunk=chunk, rows=rows, threads=threads
    )


class Generation(Iterator[NewToken]):
    """The tokens of several prompts, in the order in which they come; made by `generate_many`.

    `finish` ends one sequence early; close() ends all and gives the memory back, and so does the iterator's end.
    """

    def __init__(
        self,
        program: Program,
        prompts: Sequence[Tokens],
        *,
        max_new: Union[int, Sequence[int]] = 16,
        sampling: Union[Sampling, Sequence[Sampling]] = Sampling(),
        stop: Optional[Sequence[int]] = None,
        chunk: int = 512,
        rows: int = 8,
        threads: int = 0,
    ) -> None:
        if not isinstance(program, Program):
            raise UsageError(f"program: expected a Program, found {type(program).__name__}")
        if isinstance(prompts, (str, bytes)) or not hasattr(prompts, "__len__"):
            raise UsageError(f"prompts: expected a sequence of prompts, found {type(prompts).__name__}")
        self._prompts = [token_ids(prompt, f"prompts[{i}]") for i, prompt in enumerate(prompts)]
        count = len(self._prompts)
        for i, prompt in enumerate(self._prompts):
            if prompt.size == 0:
                raise UsageError(f"prompts[{i}]: expected at least one token, found none")
        self._max_new = _for_each(max_new, count, "max_new", lambda n: integer(n, "max_new", 0, _MOST_NEW))
        self._samplers = _for_each(sampling, count, "sampling", lambda s: Sampler(s, program.vocab_size))
        model = program.model
        self._stop = frozenset(
            model.eos_token_ids if stop is None else (integer(token, "stop", 0, model.vocab_size - 1) for token in stop)
        )
        chunk = integer(chunk, "chunk", 1, 1 << 24)
        rows = min(integer(rows, "rows", 1, 1 << 20), max(count, 1))
        longest = max((prompt.size for prompt in self._prompts), default=1)
        self._chunk = min(chunk, longest)
        # The last new token is never run, so it needs no room.
        context = max((p.size + max(n - 1, 0) for p, n in zip(self._prompts, self._max_new)), default=1)
        self._session = Session(
            program, max_rows=rows, max_tokens=max(self._chunk, rows), max_context=context, slots=rows, threads=threads
        )
        self._decode, self._prefill = program.entry("decode"), program.entry("prefill")
        self._made = [0] * count
        self._finished: set[int] = set()
        self._waiting = deque(range(count))
        self._free = list(range(rows - 1, -1, -1))
        self._rows: list[tuple[int, int]] = []  # of the running sequences: prompt and slot
        self._slot_buffer = np.zeros(rows, np.int32)
        self._token_buffer = np.zeros(rows, np.int32)
        self._starts = np.arange(rows + 1, dtype=np.int64)
        self._logits = np.empty((rows, program.vocab_size), np.float32)
        self._tokens = self._steps()

    def __iter__(self) -> "Generation":
        return self

    def __next__(self) -> NewToken:
        return next(self._tokens)

    def finish(self, prompt: int) -> None:
        """Ends a sequence: no more of its tokens come."""
        self._finished.add(integer(prompt, "prompt", 0, len(self._prompts) - 1))

    def close(self) -> None:
        """Ends all sequences and gives the session's memory back."""
        self._tokens.close()
        self._session.close()

    def __enter__(self) -> "Generation":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _steps(self) -> Generator[NewToken, None, None]:
        try:
            while self._waiting or self._rows:
                yield from self._start()
                if self._rows:
                    self._run_decode()
                    yield from self._draw(self._rows, self._logits)
        finally:
            self._session.close()

    def _start(self) -> Iterator[NewToken]:
        """Runs waiting prompts in the free slots and draws their first tokens."""
        new: list[tuple[int, int]] = []
        while self._free and self._waiting:
            prompt = self._waiting.popleft()
            if self._max_new[prompt] > 0 and prompt not in self._finished:
                new.append((prompt, self._free.pop()))
        if not new:
            return
        lengths = [self._prompts[prompt].size for prompt, _ in new]
        capacity = self._session.max_tokens
        for _, slot in new:
            self._session.reset(slot)
        logits = np.empty((len(new), self._logits.shape[1]), np.float32)
        for call in packed(lengths, piece=self._chunk, capacity=capacity, rows=len(new)):
            result = self._session.prefill(
                [self._prompts[new[p.sequence][0]][p.begin : p.end] for p in call], [new[p.sequence][1] for p in call]
            )
            for row, piece in enumerate(call):
                if piece.last:
                    logits[piece.sequence] = result[row]
        running = self._rows
        self._rows = running + new
        yield from self._draw(new, logits)

    def _draw(self, rows: Sequence[tuple[int, int]], logits: Float32) -> Iterator[NewToken]:
        """The next token of each row; those that end give their slots back."""
        stride, base = logits.strides[0], logits.ctypes.data
        drawn = [
            (prompt, slot, self._samplers[prompt]._draw(base + row * stride))
            for row, (prompt, slot) in enumerate(rows)
            if prompt not in self._finished
        ]
        for prompt, slot, token in drawn:
            self._token_buffer[slot] = token
            if prompt in self._finished:
                continue
            self._made[prompt] += 1
            if token in self._stop or self._made[prompt] >= self._max_new[prompt]:
                self._finished.add(prompt)
            yield NewToken(prompt, token)
        self._free += [slot for prompt, slot in self._rows if prompt in self._finished]
        self._rows = [row for row in self._rows if row[0] not in self._finished]

    def _run_decode(self) -> None:
        """One step of every running sequence; row i of the logits is that of self._rows[i]."""
        count = len(self._rows)
        slots = [slot for _, slot in self._rows]
        self._slot_buffer[:count] = slots
        tokens: Int32 = self._token_buffer[self._slot_buffer[:count]]
        batch = _abi.Batch(
            ctypes.sizeof(_abi.Batch),
            self._decode,
            0,
            count,
            self._starts.ctypes.data,
            self._slot_buffer.ctypes.data,
            tokens.ctypes.data,
        )
        lib = library()
        with _Claim(self._session) as handle:
            lib.check(
                lib.braid_session_run(handle.address, ctypes.byref(batch), self._logits.ctypes.data, self._logits.size)
            )


def _for_each(value: Any, count: int, name: str, make: Callable[[Any], T]) -> list[T]:
    """One value for all of `count` prompts, or a sequence with one for each."""
    if isinstance(value, (list, tuple, np.ndarray)):
        if len(value) != count:
            raise UsageError(f"{name}: expected one, or one for each of {count} prompts, found {len(value)}")
        return [make(each) for each in value]
    return [make(value) for _ in range(count)]

# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tokens as they come."""

from __future__ import annotations

import ctypes
from collections import deque
from os import getpid
from typing import Any, Callable, Generator, Iterator, NamedTuple, Optional, Sequence, TypeVar, Union

import numpy as np

from . import _abi
from ._arrays import Float32, Tokens, integer, token_ids
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
    return batch._only_tokens()


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
        self._step = _DecodeStep(self._session, rows)
        self._finished: set[int] = set()
        self._ended = False  # whether a running sequence may have
        self._waiting = deque(range(count))
        self._free = list(range(rows - 1, -1, -1))
        self._rows: list[_Row] = []
        self._tokens = self._steps()

    def __iter__(self) -> "Generation":
        return self

    def __next__(self) -> NewToken:
        return next(self._tokens)

    def finish(self, prompt: int) -> None:
        """Ends a sequence: no more of its tokens come."""
        self._finished.add(integer(prompt, "prompt", 0, len(self._prompts) - 1))
        self._ended = True

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
                if self._free and self._waiting:
                    yield from self._start()
                if self._rows:
                    self._step.run()
                    yield from self._give(0)
        finally:
            self._session.close()

    def _only_tokens(self) -> Generator[int, None, None]:
        """The tokens of the only prompt, with the least of Python between two steps."""
        try:
            for new in self._start():
                yield new.token
            run, tokens, stop = self._step.run, self._step.tokens, self._stop
            for _ in range(self._rows[0].left if self._rows else 0):
                run()
                token = tokens[0]
                yield token
                if token in stop:
                    break
        finally:
            self._session.close()

    def _start(self) -> Iterator[NewToken]:
        """Runs waiting prompts in the free slots, behind the rows that there are, and draws their first tokens."""
        new: list[_Row] = []
        while self._free and self._waiting:
            i = self._waiting.popleft()
            if self._max_new[i] > 0 and i not in self._finished:
                new.append(_Row(i, self._free.pop(), self._samplers[i], self._max_new[i]))
                self._session.reset(new[-1].slot)
        lengths = [self._prompts[row.prompt].size for row in new]
        logits = np.empty((len(new), self._session.program.vocab_size), np.float32)
        for call in packed(lengths, piece=self._chunk, capacity=self._session.max_tokens, rows=max(len(new), 1)):
            pieces = [self._prompts[new[p.sequence].prompt][p.begin : p.end] for p in call]
            result = self._session.prefill(pieces, [new[p.sequence].slot for p in call])
            for row, piece in enumerate(call):
                if piece.last:
                    logits[piece.sequence] = result[row]
        first = len(self._rows)
        self._rows += new
        drawn = [row.sampler._draw(each.ctypes.data) for row, each in zip(new, logits)]
        self._step.arrange(self._rows, self._step.tokens[:first] + drawn)
        yield from self._give(first)

    def _give(self, first: int) -> Iterator[NewToken]:
        """The newest token of each row from `first` on; rows that end give their slots back."""
        tokens, stop, finished = self._step.tokens, self._stop, self._finished
        for place in range(first, len(self._rows)):
            row = self._rows[place]
            if row.prompt in finished:
                continue
            token = tokens[place]
            row.left -= 1
            if row.left == 0 or token in stop:
                finished.add(row.prompt)
                self._ended = True
            yield NewToken(row.prompt, token)
        if self._ended:
            self._ended = False
            going = [place for place, row in enumerate(self._rows) if row.prompt not in finished]
            self._free += [row.slot for row in self._rows if row.prompt in finished]
            self._rows = [self._rows[place] for place in going]
            self._step.arrange(self._rows, [tokens[place] for place in going])


class _Row:
    """A running sequence."""

    __slots__ = ("prompt", "slot", "sampler", "left")

    def __init__(self, prompt: int, slot: int, sampler: Sampler, left: int) -> None:
        self.prompt, self.slot, self.sampler = prompt, slot, sampler
        self.left = left  # tokens still to come


class _DecodeStep:
    """A call of "decode" that draws each row's next token, made ready once.

    Between two steps the threads of the session wait, and the caches hold the model's weights: what Python touches
    there it reads from memory. So nothing is made or looked up that can be kept.
    """

    def __init__(self, session: Session, rows: int) -> None:
        self._session = session
        self._next = library().braid_session_next
        self.tokens = (ctypes.c_int32 * rows)()  # what was drawn, and what the next step runs
        self._slots = (ctypes.c_int32 * rows)()
        self._samplers = (ctypes.c_void_p * rows)()
        self._starts = (ctypes.c_int64 * (rows + 1))(*range(rows + 1))
        self._logits: Float32 = np.empty((rows, session.program.vocab_size), np.float32)
        self._batch = _abi.sized(_abi.Batch, entry=session.program.entry("decode"))
        self._batch.row_start = ctypes.addressof(self._starts)
        self._batch.slot = ctypes.addressof(self._slots)
        self._batch.tokens = ctypes.addressof(self.tokens)
        self._arguments = (
            ctypes.byref(self._batch),
            ctypes.c_void_p(self._logits.ctypes.data),
            ctypes.c_size_t(self._logits.size),
            self._samplers,
            self.tokens,
        )

    def arrange(self, rows: Sequence[_Row], tokens: Sequence[int]) -> None:
        """Row i of the next steps continues the sequence of rows[i], whose newest token is tokens[i]."""
        self._batch.rows = len(rows)
        for place, row in enumerate(rows):
            self._slots[place] = row.slot
            self._samplers[place] = row.sampler._handle.address
            self.tokens[place] = tokens[place]

    def run(self) -> None:
        """Runs the rows' tokens and draws the next ones in their place."""
        handle = self._session._handle
        if handle is None or handle._process != getpid():
            with _Claim(self._session):  # says what is wrong
                return
        # That no other thread is in a call, the library checks.
        status = self._next(handle.address, *self._arguments)
        if status is not None:
            library().check(status)


def _for_each(value: Any, count: int, name: str, make: Callable[[Any], T]) -> list[T]:
    """One value for all of `count` prompts, or a sequence with one for each."""
    if isinstance(value, (list, tuple, np.ndarray)):
        if len(value) != count:
            raise UsageError(f"{name}: expected one, or one for each of {count} prompts, found {len(value)}")
        return [make(each) for each in value]
    return [make(value) for _ in range(count)]

# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How long a call takes, beside what the machine gives."""

from __future__ import annotations

import ctypes
import statistics
import time
from dataclasses import dataclass
from typing import Optional

import numpy as np

from . import _abi
from ._arrays import integer
from ._errors import UsageError
from ._library import library
from ._program import Program
from ._session import Session

_TURNS = 5


@dataclass(frozen=True)
class Rates:
    """What threads of this machine reach together, per second: bytes read from memory, and operations, a multiply-add
    being two."""

    bytes: float
    f64: float
    f32: float
    bf16: float
    exp: float
    """Exponentials of f32."""

    def of(self, math: str) -> float:
        """Operations per second in a type; f16 takes the path of f32."""
        return {"f64": self.f64, "bf16": self.bf16}.get(math, self.f32)

    def exponentials(self, math: str) -> float:
        """Exponentials per second; in f64 they are slower as all arithmetic is."""
        return self.exp * self.f64 / self.f32 if math == "f64" else self.exp


@dataclass(frozen=True)
class BenchResult:
    """One shape of call, measured again and again. Times are seconds; bytes and flops are a call's, by the manifest."""

    entry: str
    rows: int
    tokens: int
    """Of each row."""
    context: int
    """Tokens in each slot before the call."""
    calls: int
    median_s: float
    best_s: float
    tokens_per_s: float
    """Of all rows, at the median."""
    bytes: float
    flops: float
    rates: Rates
    floor_s: float
    """The least that the kernels take at these rates."""

    @property
    def share(self) -> float:
        """Of the kernels' roofline, 0 to 1."""
        return self.floor_s / self.median_s


def measure_rates(threads: int = 0) -> Rates:
    """Measures for about a second what so many threads (0: one for each available CPU) reach together."""
    lib = library()
    rates = _abi.sized(_abi.Rates)
    lib.check(lib.braid_measure_rates(integer(threads, "threads", 0, 4096), ctypes.byref(rates)))
    return Rates(rates.bytes, rates.f64, rates.f32, rates.bf16, rates.exp)


def bench(
    program: Program,
    entry: str = "decode",
    *,
    rows: int = 1,
    tokens: int = 512,
    context: int = 0,
    chunk: int = 512,
    repeats: int = 0,
    threads: int = 0,
) -> BenchResult:
    """Times an entry point of a model; what `braid bench` measures, from Python.

    Args:
        program: a model's.
        entry: "prefill", "decode" or "score".
        rows: rows in a call.
        tokens: tokens in a row; an entry that takes one token has one.
        context: tokens in each slot before the call.
        chunk: tokens in a call while the context is filled.
        repeats: measured calls; 0 chooses.
        threads: 0: one for each available CPU.
    """
    if not isinstance(program, Program):
        raise UsageError(f"program: expected a Program, found {type(program).__name__}")
    described = program.entries[program.entry(entry)]
    if described.is_function:
        raise UsageError(f"entry: expected an entry point of a model, found the function '{entry}'")
    rows, context = integer(rows, "rows", 1, 4096), integer(context, "context", 0, 1 << 24)
    tokens = 1 if described.one_token_rows else integer(tokens, "tokens", 1, 1 << 20)
    chunk, repeats = integer(chunk, "chunk", 1, 1 << 20), integer(repeats, "repeats", 0, 1 << 20)
    steps = repeats or (64 if described.one_token_rows else 7)
    per_call = max(rows * tokens, min(chunk, max(context, 1)))
    # Each measured call goes on from the same context, so one step is all the room needed.
    with Session(
        program, max_rows=rows, max_tokens=per_call, max_context=context + tokens, slots=rows, threads=threads
    ) as session:
        seconds, rates = _measure(session, entry, rows, tokens, context, chunk, steps, threads)
    median = statistics.median(seconds)
    positions = rows * (tokens * context + tokens * (tokens + 1) / 2)
    n = rows * tokens
    moved = flops = floor = 0.0
    for kernel in program.manifest.kernels:
        if kernel.entry == entry:
            kernel_bytes, kernel_flops = kernel.bytes.of(n, rows, positions), kernel.flops.of(n, rows, positions)
            moved, flops = moved + kernel_bytes, flops + kernel_flops
            compute = kernel_flops / rates.of(kernel.math)
            if count := kernel.exponentials.of(n, rows, positions):
                compute += count / rates.exponentials(kernel.math)
            floor += max(kernel_bytes / rates.bytes, compute)
    return BenchResult(
        entry, rows, tokens, context, steps, median, min(seconds), n / median, moved, flops, rates, floor
    )


def _measure(
    session: Session, entry: str, rows: int, tokens: int, context: int, chunk: int, steps: int, threads: int
) -> tuple[list[float], Rates]:
    """Times of the calls, and the machine's rates measured in turns with them, which a shared machine slows alike."""
    random = np.random.default_rng(1)
    vocab_size = session.program.vocab_size
    snapshot: Optional[np.ndarray[tuple[int], np.dtype[np.uint8]]] = None
    for begin in range(0, context, chunk):
        session.prefill([random.integers(0, vocab_size, min(chunk, context - begin))], [0])
    if context:
        snapshot = session.snapshot(0)
    row_start = np.arange(rows + 1, dtype=np.int64) * tokens
    logits = None
    seconds: list[float] = []
    seen: list[Rates] = []
    per_turn = -(-steps // _TURNS)
    for step in range(-max(1, steps // 8), steps):
        if step >= 0 and step % per_turn == 0:
            seen.append(measure_rates(threads))
        for slot in range(rows):
            session.reset(slot) if snapshot is None else session.restore(slot, snapshot)
        ids = random.integers(0, vocab_size, rows * tokens).astype(np.int32)
        start = time.perf_counter()
        logits = session.run(entry, ids, row_start, out=logits)
        elapsed = time.perf_counter() - start
        if step >= 0:
            seconds.append(elapsed)
    return seconds, Rates(
        *(statistics.median(getattr(rates, name) for rates in seen) for name in ("bytes", "f64", "f32", "bf16", "exp"))
    )

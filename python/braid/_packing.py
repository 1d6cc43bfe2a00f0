# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cuts sequences into pieces and packs the pieces of several into calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Sequence


@dataclass(frozen=True)
class Piece:
    """Tokens [begin, end) of a sequence, run in a slot."""

    sequence: int
    slot: int
    begin: int
    end: int
    last: bool


def packed(lengths: Sequence[int], *, piece: int, capacity: int, rows: int) -> Iterator[list[Piece]]:
    """Calls that together run every sequence, in at most `rows` slots.

    Where a sequence is cut depends on its own length and `piece` alone, so that its results do not depend on its
    neighbours. A call holds one piece of each of its sequences and at most `capacity` tokens, which is at least
    `piece`; the sequences begin in their order.
    """
    free = list(range(rows - 1, -1, -1))
    active: list[tuple[int, int, int]] = []  # sequence, slot, tokens that ran
    waiting = (i for i, length in enumerate(lengths) if length > 0)
    following = next(waiting, None)
    while active or following is not None:
        call: list[Piece] = []
        room = capacity
        carried: list[tuple[int, int, int]] = []
        for sequence, slot, begin in active:
            end = min(begin + piece, lengths[sequence])
            if end - begin > room:
                carried.append((sequence, slot, begin))
                continue
            call.append(Piece(sequence, slot, begin, end, end == lengths[sequence]))
            room -= end - begin
        while free and following is not None and min(piece, lengths[following]) <= room:
            end = min(piece, lengths[following])
            call.append(Piece(following, free.pop(), 0, end, end == lengths[following]))
            room -= end
            following = next(waiting, None)
        active = carried + [(p.sequence, p.slot, p.end) for p in call if not p.last]
        free += [p.slot for p in call if p.last]
        yield call

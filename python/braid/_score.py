# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Log-probabilities of given tokens."""

from __future__ import annotations

from typing import Iterator, NamedTuple, Optional, Sequence

import numpy as np
from numpy.typing import NDArray

from ._arrays import Float32, Int32, Tokens, integer, token_ids
from ._errors import BadInputError, UsageError
from ._packing import packed
from ._program import Program
from ._session import Session

# Logits of one call take about 64 MiB.
_LOGITS = 16 << 20
_MOST_ROWS = 64
# Logits that are turned into probabilities at once, which then stay in a cache.
_BLOCK = 1 << 18


class Score(NamedTuple):
    """What a model thinks of a document of n tokens."""

    logprobs: Float32
    """float32 [n - 1]: the natural logarithm of the probability of token i + 1 after tokens 0 to i."""
    greedy: NDArray[np.bool_]
    """bool [n - 1]: whether token i + 1 is the likeliest, the lowest id on ties."""


def score(
    program: Program,
    documents: Sequence[Tokens],
    *,
    piece: Optional[int] = None,
    rows: Optional[int] = None,
    threads: int = 0,
) -> list[Score]:
    """Scores documents, many in each call.

    A document's numbers do not depend on its neighbours, to the bit. Cutting a document changes them within rounding.

    Args:
        program: a model's.
        documents: token ids of each, int32 [n], at least one.
        piece: most tokens of a document in one call; None: the largest power of two from 16 to 1024 whose logits take
            at most 64 MiB, or 16.
        rows: most documents in one call; None: by their lengths.
        threads: 0: one for each available CPU.

    Returns:
        A Score for each document.
    """
    return list(scores(program, documents, piece=piece, rows=rows, threads=threads))


def scores(
    program: Program,
    documents: Sequence[Tokens],
    *,
    piece: Optional[int] = None,
    rows: Optional[int] = None,
    threads: int = 0,
) -> Iterator[Score]:
    """As score, each as soon as it and those before it are there."""
    if not isinstance(program, Program):
        raise UsageError(f"program: expected a Program, found {type(program).__name__}")
    if isinstance(documents, (str, bytes)) or not hasattr(documents, "__len__"):
        raise UsageError(f"documents: expected a sequence of documents, found {type(documents).__name__}")
    ids = [token_ids(document, f"documents[{i}]") for i, document in enumerate(documents)]
    for i, document in enumerate(ids):
        if document.size == 0:
            raise UsageError(f"documents[{i}]: expected at least one token, found none")
        # The last token is not run, so that the runtime does not see it.
        wrong = np.flatnonzero((document < 0) | (document >= program.vocab_size))
        if wrong.size:
            raise BadInputError(
                f"documents[{i}]: token {wrong[0]}: expected an id from 0 to {program.vocab_size - 1}, "
                f"found {document[wrong[0]]}"
            )
    most = min(max(_LOGITS // program.vocab_size, 16), 1024)
    # A power of two, so that cuts fall on the chunks of scans where there is room for a chunk.
    length = 1 << (most.bit_length() - 1) if piece is None else integer(piece, "piece", 1, 1 << 20)
    capacity = max(most, length)
    total = sum(document.size for document in ids)
    fitting = min(_MOST_ROWS, capacity * len(ids) // max(total, 1) + 1)
    wanted = fitting if rows is None else integer(rows, "rows", 1, 1 << 20)
    return _run(program, ids, length, capacity, max(1, min(wanted, len(ids))), threads)


def _run(program: Program, ids: list[Int32], piece: int, capacity: int, rows: int, threads: int) -> Iterator[Score]:
    # The last token has no successor and is not run.
    lengths = [document.size - 1 for document in ids]
    vocab_size = program.vocab_size
    results = [Score(np.empty(n, np.float32), np.empty(n, np.bool_)) for n in lengths]
    done = [n == 0 for n in lengths]
    given = 0
    if any(lengths):
        longest = max(lengths)
        with Session(
            program,
            max_rows=rows,
            max_tokens=min(capacity, sum(lengths)),
            max_context=longest,
            slots=rows,
            threads=threads,
        ) as session:
            room = np.empty((session.max_tokens, vocab_size), np.float32)
            for call in packed(lengths, piece=min(piece, session.max_tokens), capacity=session.max_tokens, rows=rows):
                for p in call:
                    if p.begin == 0:
                        session.reset(p.slot)
                count = sum(p.end - p.begin for p in call)
                logits = session.score(
                    [ids[p.sequence][p.begin : p.end] for p in call], [p.slot for p in call], out=room[:count]
                )
                at = 0
                for p in call:
                    n = p.end - p.begin
                    target = results[p.sequence]
                    _judge(
                        logits[at : at + n],
                        ids[p.sequence][p.begin + 1 : p.end + 1],
                        target.logprobs[p.begin : p.end],
                        target.greedy[p.begin : p.end],
                    )
                    at += n
                    done[p.sequence] = p.last
                while given < len(results) and done[given]:
                    yield results[given]
                    given += 1
    yield from results[given:]


def _judge(logits: Float32, tokens: Int32, logprobs: Float32, greedy: NDArray[np.bool_]) -> None:
    """Writes log softmax(logits)[token], in double precision, and whether the token is the likeliest, for each row."""
    step = max(1, _BLOCK // logits.shape[1])
    for begin in range(0, tokens.size, step):
        block, wanted = logits[begin : begin + step], tokens[begin : begin + step]
        likeliest = block.argmax(axis=1)
        places = np.arange(wanted.size)
        largest = block[places, likeliest].astype(np.float64)
        sums = np.exp(block.astype(np.float64) - largest[:, None]).sum(axis=1)
        logprobs[begin : begin + step] = block[places, wanted] - largest - np.log(sums)
        greedy[begin : begin + step] = likeliest == wanted

"""long.py RUNTIME ARTIFACT TOKENS CHUNK: a long prompt in chunks gives what it gives in one segment.

The chunks are no multiples of the scan's, so that their sums differ in order: the logits agree within rounding. Chunks that
are give the same bits.
"""
import sys

import numpy as np

from abi import Program, Runtime, Session, require


def prefill(program, tokens, chunk):
    session = Session(program, rows=1, tokens=chunk, context=len(tokens) + 8, slots=1, threads=0)
    for at in range(0, len(tokens), chunk):
        logits = session.run("prefill", [(0, tokens[at:at + chunk])])[0]
    return [logits] + [session.run("decode", [(0, [token])])[0] for token in tokens[:8]]


def main(library, artifact, count, chunk, tolerance):
    program = Program(Runtime(library), artifact)
    tokens = np.random.default_rng(3).integers(0, program.vocab, int(count)).astype(np.int32)
    whole = prefill(program, tokens, len(tokens))
    for size in (int(chunk), int(chunk) - 3):
        parts = prefill(program, tokens, size)
        error = np.linalg.norm(np.subtract(parts, whole)) / np.linalg.norm(whole)
        same = all(np.array_equal(a, b) for a, b in zip(parts, whole))
        print(f"{count} tokens in chunks of {size}: {'the same bits' if same else f'relative difference {error:.3g}'}")
        require(error <= float(tolerance), f"chunks of {size}: expected at most {tolerance}, found {error}")
        require(same or size % 16, f"chunks of {size}: other bits")


main(*sys.argv[1:])

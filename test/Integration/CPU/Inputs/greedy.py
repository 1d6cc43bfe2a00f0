"""Holds greedy generation against scores.

greedy.py tokens A.txt B.txt OUT.npy PROMPT: the new ids on the last lines of A and B agree; prompt and ids go to OUT.
greedy.py check SEQUENCE.npy LOGITS.npy PROMPT_LENGTH: every id after the prompt is the likeliest at its position.
"""
import sys

import numpy as np


def last_line(path):
    return open(path).read().split("\n")[-2]


if sys.argv[1] == "tokens":
    first, second = last_line(sys.argv[2]), last_line(sys.argv[3])
    if first != second:
        sys.exit(f"error: expected {first}, found {second}")
    ids = [int(token) for token in (sys.argv[5] + "," + first).split(",")]
    np.save(sys.argv[4], np.array([ids], np.int32))
else:
    sequence, logits, prompt = np.load(sys.argv[2])[0], np.load(sys.argv[3])[0], int(sys.argv[4])
    likeliest = logits[prompt - 1:-1].argmax(axis=1)
    if len(likeliest) != 40 or not np.array_equal(likeliest, sequence[prompt:]):
        sys.exit(f"error: expected {likeliest}, found {sequence[prompt:]}")

#!/usr/bin/env python3
"""compare_npy.py FOUND EXPECTED TOLERANCE [ROUNDED]: fails unless the relative Frobenius error is within the tolerance.

With ROUNDED, an answer that was computed with roundings, the tolerance is a multiple of that answer's error.
"""
import sys

import numpy as np


def main():
    found, expected, *others = (np.load(path).astype(np.float64) for path in sys.argv[1:3] + sys.argv[4:])
    if found.shape != expected.shape:
        sys.exit(f"error: expected shape {expected.shape}, found {found.shape}")

    def error_of(values):
        return np.linalg.norm(values - expected) / np.linalg.norm(expected)

    unit = error_of(others[0]) if others else 1
    error, most = error_of(found), float(sys.argv[3]) * unit
    print(f"relative error {error:.3e}, at most {most:.3e}")
    if not error <= most:
        sys.exit(f"error: expected at most {most:.3e}, found {error:.3e}")


if __name__ == "__main__":
    main()

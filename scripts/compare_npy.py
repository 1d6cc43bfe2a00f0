#!/usr/bin/env python3
"""compare_npy.py FOUND EXPECTED TOLERANCE: fails unless the relative Frobenius error is within the tolerance."""
import sys

import numpy as np


def main():
    found, expected = (np.load(path).astype(np.float64) for path in sys.argv[1:3])
    if found.shape != expected.shape:
        sys.exit(f"error: expected shape {expected.shape}, found {found.shape}")
    error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    print(f"relative error {error:.3e}")
    if not error <= float(sys.argv[3]):
        sys.exit(f"error: expected at most {sys.argv[3]}, found {error:.3e}")


if __name__ == "__main__":
    main()

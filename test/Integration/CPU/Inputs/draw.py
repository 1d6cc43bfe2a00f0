#!/usr/bin/env python3
"""draw.py SEED FOLDER NAME=SHAPE[:LOW:HIGH]...: writes float32 arrays to FOLDER/NAME.npy.

Unit normal, or log-uniform between LOW and HIGH. Shapes are numbers joined by x.
"""
import sys

import numpy as np


def main():
    random = np.random.default_rng(int(sys.argv[1]))
    for item in sys.argv[3:]:
        name, _, what = item.partition("=")
        shape, *bounds = what.split(":")
        shape = tuple(int(extent) for extent in shape.split("x"))
        if bounds:
            low, high = (np.log(float(bound)) for bound in bounds)
            values = np.exp(random.uniform(low, high, shape))
        else:
            values = random.standard_normal(shape)
        np.save(f"{sys.argv[2]}/{name}.npy", values.astype(np.float32))


if __name__ == "__main__":
    main()

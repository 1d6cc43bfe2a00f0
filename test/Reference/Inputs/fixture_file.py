"""The file that the makers of fixtures write."""
import json

import numpy as np


def write_safetensors(path, arrays):
    header, blobs, at = {}, [], 0
    for name in sorted(arrays):
        array = np.array(arrays[name], order="C")
        kind = {"float64": "F64", "float32": "F32"}[str(array.dtype)]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        blobs.append(array.tobytes())
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(blobs))

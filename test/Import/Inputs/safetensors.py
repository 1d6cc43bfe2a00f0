"""Safetensors in NumPy. Unless told to align the data, as packed as the format allows: no tensor is aligned."""
import json

import numpy as np


def to_bf16(values):
    """float32 to the nearest bfloat16, ties to even, as 16-bit integers."""
    bits = np.asarray(values, np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def from_bf16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


ENCODE = {
    "F64": lambda v: v.astype("<f8"),
    "F32": lambda v: v.astype("<f4"),
    "F16": lambda v: v.astype("<f2"),
    "BF16": to_bf16,
}
DECODE = {"F64": lambda v: v, "F32": lambda v: v, "F16": lambda v: v, "BF16": from_bf16}


def rounded(values, dtype):
    """What a file of this type keeps of the values, in double precision."""
    return DECODE[dtype](ENCODE[dtype](np.asarray(values, np.float64))).astype(np.float64)


def write(path, tensors, dtype, align=1):
    header, parts, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, values in tensors.items():
        data = ENCODE[dtype](values).tobytes()
        header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [offset, offset + len(data)]}
        parts.append(data)
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % align)
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text + b"".join(parts))


def write_folder(folder, tensors, dtype, shards, align):
    if shards == 1:
        return write(folder / "model.safetensors", tensors, dtype, align)
    names = list(tensors)
    weight_map = {}
    for i in range(shards):
        file = f"model-{i + 1:05}-of-{shards:05}.safetensors"
        weight_map.update({name: file for name in names[i::shards]})
        write(folder / file, {name: tensors[name] for name in names[i::shards]}, dtype, align)
    index = {"metadata": {"total_size": 0}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))

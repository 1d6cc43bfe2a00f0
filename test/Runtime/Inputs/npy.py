"""NumPy arrays without NumPy, for the tests of the tool.

npy.py tokens FILE ROWS LENGTH VOCAB       writes int32 [ROWS, LENGTH], cycling through the vocabulary
npy.py argmax FILE                         prints, for each position of [B, T, V], the first largest index
npy.py logprobs LOGITS TOKENS LOGPROBS     checks that LOGPROBS follows from the other two
npy.py shape FILE...                       prints the shape of each
npy.py packed IDS STARTS TEXT              writes the documents of a text file, one in each line, as int32 [n] and [B + 1]
npy.py part FILE BEGIN END WANTED          checks that entries BEGIN to END are, to the bit, those of WANTED
"""
import ast
import math
import struct
import sys


def write(path, descr, shape, values):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape!r}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    code = {"<i4": "i", "<f4": "f"}[descr]
    with open(path, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        out.write(struct.pack(f"<{len(values)}{code}", *values))


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x93NUMPY\x01\x00", "magic"
    (length,) = struct.unpack("<H", data[8:10])
    header = ast.literal_eval(data[10:10 + length].decode())
    assert (10 + length) % 64 == 0 and not header["fortran_order"]
    code = {"<i4": "i", "<f4": "f"}[header["descr"]]
    count = math.prod(header["shape"])
    return header["shape"], struct.unpack(f"<{count}{code}", data[10 + length:])


def tokens(path, rows, length, vocab):
    rows, length, vocab = int(rows), int(length), int(vocab)
    write(path, "<i4", (rows, length), [(7 * i + 3) % vocab for i in range(rows * length)])


def argmax(path):
    (rows, length, vocab), values = read(path)
    for row in range(rows):
        best = []
        for t in range(length):
            logits = values[(row * length + t) * vocab:][:vocab]
            best.append(str(logits.index(max(logits))))
        print(",".join(best))


def logprobs(logits_path, tokens_path, logprobs_path):
    (rows, length, vocab), logits = read(logits_path)
    shape, ids = read(tokens_path)
    assert shape == (rows, length), shape
    shape, found = read(logprobs_path)
    assert shape == (rows, length - 1), shape
    for row in range(rows):
        for t in range(length - 1):
            here = logits[(row * length + t) * vocab:][:vocab]
            total = math.log(math.fsum(math.exp(v - max(here)) for v in here)) + max(here)
            wanted = here[ids[row * length + t + 1]] - total
            assert abs(found[row * (length - 1) + t] - wanted) < 1e-5 * (1 + abs(wanted)), (row, t)
    print("logprobs agree")


def shape(*paths):
    for path in paths:
        print(",".join(map(str, read(path)[0])))


def packed(ids_path, starts_path, text_path):
    with open(text_path) as file:
        documents = [[int(word) for word in line.split(",")] for line in file]
    starts = [0]
    for document in documents:
        starts.append(starts[-1] + len(document))
    write(ids_path, "<i4", (starts[-1],), [token for document in documents for token in document])
    write(starts_path, "<i4", (len(starts),), starts)


def part(path, begin, end, wanted_path):
    (_, width), values = read(path)
    wanted_shape, wanted = read(wanted_path)
    assert wanted_shape == (int(end) - int(begin), width), wanted_shape
    pack = lambda numbers: struct.pack(f"<{len(numbers)}f", *numbers)
    assert pack(values[int(begin) * width:int(end) * width]) == pack(wanted), "other bits"


COMMANDS = {"tokens": tokens, "argmax": argmax, "logprobs": logprobs, "shape": shape, "packed": packed, "part": part}
COMMANDS[sys.argv[1]](*sys.argv[2:])

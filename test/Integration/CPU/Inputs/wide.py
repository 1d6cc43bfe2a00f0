"""wide.py RUNTIME ARTIFACT: functions whose tensors have more than 2^32 elements, on memory that is mapped and hardly used.

Rows of a few tokens lie behind 2^31 and behind 2^32 elements, in far slots and on far pages; between them is padding, which
kernels leave alone. What they give is, to the bit, what the same rows give close together. Functions without rows do the
same work for every token: of those the blocks near the rows run, and no others.
"""
import ctypes as c
import mmap
import sys

import numpy as np

from abi import Program, Runtime, require

TYPES = {"f32": np.float32, "i32": np.int32}
COUNT, WIDTH, TOKENS = 46, 4160, 1048653
# First tokens of the rows: around elements 0, 2^31 and 2^32 of [TOKENS, WIDTH].
NEAR = [0, COUNT, 2 * COUNT]
FAR = [0, 2**31 // WIDTH - 3, TOKENS - COUNT]
VOCABULARY = 1100003


class FunctionCall(c.Structure):
    _fields_ = [("size", c.c_uint64), ("entry", c.c_int32), ("reserved", c.c_int32), ("tokens", c.c_int64),
                ("rows", c.c_int64), ("arguments", c.c_void_p), ("results", c.c_void_p), ("arena", c.c_void_p),
                ("row_start", c.c_void_p), ("slot", c.c_void_p), ("states", c.c_void_p), ("length", c.c_void_p),
                ("slots", c.c_int64), ("pages", c.c_void_p), ("pages_per_slot", c.c_int64), ("page_count", c.c_int64),
                ("longest_row", c.c_int64)]


class Call(c.Structure):
    _fields_ = [("size", c.c_uint64), ("weights", c.c_void_p), ("states", c.c_void_p), ("arena", c.c_void_p * 3),
                ("tokens", c.c_void_p), ("row_start", c.c_void_p), ("slot", c.c_void_p), ("length", c.c_void_p),
                ("pages", c.c_void_p), ("pages_per_slot", c.c_int64), ("n", c.c_int64), ("b", c.c_int64),
                ("longest_row", c.c_int64), ("logits", c.c_void_p), ("slots", c.c_int64), ("page_count", c.c_int64),
                ("arguments", c.c_void_p), ("results", c.c_void_p)]


KERNEL = c.CFUNCTYPE(None, c.c_void_p, c.c_int64, c.c_void_p)
PARALLEL_FOR = c.CFUNCTYPE(None, c.c_void_p, c.c_void_p, c.c_void_p, c.c_int64)


class HostApi(c.Structure):
    _fields_ = [("size", c.c_uint64), ("version", c.c_uint32), ("reserved", c.c_uint32), ("context", c.c_void_p),
                ("parallel_for", PARALLEL_FOR), ("launch", c.c_void_p)]


def mapped(shape, dtype=np.float32):
    """Zeros that take memory only where they are touched."""
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000  # MAP_NORESERVE, which older Pythons do not name
    memory = mmap.mmap(-1, max(size, 1), flags=flags)
    return np.frombuffer(memory, np.uint8, size).view(dtype).reshape(shape)


def pointers(arrays):
    return (c.c_void_p * max(1, len(arrays)))(*[array.ctypes.data for array in arrays])


class Rows:
    """Three rows, with padding before each that does not begin where the last one ends."""

    def __init__(self, firsts, tokens):
        start, slot = [0], []
        for number, first in enumerate(firsts):
            if first > start[-1]:
                start.append(first), slot.append(-1)
            start.append(first + COUNT), slot.append(number)
        if start[-1] < tokens:
            start.append(tokens), slot.append(-1)
        self.start, self.numbers = np.array(start, np.int64), slot

    def slots(self, of_row):
        return np.array([-1 if number < 0 else of_row[number] for number in self.numbers], np.int32)


class Function:
    def __init__(self, program, library, name):
        self.program, self.name, self.index = program, name, program.entry(name)
        self.entry = next(e for e in program.manifest["entries"] if e["name"] == name)
        # The table behind the symbol: version, count, entry points.
        table = c.c_void_p.in_dll(library, "braid_artifact")
        address = c.c_void_p.from_address(c.addressof(table) + 8 + 8 * self.index).value
        self.code = c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_void_p)(address)

    def tensors(self, kind, tokens, rows):
        sizes = {"tokens": tokens, "rows": rows}
        return [mapped([sizes.get(size, size) for size in t["shape"]], TYPES[t["dtype"]]) for t in self.entry[kind]]

    def near_blocks(self, tokens, arguments, results, rows, wanted, window):
        """The blocks that hold the wanted parts of [0, 1) of each launch's grid, through the artifact's own entry."""
        scratch = mapped([self.program.manifest["scratch_bytes"] + 4096], np.uint8)

        def parallel_for(_, kernel, struct, blocks):
            numbers = set()
            for share in wanted:
                at = int(blocks * share)
                numbers.update(range(max(0, at - window), min(blocks, at + window)))
            run = KERNEL(kernel)
            for block in sorted(numbers):
                run(struct, block, scratch.ctypes.data)

        api = HostApi(c.sizeof(HostApi), 1, 0, None, PARALLEL_FOR(parallel_for), None)
        arena = mapped([self.entry["arena"]["tokens"] * tokens + 64], np.uint8)
        given, taken = pointers(arguments), pointers(results)
        call = Call(size=c.sizeof(Call), n=tokens, b=1, arguments=c.addressof(given), results=c.addressof(taken))
        call.arena[0] = arena.ctypes.data
        if rows:
            slot, length = rows.slots([0, 1, 2]), np.array([7, 300, 0], np.int64)
            call.row_start, call.slot, call.length = rows.start.ctypes.data, slot.ctypes.data, length.ctypes.data
            call.b, call.longest_row, call.slots = len(slot), int(np.diff(rows.start).max()), 3
        require(self.code(c.addressof(api), c.addressof(call)) == 0, f"{self.name}: a code")


def drawn(random, array):
    array[...] = random.uniform(-1, 1, array.shape)


def tokenwise(function, random, window=300):
    """A function that does the same for every token."""
    ragged = function.entry["ragged"]
    near_rows, far_rows = Rows(NEAR, 3 * COUNT), Rows(FAR, TOKENS)
    near_in, far_in = function.tensors("arguments", 3 * COUNT, 1), function.tensors("arguments", TOKENS, 1)
    for kind, near, far in zip(function.entry["arguments"], near_in, far_in):
        drawn(random, near)
        if kind["shape"][0] != "tokens":
            far[...] = near
            continue
        for a, b in zip(NEAR, FAR):
            far[b:b + COUNT] = near[a:a + COUNT]
    near_out, far_out = function.tensors("results", 3 * COUNT, 1), function.tensors("results", TOKENS, 1)
    function.near_blocks(3 * COUNT, near_in, near_out, near_rows if ragged else None, [0.5], 1 << 20)
    # By token; or by row and token of the row.
    wanted = [first / TOKENS for first in FAR] + [(first + COUNT) / TOKENS for first in FAR]
    wanted += [i / len(far_rows.numbers) for i in range(len(far_rows.numbers))] if ragged else []
    function.near_blocks(TOKENS, far_in, far_out, far_rows if ragged else None, wanted, window)
    for a, b in zip(NEAR, FAR):
        require(np.abs(near_out[0][a:a + COUNT]).max() > 0, f"{function.name}: zeros")
        require(np.array_equal(near_out[0][a:a + COUNT], far_out[0][b:b + COUNT]), f"{function.name}: other bits from token {b} on")


def embedding(function, random):
    ids = [0, 2**31 // 4097 - 1, 2**31 // 4097, 2**31 // 4097 + 1, 2**32 // 4097, VOCABULARY - 1]
    table, tokens = mapped([VOCABULARY, 4097]), np.array(ids, np.int32)
    for i in ids:
        drawn(random, table[i])
    result = mapped([len(ids), 4097])
    function.near_blocks(len(ids), [table, tokens], [result], None, [0.5], 1 << 20)
    require(np.array_equal(result, table[ids]), "embedding: other rows of the table")


def vocabulary(function, random, rows):
    """Columns of a product far out in its weight; most of the weight is zeros."""
    firsts = [0, 2**31 // 4097 - 20, 2**32 // 4097 - 20, VOCABULARY - 40]
    x, weight, result = mapped([rows, 4097]), mapped([VOCABULARY, 4097]), mapped([rows, VOCABULARY])
    drawn(random, x)
    for first in firsts:
        drawn(random, weight[first:first + 40])
    wanted = [first / VOCABULARY for first in firsts] + [(first + 40) / VOCABULARY for first in firsts]
    function.near_blocks(rows, [x, weight], [result], None, wanted, 4)
    for first in firsts:
        exact = x.astype(np.float64) @ weight[first:first + 40].astype(np.float64).T
        error = np.linalg.norm(result[:, first:first + 40] - exact) / np.linalg.norm(exact)
        require(error < 2e-5, f"{function.name}: error {error} from column {first} on")


LENGTHS = [7, 300, 0]


class Place:
    """Where the slots of three rows lie."""

    def __init__(self, slots, page_numbers, pages_per_slot, page_count):
        self.slots, self.count = slots, max(slots) + 1
        self.length = mapped([self.count], np.int64)
        self.pages = mapped([self.count, pages_per_slot], np.int32)
        self.page_count, self.page_numbers = page_count, page_numbers
        for slot, length, numbers in zip(slots, LENGTHS, page_numbers):
            self.length[slot] = length
            self.pages[slot, :len(numbers)] = numbers


def call_rows(program, function, firsts, tokens, place, arguments):
    """The whole function, through the C interface, on states that this returns beside the results."""
    rows = Rows(firsts, tokens)
    slot = rows.slots(place.slots)
    states = []
    used = {i for i, state in enumerate(program.manifest["states"]) if state["name"] in function.entry["states"]}
    random = np.random.default_rng(5)
    for i, state in enumerate(program.manifest["states"]):
        paged = state["kind"] == "kv"
        if i not in used:
            states.append(np.zeros(1, np.float32))
            continue
        shape = state["shape"]
        states.append(mapped([place.page_count if paged else place.count] + shape))
        for entries in place.page_numbers if paged else [[slot] for slot in place.slots]:
            for entry in entries:
                drawn(random, states[-1][entry])
    results = function.tensors("results", tokens, len(slot))
    arena = mapped([64], np.uint8)
    given, taken, held = pointers(arguments), pointers(results), pointers(states)
    call = FunctionCall(size=c.sizeof(FunctionCall), entry=function.index, tokens=tokens, rows=len(slot),
                        arguments=c.addressof(given), results=c.addressof(taken), arena=arena.ctypes.data,
                        row_start=rows.start.ctypes.data, slot=slot.ctypes.data, states=c.addressof(held),
                        length=place.length.ctypes.data, slots=place.count, pages=place.pages.ctypes.data,
                        pages_per_slot=place.pages.shape[1], page_count=place.page_count)
    program.runtime.call("braid_call_function", context_of(program), c.byref(call))
    kept = []
    for i in sorted(used):
        paged = program.manifest["states"][i]["kind"] == "kv"
        kept += [states[i][entry] for entries in (place.page_numbers if paged else [[slot] for slot in place.slots])
                 for entry in entries]
    return results[0], kept, rows


def context_of(program):
    if not hasattr(program, "context"):
        options = (c.c_uint64 * 4)(32, 0, 0, 2)  # size, device, stream, threads
        program.context = c.c_void_p()
        program.runtime.call("braid_context_create", program.handle, options, c.byref(program.context))
    return program.context


def sequence(program, function, random, far_slots, page_numbers, pages_per_slot, page_count):
    near_in, far_in = function.tensors("arguments", 3 * COUNT, 3), function.tensors("arguments", TOKENS, 3)
    for kind, near, far in zip(function.entry["arguments"], near_in, far_in):
        drawn(random, near)
        if kind["shape"][0] != "tokens":
            far[...] = near
            continue
        for a, b in zip(NEAR, FAR):
            far[b:b + COUNT] = near[a:a + COUNT]
    close = Place([0, 1, 2], [[0], [1, 2, 3], [4]], 3, 5)
    y, kept, _ = call_rows(program, function, NEAR, 3 * COUNT, close, near_in)
    far_y, far_kept, rows = call_rows(program, function, FAR, TOKENS, Place(far_slots, page_numbers, pages_per_slot, page_count), far_in)
    per_row = function.entry["results"][0]["shape"][0] == "rows"
    for number, (a, b) in enumerate(zip(NEAR, FAR)):
        here = y[number] if per_row else y[a:a + COUNT]
        there = far_y[rows.numbers.index(number)] if per_row else far_y[b:b + COUNT]
        require(np.abs(here).max() > 0 and np.array_equal(here, there), f"{function.name}: other bits from token {b} on")
    for here, there in zip(kept, far_kept):
        # What is behind a slot's tokens on its last page stays as it was.
        require(np.array_equal(here, there), f"{function.name}: another state")


def main(library, artifact):
    program, random = Program(Runtime(library), artifact), np.random.default_rng(1)
    code = c.CDLL(artifact)
    functions = {e["name"]: Function(program, code, e["name"]) for e in program.manifest["entries"]}
    embedding(functions["embedding"], random)
    vocabulary(functions["vocabulary"], random, 5)
    vocabulary(functions["vocabulary_of_three"], random, 3)
    for name in ("rms_norm", "layer_norm", "gated_rms_norm", "elementwise", "rope"):
        tokenwise(functions[name], random)
    for name in ("norm_then_linear", "widen"):
        tokenwise(functions[name], random, window=150)
    # Of a slot: 12480 elements of a tail, 266240 of a recurrent state, 106496 of a page, 1500 places for pages.
    few = dict(page_numbers=[[0], [1, 2, 3], [4]], pages_per_slot=3, page_count=5)
    sequence(program, functions["last"], random, [0, 1, 2], **few)
    sequence(program, functions["conv"], random, [0, 2**31 // 12480, 360000], **few)
    sequence(program, functions["ssd"], random, [0, 2**31 // 266240, 17000], **few)
    pages = [[40499], [2**31 // 106496, 2**32 // 106496, 41000], [41999]]
    sequence(program, functions["attention"], random, [0, 2**31 // 1500, 3000000], pages, 1500, 42000)
    print("near and far give the same bits")


main(*sys.argv[1:])

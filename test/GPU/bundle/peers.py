#!/usr/bin/env python3
"""Times Braid's functions beside the peers' kernels, interleaved in one process.

Braid is called through its C interface on PyTorch's memory and stream. Each round times both, in turns first: cool,
one call each after a rest; then sustained, blocks of equal duration after both have run hot. What counts is the ratio
peer / Braid of each round: above 1 Braid is faster. With --device cpu NumPy takes the part of PyTorch, as a check of
this program.
"""
import argparse
import contextlib
import ctypes
import json
import pathlib
import re
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
P, U64, I64, I32 = ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int64, ctypes.c_int32


def struct(*fields):
    """A struct of include/braid/Runtime/braid.h."""
    return type("Struct", (ctypes.Structure,), {"_fields_": [(name, kind) for kind, names in fields
                                                             for name in names.split()]})


ProgramOptions = struct((U64, "size"), (P, "weights"), (U64, "seed"), (I32, "threads reserved"), (P, "log log_context"))
ContextOptions = struct((U64, "size"), (P, "device stream"), (I32, "threads reserved"))
FunctionCall = struct((U64, "size"), (I32, "entry reserved"), (I64, "tokens rows"), (P, "arguments results arena"),
                      (P, "row_start slot states length"), (I64, "slots"), (P, "pages"),
                      (I64, "pages_per_slot page_count longest_row"))


class Runtime:
    """libbraid_runtime; a failed call raises its message."""

    def __init__(self):
        self.library = ctypes.CDLL(str(HERE / "lib/libbraid_runtime.so.0"))
        self.library.braid_status_message.restype = ctypes.c_char_p
        self.library.braid_status_message.argtypes = [P]
        self.library.braid_program_manifest.restype = P

    def call(self, name, *arguments):
        function = getattr(self.library, name)
        function.restype = P
        status = function(*arguments)
        if status:
            raise RuntimeError(self.library.braid_status_message(status).decode())

    def open(self, name, *arguments):
        handle = P()
        self.call(name, *arguments, ctypes.byref(handle))
        return handle

    def manifest(self, program):
        size = ctypes.c_size_t()
        text = self.library.braid_program_manifest(program, ctypes.byref(size))
        return json.loads(ctypes.string_at(text, size.value))


class TorchMachine:
    """A GPU through PyTorch. A peer is a function to time, and one that brings what it returns to our result's shape."""

    def __init__(self, name):
        import torch
        self.torch, self.name = torch, name
        torch.cuda.set_device(torch.device(name))
        torch.zeros(1, device=name)
        self.stream = torch.cuda.current_stream().cuda_stream
        self.description = f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}"
        self.dtypes = {"bf16": torch.bfloat16, "f16": torch.float16, "f32": torch.float32, "f64": torch.float64,
                       "i32": torch.int32, "i64": torch.int64}

    def draw(self, shape, dtype, init):
        tensor = self.torch.empty(shape, device=self.name, dtype=self.torch.float32)
        if init["kind"] == "normal":
            tensor.normal_(0, init["std"])
        elif init["kind"] == "constant":
            tensor.fill_(init["value"])
        else:
            tensor.uniform_(init["low"], init["high"])
            tensor = tensor.log() if init["kind"] == "log_uniform" else tensor
        return tensor.to(self.dtypes[dtype])

    def empty(self, shape, dtype):
        return self.torch.full(shape, float("nan"), device=self.name, dtype=self.dtypes[dtype])

    def integers(self, values, dtype):
        return self.torch.tensor(values, device=self.name, dtype=self.dtypes[dtype])

    def bytes(self, count):
        return self.torch.empty(count, device=self.name, dtype=self.torch.uint8)

    def pointer(self, tensor):
        return tensor.data_ptr()

    def difference(self, a, b):
        a, b = a.float(), b.float()
        return ((a - b).norm() / b.norm()).item()

    def time(self, function, count):
        """Milliseconds of one of `count` calls in a row."""
        before, behind = (self.torch.cuda.Event(enable_timing=True) for _ in range(2))
        self.torch.cuda._sleep(4_000_000)  # about 2 ms, in which the calls are enqueued
        before.record()
        for _ in range(count):
            function()
        behind.record()
        behind.synchronize()
        return before.elapsed_time(behind) / count

    def shares(self, function):
        """Each kernel's share of the device's time for one call."""
        with self.torch.profiler.profile(activities=[self.torch.profiler.ProfilerActivity.CUDA],
                                         acc_events=True) as profiled:
            for _ in range(10):
                function()
            self.torch.cuda.synchronize()
        times = {event.key: event.self_device_time_total for event in profiled.key_averages()
                 if event.self_device_time_total > 0}
        return {name: taken / sum(times.values()) for name, taken in times.items()}

    def matmul(self, case, function):
        x, w = function.arguments
        y = self.empty((x.shape[0], w.shape[0]), case["peer"]["type"])
        return lambda: self.torch.matmul(x, w.t(), out=y), lambda y: y

    def input_gradient(self, case, function):
        dy, w = function.arguments
        dx = self.empty((dy.shape[0], w.shape[1]), case["peer"]["type"])
        return lambda: self.torch.mm(dy, w, out=dx), lambda dx: dx

    def weight_gradient(self, case, function):
        dy, x = function.arguments
        dw = self.empty((dy.shape[1], x.shape[1]), case["peer"]["type"])
        return lambda: self.torch.mm(dy.t(), x, out=dw), lambda dw: dw

    def attention(self, case, function):
        """cuDNN's attention; rows of one length, no history."""
        from torch.nn.attention import SDPBackend, sdpa_kernel
        rows, heads, kv_heads = len(case["rows"]), case["peer"]["H"], case["peer"]["G"]
        q, k, v = (tensor.view(rows, -1, count, tensor.shape[1] // count).transpose(1, 2)
                   for tensor, count in zip(function.arguments, (heads, kv_heads, kv_heads)))

        def run():
            with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
                return self.torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True,
                                                                             scale=case["peer"].get("scale"))
        return run, lambda y: y.transpose(1, 2).reshape(case["tokens"], -1)

    def ssd_scan(self, case, function):
        from mamba_ssm.ops.triton.ssd_combined import mamba_chunk_scan_combined
        peer, rows = case["peer"], len(case["rows"])
        x, dt, b, c, a_log, d, dt_bias = function.arguments
        cut = lambda tensor, count: tensor.view(rows, -1, count, tensor.shape[1] // count)
        x, b, c, dt = cut(x, peer["H"]), cut(b, peer["G"]), cut(c, peer["G"]), dt.view(rows, -1, peer["H"])
        a = -self.torch.exp(a_log.float())

        def run():
            return mamba_chunk_scan_combined(x, dt, a, b, c, chunk_size=peer.get("chunk", 256), D=d, dt_bias=dt_bias,
                                             dt_softplus=True, return_final_states=True)
        return run, lambda y: y[0].reshape(case["tokens"], -1)


class NumpyMachine:
    """The CPU through NumPy, in f32 alone."""

    name, stream, description = "cpu", None, "the CPU, NumPy"
    dtypes = {"f32": "float32", "i32": "int32", "i64": "int64"}

    def __init__(self, _):
        import numpy
        self.numpy, self.random = numpy, numpy.random.default_rng(1)

    def draw(self, shape, dtype, init):
        return (self.random.standard_normal(shape) * init["std"]).astype(self.dtypes[dtype])

    def empty(self, shape, dtype):
        return self.numpy.full(shape, float("nan"), self.dtypes[dtype])

    def integers(self, values, dtype):
        return self.numpy.array(values, self.dtypes[dtype])

    def bytes(self, count):
        return self.numpy.empty(count, "uint8")

    def pointer(self, tensor):
        return tensor.ctypes.data

    def difference(self, a, b):
        return float(self.numpy.linalg.norm(a - b) / self.numpy.linalg.norm(b))

    def time(self, function, count):
        start = time.perf_counter()
        for _ in range(count):
            function()
        return (time.perf_counter() - start) * 1e3 / count

    def shares(self, function):
        return {}

    def matmul(self, case, function):
        x, w = function.arguments
        return lambda: x @ w.T, lambda y: y

    def input_gradient(self, case, function):
        dy, w = function.arguments
        return lambda: dy @ w, lambda dx: dx

    def weight_gradient(self, case, function):
        dy, x = function.arguments
        return lambda: dy.T @ x, lambda dw: dw


class Function:
    """One case on the machine's memory, ready to be called."""

    def __init__(self, runtime, machine, device, case):
        self.runtime, self.machine, self.case = runtime, machine, case
        options = ProgramOptions(size=ctypes.sizeof(ProgramOptions))
        path = str(HERE / case["artifact"]).encode()
        self.program = runtime.open("braid_program_load", ctypes.c_char_p(path), ctypes.byref(options))
        where = ContextOptions(size=ctypes.sizeof(ContextOptions), device=device, stream=machine.stream)
        self.context = runtime.open("braid_context_create", self.program, ctypes.byref(where))
        manifest = runtime.manifest(self.program)
        number, entry = next((i, entry) for i, entry in enumerate(manifest["entries"]) if entry["name"] == case["entry"])
        self.flops = sum(self.cost(kernel["flops"]) for kernel in manifest["kernels"] if kernel["entry"] == case["entry"])
        self.call = FunctionCall(size=ctypes.sizeof(FunctionCall), entry=number, tokens=case["tokens"],
                                 rows=len(case.get("rows", [])))
        self.arguments = [machine.draw(self.shape(tensor), tensor["dtype"], described["init"])
                          for tensor, described in zip(entry["arguments"], case["arguments"])]
        self.results = [machine.empty(self.shape(tensor), tensor["dtype"]) for tensor in entry["results"]]
        arena = U64()
        runtime.call("braid_arena_bytes", self.program, I32(number), I64(self.call.tokens), I64(self.call.rows),
                     ctypes.byref(arena))
        self.keep = [machine.bytes(max(arena.value, 1))]
        self.call.arena = machine.pointer(self.keep[0])
        self.call.arguments, self.call.results = self.pointers(self.arguments), self.pointers(self.results)
        if entry["ragged"]:
            self.add_rows(manifest, entry)

    def shape(self, tensor):
        sizes = {"tokens": self.call.tokens, "rows": self.call.rows}
        return tuple(sizes.get(extent, extent) for extent in tensor["shape"])

    def cost(self, cost):
        rows = self.case.get("rows", [])
        positions = sum(n * before + n * (n + 1) // 2 for n, before in zip(rows, self.case.get("lengths", [])))
        return (cost["tokens"] * self.case["tokens"] + cost["rows"] * len(rows) + cost["fixed"]
                + cost["context"] * positions)

    def pointers(self, tensors):
        array = (P * max(len(tensors), 1))(*[tensor if tensor is None else self.machine.pointer(tensor)
                                             for tensor in tensors])
        self.keep = getattr(self, "keep", []) + [array, tensors]
        return ctypes.cast(array, P)

    def add_rows(self, manifest, entry):
        """Rows without a history, their pages one after the other."""
        rows, count = self.case["rows"], len(self.case["rows"])
        per_slot = -(-max(rows) // 128)
        arrays = {"row_start": ([sum(rows[:i]) for i in range(count + 1)], "i64"), "slot": (list(range(count)), "i32"),
                  "length": ([0] * count, "i64"), "pages": (list(range(count * per_slot)), "i32")}
        for name, (values, dtype) in arrays.items():
            self.keep.append(self.machine.integers(values, dtype))
            setattr(self.call, name, self.machine.pointer(self.keep[-1]))
        states = [None if state["name"] not in entry["states"] else
                  self.machine.empty((count * per_slot if state["kind"] == "kv" else count, *state["shape"]), state["dtype"])
                  for state in manifest["states"]]
        self.call.states, self.call.slots = self.pointers(states), count
        self.call.pages_per_slot, self.call.page_count, self.call.longest_row = per_slot, count * per_slot, max(rows)

    def close(self):
        for name, handle in (("context", self.context), ("program", self.program)):
            destroy = getattr(self.runtime.library, f"braid_{name}_destroy")
            destroy.restype, destroy.argtypes = None, [P]
            destroy(handle)

    def __call__(self):
        self.runtime.call("braid_call_function", self.context, ctypes.byref(self.call))


def summary(ratios):
    ordered = sorted(ratios)
    quarter = len(ordered) // 4
    return {"median": statistics.median(ordered), "low": ordered[quarter], "high": ordered[-1 - quarter],
            "rounds": len(ordered)}


def compare(machine, ours, peer, options):
    """Ratios of times, cool and sustained, and the median times."""
    found = {}
    both = [ours, peer]
    once = [machine.time(function, 1) for function in both]
    for mode in ("cool", "sustained"):
        counts = [1, 1]
        if mode == "sustained":
            counts = [max(1, int(options.block / max(milliseconds, 1e-3))) for milliseconds in once]
            end = time.time() + options.heat
            while time.time() < end:
                for function, count in zip(both, counts):
                    machine.time(function, count)
        times = []
        for number in range(options.rounds):
            taken = [0.0, 0.0]
            for which in ((0, 1) if number % 2 else (1, 0)):
                if mode == "cool":
                    time.sleep(options.pause)
                taken[which] = machine.time(both[which], counts[which])
            times.append(taken)
        once = [statistics.median(column) for column in zip(*times)]
        found[mode] = {"ours_ms": once[0], "peer_ms": once[1], "ratio": summary([b / a for a, b in times])}
    return found


def run_case(runtime, machine, device, case, options):
    with contextlib.closing(Function(runtime, machine, device, case)) as ours:
        return time_beside_peer(machine, case, ours, options)


def time_beside_peer(machine, case, ours, options):
    peer, as_result = getattr(machine, case["peer"]["kind"])(case, ours)
    ours()
    difference = machine.difference(ours.results[0], as_result(peer()))
    row = {"name": case["name"], "difference": difference, "flops": ours.flops}
    if not difference < options.tolerance:
        row["error"] = f"the results differ by {difference:.3g}"
        print(f"{case['name']}: FAIL: {row['error']}", flush=True)
        return row
    row.update(compare(machine, ours, peer, options), shares=machine.shares(ours))
    parts = []
    for mode in ("cool", "sustained"):
        times, ratio = row[mode], row[mode]["ratio"]
        parts.append(f"{mode} {ratio['median']:.3f} [{ratio['low']:.3f}, {ratio['high']:.3f}] "
                     f"{times['ours_ms']:.4f} / {times['peer_ms']:.4f} ms {ours.flops / times['ours_ms'] * 1e-9:.0f} TFLOP/s")
    if len(row["shares"]) > 1:
        parts.append("of it " + ", ".join(f"{name} {share:.3f}" for name, share in row["shares"].items()))
    print(f"{case['name']}: " + "; ".join(parts), flush=True)
    return row


class OptionParser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message):
        self.exit(2, f"error: {message}\n")


def pattern(text):
    try:
        return re.compile(text)
    except re.error:
        raise argparse.ArgumentTypeError(f"expected a regular expression, found '{text}'") from None


def open_machine(name):
    """The machine and the runtime's device on it; a host that lacks something is told what."""
    try:
        return (NumpyMachine if name == "cpu" else TorchMachine)(name)
    except ImportError as error:
        sys.exit(f"error: --peers: expected a Python with {'NumPy' if name == 'cpu' else 'PyTorch'} ($PYTHON, or python3), "
                 f"found '{sys.executable}': {error}")
    except Exception as error:  # PyTorch's own words for a device that it does not find
        sys.exit(f"error: --device: expected one that PyTorch opens, found '{name}': {str(error).splitlines()[0]}")


def main():
    parser = OptionParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda:0", help="cpu or cuda:N")
    parser.add_argument("--filter", type=pattern, default="", metavar="REGEX")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds of rest before each cool call")
    parser.add_argument("--heat", type=float, default=2, help="seconds of work before the sustained rounds")
    parser.add_argument("--block", type=float, default=50, help="milliseconds of a sustained block")
    parser.add_argument("--tolerance", type=float, default=1e-2, help="most relative difference of the results")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"argument --rounds: expected at least 1, found {options.rounds}")
    if options.json:
        try:
            pathlib.Path(options.json).touch()
        except OSError as error:
            sys.exit(f"error: --json: expected a file that can be written, found '{options.json}': {error.strerror}")
    machine, runtime = open_machine(options.device), Runtime()
    try:
        device = runtime.open("braid_device_open", ctypes.c_char_p(options.device.encode()))
    except RuntimeError as error:
        sys.exit(f"error: {error}")
    cases = [case for case in json.loads((HERE / "cases.json").read_text())["bench"]
             if "peer" in case and re.search(options.filter, case["name"])]
    if not cases:
        sys.exit("error: expected cases to time, found none")
    print(f"{machine.description}: median ratio of times, peer / Braid [middle half], Braid / peer in ms", flush=True)
    rows = []
    for case in cases:
        try:
            rows.append(run_case(runtime, machine, device, case, options))
        except Exception as error:  # a peer that is missing or refuses a shape; the others still count
            rows.append({"name": case["name"], "error": f"{type(error).__name__}: {error}"})
            print(f"{case['name']}: FAIL: {rows[-1]['error']}", flush=True)
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps({"device": machine.description, "rows": rows}, indent=1) + "\n")
    good = [row for row in rows if "error" not in row]
    for mode in ("cool", "sustained"):
        if good:
            mean = statistics.geometric_mean(row[mode]["ratio"]["median"] for row in good)
            print(f"geometric mean, {mode}: {mean:.3f} of {len(good)}")
    sys.exit(0 if len(good) == len(rows) else 1)


if __name__ == "__main__":
    main()

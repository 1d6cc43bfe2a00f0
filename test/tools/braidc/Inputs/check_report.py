"""check_report.py FILE: compares the report of one-each.json with counts from the model's shapes alone."""
import json
import sys

ROWS, TOKENS, CONTEXT = 3, 5, 7
report = json.load(open(sys.argv[1]))
entries = {entry["name"]: entry for entry in report["entries"]}
assert set(entries) == {"prefill", "decode", "score"}, list(entries)


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: expected {wanted}, found {found}")


def kernels(entry, stem):
    return [k for k in entries[entry]["kernels"] if k["name"].startswith(stem)]


def total(entry, stem, key):
    return sum(k[key] for k in kernels(entry, stem))


for name, entry in entries.items():
    n = ROWS * (1 if name == "decode" else TOKENS)
    positions = sum(CONTEXT + i + 1 for i in range(n // ROWS)) * ROWS
    for key, wanted in (("rows", ROWS), ("tokens", n), ("positions", positions)):
        expect(f"{name} {key}", entry[key], wanted)
    form = "step" if name == "decode" else "segment"

    # Attention: two heads of 8; scores and weighted sum are two products, and a softmax of four operations a position.
    expect("attention flops", total(name, f"attention_{form}", "flops"), positions * 2 * (4 * 8 + 4))
    own = n * (2 * 16 * 2)  # queries and result, bf16
    entries_bytes = 2 * 8 * 2  # a key and a value of one position
    read = positions if form == "step" else n
    expect("attention bytes", total(name, f"attention_{form}", "bytes"), own + read * entries_bytes)
    expect("kv_store bytes", total(name, "kv_store", "bytes"), n * 2 * entries_bytes)
    expect("kv_store flops", total(name, "kv_store", "flops"), 0)

    # Of each row's tokens the last is read and written, before the last attention's projection and beside it, 16 wide.
    expect("last_token bytes", total(name, "last_token", "bytes"), 2 * ROWS * 2 * 16 * 2 if name == "prefill" else 0)

    # The scan: decay, outer product, read-out, skip for each of 2 heads x 8 x state 8.
    expect("scan flops", total(name, f"ssd_scan_{form}", "flops"), n * 2 * 8 * (8 * 5 + 3))

    # Projections of the mixers; the vocabulary's is by row in prefill and decode. What an epilogue adds is less than
    # two operations for each result.
    shapes = [(50, 16), (16, 16), (16, 16), (8, 16), (8, 16), (16, 16)]
    least = sum(2 * a * b for a, b in shapes) * n + 2 * 11 * 16 * (n if name == "score" else ROWS)
    if name == "prefill":  # the last layer's output projection is needed for the last tokens alone
        least -= 2 * 16 * 16 * (n - ROWS)
    found = total(name, "linear", "flops")
    if not least <= found <= least + 2 * n * sum(a for a, _ in shapes):
        sys.exit(f"{name} linear flops: expected about {least}, found {found}")

    # The roofline: the slower of both, at the rates that were given.
    rate = {"bf16": 4e9, "f32": 1e9, "f64": 5e8}
    for kernel in entry["kernels"]:
        memory, compute = kernel["bytes"] / 1e9, kernel["flops"] / rate[kernel["math"]]
        expect("exponentials of ops that count none apart", kernel["exponentials"], 0)
        expect(kernel["name"], abs(kernel["seconds"] - max(memory, compute)) < 1e-15, True)
        expect(kernel["name"], kernel["bound"], "memory" if memory >= compute else "arithmetic")
    for key in ("flops", "bytes"):
        expect(f"{name} {key}", entry[key], sum(k[key] for k in entry["kernels"]))
    expect("math of products", {k["math"] for k in kernels(name, "linear")}, {"bf16"})
    expect("math of norms", {k["math"] for k in kernels(name, "rms_norm")}, {"f32"})

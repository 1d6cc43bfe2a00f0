"""check_times.py TIMES REPORT.json [given]: the report's entries against the lines of `braid bench --json` that it was given."""
import json
import math
import sys

times = [json.loads(line) for line in open(sys.argv[1])]
report = json.load(open(sys.argv[2]))
entries = {entry["name"]: entry for entry in report["entries"]}
for time in times:
    entry = entries.pop(time["entry"])
    assert entry["measured_seconds"] == time["median_s"], entry
    assert (entry["rows"], entry["context"]) == (time["rows"], time["context"]), entry
    assert entry["tokens"] == time["rows"] * time["tokens"], entry
    for key in ("flops", "bytes"):
        assert math.isclose(entry[key], time[key], rel_tol=1e-4), (key, entry[key], time[key])
    for key in ("bytes", "bf16", "f32", "f64", "exp"):
        wanted = report["rates"][key] if sys.argv[3:] == ["given"] else time["rates"][key]
        assert math.isclose(entry["rates"][key], wanted, rel_tol=1e-4), (key, entry["rates"][key], wanted)
    if not sys.argv[3:]:  # the same floor, by the runtime's sums
        assert math.isclose(entry["seconds"], time["floor_s"], rel_tol=1e-4), (entry["seconds"], time["floor_s"])
    # Kernels that were timed: launched as often as the report says, and together no longer than the calls were.
    timed = {kernel["name"]: kernel for kernel in time.get("kernels", [])}
    assert set(timed) in (set(), {kernel["name"] for kernel in entry["kernels"]}), timed
    for kernel in entry["kernels"]:
        assert kernel.get("measured_seconds") == timed.get(kernel["name"], {}).get("seconds"), kernel
        assert not timed or kernel["calls"] == timed[kernel["name"]]["calls"], kernel
assert any("kernels" in time for time in times)
assert not any("measured_seconds" in entry for entry in entries.values())

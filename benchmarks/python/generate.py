#!/usr/bin/env python3
"""generate.py ARTIFACT [--new N] [--rounds N] [--threads N]: tokens per second from Python beside those of the tool.

`braid generate` and the package's `generate` continue the same prompt in turns, each in a process of its own, and must
give the same tokens. What is timed is the decode steps, from the first new token to the last, with the sampling. The time
of `import braid` comes besides. Run it on a machine that does nothing else. The first steps of a process that has just
imported NumPy are slower, so that few new tokens say more of its start than of generation (docs/Python.md).
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMPT = [5, 7, 11]

BY_PACKAGE = """
import sys, time
sys.path.insert(0, sys.argv[1])
import braid
program = braid.Program(sys.argv[2], weights=sys.argv[3])
tokens = braid.generate(program, list(map(int, sys.argv[4].split(","))), max_new=int(sys.argv[5]), stop=(),
                        threads=int(sys.argv[6]))
made = [next(tokens)]
start = time.perf_counter()
for token in tokens:
    made.append(token)
    elapsed = time.perf_counter() - start  # the memory is given back behind the last one
print(elapsed, ",".join(map(str, made)))
"""
IMPORT = """
import sys, time
sys.path.insert(0, sys.argv[1])
start = time.perf_counter()
import braid
print(time.perf_counter() - start)
"""


def output_of(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: '{command[0]}' ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def by_tool(options, weights):
    """Seconds and tokens of `braid generate`; its time of new tokens is that of the decode calls."""
    text = output_of(
        options.build / "bin" / "braid",
        "generate",
        options.artifact,
        "--weights",
        weights,
        "--tokens",
        ",".join(map(str, PROMPT)),
        "--max-new",
        options.new,
        "--ignore-eos",
        "--print-tokens",
        "--threads",
        options.threads,
    )
    return float(re.search(r"new: \d+ tokens in (\S+) s", text)[1]), text.splitlines()[-1]


def by_package(options, weights):
    seconds, tokens = output_of(
        sys.executable,
        "-c",
        BY_PACKAGE,
        ROOT / "python",
        options.artifact,
        weights,
        ",".join(map(str, PROMPT)),
        options.new,
        options.threads,
    ).split()
    return float(seconds), tokens


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("artifact")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--new", type=int, default=700)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    rates = {"tool": [], "package": []}
    with tempfile.TemporaryDirectory() as weights:
        output_of(options.build / "bin" / "braid", "init", options.artifact, "--init", "random:1", "-o", weights)
        for round in range(options.rounds):
            # Each goes first in every other round.
            order = [("tool", by_tool), ("package", by_package)]
            found = {name: run(options, weights) for name, run in (order if round % 2 else reversed(order))}
            if found["tool"][1] != found["package"][1]:
                sys.exit(f"error: expected the tokens {found['tool'][1]}, found {found['package'][1]}")
            for name, (seconds, _) in found.items():
                rates[name].append((options.new - 1) / seconds)
    ratios = [package / tool for tool, package in zip(rates["tool"], rates["package"])]
    imports = [float(output_of(sys.executable, "-c", IMPORT, ROOT / "python")) for _ in range(7)]
    for name, values in rates.items():
        print(f"{name}: median {statistics.median(values):.1f} tokens/s, best {max(values):.1f} of {options.rounds}")
    low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    print(
        f"package / tool: of the rounds median {statistics.median(ratios):.4f} (quartiles {low:.4f} and {high:.4f}), "
        f"of the medians {statistics.median(rates['package']) / statistics.median(rates['tool']):.4f}, of the best "
        f"{max(rates['package']) / max(rates['tool']):.4f}"
    )
    print(f"import braid: median {statistics.median(imports):.3f} s, best {min(imports):.3f} s")


if __name__ == "__main__":
    main()

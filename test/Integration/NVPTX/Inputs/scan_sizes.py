"""scan_sizes.py FOLDER [--count N] [--seed S] [--pairs]: SSD scans of any size through ptxas, where a spill is an error.

Draws scans of sizes that Hopper's own schedule takes and compiles each; case I of a seed is the same whatever the count,
and without --seed it changes each day. With --pairs two items share a block wherever the schedule can do that, whatever
the target chooses: the sweep behind the choice in lib/Target/NVPTX/KernelConfig.cpp. Then each of these cases is printed
with what the target chooses and what ptxas says of a pair; it may say what it likes where pairs are not chosen.
"""
import argparse
import datetime
import os
import pathlib
import random
import re
import subprocess
import sys

CONFIG = re.compile(r"#tile\.ssd_scan_config<([^>]*)>")


class Scan:
    def __init__(self, seed, case):
        rng = random.Random(f"{seed} {case}")
        self.groups = rng.choice([1, 1, 2, 3, 4, 8])
        self.heads = self.groups * rng.randint(1, 256 // self.groups)
        self.head_dim = rng.choice([64, 8 * rng.randint(1, 16)])
        self.state_size = rng.choice([16 * rng.randint(1, 8), 112, 128, 192, 256])
        self.chunk = rng.choice([64, 128, 256])
        self.state = rng.choice(["f32", "f32", "bf16", ""])
        self.saves = rng.random() < 0.5

    def __str__(self):
        return (f"heads={self.heads} head_dim={self.head_dim} groups={self.groups} state_size={self.state_size} "
                f"chunk={self.chunk} state={self.state or 'none'} chunk_states={int(self.saves)}")

    def may_pair(self, config):
        items = self.heads * -(-self.head_dim // 64)
        return ("stages" in config and "segments" not in config and items // self.groups % 2 == 0 and
                self.state_size <= 128 and self.state != "bf16")

    def text(self):
        heads, width, shared = self.heads, self.heads * self.head_dim, self.groups * self.state_size
        # A state of every chunk's worth of tokens, spread over them; it must come out even.
        saves = self.saves and width * self.state_size % self.chunk == 0
        results = [f"tensor<?x{width}xbf16>"] + [f"tensor<?x{width * self.state_size // self.chunk}xf32>"] * saves
        operands = [results[0], f"tensor<?x{heads}xbf16>", f"tensor<?x{shared}xbf16>", f"tensor<?x{shared}xbf16>",
                    *[f"tensor<{heads}xf32>"] * 3, "!braid.rows<segment>"]
        names = ["%x", "%dt", "%b", "%c", "%a_log", "%d", "%dt_bias", "%rows"]
        values = ["%y#0", "%y#1"] if saves else ["%y"]
        state = f"braid.state @s recurrent : tensor<{heads}x{self.head_dim}x{self.state_size}x{self.state}>\n"
        return f"""{state if self.state else ''}func.func @f({', '.join(f'{n}: {t}' for n, t in zip(names, operands))}) -> ({', '.join(results)}) {{
  %y{':2' if saves else ''} = braid.ssd_scan {', '.join(names[:-1])} rows(%rows) {'state(@s)' if self.state else ''}
    {{heads = {heads} : i64, head_dim = {self.head_dim} : i64, groups = {self.groups} : i64, state_size = {self.state_size} : i64,
     chunk = {self.chunk} : i64, dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}}
    : ({', '.join(operands)}) -> ({', '.join(results)})
  return {', '.join(values)} : {', '.join(results)}
}}
"""


def braidc(folder, *arguments):
    environment = {**os.environ, "TMPDIR": str(folder)} # where a refused scan leaves its reproducer
    return subprocess.run(["braidc", *map(str, arguments)], capture_output=True, text=True, env=environment)


def compile_scan(scan, folder, pairs):
    """(what the target chooses, "" or braidc's line)."""
    source, scheduled, artifact = folder / "scan.mlir", folder / "scheduled.mlir", folder / "scan.so"
    source.write_text(scan.text())
    run = braidc(folder, source, "--target=sm_90a", "--compile-to=schedule", "-o", scheduled)
    if run.returncode:
        sys.exit(f"error: expected a valid scan of {scan}, found {run.stderr}")
    text = scheduled.read_text()
    config = CONFIG.search(text)[1]
    if pairs and scan.may_pair(config) and "heads" not in config:
        scheduled.write_text(text.replace(config, config + ", heads = 2"))
    run = braidc(folder, scheduled, "--target=sm_90a", "-o", artifact)
    return config, run.stderr.splitlines()[0] if run.returncode else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--seed", type=int, default=datetime.date.today().toordinal())
    parser.add_argument("--pairs", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    print(f"seed {options.seed}")
    failed = 0
    for case in range(options.count):
        scan = Scan(options.seed, case)
        config, complaint = compile_scan(scan, options.folder, options.pairs)
        forced = options.pairs and scan.may_pair(config) and "heads" not in config
        failed += bool(complaint) and not forced
        if complaint or (options.pairs and scan.may_pair(config)):
            print(f"case {case}: {scan}, config <{config}>: {complaint or 'holds'}", flush=True)
    print(f"{options.count - failed} of {options.count} hold")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()

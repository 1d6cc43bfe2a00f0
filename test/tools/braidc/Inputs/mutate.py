"""mutate.py FOLDER COUNT [SEED]

Edits the dumps of FOLDER at random, COUNT times in all, and compiles each with braidc. An edited dump may compile or be
refused: refused means exit code 3, and one line of stderr with the word error, at its beginning. Prints the seed, and
keeps the first module that braidc meets in any other way.
"""
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import time

TOKEN = re.compile(r'"[^"\n]*"|[%@#!^]?[A-Za-z_][\w.$]*|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\S')
NUMBERS = ["0", "-1", "1", "3", "7", "128", "2147483648", "4611686018427387904", "99999999999999999999"]


def edit(text, rng):
    lines = text.split("\n")
    kind, at = rng.randrange(6), rng.randrange(len(lines))
    tokens = list(TOKEN.finditer(text))
    if kind == 0:
        del lines[at]
        return "\n".join(lines)
    if kind == 1:
        lines.insert(rng.randrange(len(lines)), lines[at])
        return "\n".join(lines)
    if kind == 2:
        numbers = [t for t in tokens if t[0][0].isdigit()]
        token, other = rng.choice(numbers), rng.choice(NUMBERS)
    elif kind == 3:
        types = list(re.finditer(r"(?<=x)(?:bf16|f32|f64|i32|i64)|\b(?:bf16|f32|f64|i32|i64|index)\b", text))
        token, other = rng.choice(types), rng.choice(["bf16", "f32", "f64", "i32", "i64", "index", "i1"])
    elif kind == 4:
        token, other = rng.choice(tokens), rng.choice(tokens)[0]
    else:
        token, other = rng.choice(tokens), ""
    return text[:token.start()] + other + text[token.end():]


# Time of the CPU: a machine that is busy with other things, or stopped for a while, is no hang.
CPU_SECONDS = 60
# For a process that waits without computing.
WALL_SECONDS = 1800


def limit_cpu():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))


def compile_one(path, output):
    """What is wrong with braidc's answer, or None."""
    try:
        result = subprocess.run(["braidc", str(path), "-o", str(output)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, errors="replace", timeout=WALL_SECONDS, preexec_fn=limit_cpu)
    except subprocess.TimeoutExpired:
        return f"no answer within {WALL_SECONDS} s"
    if result.returncode == -signal.SIGXCPU:
        return f"no answer within {CPU_SECONDS} s of the CPU's time"
    errors = [line for line in result.stderr.splitlines() if "error" in line.lower()]
    if result.returncode == 0 and not errors:
        return None
    if result.returncode in (3, 4) and len(errors) == 1 and errors[0].startswith("error:"):
        return None
    return f"exit code {result.returncode}:\n{result.stderr[:3000]}"


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int(time.strftime("%Y%m%d"))
    print(f"seed {seed}")
    rng = random.Random(seed)
    dumps = sorted(folder.glob("0?-*.mlir"))
    assert dumps, f"no dumps in {folder}"
    faults = 0
    for number in range(count):
        source = dumps[number % len(dumps)]
        text = source.read_text()
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            text = edit(text, rng)
        edited = folder / "edited.mlir"
        edited.write_text(text)
        fault = compile_one(edited, folder / "edited.so")
        if fault:
            kept = folder / f"fault-{seed}-{number}-{source.name}"
            edited.rename(kept)
            print(f"{kept}: {fault}")
            faults += 1
    print(f"{count} edited dumps, {faults} met in another way")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

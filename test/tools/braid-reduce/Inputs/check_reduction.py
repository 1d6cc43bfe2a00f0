"""check_reduction.py FOLDER: braid-reduce finds the few ops that a miscompile needs.

Draws modules of more than 100 ops until one shows a miscompile that is planted in the test's own compiler, reduces it with
a script that compiles, runs and compares, and expects fewer than 30 ops that still show it.
"""
import pathlib
import re
import subprocess
import sys

PLANT = "forget-residual"
LARGE, SMALL = 100, 30


def output_of(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout


def count_ops(text):
    """Ops in functions, the returns among them."""
    return len(re.findall(r"^\s+(?:%[\w:, %]+ = )?(?:braid|return)\b", text, re.M))


def shows(path, plant=PLANT):
    options = ["--plant", plant] if plant else []
    return " differs: " in output_of(["braid-generate-modules", "--run", "--seed", "1", "--file", path, *options])


def draw(folder):
    for index in range(1000):
        text = output_of(["braid-generate-modules", "--round-trip", "--print", "--seed", "1", "--first", str(index),
                          "--count", "1", "--patterns", "40"])
        if "module {" not in text: # a description
            continue
        module = text[text.index("module {"):text.rindex("}") + 1]
        path = folder / "large.mlir"
        path.write_text(module + "\n")
        if count_ops(module) > LARGE and shows(path) and not shows(path, plant=None):
            return path
    sys.exit("no large module shows the miscompile")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    large, script, small = draw(folder), folder / "shows.sh", folder / "small.mlir"
    script.write_text("#!/bin/sh\n"
                      f'braid-generate-modules --run --seed 1 --plant {PLANT} --file "$1" | grep -q " differs: " && exit 1\n'
                      "exit 0\n")
    script.chmod(0o755)
    reduced = subprocess.run(["braid-reduce", str(large), f"--reduce-functions=test={script}", "-o", str(small)])
    if reduced.returncode != 0:
        sys.exit(f"braid-reduce ends with {reduced.returncode}")
    before, after = count_ops(large.read_text()), count_ops(small.read_text())
    print(f"{before} ops became {after}")
    if after >= SMALL or after == 0:
        sys.exit(f"expected fewer than {SMALL} ops, found {after}")
    if not shows(small) or shows(small, plant=None):
        sys.exit("the reduced module does not show the miscompile")


if __name__ == "__main__":
    main()

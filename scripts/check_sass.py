#!/usr/bin/env python3
"""check_sass.py FILE..: what the machine code of kernels may not hold in its loops of matrix products.

A loop is what a backward branch spans, and one that holds HGMMA is a loop of products. There a fence of the whole device
(MEMBAR), a spilled register (LDL, STL) or a wait for all memory (ERRBAR) costs more than the product. A fence of the block
(MEMBAR.ALL.CTA) is how ptxas writes the one ahead of copies and products that read what threads wrote; it costs little. A
file is a cubin, or a listing of nvdisasm that ends in .sass. Prints each kernel with its products and their loops; exits 1 where one holds such an instruction, or where --expect-products NAME has none.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

SLOW = {"MEMBAR", "ERRBAR", "LDL", "STL"}
LABEL, BRANCH = re.compile(r"^(\.L_x?_?\w+):"), re.compile(r"\bBRA(?:\.\w+)*\b.*`\((\.L_\w+)\)")
INSTRUCTION = re.compile(r"^\s*/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9_.]*)")


def find_nvdisasm():
    """The one that is named, on PATH, beside ptxas, or in a Python environment."""
    if os.environ.get("BRAID_NVDISASM"):
        return os.environ["BRAID_NVDISASM"]
    folders = [os.environ.get("VIRTUAL_ENV", ""), str(pathlib.Path(__file__).resolve().parent.parent / ".venv")]
    found = [path for folder in folders if folder
             for path in pathlib.Path(folder).glob("lib/*/site-packages/nvidia/*/bin/nvdisasm")]
    return shutil.which("nvdisasm") or (str(found[0]) if found else None)


def read_listing(file):
    if file.endswith(".sass"):
        return pathlib.Path(file).read_text()
    nvdisasm = find_nvdisasm()
    if not nvdisasm:
        sys.exit("error: expected nvdisasm in BRAID_NVDISASM, PATH or .venv, found none")
    return subprocess.run([nvdisasm, "-c", file], capture_output=True, text=True, check=True).stdout


def kernels(listing):
    """(name, lines) of each function."""
    for part in re.split(r"^\.section\s+\.text\.|^\s*\.section\s+\.text\.", listing, flags=re.M)[1:]:
        name, _, text = part.partition(",")
        yield name.strip('"'), text.splitlines()


def check(lines):
    """(products, [slow instructions of each loop of products])."""
    labels, operations, loops = {}, [], []
    for number, line in enumerate(lines):
        if label := LABEL.match(line):
            labels[label[1]] = number
        found = INSTRUCTION.match(line)
        name, *suffixes = found[1].split(".") if found else [""]
        operations.append("" if name == "MEMBAR" and "CTA" in suffixes else name)
        if (branch := BRANCH.search(line)) and branch[1] in labels:
            loops.append((labels[branch[1]], number))
    # The shortest ones: a walk over blocks holds what happens once for each block, too, and a wait that is laid out behind
    # everything else branches back over it.
    inner = []
    for first, last in sorted(loops, key=lambda loop: loop[1] - loop[0]):
        if "HGMMA" in operations[first:last + 1] and all(last < a or b < first for a, b in inner):
            inner.append((first, last))
    return operations.count("HGMMA"), [sorted(SLOW & set(operations[a:b + 1])) for a, b in inner]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--expect-products", action="append", default=[], metavar="NAME",
                        help="a kernel, or the start of its name, that must hold a loop of products")
    arguments = parser.parse_args()
    failed, with_loops = False, set()
    for file in arguments.files:
        for name, lines in kernels(read_listing(file)):
            products, loops = check(lines)
            slow = sorted({word for loop in loops for word in loop})
            print(f"{name}: {products} HGMMA, {len(loops)} loops of products" + (f", with {', '.join(slow)}" if slow else ""))
            failed |= bool(slow)
            with_loops |= {name} if loops else set()
    for wanted in arguments.expect_products:
        if not any(name.startswith(wanted) for name in with_loops):
            print(f"{wanted}: expected a loop of products, found none")
            failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

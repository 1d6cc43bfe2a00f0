#!/usr/bin/env python3
"""Checks that every room of the house includes only what lies below it (docs/Architecture.md)."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Each room and the rooms whose headers it may include, besides its own.
ALLOWED = {
    "Formats": {"Runtime"},
    "Runtime": {"Formats"},
    "Interfaces": set(),
    "Dialect/Braid": {"Interfaces"},
    "Dialect/Tile": set(),
    "Dialect/Host": {"Dialect/Tile", "Runtime"},
    "Conversion": {"Interfaces", "Dialect/Braid", "Dialect/Tile", "Dialect/Host", "Runtime"},
    "Target": {"Formats", "Runtime", "Interfaces", "Dialect/Braid", "Dialect/Tile", "Dialect/Host", "Conversion"},
    "Import": {"Formats", "Interfaces", "Dialect/Braid"},
    "Reference": {"Formats", "Interfaces", "Dialect/Braid"},
    "Simulator": {"Formats", "Dialect/Tile"},
    "Pipelines": {"Interfaces", "Dialect/Braid", "Dialect/Tile", "Dialect/Host", "Conversion", "Target", "Formats"},
}
# The compiler reads the structs that artifact and runtime share, and nothing else of the runtime.
SHARED = "braid/Runtime/artifact.h"
NO_LLVM = {"Formats", "Runtime"}
INCLUDE = re.compile(r'^\s*#include\s+[<"]([^">]+)[">]', re.M)


def room_of(path):
    parts = path.split("/")
    for length in (2, 1):
        room = "/".join(parts[:length])
        if room in ALLOWED:
            return room
    return None


def main():
    faults = []
    for base in (ROOT / "lib", ROOT / "include" / "braid"):
        for file in sorted(base.rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            room = room_of(str(file.relative_to(base)))
            for header in INCLUDE.findall(file.read_text()):
                where = f"{file.relative_to(ROOT)}: includes {header}"
                if room in NO_LLVM and header.startswith(("llvm/", "mlir/", "lld/")):
                    faults.append(f"{where}: expected no LLVM or MLIR header in {room}")
                if not header.startswith("braid/"):
                    continue
                other = room_of(header[len("braid/"):])
                if other in (None, room) or (other == "Runtime" and header == SHARED and other in ALLOWED[room]):
                    continue
                if other not in ALLOWED[room] or other == "Runtime":
                    faults.append(f"{where}: expected headers of {', '.join(sorted(ALLOWED[room])) or 'its own room'}")
    print("\n".join(faults) if faults else "layers: every include points down")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""run_doc_commands.py BUILD FOLDER PAGE...: runs the commands of the pages in FOLDER, as a reader would at the root.

A fence that begins with ```sh alone holds commands; ```sh with another word holds what a test does not run. One that
begins with ```python run holds a program, which runs with the package braid and what scripts/setup installs in .venv.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    build, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for page in map(pathlib.Path, sys.argv[3:]):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for entry in (".venv", "benchmarks", "docs", "examples", "include", "lib", "python", "scripts", "test"):
            (folder / entry).symlink_to(ROOT / entry)
        (folder / "build").symlink_to(build)
        blocks = re.findall(r"^```(sh|python run)\n(.*?)^```$", page.read_text(), re.S | re.M)
        if not blocks:
            sys.exit(f"error: {page}: expected commands, found none")
        for kind, block in blocks:
            command = ["bash", "-euo", "pipefail"] if kind == "sh" else [".venv/bin/python"]
            environment = dict(os.environ) if kind == "sh" else {**os.environ, "PYTHONPATH": "python"}
            result = subprocess.run([*command, "-c", block], cwd=folder, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True, env=environment)
            if result.returncode != 0:
                sys.exit(f"error: {page}: exit code {result.returncode} of:\n{block}\n{result.stdout}")
        print(f"{page}: {len(blocks)} blocks of commands run")


if __name__ == "__main__":
    main()

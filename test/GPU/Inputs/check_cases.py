"""check_cases.py GPU_BUNDLE: whether every case of the whole bundle can be described in a few kilobytes.

The whole bundle takes minutes to pack and its large cases are checked on a GPU alone, so here only what `cases.json`
will say of them is made.
"""
import importlib.machinery
import importlib.util
import json
import re
import sys

MOST_BYTES = 100_000

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("gpu_bundle", sys.argv[1])
bundle = importlib.util.module_from_spec(importlib.util.spec_from_loader("gpu_bundle", loader))
loader.exec_module(bundle)
families = sorted(path.parent.name for path in (bundle.ROOT / "test/GPU").glob("*/cases.json"))
cases = [case for kind in bundle.load_cases(families, re.compile("")) for case in kind]
for case in cases:
    size = len(json.dumps(case.describe("")))
    if size > MOST_BYTES:
        sys.exit(f"{case.name}: expected a description of at most {MOST_BYTES} bytes, found {size}")
print(f"{len(cases)} cases")

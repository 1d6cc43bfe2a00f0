"""Fails unless every example in the op documentation of some TableGen files stands, word for word, in a test.

usage: examples_in.py TEST FILE.td...
"""
import re
import sys


def words(text):
    """The text without what layout changes: line breaks, indentation, a body that the document leaves out."""
    return " ".join(text.replace("{ ... }", "").split())


test = words(open(sys.argv[1]).read())
found, missing = 0, []
for path in sys.argv[2:]:
    text = open(path).read()
    examples = re.findall(r"```mlir\n(.*?)```", text, re.S) + re.findall(r"Example: `(.*?)`", text)
    found += len(examples)
    missing += [f"{path}: {words(example)}" for example in examples if words(example) not in test]
for line in missing:
    print(f"error: expected in {sys.argv[1]}, found nowhere: {line}", file=sys.stderr)
if not found:
    print(f"error: expected examples in {sys.argv[2:]}, found none", file=sys.stderr)
sys.exit(1 if missing or not found else 0)

"""check_schema.py SCHEMA FOLDER EXAMPLE...

Holds the schema of descriptions against the importer: both accept every example and every description of GOOD, and both
refuse every one of BAD. FOLDER is for files that this writes.
"""
import copy
import json
import pathlib
import subprocess
import sys

import jsonschema

BASE = {
    "pattern": "mM*-", "d_model": 8, "vocab_size": 16, "mamba": {"inner": 6}, "mamba2": {"heads": 2, "head_dim": 8, "state": 4},
    "attention": {"heads": 2, "head_dim": 4}, "mlp": {"width": 12, "activation": "gelu"}}
REMOVED = object()
LLAMA3 = {"type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64}


def scaled(**changes):
    """BASE with scaled positions; None takes a key away."""
    scaling = {key: value for key, value in {**LLAMA3, **changes}.items() if value is not None}
    return changed(attention__rope={"base": 10000.0, "scaling": scaling})


def changed(**changes):
    """BASE with keys set; "mamba2__heads" is a key of a nested object."""
    result = copy.deepcopy(BASE)
    for path, value in changes.items():
        *parents, key = path.split("__")
        place = result
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is REMOVED:
            del place[key]
        else:
            place[key] = value
    return result


GOOD = [
    changed(),
    changed(name=None, dtype=None, norm=None, tied=None, eos_token_id=None, max_context=None, bos_token_id=None),
    changed(pattern=REMOVED, layers=24, attention_ratio=0.08, mlp_ratio=0.5),
    changed(pattern=REMOVED, layers=1), changed(name="x", dtype="f64", tied=True, residual_in_fp32=True),
    changed(eos_token_id=[1, 2], bos_token_id=0, max_context=128), changed(eos_token_id=3),
    changed(norm={"kind": "layer_norm", "eps": 0, "plus_one": True}), changed(norm={}),
    changed(mamba__state=3, mamba__conv=1, mamba__dt_rank=9, mamba__conv_bias=False),
    changed(mamba2__groups=2, mamba2__conv=1, mamba2__chunk=1, mamba2__conv_bias=False),
    changed(mamba2__time_step_limit=[None, 0.5]), changed(mamba2__time_step_limit=[0.1, 0.1]),
    changed(attention__kv_heads=1, attention__rope={"base": 10000.0, "fraction": 0.5}),
    changed(attention__rope={"base": 1}), changed(mlp__gated=True, mlp__activation="relu2"),
    changed(mamba__bias=True, mamba2__bias=True, attention__bias=True, mlp__bias=True), changed(mlp__bias=None), scaled(),
    changed(attention__rope={"base": 2, "scaling": {"type": "linear", "factor": 1}}),
    changed(attention__rope={"base": 2, "scaling": None}), changed(d_model=16777216), changed(pattern="+-" * 2048, mamba2=REMOVED, mamba=None, attention=None),
]
BAD = [
    [], 3, {}, changed(d_model=REMOVED), changed(vocab_size=REMOVED), changed(pattern=REMOVED),
    changed(layers=3), changed(mlp_ratio=0.5), changed(pattern=REMOVED, layers=0), changed(pattern=REMOVED, layers=4097),
    changed(pattern=REMOVED, layers=3, attention_ratio=-0.1), changed(pattern=REMOVED, layers=3, mlp_ratio=1.1),
    changed(pattern=REMOVED, layers=3, mlp_ratio="0.5"), changed(pattern=""), changed(pattern="M" * 4097),
    changed(pattern="MX"), changed(pattern=["M"]), changed(name=3), changed(dtype="f16"), changed(tied=0),
    changed(max_context=-1), changed(max_context=1.5), changed(bos_token_id=-1), changed(bos_token_id="a"),
    changed(eos_token_id=[-1]), changed(eos_token_id={}), changed(unknown=1), changed(norm=3),
    changed(norm={"kind": "batch_norm"}), changed(norm={"eps": -1}), changed(norm={"eps": 2}), changed(norm={"epsilon": 0}),
    changed(mamba2__time_step_limit=[0]), changed(mamba2__time_step_limit=[-1, 1]), changed(mamba2__time_step_limit=3),
    changed(mamba2__time_step_limit=["a", None]), changed(mamba2__conv_bias="yes"), changed(mamba2__dt=1),
    changed(attention__rope={}), changed(attention__rope={"base": 0.5}), changed(attention__rope=[]),
    changed(attention__rope={"base": 2, "fraction": 1.5}), changed(attention__rope={"base": 2, "scaling": 2}),
    changed(attention__rope={"base": 2, "scaling": {"type": "linear"}}), scaled(type="linear"), scaled(type="yarn"),
    changed(attention__rope={"base": 2, "scaling": {}}), scaled(low_freq_factor=None), scaled(high_freq_factor=None),
    scaled(original_max_position_embeddings=None), scaled(factor=0.5), scaled(factor="8"), scaled(low_freq_factor=-1),
    scaled(original_max_position_embeddings=2**31), scaled(original_max_position_embeddings=0), scaled(beta_fast=32),
    changed(mamba__conv_bias=1), changed(mamba__groups=2), changed(mamba=REMOVED), changed(mamba__bias=1), changed(mamba2__bias=1), changed(attention__bias="no"), changed(mlp__bias=[]), changed(mlp__activation="tanh"), changed(mlp__activation=REMOVED), changed(mlp__activation=None), changed(mlp__gated=1),
]
SIZES = ["d_model", "vocab_size", "mamba__inner", "mamba__state", "mamba__conv", "mamba__dt_rank",
         "mamba2__heads", "mamba2__head_dim", "mamba2__groups", "mamba2__state", "mamba2__conv",
         "mamba2__chunk", "attention__heads", "attention__kv_heads", "attention__head_dim", "mlp__width"]
BAD += [changed(**{size: value}) for size in SIZES for value in (0, -1, 2**40, 16777217, 2.5, "2", True, [2], {})]
BAD += [changed(**{size: None}) for size in SIZES if size not in
        ("mamba__state", "mamba__conv", "mamba__dt_rank", "mamba2__groups", "mamba2__conv", "mamba2__chunk", "attention__kv_heads")]


def accepts(path):
    """Whether braidc reads the file; a refusal must be exit code 3 and one line that names the file."""
    result = subprocess.run(["braidc", path, "--compile-to=import", "-o", "-"], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)
    errors = [line for line in result.stderr.splitlines() if "error" in line]
    if result.returncode == 0 and not errors:
        return True
    if result.returncode != 3 or len(errors) != 1 or not errors[0].startswith(f"error: {path}:"):
        sys.exit(f"{path}: expected a refusal in one line, found exit code {result.returncode} and:\n{result.stderr}")
    return False


def main():
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
    folder = pathlib.Path(sys.argv[2])
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    cases = [(path, True) for path in sys.argv[3:]]
    for verdict, descriptions in ((True, GOOD), (False, BAD)):
        for i, description in enumerate(descriptions):
            path = folder / f"{'good' if verdict else 'bad'}-{i}.json"
            path.write_text(json.dumps(description))
            cases.append((str(path), verdict))
    for path, verdict in cases:
        text = pathlib.Path(path).read_text()
        for judge, found in (("schema", validator.is_valid(json.loads(text))), ("braidc", accepts(path))):
            if found != verdict:
                sys.exit(f"{path}: expected the {judge} to {'accept' if verdict else 'refuse'} it: {text}")
    print(f"schema and importer agree on {len(cases)} descriptions")


if __name__ == "__main__":
    main()

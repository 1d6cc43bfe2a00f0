"""shrink.py DESCRIPTION DTYPE OUT: the architecture of an example, in sizes that a test has time for."""
import json
import sys


def main(source, dtype, target):
    with open(source) as file:
        model = json.load(file)
    model.pop("$schema", None)
    pattern = model.pop("pattern", "M" * model.get("layers", 0))
    # The kinds of layers in their order, each twice where there is more than one.
    kinds = "".join(dict.fromkeys(pattern))
    model.pop("layers", None)
    model.update(pattern=kinds * 2, d_model=64, vocab_size=101, dtype=dtype)
    if "mamba" in model:
        model["mamba"].update(inner=96, state=20, dt_rank=5)
    if "mamba2" in model:
        groups = min(2, model["mamba2"]["groups"])
        model["mamba2"].update(heads=4, head_dim=16, groups=groups, state=16, chunk=16)
    if "attention" in model:
        shared = model["attention"]["heads"] // model["attention"]["kv_heads"]
        model["attention"].update(heads=4, kv_heads=max(1, 4 // shared), head_dim=16)
    if "mlp" in model:
        model["mlp"].update(width=96)
    for key in ("bos_token_id", "eos_token_id"):
        model.pop(key, None)
    with open(target, "w") as file:
        json.dump(model, file)


main(*sys.argv[1:])

"""check_random.py FOLDER [--count N] [--seed S]: no size is special.

Draws small valid models of every kind and holds evaluator and artifact against models.py. Case I of a seed is the same
whatever the count; without --seed it changes each day. The first failure prints the line that repeats it.
"""
import argparse
import datetime
import pathlib
import shutil
import sys

import numpy as np

from check_checkpoint import (F32_TOLERANCE, LARGEST_F32_ROUNDING, Checkpoint, Mismatch, check_generation, error, expect)


class Draw:
    def __init__(self, seed, case):
        self.rng = np.random.default_rng([seed, case])

    def size(self, low, high):
        """Small numbers as often as large ones."""
        return int(np.exp(self.rng.uniform(np.log(low), np.log(high + 1))))

    def flag(self):
        return bool(self.rng.integers(2))

    def one(self, values):
        return values[self.rng.integers(len(values))]


def mamba2_sizes(draw):
    groups = draw.size(1, 8)
    return {"heads": groups * draw.size(1, 4), "head_dim": draw.size(1, 72), "groups": groups, "state": draw.size(1, 160),
            "conv": draw.one([draw.size(1, 6), draw.size(1, 40)]), "chunk": draw.size(1, 400)}


def mamba_sizes(draw):
    return {"inner": draw.size(1, 300), "state": draw.size(1, 256), "conv": draw.size(1, 6), "dt_rank": draw.size(1, 40)}


def attention_sizes(draw):
    kv_heads = draw.size(1, 4)
    return {"heads": kv_heads * draw.size(1, 4), "kv_heads": kv_heads, "head_dim": 2 * draw.size(1, 40)}


def scaling(draw, type_key):
    """Of positions: linear, or llama3 with bands that tests' short texts reach."""
    low = draw.one([0.5, 1.0, 2.0])
    bands = {"low_freq_factor": low, "high_freq_factor": low * draw.size(2, 8),
             "original_max_position_embeddings": draw.size(8, 4096)}
    kind = draw.one(["linear", "llama3"])
    return {type_key: kind, "factor": draw.one([1.0, 1.5, 8.0]), **(bands if kind == "llama3" else {})}


def limit(draw):
    return [draw.one([0.0, 0.001, 0.01]), draw.one([float("inf"), 0.05, 0.5])]


def common(draw):
    return {"hidden_size": draw.size(16, 160), "vocab_size": draw.size(1, 1500), "tie_word_embeddings": draw.flag()}


def description(draw):
    pattern = "".join(draw.one("mM*-") for _ in range(draw.size(1, 3)))
    sizes, activations = common(draw), ["silu", "gelu", "gelu_tanh", "relu", "relu2"]
    rope = {"base": float(draw.size(100, 1000000)), "fraction": 1.0, "scaling": draw.one([None, scaling(draw, "type")])}
    return {
        "pattern": pattern, "d_model": sizes["hidden_size"], "vocab_size": sizes["vocab_size"], "tied": draw.flag(),
        "residual_in_fp32": draw.flag(),
        "mamba": {**mamba_sizes(draw), "conv_bias": draw.flag(), "bias": draw.flag()},
        "mamba2": {**mamba2_sizes(draw), "conv_bias": draw.flag(), "time_step_limit": [limit(draw)[0], None],
                   "bias": draw.flag()},
        "attention": {**attention_sizes(draw), "rope": draw.one([None, rope]), "bias": draw.flag()},
        "mlp": {"width": draw.size(1, 300), "activation": draw.one(activations), "gated": draw.flag(), "bias": draw.flag()},
        "norm": {"kind": draw.one(["rms_norm", "layer_norm"]), "eps": draw.one([1e-6, 1e-5]), "plus_one": draw.flag()}}


def mamba(draw):
    sizes = mamba_sizes(draw)
    return {**common(draw), "model_type": "mamba", "num_hidden_layers": draw.size(1, 3),
            "intermediate_size": sizes["inner"], "state_size": sizes["state"], "conv_kernel": sizes["conv"],
            "time_step_rank": draw.one(["auto", sizes["dt_rank"]]), "use_bias": draw.flag(), "use_conv_bias": draw.flag()}


def mamba2(draw):
    sizes = mamba2_sizes(draw)
    width = sizes["heads"] * sizes["head_dim"]
    return {**common(draw), "model_type": "mamba2", "hidden_size": width, "expand": 1, "num_hidden_layers": draw.size(1, 3),
            "num_heads": sizes["heads"], "head_dim": sizes["head_dim"], "n_groups": sizes["groups"],
            "state_size": sizes["state"], "conv_kernel": sizes["conv"], "chunk_size": sizes["chunk"],
            "use_bias": draw.flag(), "use_conv_bias": draw.flag(), "time_step_limit": limit(draw)}


def nemotron_h(draw):
    sizes, attention = mamba2_sizes(draw), attention_sizes(draw)
    return {**common(draw), "model_type": "nemotron_h",
            "hybrid_override_pattern": "".join(draw.one("M*-") for _ in range(draw.size(1, 3))),
            "mamba_num_heads": sizes["heads"], "mamba_head_dim": sizes["head_dim"], "n_groups": sizes["groups"],
            "ssm_state_size": sizes["state"], "conv_kernel": sizes["conv"], "chunk_size": sizes["chunk"],
            "num_attention_heads": attention["heads"], "num_key_value_heads": attention["kv_heads"],
            "head_dim": attention["head_dim"], "intermediate_size": draw.size(1, 300), "mlp_bias": draw.flag(),
            "attention_bias": draw.flag(), "use_bias": draw.flag(), "use_conv_bias": draw.flag(),
            "time_step_limit": limit(draw)}


def decoder(draw, model_type):
    attention = attention_sizes(draw)
    return {**common(draw), "model_type": model_type, "num_hidden_layers": draw.size(1, 2),
            "num_attention_heads": attention["heads"], "num_key_value_heads": attention["kv_heads"],
            "head_dim": attention["head_dim"], "intermediate_size": draw.size(1, 300), "attention_bias": draw.flag(),
            "mlp_bias": draw.flag(), "rope_theta": float(draw.size(100, 1000000)),
            "rope_scaling": draw.one([None, scaling(draw, draw.one(["rope_type", "type"]))])}


def llama(draw):
    return decoder(draw, "llama")


def nemotron(draw):
    config = decoder(draw, "nemotron")
    # Half of a head must be a whole number of pairs.
    return {**config, "head_dim": 2 * config["head_dim"], "norm_eps": draw.one([1e-5, 1e-3])}


def check(draw, folder):
    config = draw.one([description, description, mamba, mamba2, nemotron_h, llama, nemotron])(draw)
    shape = (draw.size(1, 4), draw.size(5, 150))
    dtype = draw.one(["f64", "f32", "bf16"])
    print(f"{dtype}, tokens {shape}, {config}")
    model = Checkpoint(config, folder, dtype, shape=shape, shards=draw.size(1, 3), seed=draw.size(1, 1000))
    expect("reference", error(model.reference(), model.logits), LARGEST_F32_ROUNDING)
    model.compile()
    if dtype == "bf16":
        tolerance = 1.5 * error(model.reference("--round=bf16"), model.logits)
    else:
        tolerance = F32_TOLERANCE if dtype == "f32" else LARGEST_F32_ROUNDING
        check_generation(model, model.tokens[0, :5].tolist(), 3)
    expect(f"{dtype} artifact", error(model.score(), model.logits), tolerance)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=int(datetime.date.today().strftime("%Y%m%d")))
    arguments = parser.parse_args()
    print(f"random models: seed {arguments.seed}")
    for case in range(arguments.first, arguments.first + arguments.count):
        folder = arguments.folder / str(case)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            check(Draw(arguments.seed, case), folder)
        except Mismatch as mismatch:
            sys.exit(f"error: {mismatch}\nrepeat with: PATH=build/bin:$PATH python3 {sys.argv[0]} {arguments.folder} "
                     f"--seed {arguments.seed} --first {case}")


if __name__ == "__main__":
    main()

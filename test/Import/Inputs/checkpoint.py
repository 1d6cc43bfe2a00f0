"""checkpoint.py CASE FOLDER [--files f32|f16|bf16|f64] [--shards N]

Writes a checkpoint of one of the cases below, tokens.npy, and the logits.npy that models.py computes in double precision
from the weights as the files keep them. The folder's name stands for nothing. A description is model.json, else there
is a config.json.
"""
import argparse
import json
import math
import pathlib
import zlib

import numpy as np

import models
import safetensors

VOCAB = 997
DTYPES = {"f64": "F64", "f32": "F32", "f16": "F16", "bf16": "BF16"}
RMS = {"kind": "rms_norm", "eps": 1e-5}
MAMBA2 = {"heads": 10, "head_dim": 56, "groups": 5, "state": 24, "conv": 2, "chunk": 16}

CASES = {
    # The paper's hybrid and its other models, in small and with sizes that suit no vector.
    "hybrid": {
        "name": "hybrid", "dtype": "f32", "pattern": "M*-", "d_model": 70, "vocab_size": VOCAB, "mamba2": MAMBA2,
        "attention": {"heads": 6, "kv_heads": 2, "head_dim": 20, "rope": None},
        "mlp": {"width": 333, "activation": "gelu", "gated": False}, "norm": RMS},
    "mamba2-description": {
        "name": "mamba2", "dtype": "f32", "pattern": "MM", "d_model": 50, "vocab_size": VOCAB, "tied": True, "norm": RMS,
        "mamba2": {"heads": 3, "head_dim": 7, "groups": 3, "state": 5, "conv": 4, "chunk": 8, "conv_bias": False,
                   "time_step_limit": [0.004, None]}},
    "transformer": {
        "name": "transformer", "dtype": "f32", "pattern": "*-", "d_model": 66, "vocab_size": VOCAB,
        "attention": {"heads": 3, "head_dim": 28, "rope": {"base": 10000, "fraction": 0.5}},
        "mlp": {"width": 130, "activation": "relu2"}, "norm": {"kind": "layer_norm", "eps": 1e-5, "plus_one": True}},
    "mamba-description": {
        "name": "mamba", "dtype": "f32", "pattern": "m*m", "d_model": 50, "vocab_size": VOCAB, "norm": RMS,
        "mamba": {"inner": 77, "state": 19, "conv": 3, "dt_rank": 5},
        "attention": {"heads": 3, "head_dim": 14, "rope": None}},
    "mamba": {
        "model_type": "mamba", "hidden_size": 70, "intermediate_size": 140, "vocab_size": VOCAB, "num_hidden_layers": 2,
        "state_size": 16, "conv_kernel": 4, "expand": 2, "time_step_rank": "auto", "use_bias": False, "use_conv_bias": True,
        "layer_norm_epsilon": 1e-5, "rms_norm": True, "hidden_act": "silu", "residual_in_fp32": True,
        "time_step_min": 0.001, "torch_dtype": "float32"},
    "mamba-options": {
        "model_type": "mamba", "hidden_size": 33, "vocab_size": VOCAB, "num_hidden_layers": 2, "state_size": 131,
        "conv_kernel": 9, "expand": 1.5, "time_step_rank": 7, "use_bias": True, "use_conv_bias": False,
        "tie_word_embeddings": False, "residual_in_fp32": False, "torch_dtype": "float32"},
    "mamba2": {
        "model_type": "mamba2", "hidden_size": 280, "vocab_size": VOCAB, "num_hidden_layers": 2, "num_heads": 10,
        "head_dim": 56, "n_groups": 5, "state_size": 24, "conv_kernel": 2, "chunk_size": 16, "expand": 2,
        "layer_norm_epsilon": 1e-5, "time_step_limit": [0.0, math.inf], "time_step_min": 0.001, "rms_norm": True,
        "hidden_act": "silu", "residual_in_fp32": True, "torch_dtype": "float32"},
    "mamba2-options": {
        "model_type": "mamba2", "hidden_size": 40, "vocab_size": VOCAB, "num_hidden_layers": 2, "num_heads": 5,
        "head_dim": 12, "n_groups": 1, "state_size": 9, "conv_kernel": 11, "chunk_size": 7, "expand": 1.5,
        "use_bias": True, "use_conv_bias": False, "tie_word_embeddings": True, "residual_in_fp32": False,
        "time_step_limit": [0.002, 0.05], "time_step_min": 0.03, "torch_dtype": "float32"},
    "nemotron_h": {
        "model_type": "nemotron_h", "hidden_size": 90, "vocab_size": VOCAB, "hybrid_override_pattern": "M*-",
        "mamba_num_heads": 4, "mamba_head_dim": 56, "n_groups": 2, "ssm_state_size": 24, "conv_kernel": 2,
        "chunk_size": 16, "expand": 2, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 20,
        "intermediate_size": 210, "mlp_hidden_act": "relu2", "layer_norm_epsilon": 1e-5, "use_bias": False,
        "time_step_limit": [0.0, {"__float__": "Infinity"}], "dtype": "float32"},
    "nemotron_h-options": {
        "model_type": "nemotron_h", "hidden_size": 48, "vocab_size": VOCAB,
        "layers_block_type": ["mlp", "full_attention", "linear_attention"], "mamba_num_heads": 7, "mamba_head_dim": 10,
        "n_groups": 7, "ssm_state_size": 6, "conv_kernel": 5, "chunk_size": 32, "num_attention_heads": 4,
        "num_key_value_heads": 1, "head_dim": 18, "intermediate_size": 77, "mlp_hidden_act": "silu", "mlp_bias": True,
        "attention_bias": True, "use_bias": True, "use_conv_bias": False, "residual_in_fp32": True,
        "tie_word_embeddings": True, "dtype": "float32"},
    "llama": {
        "model_type": "llama", "hidden_size": 90, "vocab_size": VOCAB, "num_hidden_layers": 2,
        "num_attention_heads": 6, "num_key_value_heads": 3, "head_dim": 20, "intermediate_size": 173,
        "rms_norm_eps": 1e-6, "rope_theta": 500000.0, "hidden_act": "silu", "tie_word_embeddings": False,
        "torch_dtype": "float32"},
    "llama-options": {
        "model_type": "llama", "hidden_size": 84, "vocab_size": VOCAB, "num_hidden_layers": 2,
        "num_attention_heads": 3, "intermediate_size": 101, "hidden_act": "gelu_pytorch_tanh", "attention_bias": True,
        "mlp_bias": True, "tie_word_embeddings": True, "dtype": "float32",
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5}},
    # Scaled positions: within 37 tokens, pairs of a band of each kind.
    "llama-linear": {
        "model_type": "llama", "hidden_size": 60, "vocab_size": VOCAB, "num_hidden_layers": 1,
        "num_attention_heads": 5, "num_key_value_heads": 1, "head_dim": 12, "intermediate_size": 70,
        "rope_scaling": {"type": "linear", "factor": 2.5}, "rope_theta": 10000.0, "torch_dtype": "float32"},
    "llama3": {
        "model_type": "llama", "hidden_size": 60, "vocab_size": VOCAB, "num_hidden_layers": 2,
        "num_attention_heads": 3, "head_dim": 20, "intermediate_size": 70, "mlp_bias": True, "rope_theta": 500.0,
        "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                         "original_max_position_embeddings": 128}, "torch_dtype": "float32"},
    "nemotron": {
        "model_type": "nemotron", "hidden_size": 66, "vocab_size": VOCAB, "num_hidden_layers": 2,
        "num_attention_heads": 3, "num_key_value_heads": 3, "head_dim": 28, "intermediate_size": 130,
        "hidden_act": "relu2", "norm_eps": 1e-5, "rope_theta": 10000.0, "partial_rotary_factor": 0.5,
        "rope_scaling": None, "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": False,
        "max_position_embeddings": 4096, "torch_dtype": "float32"},
    "nemotron-options": {
        "model_type": "nemotron", "hidden_size": 64, "vocab_size": VOCAB, "num_hidden_layers": 1,
        "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 77, "hidden_act": "gelu",
        "norm_eps": 1e-3, "attention_bias": True, "mlp_bias": True, "tie_word_embeddings": True, "dtype": "float32",
        "rope_parameters": {"rope_type": "llama3", "rope_theta": 1000.0, "partial_rotary_factor": 0.75, "factor": 4,
                            "low_freq_factor": 0.5, "high_freq_factor": 3, "original_max_position_embeddings": 100}},
    "transformer-options": {
        "name": "transformer", "dtype": "f32", "pattern": "*-M", "d_model": 40, "vocab_size": VOCAB,
        "attention": {"heads": 2, "head_dim": 24, "bias": True,
                      "rope": {"base": 1000, "fraction": 0.75,
                               "scaling": {"type": "llama3", "factor": 16, "low_freq_factor": 1, "high_freq_factor": 4,
                                           "original_max_position_embeddings": 64}}},
        "mlp": {"width": 50, "activation": "silu", "gated": True, "bias": True}, "norm": RMS,
        "mamba2": {"heads": 2, "head_dim": 9, "groups": 1, "state": 7, "conv": 4, "bias": True}},
}


class DrawnWeights:
    """Draws each tensor when a model first asks for it, by its name alone, and keeps it as the file will."""

    def __init__(self, dtype):
        self.dtype, self.tensors = dtype, {}

    def tensor(self, name, shape, draw):
        if name not in self.tensors:
            values = draw(np.random.default_rng(zlib.crc32(name.encode())))
            self.tensors[name] = safetensors.rounded(values, self.dtype)
        assert self.tensors[name].shape == shape, name
        return self.tensors[name]

    def matrix(self, name, rows, columns):
        return self.tensor(name, (rows, columns), lambda r: r.normal(size=(rows, columns)) / math.sqrt(columns))

    def taps(self, name, channels, width):
        return self.tensor(name, (channels, 1, width), lambda r: r.normal(size=(channels, 1, width)) / math.sqrt(width))

    def bias(self, name, count):
        return self.tensor(name, (count,), lambda r: 0.3 * r.normal(size=count))

    def scale(self, name, count, around=1):
        return self.tensor(name, (count,), lambda r: around + 0.3 * r.normal(size=count))

    def a_log(self, name, *shape):
        return self.tensor(name, shape, lambda r: np.log(r.uniform(1, 16, size=shape)))

    def dt_bias(self, name, count):
        """Time steps between 0.001 and 0.1."""
        return self.tensor(name, (count,), lambda r: np.log(np.expm1(np.exp(r.uniform(math.log(1e-3), math.log(0.1), count)))))


def make(config, folder, dtype="F32", shards=1, align=1, shape=(2, 37), seed=5):
    folder.mkdir(parents=True, exist_ok=True)
    tokens = np.random.default_rng(seed).integers(0, config["vocab_size"], shape).astype(np.int32)
    weights = DrawnWeights(dtype)
    logits = models.logits_of(config, weights, tokens)
    (folder / ("config.json" if "model_type" in config else "model.json")).write_text(json.dumps(config))
    safetensors.write_folder(folder, weights.tensors, dtype, shards, align)
    np.save(folder / "tokens.npy", tokens)
    np.save(folder / "logits.npy", logits)


def tensors_of(config):
    """The names and values of a checkpoint's tensors."""
    weights = DrawnWeights("F32")
    models.logits_of(config, weights, np.zeros((1, 1), np.int32))
    return weights.tensors


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=CASES)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--files", choices=DTYPES, default="f32")
    parser.add_argument("--shards", type=int, default=1)
    arguments = parser.parse_args()
    make(CASES[arguments.case], arguments.folder, DTYPES[arguments.files], arguments.shards)


if __name__ == "__main__":
    main()

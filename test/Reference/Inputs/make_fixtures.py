"""Makes the fixtures of test/Reference: for each function of ops.mlir its operands and results, for hybrid.json
and transformer.json weights, tokens and logits. Needs NumPy alone. Run it in its folder; the files it writes are committed.

Names in ops.safetensors, all f64: NAME.in.I and NAME.out.I; for a sequence operator the tokens of several calls one after
the other, NAME.rows [calls, rows + 1] with the row starts of each call, and NAME.state.S.R, state S of row R at the end.
"""
import json
from math import erf

import numpy as np
from fixture_file import write_safetensors
from formulas import (activations, attention, causal_conv1d, conv_tail, gated_rms_norm, layer_norm, llama3_wavelengths,
                      rms_norm, rope, rope_wavelengths, round_bf16, silu, ssd_scan)

rng = np.random.default_rng(20240612)
tensors = {}


def normal(*shape):
    return rng.standard_normal(shape)


def put(name, inputs, *outputs):
    for kind, values in (("in", inputs), ("out", outputs)):
        for i, value in enumerate(values):
            tensors[f"{name}.{kind}.{i}"] = np.array(value, np.float64)


# Element-wise primitives.
positive, signed, other = np.exp(normal(3, 5)), 2 * normal(3, 5), normal(3, 5)
for name, function in {"addf": np.add, "subf": np.subtract, "mulf": np.multiply, "divf": np.divide,
                       "maximumf": np.maximum, "minimumf": np.minimum}.items():
    put(name, [signed, other], function(signed, other))
put("mulf_same", [signed], signed * signed)
put("maximumf_nan", [[1.0, np.nan, -1.0], [np.nan, 2.0, -2.0]], [np.nan, np.nan, -1.0])
for name, function in {"negf": np.negative, "absf": np.abs, "exp": np.exp, "tanh": np.tanh, "sin": np.sin,
                       "cos": np.cos}.items():
    put(name, [signed], function(signed))
for name, function in {"log": np.log, "log1p": np.log1p, "sqrt": np.sqrt, "rsqrt": lambda x: x**-0.5}.items():
    put(name, [positive], function(positive))
put("erf", [signed], np.vectorize(erf)(signed))
put("constant", [], [[1.5, -2.0], [0.25, 1024.0]])

# Primitives of structure.
a, b = normal(3, 4, 5), normal(3, 2, 7, 5)
put("contract", [a, b], np.einsum("bik,bjlk->bijl", a, b))
a, b = normal(6, 37), normal(5, 37)
put("contract_plain", [a, b], a @ b.T)
a, b = normal(2, 4, 1), normal(2, 3, 1)
put("contract_outer", [a, b], np.einsum("bi,bj->bij", a[..., 0], b[..., 0]))
x = normal(3, 4, 5)
for dim in range(3):
    put(f"reduce_add_{dim}", [x], x.sum(axis=dim))
put("reduce_max", [x], x.max(axis=1))
v = normal(3, 5)
put("broadcast", [v, x], np.repeat(v[:, None, :], 4, axis=1))
put("broadcast_scalar", [np.array(1.25), x], np.full(x.shape, 1.25))
put("reshape", [x], x.reshape(3, 10, 2))
put("reshape_open", [x], x.reshape(-1, 6))
put("transpose", [x], x.transpose(2, 0, 1))
put("slice", [x], x[:, 1:3, :])
put("slice_last", [x], x[:, :, 4:5])
more = normal(2, 4, 5)
put("concat_0", [x, more], np.concatenate([x, more]))
put("concat_2", [x, v[:, None, :].repeat(4, axis=1)], np.concatenate([x, v[:, None, :].repeat(4, axis=1)], axis=2))
put("gather", [x, [2, 0, 2]], x[[2, 0, 2]])
put("convert", [[3, -7, 1 << 40]], [3, -7, 1 << 40])

# Rounding of results: to f32 and f16 as NumPy rounds, to bf16 by bits; ties and numbers below the normal range of f16.
numbers = np.concatenate([normal(50) * 10.0 ** rng.integers(-6, 5, 50), [1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-11, 0.0, -0.0]])
put("round_f32", [numbers.reshape(5, 11)], numbers.reshape(5, 11).astype(np.float32))
put("round_bf16", [numbers.reshape(5, 11)], round_bf16(numbers).reshape(5, 11))
small = np.concatenate([numbers[:50] % 60000, [2**-24, 2**-25, 3 * 2**-25, 65504, 1e-5]])
put("round_f16", [small.reshape(5, 11)], small.reshape(5, 11).astype(np.float16))

# Ops on single tokens.
table, ids = normal(7, 6), rng.integers(0, 7, 5)
put("embedding", [table, ids], table[ids])
x, w, bias = normal(5, 9), normal(4, 9), normal(4)
put("linear", [x, w], x @ w.T)
put("linear_bias", [x, w, bias], x @ w.T + bias)
x, w, bias = normal(5, 12), normal(12), normal(12)
put("rms_norm", [x, w], rms_norm(x, w, 1e-2))
put("rms_norm_plus_one", [x, w], rms_norm(x, 1 + w, 1e-5))
put("rms_norm_tiny", [x * 1e-4, w], rms_norm(x * 1e-4, w, 1e-6))
put("layer_norm", [x + 3, w, bias], layer_norm(x + 3, w, bias, 1e-2))
put("layer_norm_plus_one", [x, w, bias], layer_norm(x, 1 + w, bias, 1e-5))
gate = normal(5, 12)
for groups in (1, 3):
    put(f"gated_rms_norm_{groups}", [x, gate, w], gated_rms_norm(x, gate, w, 1e-2, groups))
positions = [0, 1, 17, 4095, 30000]
x = normal(5, 24)
put("rope", [x, positions], rope(x, positions, rope_wavelengths(1e4, 8), 8))
put("rope_half", [x, positions], rope(x, positions, rope_wavelengths(5e5, 6), 12))
put("rope_linear", [x, positions], rope(x, positions, 2.5 * rope_wavelengths(1e4, 8), 8))
# Pairs of all three kinds: unchanged, blended, stretched.
waves = rope_wavelengths(1e4, 24)
stretched = llama3_wavelengths(waves, 8, 1, 4, 256)
assert {"kept" if s == w else "stretched" if s == 8 * w else "blended" for s, w in zip(stretched, waves)} == {
    "kept", "stretched", "blended"}
put("rope_llama3", [x, positions], rope(x, positions, stretched, 24))
x = np.concatenate([2 * normal(4, 6), [[0.0, -0.0, 12.0, -12.0, 40.0, -40.0]]])
for kind, function in activations.items():
    put(f"activation_{kind}", [x], function(x))
y = normal(5, 6)
put("gate", [x, y], silu(x) * y)
put("add", [x, y], x + y)
put("columns", [x], x[:, 2:5])


# Sequence operators: every row is computed whole and then cut into calls.
def put_sequence(name, lengths, inputs, parameters, whole):
    """lengths [calls][rows]; inputs(T) draws one row's; whole(inputs) gives one row's outputs and last states."""
    lengths = np.array(lengths)
    rows = [inputs(count) for count in lengths.sum(axis=0)]
    done = [whole(*row) for row in rows]
    ends = np.concatenate([np.zeros((1, lengths.shape[1]), int), lengths.cumsum(axis=0)])

    def cut(values):
        return np.concatenate([values[r][ends[c, r]:ends[c + 1, r]]
                               for c in range(len(lengths)) for r in range(len(values))])

    put(name, [cut([row[i] for row in rows]) for i in range(len(rows[0]))] + list(parameters), cut([d[0] for d in done]))
    tensors[f"{name}.rows"] = np.array([np.concatenate([[0], call.cumsum()]) for call in lengths], np.float64)
    for r, (_, states) in enumerate(done):
        for s, state in enumerate(states):
            tensors[f"{name}.state.{s}.{r}"] = state


def put_conv(name, channels, width, activation, lengths):
    w, bias = normal(channels, 1, width), normal(channels)
    put_sequence(name, lengths, lambda t: [normal(t, channels)], [w, bias],
                 lambda x: (causal_conv1d(x, w, bias, activation), [conv_tail(x, width)]))


put_conv("causal_conv1d", 5, 4, "silu", [[7, 1, 2], [1, 1, 0], [2, 5, 1]])
put_conv("causal_conv1d_2", 3, 2, "none", [[3], [1], [1], [4]])
put_conv("causal_conv1d_1", 3, 1, "gelu", [[2], [3]])


def put_ssd(name, heads, head_dim, groups, size, lengths, dt=(1e-3, 0.1), a=(1.0, 16.0), limits=(0.0, np.inf)):
    a_log, d, bias = np.log(rng.uniform(*a, heads)), normal(heads), normal(heads)

    def inputs(t):
        delta = np.exp(rng.uniform(np.log(dt[0]), np.log(dt[1]), (t, heads)))
        return [normal(t, heads * head_dim), np.log(np.expm1(delta)) - bias, normal(t, groups * size), normal(t, groups * size)]

    def whole(x, raw, b, c):
        y, state = ssd_scan(x, raw, b, c, a_log, d, bias, groups, *limits)
        return y, [state]

    put_sequence(name, lengths, inputs, [a_log, d, bias], whole)


put_ssd("ssd_scan", 4, 3, 2, 5, [[9, 1, 3], [1, 1, 0], [4, 2, 6]])
put_ssd("ssd_scan_one_group", 3, 2, 1, 4, [[5, 2]])
put_ssd("ssd_scan_limits", 2, 2, 2, 3, [[12]], limits=(0.01, 0.05))
put_ssd("ssd_scan_hard", 4, 2, 4, 3, [[1], [6]], dt=(1e-4, 5.0), a=(1e-3, 100.0))


def put_attention(name, heads, kv_heads, head_dim, scale, lengths):
    def whole(q, k, v):
        return attention(q, k, v, heads, kv_heads, scale), [k.reshape(-1, kv_heads, head_dim), v.reshape(-1, kv_heads, head_dim)]

    put_sequence(name, lengths, lambda t: [3 * normal(t, heads * head_dim), 3 * normal(t, kv_heads * head_dim),
                                           normal(t, kv_heads * head_dim)], [], whole)


put_attention("attention", 4, 2, 3, 0.5, [[6, 1, 2], [1, 3, 0], [2, 1, 4]])
put_attention("attention_one_head", 1, 1, 5, 1.0, [[8]])
put_attention("attention_multi_query", 6, 1, 2, 0.25, [[3, 2], [2, 2]])
write_safetensors("ops.safetensors", tensors)


# Whole models, in the layers of models.md.
def mamba2_layer(u, weight, name, m):
    inner, shared, groups = m["heads"] * m["head_dim"], m["groups"] * m["state"], m["groups"]
    p = u @ weight[name + ".in_proj.weight"].T
    z, xbc, dt = np.split(p, [inner, 2 * inner + 2 * shared], axis=1)
    conv = causal_conv1d(xbc, weight[name + ".conv1d.weight"], weight[name + ".conv1d.bias"], "silu")
    x, b, c = np.split(conv, [inner, inner + shared], axis=1)
    y, _ = ssd_scan(x, dt, b, c, *[weight[f"{name}.{v}"] for v in ("A_log", "D", "dt_bias")], groups)
    return gated_rms_norm(y, z, weight[name + ".norm.weight"], m["eps"], groups) @ weight[name + ".out_proj.weight"].T


def attention_layer(u, weight, name, m):
    q, k, v = [u @ weight[f"{name}.{p}_proj.weight"].T for p in "qkv"]
    if m["rope"]:
        rotary = int(m["rope"]["fraction"] * m["head_dim"])
        waves = rope_wavelengths(m["rope"]["base"], rotary)
        q, k = [rope(p, np.arange(len(u)), waves, m["head_dim"]) for p in (q, k)]
    return attention(q, k, v, m["heads"], m["kv_heads"], m["head_dim"] ** -0.5) @ weight[name + ".o_proj.weight"].T


def mlp_layer(u, weight, name, m):
    up, act = u @ weight[name + ".up_proj.weight"].T, activations[m["activation"]]
    if m["gated"]:
        return (act(u @ weight[name + ".gate_proj.weight"].T) * up) @ weight[name + ".down_proj.weight"].T
    return act(up) @ weight[name + ".down_proj.weight"].T


def norm_layer(u, weight, name, m):
    scale = weight[name + ".weight"] + (1 if m.get("plus_one") else 0)
    if m["kind"] == "layer_norm":
        return layer_norm(u, scale, weight[name + ".bias"], m["eps"])
    return rms_norm(u, scale, m["eps"])


def logits_of(tokens, weight, m):
    r = weight["backbone.embeddings.weight"][tokens]
    kinds = {"M": (mamba2_layer, "mamba2"), "*": (attention_layer, "attention"), "-": (mlp_layer, "mlp")}
    for i, letter in enumerate(m["pattern"]):
        layer, section = kinds[letter]
        u = norm_layer(r, weight, f"backbone.layers.{i}.norm", m["norm"])
        r = r + layer(u, weight, f"backbone.layers.{i}.mixer", dict(m[section], eps=m["norm"]["eps"]))
    head = "backbone.embeddings.weight" if m["tied"] else "lm_head.weight"
    return norm_layer(r, weight, "backbone.norm_f", m["norm"]) @ weight[head].T


def weights_of(m):
    width, weight = m["d_model"], {}

    def matrix(name, rows, columns):
        weight[name] = normal(rows, columns) * columns**-0.5

    def norm(name, size=width, bias=m["norm"]["kind"] == "layer_norm"):
        weight[name + ".weight"] = 1 + normal(size) / 4
        if bias:
            weight[name + ".bias"] = normal(size) / 4

    weight["backbone.embeddings.weight"] = normal(m["vocab_size"], width)
    for i, letter in enumerate(m["pattern"]):
        norm(f"backbone.layers.{i}.norm")
        name = f"backbone.layers.{i}.mixer"
        if letter == "M":
            s = m["mamba2"]
            inner, shared = s["heads"] * s["head_dim"], s["groups"] * s["state"]
            channels = inner + 2 * shared
            matrix(name + ".in_proj.weight", inner + channels + s["heads"], width)
            weight[name + ".conv1d.weight"] = normal(channels, 1, s["conv"]) / 2
            weight[name + ".conv1d.bias"] = normal(channels) / 4
            weight[name + ".A_log"] = np.log(rng.uniform(1, 16, s["heads"]))
            weight[name + ".D"] = normal(s["heads"])
            weight[name + ".dt_bias"] = np.log(np.expm1(np.exp(rng.uniform(np.log(1e-3), np.log(0.1), s["heads"]))))
            norm(name + ".norm", inner, bias=False)
            matrix(name + ".out_proj.weight", width, inner)
        elif letter == "*":
            s = m["attention"]
            for part, heads in (("q", s["heads"]), ("k", s["kv_heads"]), ("v", s["kv_heads"])):
                matrix(f"{name}.{part}_proj.weight", heads * s["head_dim"], width)
            matrix(name + ".o_proj.weight", width, s["heads"] * s["head_dim"])
        else:
            for part in ["up"] + ["gate"] * m["mlp"]["gated"]:
                matrix(f"{name}.{part}_proj.weight", m["mlp"]["width"], width)
            matrix(name + ".down_proj.weight", width, m["mlp"]["width"])
    norm("backbone.norm_f")
    if not m["tied"]:
        matrix("lm_head.weight", m["vocab_size"], width)
    return {key: value.astype(np.float32) for key, value in weight.items()}


for model in ("hybrid", "transformer"):
    description = json.load(open(f"{model}.json"))
    weight = weights_of(description)
    tokens = rng.integers(0, description["vocab_size"], (2, 21)).astype(np.int32)
    wide = {key: value.astype(np.float64) for key, value in weight.items()}
    write_safetensors(f"{model}.safetensors", weight)
    np.save(f"{model}.tokens.npy", tokens)
    np.save(f"{model}.logits.npy", np.stack([logits_of(row, wide, description) for row in tokens]).astype(np.float32))

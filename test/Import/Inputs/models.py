"""The models of Braid's importers in NumPy and double precision, one token after the other where a layer has a state.

Written from the published mathematics (Dao and Gu, "Transformers are SSMs"; Waleffe et al., "An Empirical Study of
Mamba-based Language Models"), from the keys of config.json and from docs/Descriptions.md: it shares no code, no table of
tensors and no derived size with the compiler. `weights` is asked for each tensor by name and shape where it is used.
"""
import math

import numpy as np

erf = np.vectorize(math.erf, otypes=[np.float64])


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


ACTIVATIONS = {
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2))),
    "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "relu": lambda x: np.maximum(x, 0),
    "relu2": lambda x: np.maximum(x, 0)**2,
}
ACTIVATIONS["gelu_pytorch_tanh"] = ACTIVATIONS["gelu_tanh"]


def linear(weights, name, x, outputs, bias=False):
    y = x @ weights.matrix(f"{name}.weight", outputs, x.shape[-1]).T
    return y + weights.bias(f"{name}.bias", outputs) if bias else y


def rms(x, eps):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps)


def norm(weights, name, x, eps, kind="rms_norm", plus_one=False):
    scale = weights.scale(f"{name}.weight", x.shape[-1], around=0 if plus_one else 1) + (1 if plus_one else 0)
    if kind == "rms_norm":
        return rms(x, eps) * scale
    centred = x - np.mean(x, axis=-1, keepdims=True)
    return rms(centred, eps) * scale + weights.bias(f"{name}.bias", x.shape[-1])


def causal_conv(weights, name, x, width, bias):
    """x [B, T, C]; tap width-1 meets the present token."""
    rows, length, channels = x.shape
    taps = weights.taps(f"{name}.weight", channels, width)[:, 0, :]
    padded = np.concatenate([np.zeros((rows, width - 1, channels)), x], axis=1)
    y = sum(padded[:, i:i + length] * taps[:, i] for i in range(width))
    return y + weights.bias(f"{name}.bias", channels) if bias else y


def mamba2(weights, name, u, heads, head_dim, groups, state, conv, eps, limit=(0, math.inf), conv_bias=True, bias=False):
    rows, length, width = u.shape
    inner, shared = heads * head_dim, groups * state
    projected = linear(weights, f"{name}.in_proj", u, 2 * inner + 2 * shared + heads, bias)
    z, xbc, dt = np.split(projected, [inner, 2 * inner + 2 * shared], axis=-1)
    xbc = ACTIVATIONS["silu"](causal_conv(weights, f"{name}.conv1d", xbc, conv, conv_bias))
    x, b, c = np.split(xbc, [inner, inner + shared], axis=-1)
    x = x.reshape(rows, length, heads, head_dim)
    # Each group of heads shares one B and one C.
    b, c = (np.repeat(v.reshape(rows, length, groups, state), heads // groups, axis=2) for v in (b, c))
    dt = np.clip(softplus(dt + weights.dt_bias(f"{name}.dt_bias", heads)), *limit)
    a = -np.exp(weights.a_log(f"{name}.A_log", heads))
    d = weights.scale(f"{name}.D", heads)
    s = np.zeros((rows, heads, head_dim, state))
    y = np.empty_like(x)
    for t in range(length):
        decay = np.exp(dt[:, t] * a)[:, :, None, None]
        s = decay * s + (dt[:, t, :, None] * x[:, t])[..., None] * b[:, t, :, None, :]
        y[:, t] = np.einsum("rhpn,rhn->rhp", s, c[:, t]) + d[:, None] * x[:, t]
    # The gate comes first, then the norm of each group of channels.
    v = (y.reshape(rows, length, inner) * ACTIVATIONS["silu"](z)).reshape(rows, length, groups, inner // groups)
    v = rms(v, eps).reshape(rows, length, inner) * weights.scale(f"{name}.norm.weight", inner)
    return linear(weights, f"{name}.out_proj", v, width, bias)


def mamba(weights, name, u, inner, state, conv, rank, conv_bias=True, bias=False):
    """Gu and Dao, "Mamba", figure 3 and algorithm 2: x before z, B and C shared by all channels, no norm inside."""
    rows, length, width = u.shape
    x, z = np.split(linear(weights, f"{name}.in_proj", u, 2 * inner, bias), 2, axis=-1)
    x = ACTIVATIONS["silu"](causal_conv(weights, f"{name}.conv1d", x, conv, conv_bias))
    low, b, c = np.split(linear(weights, f"{name}.x_proj", x, rank + 2 * state), [rank, rank + state], axis=-1)
    dt = softplus(linear(weights, f"{name}.dt_proj", low, inner) + weights.dt_bias(f"{name}.dt_proj.bias", inner))
    a = -np.exp(weights.a_log(f"{name}.A_log", inner, state))
    d = weights.scale(f"{name}.D", inner)
    s = np.zeros((rows, inner, state))
    y = np.empty_like(x)
    for t in range(length):
        s = np.exp(dt[:, t, :, None] * a) * s + (dt[:, t] * x[:, t])[:, :, None] * b[:, t, None, :]
        y[:, t] = np.einsum("rcn,rn->rc", s, c[:, t]) + d * x[:, t]
    return linear(weights, f"{name}.out_proj", y * ACTIVATIONS["silu"](z), width, bias)


def frequencies(base, rotated, scaling=None):
    """base**(-2i / rotated), scaled as transformers' rope_type linear and llama3 do."""
    f = base**(-2 * np.arange(rotated // 2) / rotated)
    if not scaling:
        return f
    kind, factor = scaling.get("rope_type") or scaling["type"], scaling.get("factor")
    if kind == "default":
        return f
    if kind == "linear":
        return f / factor
    assert kind == "llama3"
    low, high, context = (scaling[k] for k in ("low_freq_factor", "high_freq_factor", "original_max_position_embeddings"))
    wavelength = 2 * math.pi / f
    smooth = (context / wavelength - low) / (high - low)
    blended = (1 - smooth) * f / factor + smooth * f
    return np.where(wavelength > context / low if low else False, f / factor, np.where(wavelength < context / high, f, blended))


def rotate(x, frequency):
    """Channel i turns with channel i + len(frequency), by position * frequency[i]."""
    half, rotated = len(frequency), 2 * len(frequency)
    angle = np.arange(x.shape[1])[:, None] * frequency
    cos, sin = np.cos(angle)[None, :, None], np.sin(angle)[None, :, None]
    first, second, rest = x[..., :half], x[..., half:rotated], x[..., rotated:]
    return np.concatenate([first * cos - second * sin, second * cos + first * sin, rest], axis=-1)


def attention(weights, name, u, heads, kv_heads, head_dim, rope=None, bias=False):
    rows, length, width = u.shape

    def project(letter, count):
        return linear(weights, f"{name}.{letter}_proj", u, count * head_dim, bias).reshape(rows, length, count, head_dim)

    q, k, v = project("q", heads), project("k", kv_heads), project("v", kv_heads)
    if rope:
        q, k = rotate(q, frequencies(*rope)), rotate(k, frequencies(*rope))
    k, v = (np.repeat(w, heads // kv_heads, axis=2) for w in (k, v))
    scores = np.einsum("rthd,rshd->rhts", q, k) / math.sqrt(head_dim)
    scores[:, :, np.triu(np.ones((length, length), bool), 1)] = -np.inf
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    y = np.einsum("rhts,rshd->rthd", scores / scores.sum(axis=-1, keepdims=True), v)
    return linear(weights, f"{name}.o_proj", y.reshape(rows, length, heads * head_dim), width, bias)


def mlp(weights, name, u, width, activation, gated=False, bias=False):
    up = linear(weights, f"{name}.up_proj", u, width, bias)
    act = ACTIVATIONS[activation]
    y = act(linear(weights, f"{name}.gate_proj", u, width, bias)) * up if gated else act(up)
    return linear(weights, f"{name}.down_proj", y, u.shape[-1], bias)


def head(weights, x, name, embedding, vocab, tied):
    return x @ weights.matrix(embedding if tied else name, vocab, x.shape[-1]).T


def decoder(config, weights, tokens, norms, activation, gated, fraction):
    """Blocks of attention and MLP as llama and nemotron have them."""
    width, heads = config["hidden_size"], config["num_attention_heads"]
    head_dim = config.get("head_dim") or width // heads
    parameters = config.get("rope_parameters") or config.get("rope_scaling") or {}
    base = parameters.get("rope_theta", config.get("rope_theta", 10000.0))
    fraction = parameters.get("partial_rotary_factor", config.get("partial_rotary_factor", fraction))
    rope = (base, int(head_dim * fraction), parameters if "factor" in parameters else None)
    x = weights.matrix("model.embed_tokens.weight", config["vocab_size"], width)[tokens]
    for i in range(config["num_hidden_layers"]):
        name = f"model.layers.{i}"
        u = norm(weights, f"{name}.input_layernorm", x, **norms)
        x = x + attention(weights, f"{name}.self_attn", u, heads, config.get("num_key_value_heads") or heads, head_dim,
                          rope, config.get("attention_bias", False))
        u = norm(weights, f"{name}.post_attention_layernorm", x, **norms)
        x = x + mlp(weights, f"{name}.mlp", u, config["intermediate_size"], config.get("hidden_act", activation), gated,
                    config.get("mlp_bias", False))
    x = norm(weights, "model.norm", x, **norms)
    return head(weights, x, "lm_head.weight", "model.embed_tokens.weight", config["vocab_size"],
                config.get("tie_word_embeddings", False))


def llama(config, weights, tokens):
    return decoder(config, weights, tokens, {"eps": config.get("rms_norm_eps", 1e-6)}, "silu", True, 1.0)


def nemotron(config, weights, tokens):
    norms = {"eps": config.get("norm_eps", 1e-5), "kind": "layer_norm", "plus_one": True}
    return decoder(config, weights, tokens, norms, "relu2", False, 0.5)


def backbone(weights, tokens, vocab, width, kinds, mixers, norms, tied):
    """The stack that mamba2, nemotron_h and descriptions share: one norm and one mixer for each layer."""
    x = weights.matrix("backbone.embeddings.weight", vocab, width)[tokens]
    for i, kind in enumerate(kinds):
        u = norm(weights, f"backbone.layers.{i}.norm", x, **norms)
        x = x + mixers[kind](f"backbone.layers.{i}.mixer", u)
    x = norm(weights, "backbone.norm_f", x, **norms)
    return head(weights, x, "lm_head.weight", "backbone.embeddings.weight", vocab, tied)


def number(value):
    """Newer files spell what JSON has no number for as {"__float__": "Infinity"}."""
    return float(value["__float__"]) if isinstance(value, dict) else value


def time_step_limit(pair):
    low, high = pair or (0, math.inf)
    return (0 if low is None else number(low), math.inf if high is None else number(high))


def hf_mamba(config, weights, tokens):
    width, rank = config["hidden_size"], config.get("time_step_rank", "auto")
    inner = config.get("intermediate_size", int(config.get("expand", 2) * width))

    def mixer(name, u):
        return mamba(weights, name, u, inner, config.get("state_size", 16), config.get("conv_kernel", 4),
                     math.ceil(width / 16) if rank == "auto" else rank, config.get("use_conv_bias", True),
                     config.get("use_bias", False))

    return backbone(weights, tokens, config["vocab_size"], width, "m" * config["num_hidden_layers"], {"m": mixer},
                    {"eps": config.get("layer_norm_epsilon", 1e-5)}, config.get("tie_word_embeddings", True))


def hf_mamba2(config, weights, tokens):
    eps = config.get("layer_norm_epsilon", 1e-5)

    def mixer(name, u):
        return mamba2(weights, name, u, config["num_heads"], config["head_dim"], config["n_groups"],
                      config["state_size"], config["conv_kernel"], eps, time_step_limit(config.get("time_step_limit")),
                      config.get("use_conv_bias", True), config.get("use_bias", False))

    return backbone(weights, tokens, config["vocab_size"], config["hidden_size"], "M" * config["num_hidden_layers"],
                    {"M": mixer}, {"eps": eps}, config.get("tie_word_embeddings", False))


def nemotron_h(config, weights, tokens):
    eps = config.get("layer_norm_epsilon", 1e-5)
    names = {"mamba": "M", "linear_attention": "M", "attention": "*", "full_attention": "*", "mlp": "-"}
    kinds = config.get("hybrid_override_pattern") or [names[kind] for kind in config["layers_block_type"]]
    mixers = {
        "M": lambda name, u: mamba2(weights, name, u, config["mamba_num_heads"], config["mamba_head_dim"],
                                    config["n_groups"], config["ssm_state_size"], config["conv_kernel"], eps,
                                    time_step_limit(config.get("time_step_limit")), config.get("use_conv_bias", True),
                                    config.get("use_bias", False)),
        "*": lambda name, u: attention(weights, name, u, config["num_attention_heads"], config["num_key_value_heads"],
                                       config["head_dim"], None, config.get("attention_bias", False)),
        "-": lambda name, u: mlp(weights, name, u, config["intermediate_size"], config.get("mlp_hidden_act", "relu2"),
                                 False, config.get("mlp_bias", False)),
    }
    return backbone(weights, tokens, config["vocab_size"], config["hidden_size"], kinds, mixers, {"eps": eps},
                    config.get("tie_word_embeddings", False))


def description(config, weights, tokens):
    norms = {"plus_one": False, **config["norm"]}

    def mixer_of_mamba2(name, u):
        keys = config["mamba2"]
        return mamba2(weights, name, u, keys["heads"], keys["head_dim"], keys["groups"], keys["state"], keys["conv"],
                      norms["eps"], time_step_limit(keys.get("time_step_limit")), keys.get("conv_bias", True),
                      keys.get("bias", False))

    def mixer_of_mamba(name, u):
        keys = config["mamba"]
        return mamba(weights, name, u, keys["inner"], keys.get("state", 16), keys.get("conv", 4),
                     keys.get("dt_rank", math.ceil(config["d_model"] / 16)), keys.get("conv_bias", True),
                     keys.get("bias", False))

    def mixer_of_attention(name, u):
        keys = config["attention"]
        rope = keys.get("rope")
        rotated = rope and (rope["base"], int(keys["head_dim"] * rope.get("fraction", 1)), rope.get("scaling"))
        return attention(weights, name, u, keys["heads"], keys.get("kv_heads", keys["heads"]), keys["head_dim"], rotated,
                         keys.get("bias", False))

    def mixer_of_mlp(name, u):
        keys = config["mlp"]
        return mlp(weights, name, u, keys["width"], keys["activation"], keys.get("gated", False),
                   keys.get("bias", False))

    mixers = {"m": mixer_of_mamba, "M": mixer_of_mamba2, "*": mixer_of_attention, "-": mixer_of_mlp, "+": mixer_of_mlp}
    return backbone(weights, tokens, config["vocab_size"], config["d_model"], config["pattern"], mixers, norms,
                    config.get("tied", False))


MODELS = {"mamba": hf_mamba, "llama": llama, "mamba2": hf_mamba2, "nemotron": nemotron, "nemotron_h": nemotron_h, None: description}


def logits_of(config, weights, tokens):
    return MODELS[config.get("model_type")](config, weights, tokens)

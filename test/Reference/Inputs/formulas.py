"""The mathematics of the ops in NumPy, in double precision, written from the papers' formulas.

Nothing here is derived from the compiler: these functions are what its evaluator is held against. A sequence operator is
the loop over tokens that its paper writes; the other ops work on [tokens, width].
"""
import numpy as np
from math import erf


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def silu(x):
    return x * sigmoid(x)


def softplus(x):
    return np.logaddexp(0, x)


activations = {
    "none": lambda x: x,
    "silu": silu,
    "gelu": lambda x: x / 2 * (1 + np.vectorize(erf)(x / np.sqrt(2))),
    "gelu_tanh": lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "relu": lambda x: np.where(x > 0, x, 0),
    "relu2": lambda x: np.where(x > 0, x, 0) ** 2,
}


def rms_norm(x, weight, eps):
    return x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + eps) * weight


def layer_norm(x, weight, bias, eps):
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + eps) * weight + bias


def gated_rms_norm(x, gate, weight, eps, groups):
    v = (x * silu(gate)).reshape(len(x), groups, -1)
    return rms_norm(v, weight.reshape(groups, -1), eps).reshape(x.shape)


def rope_wavelengths(base, rotary_dim):
    """The number of positions in which each pair turns once."""
    return 2 * np.pi * base ** (2 * np.arange(rotary_dim // 2) / rotary_dim)


def llama3_wavelengths(wavelengths, factor, low, high, context):
    """Llama 3.1's scaling: waves shorter than context / high stay, those longer than context / low are stretched, and the
    frequencies of those between are blended by how often the wave fits the context."""
    stretched = []
    for wave in wavelengths:
        if wave < context / high:
            stretched.append(wave)
        elif wave > context / low:
            stretched.append(wave * factor)
        else:
            smooth = (context / wave - low) / (high - low)
            stretched.append(1 / ((1 - smooth) / (wave * factor) + smooth / wave))
    return np.array(stretched)


def rope(x, positions, wavelengths, head_dim):
    """Each pair (i, i + r/2) of a head is a complex number that turns once in wavelengths[i] positions."""
    half, rotary_dim = len(wavelengths), 2 * len(wavelengths)
    heads = x.reshape(len(x), -1, head_dim)
    angle = np.asarray(positions)[:, None, None] * (2 * np.pi / wavelengths)
    turned = (heads[..., :half] + 1j * heads[..., half:rotary_dim]) * np.exp(1j * angle)
    return np.concatenate([turned.real, turned.imag, heads[..., rotary_dim:]], axis=-1).reshape(x.shape)


def causal_conv1d(x, weight, bias, activation):
    """x [T, C] of one sequence, weight [C, 1, W]; the last tap is the token itself."""
    width = weight.shape[2]
    y = np.tile(bias, (len(x), 1))
    for t in range(len(x)):
        for back in range(min(width, t + 1)):
            y[t] += weight[:, 0, width - 1 - back] * x[t - back]
    return activations[activation](y)


def conv_tail(x, width):
    """The last width - 1 inputs, zeros before the first."""
    return np.concatenate([np.zeros((width - 1, x.shape[1])), x])[len(x):]


def ssd_scan(x, dt, b, c, a_log, d, dt_bias, groups, low=0.0, high=np.inf):
    """One sequence: x [T, H*P], dt [T, H], b and c [T, G*N]. Returns y [T, H*P] and the last state [H, P, N]."""
    steps, heads = dt.shape
    x, b, c = x.reshape(steps, heads, -1), b.reshape(steps, groups, -1), c.reshape(steps, groups, -1)
    state = np.zeros((heads, x.shape[2], b.shape[2]))
    y = np.zeros_like(x)
    for t in range(steps):
        for i in range(heads):
            g = i // (heads // groups)
            delta = np.clip(softplus(dt[t, i] + dt_bias[i]), low, high)
            state[i] = np.exp(-delta * np.exp(a_log[i])) * state[i] + delta * np.outer(x[t, i], b[t, g])
            y[t, i] = state[i] @ c[t, g] + d[i] * x[t, i]
    return y.reshape(steps, -1), state


def attention(q, k, v, heads, kv_heads, scale):
    """One sequence: token t attends to tokens 0 to t; query head i reads key-value head i // (heads / kv_heads)."""
    steps = len(q)
    q, k, v = q.reshape(steps, heads, -1), k.reshape(steps, kv_heads, -1), v.reshape(steps, kv_heads, -1)
    y = np.zeros_like(q)
    for t in range(steps):
        for i in range(heads):
            j = i // (heads // kv_heads)
            scores = scale * (k[: t + 1, j] @ q[t, i])
            weights = np.exp(scores - scores.max())
            y[t, i] = weights / weights.sum() @ v[: t + 1, j]
    return y.reshape(steps, -1)


def round_bf16(x):
    """To 8 significant bits, ties to even, by the bits of the double; for numbers in bf16's normal range."""
    bits = np.asarray(x, np.float64).view(np.uint64)
    dropped = 53 - 8
    half = np.uint64((1 << (dropped - 1)) - 1)
    bits = bits + half + ((bits >> np.uint64(dropped)) & np.uint64(1))
    return (bits >> np.uint64(dropped) << np.uint64(dropped)).view(np.float64)

"""Makes selective-scan.safetensors, the operands and results of selective-scan.mlir's functions, under the names that
make_fixtures.py describes. Needs NumPy alone. Run it in its folder; the file it writes is committed.
"""
import numpy as np
from fixture_file import write_safetensors
from formulas import softplus

rng = np.random.default_rng(20231201)


def normal(*shape):
    return rng.standard_normal(shape)


def selective_scan(x, dt, b, c, a_log, d, dt_bias):
    """One sequence: x and dt [T, D], b and c [T, N], a_log [D, N]. Returns y [T, D] and the last state [D, N]."""
    state, y = np.zeros_like(a_log), np.zeros_like(x)
    for t in range(len(x)):
        for i in range(x.shape[1]):
            delta = softplus(dt[t, i] + dt_bias[i])
            state[i] = np.exp(-delta * np.exp(a_log[i])) * state[i] + delta * b[t] * x[t, i]
            y[t, i] = state[i] @ c[t] + d[i] * x[t, i]
    return y, state


# The operator: every row is computed whole and then cut into calls.
tensors = {}


def put_scan(name, channels, size, lengths, dt=(1e-3, 0.1), a=(1.0, 16.0)):
    """lengths [calls][rows]."""
    lengths = np.array(lengths)
    parameters = [np.log(rng.uniform(*a, (channels, size))), normal(channels), normal(channels)]
    rows, ends = [], np.concatenate([np.zeros((1, lengths.shape[1]), int), lengths.cumsum(axis=0)])
    for t in lengths.sum(axis=0):
        delta = np.exp(rng.uniform(*np.log(dt), (t, channels)))
        inputs = [normal(t, channels), np.log(np.expm1(delta)) - parameters[2], normal(t, size), normal(t, size)]
        rows.append((inputs, *selective_scan(*inputs, *parameters)))

    def cut(values):
        return np.concatenate([values[r][ends[call, r]:ends[call + 1, r]]
                               for call in range(len(lengths)) for r in range(len(values))])

    for i in range(4):
        tensors[f"{name}.in.{i}"] = cut([inputs[i] for inputs, _, _ in rows])
    for i, parameter in enumerate(parameters):
        tensors[f"{name}.in.{4 + i}"] = parameter
    tensors[f"{name}.out.0"] = cut([y for _, y, _ in rows])
    tensors[f"{name}.rows"] = np.array([np.concatenate([[0], call.cumsum()]) for call in lengths], np.float64)
    for r, (_, _, state) in enumerate(rows):
        tensors[f"{name}.state.0.{r}"] = state


put_scan("selective_scan", 6, 5, [[9, 1, 3], [1, 1, 0], [4, 2, 6]])
put_scan("selective_scan_one_state", 3, 1, [[5, 2]])
put_scan("selective_scan_hard", 4, 7, [[1], [6]], dt=(1e-4, 5.0), a=(1e-3, 100.0))
write_safetensors("selective-scan.safetensors", tensors)


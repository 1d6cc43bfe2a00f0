"""check_checkpoint.py CASE FOLDER: one checkpoint of checkpoint.py through the tools, against models.py.

* `braidc --target=reference` gives the logits of models.py, for files of f32 and of bf16.
* `braid score` of an f32 artifact is within the tolerance of whole models, and that of a bf16 artifact has at most 1.5
  times the error of the evaluator that rounds every result to bf16.
* `braid generate` takes tokens whose logits are the largest, up to that tolerance.
"""
import json
import pathlib
import subprocess
import sys

import numpy as np

import checkpoint
import models

F32_TOLERANCE = 2e-5
LARGEST_F32_ROUNDING = 1e-7  # the evaluator's logits are written as f32


class Mismatch(Exception):
    pass


def run(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise Mismatch(f"{' '.join(map(str, command))}: expected exit code 0, found {result.returncode}: {result.stderr}")
    return result.stdout


def error(found, expected):
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


def expect(what, found, most):
    print(f"{what}: error {found:.2e}, at most {most:.2e}")
    if not found <= most:
        raise Mismatch(f"{what}: expected an error of at most {most:.2e}, found {found:.2e}")


class Checkpoint:
    """A folder that checkpoint.make wrote, and what the tools make of it."""

    def __init__(self, config, folder, dtype, files=None, **layout):
        """`dtype` is the arithmetic, `files` the type of the files."""
        self.config, self.folder, self.dtype, self.files = config, folder, dtype, files or dtype
        checkpoint.make(config, folder, checkpoint.DTYPES[self.files], **layout)
        self.model = folder if "model_type" in config else folder / "model.json"
        self.tokens, self.logits = np.load(folder / "tokens.npy"), np.load(folder / "logits.npy")

    def reference(self, *flags):
        run("braidc", self.model, f"--dtype={self.dtype}", "--target=reference", "--weights", self.folder,
            "--tokens", self.folder / "tokens.npy", "--logits", self.folder / "reference.npy", *flags)
        return np.load(self.folder / "reference.npy").astype(np.float64)

    def compile(self):
        run("braidc", self.model, f"--dtype={self.dtype}", "-o", self.folder / "model.so")

    def score(self, *flags, artifact=None):
        run("braid", "score", artifact or self.folder / "model.so", "--weights", self.folder, "--tokens",
            self.folder / "tokens.npy", "--logits", self.folder / "score.npy", *flags)
        return np.load(self.folder / "score.npy").astype(np.float64)

    def generate(self, prompt, count):
        out = run("braid", "generate", self.folder / "model.so", "--weights", self.folder, "--tokens",
                  ",".join(map(str, prompt)), "--max-new", count, "--ignore-eos", "--print-tokens")
        return [int(token) for token in out.splitlines()[-1].split(",")]


def check_generation(model, prompt, count):
    """Each greedy token's logit is the largest of its step, or within the tolerance of it."""
    new = model.generate(prompt, count)
    if len(new) != count:
        raise Mismatch(f"generate: expected {count} tokens, found {len(new)}")
    sequence = np.array([[*prompt, *new]])
    logits = models.logits_of(model.config, checkpoint.DrawnWeights(checkpoint.DTYPES[model.files]), sequence)[0]
    for i, token in enumerate(new):
        step = logits[len(prompt) - 1 + i]
        if step.max() - step[token] > F32_TOLERANCE * np.linalg.norm(step):
            raise Mismatch(f"generate: token {i}: expected {step.argmax()}, found {token}")
    print(f"generate: {count} tokens are greedy")


def check(config, folder):
    f32 = Checkpoint(config, folder / "f32", "f32")
    expect("reference on f32 files", error(f32.reference(), f32.logits), LARGEST_F32_ROUNDING)
    f32.compile()
    expect("f32 artifact", error(f32.score(), f32.logits), F32_TOLERANCE)
    # Each call but the first continues what the one before it stored.
    expect("f32 artifact, 7 tokens at a time", error(f32.score("--piece", 7, "--poison"), f32.logits), F32_TOLERANCE)
    check_generation(f32, f32.tokens[0, :5].tolist(), 6)

    bf16 = Checkpoint(config, folder / "bf16", "bf16")
    expect("reference on bf16 files", error(bf16.reference(), bf16.logits), LARGEST_F32_ROUNDING)
    rounded = error(bf16.reference("--round=bf16"), bf16.logits)
    bf16.compile()
    expect("bf16 artifact", error(bf16.score(), bf16.logits), 1.5 * rounded)


def main():
    try:
        check(checkpoint.CASES[sys.argv[1]], pathlib.Path(sys.argv[2]))
    except Mismatch as mismatch:
        sys.exit(f"error: {json.dumps(checkpoint.CASES[sys.argv[1]])}: {mismatch}")


if __name__ == "__main__":
    main()

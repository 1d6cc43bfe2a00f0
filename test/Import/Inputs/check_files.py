"""check_files.py CASE FOLDER: files of every type and layout into artifacts of every type.

An artifact of a type gives the logits of its type for files of any type, in one piece or in three with an index. Tensors
of the artifact's type are used in place if their elements are aligned.
"""
import pathlib
import re
import subprocess
import sys


import checkpoint
from check_checkpoint import F32_TOLERANCE, LARGEST_F32_ROUNDING, Checkpoint, Mismatch, error, expect


def counts_of_weights(artifact, folder):
    """How many tensors the runtime says that it mapped and that it converted; it must say so in one line."""
    result = subprocess.run(["braid", "score", artifact, "--weights", folder, "--tokens", folder / "tokens.npy",
                             "--logits", folder / "score.npy"], capture_output=True, text=True, check=True)
    lines = [line for line in (result.stderr + result.stdout).splitlines() if line.startswith("weights:")]
    if len(lines) != 1:
        raise Mismatch(f"{folder}: expected one line on weights, found {lines}")
    return [int(count) for count in re.fullmatch(
        r"weights: (\d+) tensors \(\d+ MiB\) mapped in place, (\d+) \(\d+ MiB\) converted or aligned", lines[0]).groups()]


def check(config, folder):
    artifacts = {}
    for dtype in ("f64", "f32", "bf16"):
        model = Checkpoint(config, folder / dtype, dtype, align=8)
        model.compile()
        artifacts[dtype] = model.folder / "model.so"
    for files in ("f64", "f32", "f16", "bf16"):
        for dtype in artifacts:
            model = Checkpoint(config, folder / f"{files}-files", dtype, files, shards=3)
            found = model.score(artifact=artifacts[dtype])
            what = f"{files} files, {dtype} artifact"
            if dtype == "bf16":  # the evaluator rounds the weights to the model's type, and then nothing, or every result
                expected = model.reference()
                expect(what, error(found, expected), 1.5 * error(model.reference("--round=bf16"), expected))
            else:
                expect(what, error(found, model.logits), LARGEST_F32_ROUNDING if dtype == "f64" else F32_TOLERANCE)
    tensors = len(checkpoint.tensors_of(config))
    for files, dtype, converted in (("f64", "f64", 0), ("f32", "f32", 0), ("f32", "bf16", tensors), ("bf16", "f32", tensors)):
        if dtype == "bf16":
            # A_log, D and dt_bias of a Mamba-2 layer are f32 in every artifact that is not f64.
            converted -= sum(name.endswith((".A_log", ".D", ".dt_bias")) for name in checkpoint.tensors_of(config))
        aligned = folder / f"{files}-aligned"
        checkpoint.make(config, aligned, checkpoint.DTYPES[files], align=8)
        found = counts_of_weights(artifacts[dtype], aligned)
        if found != [tensors - converted, converted]:
            raise Mismatch(f"{files} files, {dtype} artifact: expected {tensors - converted} tensors in place and "
                           f"{converted} converted, found {found}")


def main():
    try:
        check(checkpoint.CASES[sys.argv[1]], pathlib.Path(sys.argv[2]))
    except Mismatch as mismatch:
        sys.exit(f"error: {mismatch}")


if __name__ == "__main__":
    main()

"""check_bad_files.py FOLDER: files that must be refused.

Each fault is put into a good checkpoint; braidc, and braid with an artifact of the good one, must end with the exit code
of bad input, print exactly one line that holds the word error, which begins with "error:" and says where and what, and
leave no output behind.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import checkpoint

CONFIG = {"model_type": "mamba2", "hidden_size": 8, "vocab_size": 16, "num_hidden_layers": 1, "num_heads": 2,
          "head_dim": 8, "state_size": 4, "n_groups": 1, "conv_kernel": 4, "torch_dtype": "float32"}
FILE, INDEX = "model.safetensors", "model.safetensors.index.json"
A_LOG, D = "backbone.layers.0.mixer.A_log", "backbone.layers.0.mixer.D"


class Faults:
    """Each method spoils a folder and returns the texts that the refusal must hold."""

    def __init__(self, folder):
        self.folder = folder
        data = (folder / FILE).read_bytes()
        size = int.from_bytes(data[:8], "little")
        self.header, self.data = json.loads(data[8:8 + size]), data[8 + size:]
        self.text = data[8:8 + size].decode()

    def write(self, header, data=None, length=None):
        text = header if isinstance(header, bytes) else (header if isinstance(header, str) else json.dumps(header)).encode()
        length = len(text) if length is None else length
        (self.folder / FILE).write_bytes(length.to_bytes(8, "little") + text + (self.data if data is None else data))

    def changed(self, tensor, key, value):
        self.header[tensor][key] = value
        self.write(self.header)

    def index(self, text):
        (self.folder / INDEX).write_text(text if isinstance(text, str) else json.dumps(text))

    def index_of(self, shard):
        os.rename(self.folder / FILE, self.folder / "one.safetensors")
        names = [name for name in self.header if name != "__metadata__"]
        self.index({"weight_map": {name: shard if name == D else "one.safetensors" for name in names}})

    def empty_file(self):
        (self.folder / FILE).write_bytes(b"")
        return FILE, "expected at least 8 bytes", "found 0"

    def no_json(self):
        self.write("{" + self.text)
        return FILE, "expected JSON"

    def not_utf8(self):
        self.write(self.text.encode().replace(b"A_log", b"A_\xff\xfeg"))
        return FILE, "expected JSON"

    def header_is_a_list(self):
        self.write([1])
        return FILE, "expected an object"

    def header_beyond_the_file(self):
        self.write(self.header, length=1 << 20)
        return FILE, "expected a header of 1048576 bytes"

    def header_of_2_to_the_63(self):
        self.write(self.header, length=1 << 63)
        return FILE, "expected a header of at most 100000000 bytes, found 9223372036854775808"

    def header_over_100_megabytes(self):
        self.write("", b"", length=100_000_001)
        os.truncate(self.folder / FILE, 100_000_100)
        return FILE, "expected a header of at most 100000000 bytes, found 100000001"

    def cut_short(self):
        self.write(self.header, self.data[:-5])
        return FILE, "expected a file of", "by its header, found"

    def uncovered_tail(self):
        self.write(self.header, self.data + b"1234")
        return FILE, "expected a file of", "by its header, found"

    def overlap(self):
        last = max(self.header, key=lambda name: self.header[name].get("data_offsets", [0])[0])
        begin, end = self.header[last]["data_offsets"]
        self.header[last]["data_offsets"] = [begin - 4, end - 4]
        self.write(self.header, self.data[:-4])
        return FILE, last, "expected its bytes to begin at offset", f"found {begin - 4}"

    def gap(self):
        del self.header[D]
        self.write(self.header)
        return FILE, "expected its bytes to begin at offset"

    def duplicate_tensor(self):
        self.write(self.text[:-1] + f', "{D}": {json.dumps(self.header[D])}' + "}")
        return FILE, D, "expected once, found again"

    def duplicate_key(self):
        self.write(self.text.replace('"dtype": "F32"', '"dtype": "F32", "dtype": "F32"', 1))
        return FILE, "dtype", "expected once, found again"

    def unknown_dtype(self):
        self.changed(D, "dtype", "F12")
        return FILE, D, "expected a dtype of safetensors, found the string 'F12'"

    def integer_dtype(self):
        self.changed(D, "dtype", "I32")
        return FILE, D, "expected F64, F32, F16 or BF16, found I32"

    def wrong_shape(self):
        self.changed(D, "shape", [1, 2])
        return FILE, D, "expected shape [2], found [1, 2]"

    def shape_of_other_size(self):
        self.changed(D, "shape", [3])
        return FILE, D, "expected 12 bytes for F32 of shape [3], found 8"

    def shape_that_overflows(self):
        self.changed(D, "shape", [1 << 62, 4, 1 << 62])
        return FILE, D, "expected a tensor of fewer than 2^64 bytes"

    def negative_shape(self):
        self.changed(D, "shape", [-2])
        return FILE, D, "shape[0]", "found -2"

    def shape_of_text(self):
        self.changed(D, "shape", "2")
        return FILE, D, "expected an array of integers"

    def offsets_backwards(self):
        self.changed(D, "data_offsets", [8, 0])
        return FILE, D, "expected [begin, end] with begin <= end"

    def no_offsets(self):
        del self.header[D]["data_offsets"]
        self.write(self.header)
        return FILE, D, "expected key 'data_offsets'"

    def missing_tensor(self):
        self.write(self.text.replace(D, D + "x"))
        return D, "expected shape [2], found no such tensor"

    def index_absolute(self):
        self.index_of("/etc/passwd")
        return INDEX, D, "below the index's folder", "/etc/passwd"

    def index_with_dots(self):
        self.index_of("x/../../good/model.safetensors")
        return INDEX, D, "below the index's folder", ".."

    def index_through_a_link(self):
        self.index_of("link.safetensors")
        os.symlink("../good/model.safetensors", self.folder / "link.safetensors")
        return INDEX, "expected files below", "link.safetensors", "which leads to"

    def index_through_a_linked_folder(self):
        self.index_of("sub/model.safetensors")
        os.symlink("../good", self.folder / "sub")
        return INDEX, "expected files below", "which leads to"

    def index_names_another_shard(self):
        shutil.copy(self.folder / FILE, self.folder / "two.safetensors")
        self.index_of("two.safetensors")
        return "two.safetensors", "expected once, found also in"

    def index_of_a_tensor_that_is_nowhere(self):
        self.index_of("one.safetensors")
        entries = json.loads((self.folder / INDEX).read_text())["weight_map"]
        self.index({"weight_map": {**entries, "nowhere": "one.safetensors"}})
        return INDEX, "nowhere", "found in no file"

    def index_without_map(self):
        self.index({"metadata": {}})
        return INDEX, "expected key 'weight_map'"

    def index_of_numbers(self):
        self.index({"weight_map": {D: 3}})
        return INDEX, D, "expected a string, found 3"

    def index_duplicate(self):
        self.index(f'{{"weight_map": {{"{D}": "model.safetensors", "{D}": "model.safetensors"}}}}')
        return INDEX, D, "expected once, found again"

    def index_no_json(self):
        self.index("weight_map")
        return INDEX, "expected JSON"


def expect_refusal(what, command, texts):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace")
    lines = [line for line in result.stderr.splitlines() if "error" in line.lower()]
    good = result.returncode == 3 and len(lines) == 1 and lines[0].startswith("error: ") and all(t in lines[0] for t in texts)
    if not good:
        sys.exit(f"{what}: expected exit code 3 and one line of error with {texts}, found {result.returncode} and:\n"
                 f"{result.stderr}")


def check_weights(folder):
    good, artifact = folder / "good", folder / "good.so"
    checkpoint.make(CONFIG, good)
    subprocess.run(["braidc", good, "-o", artifact], check=True)
    names = [name for name, member in vars(Faults).items() if callable(member) and name not in
             ("__init__", "write", "changed", "index", "index_of")]
    for name in names:
        # No folder's name may hold the word that is counted.
        place = folder / name
        shutil.copytree(good, place)
        texts = getattr(Faults(place), name)()
        output = folder / "output.so"
        expect_refusal(f"{name}, braidc", ["braidc", place, "-o", output], texts)
        if output.exists():
            sys.exit(f"{name}: expected no {output}")
        expect_refusal(f"{name}, braid", ["braid", "generate", artifact, "--weights", place, "--tokens", "1"], texts)
    return len(names)


def npy(header, data=b"", magic=b"\x93NUMPY\x01\x00", length=None):
    text = header.encode() + b"\n"
    return magic + (len(text) if length is None else length).to_bytes(2, "little") + text + data


def of_shape(shape, descr="<i4", order="False"):
    return f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"


# Arrays of tokens that must be refused, and what the refusal says.
TOKENS = {
    "empty": (b"", "expected a NumPy array"),
    "text": (b"tokens" * 10, "expected a NumPy array"),
    "version": (npy(of_shape("(1, 1)"), bytes(4), b"\x93NUMPY\x09\x00"), "expected version 1 to 3"),
    "header": (npy("{'descr': '<i4', 'shape': (1, 1)}", bytes(4)), "'fortran_order'"),
    "header-length": (npy(of_shape("(1, 1)"), bytes(4), length=60000), "expected a header of 60000 bytes"),
    "code": (npy("{'descr': __import__('os'), 'fortran_order': False, 'shape': (1, 1)}", bytes(4)), "'descr'"),
    "objects": (npy(of_shape("(1, 1)", "|O"), bytes(8)), "found '|O'"),
    "wide-integers": (npy(of_shape("(1, 1)", "<i8"), bytes(8)), "found '<i8'"),
    "big-endian": (npy(of_shape("(1, 1)", ">i4"), bytes(4)), "found '>i4'"),
    "fortran": (npy(of_shape("(2, 2)", order="True"), bytes(16)), "expected C order"),
    "floats": (npy(of_shape("(1, 1)", "<f4"), bytes(4)), "expected int32 "),
    "one-dimension": (npy(of_shape("(2,)"), bytes(8)), "expected int32 "),
    "three-dimensions": (npy(of_shape("(1, 1, 1)"), bytes(4)), "expected int32 "),
    "negative-shape": (npy(of_shape("(-1, 1)"), bytes(4)), "'shape'"),
    "huge-shape": (npy(of_shape("(4611686018427387904, 4)"), bytes(4)), "expected"),
    "beyond-64-bits": (npy(of_shape("(99999999999999999999, 1)"), bytes(4)), "'shape'"),
    "cut-short": (npy(of_shape("(1, 3)"), bytes(8)), "expected 12 bytes"),
    "too-long": (npy(of_shape("(1, 1)"), bytes(8)), "expected 4 bytes"),
    "beyond-the-vocabulary": (npy(of_shape("(1, 2)"), bytes(4) + (16).to_bytes(4, "little")), "found 16"),
    "negative-token": (npy(of_shape("(1, 1)"), b"\xff" * 4), "found -1"),
}


def check_tokens(folder):
    good, artifact, logits = folder / "good", folder / "good.so", folder / "logits.npy"
    for name, (contents, text) in TOKENS.items():
        path = folder / f"{name}.npy"
        path.write_bytes(contents)
        files = ["--weights", good, "--tokens", path, "--logits", logits]
        expect_refusal(f"tokens {name}, braid", ["braid", "score", artifact, *files], (text,))
        expect_refusal(f"tokens {name}, braidc", ["braidc", good, "--target=reference", *files], (text,))
        if logits.exists():
            sys.exit(f"tokens {name}: expected no {logits}")
    return len(TOKENS)


def sizes_of(config):
    """The keys that hold a number of things."""
    flags = ("vocab_size", "max_position_embeddings", "rope_theta", "expand", "layer_norm_epsilon", "rms_norm_eps", "time_step_min",
             "norm_eps")
    return [key for key, value in config.items() if isinstance(value, int) and not isinstance(value, bool) and
            (key == "vocab_size" or key not in flags)]


def check_configs(folder):
    """Absurd values of every size of every architecture: the key is named."""
    count = 0
    for name in ("mamba2", "nemotron_h", "llama", "nemotron"):
        config = checkpoint.CASES[name]
        for key in sizes_of(config):
            for value in (0, -1, 2**40, 2**70, 2.5, "2", True, [2], {"a": 2}):
                path = folder / f"{name}-{count}.json"
                path.write_text(json.dumps({**config, key: value}))
                expect_refusal(f"{name}, {key} {value}", ["braidc", path, "--no-weights", "--compile-to=import", "-o", "-"],
                               (f"{path}:1: key '{key}", "expected ", ", found "))
                count += 1
    return count


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True)
    print(f"{check_weights(folder)} folders, {check_tokens(folder)} arrays and {check_configs(folder)} configs are refused")


if __name__ == "__main__":
    main()

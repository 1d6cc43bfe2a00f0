"""versions.py code ARTIFACT ALONE...: the artifact holds the objects of the others, in this order, and no other code.
versions.py tampered ARTIFACT FOLDER: lists of versions that do not fit their file are refused in one line, though the
file's hash is right."""
import hashlib
import json
import pathlib
import struct
import subprocess
import sys

FOOTER = struct.Struct("<8sIIQQ32s")


def parts(path):
    """Code and manifest."""
    data = pathlib.Path(path).read_bytes()
    _, _, _, code, manifest, _ = FOOTER.unpack(data[-FOOTER.size:])
    assert code + manifest + FOOTER.size == len(data), "an artifact without images"
    return data[:code], json.loads(data[code:code + manifest])


def write(path, code, manifest):
    text = json.dumps(manifest).encode()
    data = code + text + FOOTER.pack(b"BRAIDART", 1, 0, len(code), len(text), bytes(32))[:-32]
    path.write_bytes(data + hashlib.sha256(data).digest())


def check_code(artifact, *alone):
    code, manifest = parts(artifact)
    objects = [parts(path) for path in alone]
    assert code == b"".join(code for code, _ in objects)
    for version, (code, own) in zip(manifest["versions"], objects, strict=True):
        assert version["object_bytes"] == len(code)
        assert {key: version[key] for key in ("kind", "cpu", "features")} == own["target"]
        assert version["arenas"] == [entry["arena"] for entry in own["entries"]]
        assert version["kernels"] == own["kernels"] and version["scratch_bytes"] == own["scratch_bytes"]


def set_bytes(versions, change):
    versions[0]["object_bytes"] += change


# What is done to the list, and what the refusal says.
FAULTS = {
    "short": (lambda v: set_bytes(v, -16), "bytes of objects by the manifest's versions"),
    "long": (lambda v: set_bytes(v, 16), "bytes of objects by the manifest's versions"),
    "negative": (lambda v: set_bytes(v, -(1 << 40)), "expected an integer from 1"),
    "one-less": (lambda v: v.pop(), "bytes of objects by the manifest's versions"),
    "empty": (lambda v: v.clear(), "expected at least one version"),
    "twice": (lambda v: v[1].update(cpu=v[0]["cpu"]), "expected each CPU once, found 'x86-64-v3' again"),
    "turned": (lambda v: v.reverse(), "expected first the target's CPU 'x86-64-v3', found 'x86-64-v4'"),
    "arenas": (lambda v: v[1]["arenas"].pop(), "expected the arenas of 3 entries, found 2"),
    "warp": (lambda v: [w["features"].append("warp") for w in v], "with 'warp', which this runtime does not know, for"),
}


def check_tampered(artifact, folder):
    folder = pathlib.Path(folder)
    folder.mkdir()
    code, manifest = parts(artifact)
    write(folder / "good.so", code, manifest)
    command = ["braid", "generate", "--init", "random:1", "--tokens", "1", "--max-new", "1"]
    subprocess.run([*command, folder / "good.so"], check=True, stdout=subprocess.DEVNULL)
    for name, (spoil, text) in FAULTS.items():
        changed = json.loads(json.dumps(manifest))
        spoil(changed["versions"])
        write(folder / f"{name}.so", code, changed)
        result = subprocess.run([*command, folder / f"{name}.so"], capture_output=True, text=True)
        lines = [line for line in result.stderr.splitlines() if "error" in line]
        if result.returncode != 3 or len(lines) != 1 or not lines[0].startswith("error: ") or text not in lines[0]:
            sys.exit(f"{name}: expected exit code 3 and {text!r}, found {result.returncode} and:\n{result.stderr}")
    print(f"{len(FAULTS)} lists are refused")


{"code": check_code, "tampered": check_tampered}[sys.argv[1]](*sys.argv[2:])

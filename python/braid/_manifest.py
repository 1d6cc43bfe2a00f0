# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What an artifact says of itself (docs/Manifest.md), as typed objects."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from dataclasses import dataclass, replace
from typing import Any, Mapping, Optional, Union

from ._errors import BadInputError, FileError, UnsupportedError
from ._paths import encoded_path

Path = Union[str, "os.PathLike[str]"]

_BYTES = {"f64": 8, "f32": 4, "f16": 2, "bf16": 2, "i32": 4, "i64": 8}
_FOOTER = struct.Struct("<8sIIQQ32s")
_MAGIC = b"BRAIDART"
_VERSION = 1


@dataclass(frozen=True)
class Model:
    """What the artifact was compiled from."""

    name: str
    architecture: str
    vocab_size: int
    layers: int
    parameters: int
    max_context: int
    """Longest sequence in tokens; 0 where there is no bound."""
    bos_token_id: Optional[int]
    eos_token_ids: tuple[int, ...]


@dataclass(frozen=True)
class Target:
    """The machine that the code is for."""

    kind: str
    cpu: str
    features: tuple[str, ...]


@dataclass(frozen=True)
class WeightSpec:
    """A weight's place in the model; its values are `Program.weights`."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """Size in memory."""
        return _size_of(self.dtype, self.shape)


@dataclass(frozen=True)
class State:
    """A state of each slot; where `kind` is "kv", `shape` and `bytes` are those of one page of 128 tokens."""

    name: str
    kind: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """Size of one slot's, or of one page."""
        return _size_of(self.dtype, self.shape)


@dataclass(frozen=True)
class Tensor:
    """What a function takes or gives; a leading extent that grows with the call is "tokens" or "rows"."""

    dtype: str
    shape: tuple[Union[int, str], ...]


@dataclass(frozen=True)
class Entry:
    """An entry point: a model's, from token ids to logits, or a function of tensors."""

    name: str
    logits: Optional[str]
    """"row": logits [rows, vocab_size]; "token": [tokens, vocab_size]; None: a function."""
    one_token_rows: bool
    ragged: bool
    arguments: tuple[Tensor, ...]
    results: tuple[Tensor, ...]
    states: tuple[str, ...]
    arena: Mapping[str, int]
    """Bytes of working memory: "tokens" for each token, "rows" for each row, "fixed" in all."""

    @property
    def is_function(self) -> bool:
        """Whether it takes and gives tensors."""
        return self.logits is None


@dataclass(frozen=True)
class Cost:
    """tokens * n + rows * b + fixed + context * (sum over tokens of the positions that each attends to)."""

    tokens: int
    rows: int
    fixed: int
    context: int

    def of(self, tokens: float, rows: float, positions: float) -> float:
        """The cost of a call of so many tokens and rows."""
        return self.tokens * tokens + self.rows * rows + self.fixed + self.context * positions


@dataclass(frozen=True)
class Kernel:
    """All launches of a kernel in one call of an entry point, with what they cost."""

    name: str
    entry: str
    calls: int
    math: str
    flops: Cost
    bytes: Cost
    exponentials: Cost
    """That `flops` does not count."""


@dataclass(frozen=True)
class Version:
    """What differs between the versions of the code in an artifact for several CPUs."""

    target: Target
    object_bytes: int
    arenas: tuple[Mapping[str, int], ...]
    """Of each entry point."""
    kernels: tuple[Kernel, ...]
    scratch_bytes: int


@dataclass(frozen=True)
class Manifest:
    """The manifest of an artifact."""

    model: Optional[Model]
    """None in an artifact of functions alone."""
    target: Target
    dtype: str
    weights: tuple[WeightSpec, ...]
    states: tuple[State, ...]
    entries: tuple[Entry, ...]
    kernels: tuple[Kernel, ...]
    scratch_bytes: int
    """Working memory of each thread."""
    gpu_kernels: tuple[str, ...]
    """Names of the kernels for a GPU."""
    versions: tuple[Version, ...]
    """Of the code, where there are several; what stands above is then that of the first, or of the one in use."""
    text: str
    """The JSON that all of this was read from."""

    def of_version(self, index: int) -> "Manifest":
        """The manifest with the target, arenas, kernels and scratch memory of one version."""
        version = self.versions[index]
        return replace(
            self,
            target=version.target,
            entries=tuple(replace(entry, arena=arena) for entry, arena in zip(self.entries, version.arenas)),
            kernels=version.kernels,
            scratch_bytes=version.scratch_bytes,
        )

    @property
    def slot_bytes(self) -> int:
        """States of one slot, without key-value pages."""
        return sum(state.bytes for state in self.states if state.kind != "kv")

    @property
    def page_bytes(self) -> int:
        """Key-value state of 128 tokens."""
        return sum(state.bytes for state in self.states if state.kind == "kv")

    @property
    def weight_bytes(self) -> int:
        """All weights together."""
        return sum(weight.bytes for weight in self.weights)

    def find_entry(self, name: str) -> int:
        """The index of an entry point; -1 if there is none of that name."""
        return next((i for i, entry in enumerate(self.entries) if entry.name == name), -1)


def read_manifest(path: Path) -> Manifest:
    """Reads the manifest of an artifact without loading its code or its weights.

    The file's hash is checked, and so is every field that is read.
    """
    name = os.fsdecode(encoded_path(path, "path"))
    try:
        with open(name, "rb") as file:
            contents = file.read()
    except OSError as error:
        raise FileError(f"cannot read '{name}': {error.strerror}") from None
    body = len(contents) - _FOOTER.size
    if body < 0:
        raise BadInputError(
            f"{name}: expected an artifact with a footer of {_FOOTER.size} bytes, " f"found a file of {len(contents)}"
        )
    magic, version, reserved, object_bytes, manifest_bytes, digest = _FOOTER.unpack_from(contents, body)
    if magic != _MAGIC:
        raise BadInputError(
            f"{name}: expected the footer's magic '{_MAGIC.decode()}', found {magic!r}; "
            "not an artifact, or cut short"
        )
    if version != _VERSION:
        raise UnsupportedError(f"{name}: expected artifact version {_VERSION}, found {version}")
    if object_bytes + manifest_bytes > body or reserved != 0:
        raise BadInputError(
            f"{name}: expected sizes within {body} bytes, found {object_bytes} and {manifest_bytes} " "in the footer"
        )
    if hashlib.sha256(memoryview(contents)[: -len(digest)]).digest() != digest:
        raise BadInputError(f"{name}: expected the hash in the footer, found another: the file is damaged")
    return parse_manifest(contents[body - manifest_bytes : body], name)


def parse_manifest(text: bytes, file: str) -> Manifest:
    """The typed form of a manifest's JSON; `file` is the name for messages."""
    try:
        decoded = text.decode("utf-8")
        fields = json.loads(decoded)
        return _manifest(fields, decoded)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        what = f"the field {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise BadInputError(
            f"{file}: manifest: expected the fields of docs/Manifest.md, found fault with {what}"
        ) from None


def _size_of(dtype: str, shape: tuple[int, ...]) -> int:
    size = _BYTES[dtype]
    for extent in shape:
        size *= extent
    return size


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r}, no integer")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r}, no text")
    return value


def _dtype(value: Any) -> str:
    if value not in _BYTES:
        raise ValueError(f"{value!r}, no dtype")
    return str(value)


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(_integer(extent) for extent in value)


def _cost(fields: Mapping[str, Any]) -> Cost:
    return Cost(*(_integer(fields[name]) for name in ("tokens", "rows", "fixed", "context")))


def _tensors(fields: Mapping[str, Any], name: str) -> tuple[Tensor, ...]:
    return tuple(
        Tensor(_dtype(tensor["dtype"]), tuple(e if isinstance(e, str) else _integer(e) for e in tensor["shape"]))
        for tensor in fields.get(name, ())
    )


def _entry(fields: Mapping[str, Any]) -> Entry:
    logits = fields.get("logits")
    return Entry(
        _text(fields["name"]),
        None if logits is None else _text(logits),
        bool(fields["one_token_rows"]),
        bool(fields.get("ragged", logits is not None)),
        _tensors(fields, "arguments"),
        _tensors(fields, "results"),
        tuple(map(_text, fields.get("states", ()))),
        _arena(fields["arena"]),
    )


def _arena(fields: Mapping[str, Any]) -> Mapping[str, int]:
    return {name: _integer(fields[name]) for name in ("tokens", "rows", "fixed")}


def _target(fields: Mapping[str, Any]) -> Target:
    return Target(_text(fields["kind"]), _text(fields["cpu"]), tuple(map(_text, fields["features"])))


def _kernels(fields: Mapping[str, Any]) -> tuple[Kernel, ...]:
    return tuple(
        Kernel(
            _text(k["name"]),
            _text(k["entry"]),
            _integer(k["calls"]),
            _dtype(k["math"]),
            _cost(k["flops"]),
            _cost(k["bytes"]),
            _cost(k["exponentials"]) if "exponentials" in k else Cost(0, 0, 0, 0),
        )
        for k in fields.get("kernels", ())
    )


def _version(fields: Mapping[str, Any]) -> Version:
    return Version(
        _target(fields),
        _integer(fields["object_bytes"]),
        tuple(map(_arena, fields["arenas"])),
        _kernels(fields),
        _integer(fields["scratch_bytes"]),
    )


def _model(fields: Mapping[str, Any]) -> Model:
    bos = fields.get("bos_token_id")
    return Model(
        _text(fields["name"]),
        _text(fields["architecture"]),
        _integer(fields["vocab_size"]),
        _integer(fields["layers"]),
        _integer(fields["parameters"]),
        _integer(fields["max_context"]),
        None if bos is None else _integer(bos),
        tuple(_integer(token) for token in fields["eos_token_id"]),
    )


def _manifest(fields: Mapping[str, Any], text: str) -> Manifest:
    return Manifest(
        model=_model(fields["model"]) if "model" in fields else None,
        target=_target(fields["target"]),
        dtype=_text(fields.get("dtype", "")),
        weights=tuple(
            WeightSpec(_text(w["name"]), _dtype(w["dtype"]), _shape(w["shape"])) for w in fields.get("weights", ())
        ),
        states=tuple(
            State(_text(s["name"]), _text(s["kind"]), _dtype(s["dtype"]), _shape(s["shape"]))
            for s in fields.get("states", ())
        ),
        entries=tuple(_entry(e) for e in fields.get("entries", ())),
        kernels=_kernels(fields),
        scratch_bytes=_integer(fields.get("scratch_bytes", 0)),
        gpu_kernels=tuple(_text(k["name"]) for k in fields.get("gpu_kernels", ())),
        versions=tuple(map(_version, fields.get("versions", ()))),
        text=text,
    )

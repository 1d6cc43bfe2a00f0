# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A manifest as lines for people."""

from __future__ import annotations

import re
from typing import Iterator, Sequence, Union

from ._manifest import Entry, Manifest, Tensor


def describe(manifest: Manifest, *, tensors: bool = False) -> str:
    """The lines; `tensors` lists states and weights too."""
    # Names are whatever the artifact's maker wrote: none begins a line of its own or speaks to the terminal.
    return "\n".join(re.sub("[\0-\x1f\x7f-\x9f]", "?", line) for line in _lines(manifest, tensors))


def _lines(manifest: Manifest, tensors: bool) -> Iterator[str]:
    model, target = manifest.model, manifest.target
    if model is not None:
        yield (
            f"model: {model.name} ({model.architecture}), {model.layers} layers, {model.parameters} parameters, "
            f"vocabulary {model.vocab_size}"
        )
        yield f"context: at most {model.max_context} tokens" if model.max_context else "context: unbounded"
    yield f"target: {target.kind} {target.cpu}, features: {' '.join(target.features)}"
    for version in manifest.versions:
        features = " ".join(version.target.features)
        yield f"version {version.target.cpu}: {version.object_bytes} bytes of code, features: {features}"
    if manifest.entries:
        yield f"dtype: {manifest.dtype}"
        yield f"weights: {len(manifest.weights)} tensors, {manifest.weight_bytes} bytes"
        yield f"states: {manifest.slot_bytes} bytes per slot, {manifest.page_bytes} bytes per 128 tokens"
        yield f"scratch: {manifest.scratch_bytes} bytes per thread"
    for entry in manifest.entries:
        arena = entry.arena
        yield (
            f"entry {entry.name}: {_signature(entry)}, arena {arena['tokens']} bytes per token, {arena['rows']} "
            f"per row, {arena['fixed']} fixed"
        )
    for name in manifest.gpu_kernels:
        yield f"kernel {name}"
    if tensors:
        for state in manifest.states:
            yield f"state {state.name}: {state.kind} {state.dtype} {_listed(state.shape)}"
        for weight in manifest.weights:
            yield f"weight {weight.name}: {weight.dtype} {_listed(weight.shape)}"


def _signature(entry: Entry) -> str:
    if entry.logits is not None:
        return f"logits per {entry.logits}"
    rows = ", rows" if entry.ragged else ""
    return f"({_tensors(entry.arguments)}{rows}) -> ({_tensors(entry.results)})"


def _tensors(tensors: Sequence[Tensor]) -> str:
    return ", ".join(f"{tensor.dtype} {_listed(tensor.shape)}" for tensor in tensors)


def _listed(shape: Sequence[Union[int, str]]) -> str:
    return f"[{', '.join(map(str, shape))}]"

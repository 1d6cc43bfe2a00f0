# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Paths as the C interface takes them."""

from __future__ import annotations

import os
from typing import Union

from ._errors import UsageError


def encoded_path(path: Union[str, "os.PathLike[str]"], name: str) -> bytes:
    """A path as the C interface takes it."""
    try:
        encoded = os.fsencode(path)
    except TypeError:
        raise UsageError(f"{name}: expected a path, found {type(path).__name__}") from None
    except UnicodeEncodeError:
        raise UsageError(f"{name}: expected a path, found {os.fspath(path)!r}") from None
    if not encoded or b"\0" in encoded:
        raise UsageError(f"{name}: expected a path, found {os.fspath(path)!r}")
    return encoded

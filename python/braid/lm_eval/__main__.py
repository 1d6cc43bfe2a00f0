# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command line of lm-evaluation-harness, with the model "braid" registered."""

from lm_eval.__main__ import cli_evaluate

# What the package's import registers is all that is needed of it.
from . import BraidLM

__all__ = ["BraidLM"]

if __name__ == "__main__":
    cli_evaluate()

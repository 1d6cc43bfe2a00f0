# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""python -m braid: generate, score, bench, info and compile.

Exit codes are those of the tools: 0, 2 usage, 3 bad input, 4 memory, 5 input or output, 70 internal. A failure prints
exactly one line that begins with "error:".
"""

import sys

from ._cli import main

if __name__ == "__main__":
    sys.exit(main())

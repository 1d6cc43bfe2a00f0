//===- Commands.h - The subcommands of braid-check -------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDCHECK_COMMANDS_H
#define BRAID_TOOLS_BRAIDCHECK_COMMANDS_H

#include "common/Main.h"

namespace braid::check {

tool::Command addBench(CLI::App &app);
tool::Command addDraw(CLI::App &app);
tool::Command addTest(CLI::App &app);

} // namespace braid::check

#endif // BRAID_TOOLS_BRAIDCHECK_COMMANDS_H

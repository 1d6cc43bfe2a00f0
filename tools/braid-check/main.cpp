//===- main.cpp - braid-check: checks and times functions ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"

using namespace braid;

int main(int argc, char **argv) {
  return tool::guardMain([&] {
    CLI::App app("Checks and times functions of tensors on a device", "braid-check");
    return tool::runSubcommand(app,
                               {{"test", "Compare every case with the reference evaluator's results", check::addTest},
                                {"bench", "Time functions", check::addBench},
                                {"draw", "Write the sampled inputs of a case", check::addDraw}},
                               argc, argv);
  });
}

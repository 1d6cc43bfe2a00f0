//===- main.cpp - braid: runs artifacts -----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <csignal>
#include <cstdio>
#include <unistd.h>

using namespace braid;
using namespace braid::tool;

/// A mapped file that somebody cuts short raises SIGBUS at the next read.
static void onBusError(int) {
  constexpr char message[] = "error: expected a weight file to keep its length while mapped, found it cut short\n";
  [[maybe_unused]] ssize_t written = ::write(2, message, sizeof message - 1);
  ::_exit(5);
}

int main(int argc, char **argv) {
  // Writes that fail are reported where they happen.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGBUS, onBusError);
  return guardMain([&] {
    CLI::App app("Runs artifacts made by braidc", "braid");
    return runSubcommand(app,
                         {{"info", "Show what an artifact holds", addInfo},
                          {"generate", "Continue a sequence of tokens", addGenerate},
                          {"score", "Write the logits of given sequences", addScore},
                          {"call", "Call a function of tensors on arrays in files", addCall},
                          {"bench", "Measure an entry point", addBench},
                          {"devices", "List the devices, or why there is no GPU among them", addDevices},
                          {"rates", "Measure this machine, for braidc --report-rates", addRates},
                          {"init", "Write weights drawn from a seed", addInit}},
                         argc, argv);
  });
}

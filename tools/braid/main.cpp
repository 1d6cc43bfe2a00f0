//===- main.cpp - braid: runs artifacts -----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exit codes: 0, 2 usage, 3 bad input, 4 memory, 5 input or output, 70 internal.
// A failure prints exactly one line that begins with "error:".
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <csignal>
#include <cstdio>
#include <unistd.h>

using namespace braid;
using namespace braid::tool;

static int exitCodeOf(StatusCode code) {
  switch (code) {
  case StatusCode::Ok:
    return 0;
  case StatusCode::Usage:
    return 2;
  case StatusCode::BadInput:
  case StatusCode::Limit:
  case StatusCode::Unsupported:
    return 3;
  case StatusCode::OutOfMemory:
    return 4;
  case StatusCode::IO:
    return 5;
  case StatusCode::Internal:
    break;
  }
  return 70;
}

static int fail(const Status &status) {
  std::string line = status.message();
  for (char &c : line)
    if (c == '\n' || c == '\r')
      c = ' ';
  std::fprintf(stderr, "error: %s\n", line.c_str());
  return exitCodeOf(status.code());
}

/// A mapped file that somebody cuts short raises SIGBUS at the next read.
static void onBusError(int) {
  constexpr char message[] = "error: expected a weight file to keep its length while mapped, found it cut short\n";
  [[maybe_unused]] ssize_t written = ::write(2, message, sizeof message - 1);
  ::_exit(5);
}

static int run(int argc, char **argv) {
  CLI::App app("Runs artifacts made by braidc", "braid");
  app.require_subcommand(1);
  app.set_version_flag("--version", cat("braid ", BRAID_VERSION_MAJOR, ".", BRAID_VERSION_MINOR, ".",
                                        BRAID_VERSION_PATCH));
  Command command;
  auto add = [&](const char *name, const char *help, Command (*addOptions)(CLI::App &)) {
    CLI::App *sub = app.add_subcommand(name, help);
    Command body = addOptions(*sub);
    sub->callback([&command, body] { command = body; });
  };
  add("info", "Show what an artifact holds", addInfo);
  add("generate", "Continue a sequence of tokens", addGenerate);
  add("score", "Write the logits of given sequences", addScore);
  add("call", "Call a function of tensors on arrays in files", addCall);
  add("bench", "Measure an entry point", addBench);
  add("devices", "List the devices, or why there is no GPU among them", addDevices);
  add("init", "Write weights drawn from a seed", addInit);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &e) {
    if (e.get_exit_code() == 0) // help and version
      return app.exit(e);
    // CLI11 misses the subcommand before it sees a word that names none.
    bool unknown = app.get_subcommands().empty() && argc > 1 && argv[1][0] != '-';
    return fail(Status::usage(unknown ? cat("expected a subcommand, found ", inQuotes(argv[1])) : e.what()));
  }
  Status status = command();
  return status.ok() ? 0 : fail(status);
}

int main(int argc, char **argv) {
  // Writes that fail are reported where they happen.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGBUS, onBusError);
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc &) {
    return fail(Status::outOfMemory("out of memory"));
  } catch (const std::exception &e) {
    return fail(Status::internal(e.what()));
  }
}

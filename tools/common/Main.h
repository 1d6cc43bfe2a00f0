//===- Main.h - How the tools of the runtime begin and end ----- -*- C++ -*-===//
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

#ifndef BRAID_TOOLS_COMMON_MAIN_H
#define BRAID_TOOLS_COMMON_MAIN_H

#include "Words.h"
#include "braid/Formats/Status.h"
#include "braid/Runtime/braid.h"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <iostream>
#include <new>

namespace braid::tool {

/// A subcommand: adds its options to `app` and returns what runs it.
using Command = std::function<Status()>;

struct Subcommand {
  const char *name, *help;
  Command (*addOptions)(CLI::App &);
};

inline int exitCodeOf(StatusCode code) {
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

inline int fail(const Status &status) {
  std::string line = status.message();
  for (char &c : line)
    if (c == '\n' || c == '\r')
      c = ' ';
  std::fprintf(stderr, "error: %s\n", line.c_str());
  return exitCodeOf(status.code());
}

inline int runSubcommand(CLI::App &app, std::initializer_list<Subcommand> subcommands, int argc, char **argv) {
  app.require_subcommand(1);
  app.set_version_flag(
      "--version", cat(app.get_name(), " ", BRAID_VERSION_MAJOR, ".", BRAID_VERSION_MINOR, ".", BRAID_VERSION_PATCH));
  Command command;
  for (const Subcommand &entry : subcommands) {
    CLI::App *sub = app.add_subcommand(entry.name, entry.help);
    Command body = entry.addOptions(*sub);
    sub->callback([&command, body] { command = body; });
  }
  if (Status words = refuseEmptyValues(argc, argv); !words.ok())
    return fail(words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &e) {
    if (e.get_exit_code() == 0) { // help and version
      app.exit(e);
      return std::cout.flush() ? 0 : fail(Status::io(cat("cannot write to standard output: ", std::strerror(errno))));
    }
    // CLI11 misses the subcommand before it sees a word that names none.
    bool unknown = app.get_subcommands().empty() && argc > 1 && argv[1][0] != '-';
    return fail(Status::usage(unknown ? cat("expected a subcommand, found ", inQuotes(argv[1])) : e.what()));
  }
  Status status = command();
  return status.ok() ? 0 : fail(status);
}

/// Runs `body`, which returns an exit code; no exception leaves the tool.
template <typename F> int guardMain(F &&body) {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return fail(Status::outOfMemory("out of memory"));
  } catch (const std::exception &e) {
    return fail(Status::internal(e.what()));
  }
}

} // namespace braid::tool

#endif // BRAID_TOOLS_COMMON_MAIN_H

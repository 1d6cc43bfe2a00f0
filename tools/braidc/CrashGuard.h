//===- CrashGuard.h - Outlives a crash of the compiler ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDC_CRASHGUARD_H
#define BRAID_TOOLS_BRAIDC_CRASHGUARD_H

#include "Messages.h"
#include "braid/Formats/Status.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <sys/types.h>

namespace braid {

/// Exit codes of the project's tools.
enum ExitCode { Success = 0, BadUsage = 2, BadInput = 3, NoMemory = 4, IOError = 5, InternalError = 70 };
int exitCodeOf(StatusCode code);

/// Compiles in a chain of processes. Before each phase the process forks: the child goes on, and the parent keeps the
/// module as it was and waits. If the child crashes or finds a fault of ours, the parent, whose memory the fault has not
/// touched, writes what it kept as a reproducer. Memory is shared until one of the two writes to it.
class CrashGuard {
public:
  /// Without `enabled`, a crash ends the only process there is.
  explicit CrashGuard(bool enabled);

  Messages &messages() { return lines; }

  /// Returns in the process that goes on with `phase`. `reproducer` writes the module's file and returns its path.
  void enter(llvm::StringRef phase, llvm::function_ref<Result<std::string>()> reproducer);

private:
  struct Shared {
    std::atomic<bool> reported{false}, reproduced{false};
  };
  static Shared *createShared();
  int await(pid_t child, llvm::StringRef phase);

  bool enabled;
  Shared *shared;
  Messages lines;
};

} // namespace braid

#endif // BRAID_TOOLS_BRAIDC_CRASHGUARD_H

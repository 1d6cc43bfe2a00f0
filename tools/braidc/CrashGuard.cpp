//===- CrashGuard.cpp - Outlives a crash of the compiler --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CrashGuard.h"
#include "llvm/Support/ErrorHandling.h"
#include <csignal>
#include <cstring>
#include <exception>
#include <new>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace braid {

int exitCodeOf(StatusCode code) {
  switch (code) {
  case StatusCode::Ok:
    return Success;
  case StatusCode::Usage:
    return BadUsage;
  case StatusCode::BadInput:
  case StatusCode::Limit:
  case StatusCode::Unsupported:
    return BadInput;
  case StatusCode::OutOfMemory:
    return NoMemory;
  case StatusCode::IO:
    return IOError;
  case StatusCode::Internal:
    break;
  }
  return InternalError;
}

// What the handlers below need, which LLVM and the C++ library call from anywhere.
static Messages *handlersMessages = nullptr;
static std::atomic<bool> *handlersReported = nullptr;

[[noreturn]] static void onFatal(void *, const char *reason, bool) {
  handlersMessages->error(cat("internal: LLVM: ", reason));
  ::_exit(InternalError);
}

/// Memory has run out: nothing here may ask for more.
[[noreturn]] static void onNoMemory() {
  llvm::StringRef line = handlersReported->exchange(true) ? "note: out of memory\n" : "error: out of memory\n";
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  ::_exit(NoMemory);
}

[[noreturn]] static void onTerminate() {
  std::string what = "an exception of unknown type";
  if (std::exception_ptr exception = std::current_exception()) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception &e) {
      what = e.what();
    } catch (...) {
    }
  }
  handlersMessages->error(cat("internal: uncaught exception: ", what));
  ::_exit(InternalError);
}

CrashGuard::Shared *CrashGuard::createShared() {
  void *page = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? new Shared : new (page) Shared;
}

CrashGuard::CrashGuard(bool enabled) : enabled(enabled), shared(createShared()), lines(shared->reported) {
  // Writes that fail are reported where they happen.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  handlersMessages = &lines;
  handlersReported = &shared->reported;
  std::set_new_handler(onNoMemory);
  llvm::install_bad_alloc_error_handler([](void *, const char *, bool) { onNoMemory(); });
  if (!enabled)
    return;
  llvm::install_fatal_error_handler(onFatal);
  std::set_terminate(onTerminate);
}

void CrashGuard::enter(llvm::StringRef phase, llvm::function_ref<Result<std::string>()> reproducer) {
  if (!enabled)
    return;
  pid_t parent = ::getpid(), child = ::fork();
  if (child < 0) // no process to spare: compile all the same
    return;
  if (child == 0) {
    // Whoever ends the first process means all of them.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
      ::_exit(InternalError);
    return;
  }
  int code = await(child, phase);
  if (code == InternalError && !shared->reproduced.exchange(true)) {
    Result<std::string> path = reproducer();
    lines.note(path.ok() ? cat("reproducer: ", *path) : cat("no reproducer: ", path.status().message()));
    lines.note("this is a fault of braidc's; docs/Debugging.md says what to do with a reproducer");
  }
  ::_exit(code);
}

/// The exit code of the compilation, after a line for an end that the child could not explain.
int CrashGuard::await(pid_t child, llvm::StringRef phase) {
  int state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR)
    ;
  if (WIFEXITED(state)) {
    int code = WEXITSTATUS(state);
    for (int known : {Success, BadUsage, BadInput, NoMemory, IOError})
      if (code == known)
        return code;
    if (code != InternalError)
      lines.error(cat("internal: phase ", std::string_view(phase), " ended with code ", code));
    return InternalError;
  }
  int signal = WTERMSIG(state);
  for (int asked : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU})
    if (signal == asked) {
      std::signal(asked, SIG_DFL);
      ::raise(asked);
    }
  if (signal == SIGKILL) { // the system's way to take memory back
    lines.error(cat("phase ", std::string_view(phase), " was killed; memory may have run out"));
    return NoMemory;
  }
  lines.error(cat("internal: phase ", std::string_view(phase), " crashed: ", ::strsignal(signal)));
  return InternalError;
}

} // namespace braid

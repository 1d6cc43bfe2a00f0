//===- Messages.h - What goes to standard error -----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDC_MESSAGES_H
#define BRAID_TOOLS_BRAIDC_MESSAGES_H

#include "llvm/ADT/StringRef.h"
#include <atomic>

namespace mlir {
class MLIRContext;
class Diagnostic;
} // namespace mlir

namespace braid {

/// Lines on standard error. The first error of a compilation begins with "error:", whichever of its processes writes it;
/// what follows is a note.
class Messages {
public:
  /// `reported` says whether the one line is out; it may lie in memory that processes share.
  explicit Messages(std::atomic<bool> &reported) : reported(reported) {}

  void error(llvm::StringRef text);
  void note(llvm::StringRef text) { line("note", text); }
  void warning(llvm::StringRef text) { line("warning", text); }
  /// Diagnostics of the context come here.
  void attach(mlir::MLIRContext &context);

private:
  void line(llvm::StringRef kind, llvm::StringRef text);
  void report(const mlir::Diagnostic &diagnostic);

  std::atomic<bool> &reported;
};

} // namespace braid

#endif // BRAID_TOOLS_BRAIDC_MESSAGES_H

//===- Messages.cpp - What goes to standard error ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Messages.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"
#include <unistd.h>

namespace braid {

void Messages::line(llvm::StringRef kind, llvm::StringRef text) {
  std::string whole = (kind + ": " + text).str();
  for (char &c : whole)
    if (c == '\n' || c == '\r')
      c = ' ';
  whole += '\n';
  // One call, so that no other process's line gets into it. There is nobody to tell if it fails.
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, whole.data(), whole.size());
}

void Messages::error(llvm::StringRef text) { line(reported.exchange(true) ? "note" : "error", text); }

void Messages::report(const mlir::Diagnostic &diagnostic) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (auto place = mlir::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation()))
    os << place.getFilename().getValue() << ":" << place.getLine() << ":" << place.getColumn() << ": ";
  else if (!mlir::isa<mlir::UnknownLoc>(diagnostic.getLocation()))
    os << diagnostic.getLocation() << ": ";
  os << diagnostic;
  if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
    error(text);
  else
    line(diagnostic.getSeverity() == mlir::DiagnosticSeverity::Warning ? "warning" : "note", text);
}

void Messages::attach(mlir::MLIRContext &context) {
  context.printOpOnDiagnostic(false); // an op may be a whole module
  context.getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) {
    report(diagnostic);
    for (mlir::Diagnostic &note : diagnostic.getNotes())
      report(note);
  });
}

} // namespace braid

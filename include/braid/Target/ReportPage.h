//===- ReportPage.h - The report as a page that people look at -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_REPORTPAGE_H
#define BRAID_TARGET_REPORTPAGE_H

#include "braid/Target/Report.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace braid {

/// A module's text, with the line on which each operation begins.
struct ModuleText {
  explicit ModuleText(mlir::ModuleOp module);

  std::string text;
  mlir::AsmState::LocationMap places;
};

/// Gathers, while a module goes through the phases, what the page shows beside the report's figures.
class PageContents {
public:
  /// Before fused regions become launches: gives each a place in the list of groups, which its launches keep.
  void addGroups(mlir::ModuleOp module);

  /// The module as it is after phase `name`.
  void addPhase(llvm::StringRef name, mlir::ModuleOp module, ModuleText text);

private:
  friend std::string asPage(const Report &report, const Manifest &manifest, const PageContents &contents);

  /// A phase's text as the page holds it: deflated, in base64.
  struct Phase {
    std::string name, packed;
  };
  std::vector<Phase> texts;
  llvm::json::Array phases;    // of `texts`: sizes, and lines of the model's parts
  llvm::json::Object groups;   // by entry
  llvm::json::Object programs; // by entry: launches and buffers
  llvm::json::Object kernels;  // by name
};

/// One HTML page that needs nothing beside it; described in docs/Report.md.
std::string asPage(const Report &report, const Manifest &manifest, const PageContents &contents);

} // namespace braid

#endif // BRAID_TARGET_REPORTPAGE_H

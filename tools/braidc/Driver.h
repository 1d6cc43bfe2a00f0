//===- Driver.h - Takes a model through the phases --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDC_DRIVER_H
#define BRAID_TOOLS_BRAIDC_DRIVER_H

#include "CrashGuard.h"
#include "Options.h"
#include "braid/Pipelines/Versions.h"
#include "braid/Target/ReportPage.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include <functional>
#include <optional>
#include <vector>

namespace mlir {
class OpPassManager;
}

namespace braid {

class Driver {
public:
  Driver(const Options &options, CrashGuard &guard);

  /// Compiles; what goes wrong is reported already. The exit code.
  int run();

  /// Called in each phase before its passes run, which it may add to; tests plant faults here.
  std::function<void(Phase, mlir::OpPassManager &)> beforePhase;

private:
  Status prepare();
  Status compile();
  Status readModel();
  Status readIR();
  Status recordOptions();
  Status checkCPUs();
  Status checkOperators(Phase last);
  bool isForGPU();

  Status runPhase(const PhaseInfo &info);
  Status finishPhase(const PhaseInfo &info);
  Status emit();
  Status writeReport();
  Status writeOutput(llvm::StringRef text);

  std::string printed();
  void guardPhase(llvm::StringRef phase);
  Result<std::string> writeReproducer(llvm::StringRef phase);

  const Options &options;
  CrashGuard &guard;
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Phase done = Phase::Import;
  std::optional<PageContents> page; // of a report as HTML
  std::vector<MeasuredCall> times;
};

/// What main() does, with a chance to plant faults.
int compile(int argc, char **argv, std::function<void(Phase, mlir::OpPassManager &)> beforePhase = nullptr);

} // namespace braid

#endif // BRAID_TOOLS_BRAIDC_DRIVER_H

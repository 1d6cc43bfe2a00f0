//===- Compiled.h - A case's module as machine code -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_PROPERTY_COMPILED_H
#define BRAID_TEST_LIB_PROPERTY_COMPILED_H

#include "KernelTable.h"
#include "Operator.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "braid/Formats/Status.h"
#include "braid/Runtime/artifact.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include <limits>

namespace braid::property {

/// A state as the artifact sees it: [slots or pages, shape..].
struct StateLayout {
  std::string name;
  StateKind kind;
  DType dtype;
  llvm::SmallVector<int64_t> shape; // of one slot or page
  size_t bytes() const;
};

/// How a module becomes code.
struct CompileOptions {
  /// The texts are cut as this target would cut them; by default as this CPU would.
  bool hopperConfigs = false;
  /// The kernels' schedules for Hopper run in the simulator.
  bool simulate = false;
  /// Kernels run as the threads of Hopper's general schedule.
  bool threads = false;
};

/// A module through the CPU's phases and loaded into this process, beside the IR that the evaluator reads.
class Compiled {
public:
  static Result<std::unique_ptr<Compiled>> create(const Case &c, mlir::MLIRContext &context, CompileOptions options);
  Compiled(const Compiled &) = delete;

  struct Form {
    braid_entry_fn entry = nullptr;
    int64_t arena[3] = {}; // bytes by token, by row, fixed
  };
  const Form &form(bool step) const { return forms[step]; }
  mlir::ModuleOp module() const { return *source; }
  /// Whether a kernel has a config: whether the target may cut it in a way of its own.
  bool hasConfig() const { return configured; }
  /// Whether kernels take the services of a block of threads for their scratch memory.
  bool isThreads() const { return runsThreads; }
  /// Whether a row of one token gives the same bits in the step form and in the segment form: texts that a CPU runs do, while
  /// schedules for a GPU have other sums for other forms.
  bool formsAgree() const { return !runsThreads && !simulates; }
  /// Kernels that have no schedule, of a simulation.
  int64_t countUnscheduled() const { return unscheduled; }
  /// Whether a simulation runs a kernel in roles: under the schedule of its family, not under the one for any text.
  bool runsInRoles() const { return inRoles; }
  /// A longer row is cut into segments by its length, so that its pieces have bits of their own.
  int64_t longestUncutRow() const { return uncutTokens; }
  /// The kernel of this function in scheduled form; null where the text runs.
  tile::KernelOp scheduled(braid_kernel_fn function) const { return schedules.lookup(function); }

private:
  Case own; // what the text refers to

public:
  ModuleText text;
  std::vector<StateLayout> states;
  int64_t scratchBytes = 0;

private:
  explicit Compiled(const Case &c) : own(c), text(own) {}
  Status lower(mlir::ModuleOp module, CompileOptions options);
  Status load(const std::string &bytes, llvm::ArrayRef<std::string> kernels);
  Status scheduleKernels(mlir::ModuleOp module);
  void readStates();

  mlir::OwningOpRef<mlir::ModuleOp> source;
  mlir::OwningOpRef<mlir::ModuleOp> scheduledKernels; // null without a simulation
  llvm::DenseMap<braid_kernel_fn, tile::KernelOp> schedules;
  bool configured = false, runsThreads = false, simulates = false, inRoles = false;
  int64_t unscheduled = 0, uncutTokens = std::numeric_limits<int64_t>::max();
  Form forms[2];
  test::TestObject object;
};

} // namespace braid::property

#endif // BRAID_TEST_LIB_PROPERTY_COMPILED_H

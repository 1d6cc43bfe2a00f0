//===- PlanMemory.cpp - Places in the arena --------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Host/Transforms/ArenaPlan.h"
#include "braid/Dialect/Host/Transforms/Passes.h"
#include "braid/Runtime/artifact.h"

using namespace mlir;

namespace braid::host {
#define GEN_PASS_DEF_HOSTPLANMEMORYPASS
#include "braid/Dialect/Host/Transforms/Passes.h.inc"

namespace {

/// Number of each launch in program order; a launch inside a branch counts as the branch.
DenseMap<Operation *, int64_t> numberSteps(Block &block) {
  DenseMap<Operation *, int64_t> steps;
  for (auto [index, op] : llvm::enumerate(block))
    op.walk([&, index = index](Operation *nested) { steps[nested] = index; });
  return steps;
}

/// The first and last step that reads or writes the buffer, through views of it too.
Lifetime lifetimeOf(BufferOp buffer, const DenseMap<Operation *, int64_t> &steps) {
  Lifetime lifetime{buffer.getBytes(), INT64_MAX, -1};
  SmallVector<Value> views{buffer.getResult()};
  while (!views.empty()) {
    for (Operation *user : views.pop_back_val().getUsers()) {
      if (isa<ViewOp>(user)) {
        views.push_back(user->getResult(0));
        continue;
      }
      lifetime.first = std::min(lifetime.first, steps.lookup(user));
      lifetime.last = std::max(lifetime.last, steps.lookup(user));
    }
  }
  return lifetime;
}

struct PlanMemory : impl::HostPlanMemoryPassBase<PlanMemory> {
  void runOnOperation() override {
    ProgramOp program = getOperation();
    Block &block = program.getBody().front();
    DenseMap<Operation *, int64_t> steps = numberSteps(block);
    SmallVector<int64_t> arena;
    for (Axis axis : {Axis::Tokens, Axis::Rows, Axis::Fixed}) {
      SmallVector<BufferOp> buffers;
      SmallVector<Lifetime> lifetimes;
      for (auto buffer : block.getOps<BufferOp>()) {
        if (buffer.getAxis() != axis)
          continue;
        buffers.push_back(buffer);
        lifetimes.push_back(lifetimeOf(buffer, steps));
      }
      ArenaPlan plan = planArena(lifetimes, BRAID_ALIGNMENT);
      for (auto [buffer, offset] : llvm::zip(buffers, plan.offsets))
        buffer.setOffset(offset);
      arena.push_back(plan.bytes);
    }
    program.setArena(arena);
  }
};

} // namespace
} // namespace braid::host

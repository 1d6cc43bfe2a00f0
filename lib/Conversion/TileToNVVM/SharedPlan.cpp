//===- SharedPlan.cpp - Where rings and barriers lie ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharedPlan.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

int64_t SharedPlan::stagePitch(RingType ring) {
  return llvm::alignTo(ring.getStageBytes(), ring.getShape().size() == 2 ? 1024 : 16);
}

SharedPlan::SharedPlan(KernelOp kernel) {
  if (auto placed = kernel->getAttrOfType<IntegerAttr>("tile.scratch_bytes"))
    bytes = placed.getInt();
  auto place = [&](Value value, int64_t size, int64_t alignment) {
    bytes = llvm::alignTo(bytes, alignment);
    offsets[value] = bytes;
    bytes += size;
  };
  for (auto ring : kernel.getBlock().getOps<RingOp>())
    place(ring, ring.getType().getStages() * stagePitch(ring.getType()), 1024);
  for (auto barrier : kernel.getBlock().getOps<BarrierOp>())
    place(barrier, 8 * barrier.getType().getStages(), 8);
}

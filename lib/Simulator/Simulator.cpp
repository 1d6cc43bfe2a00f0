//===- Simulator.cpp - Runs a scheduled kernel tile by tile ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Simulator/Simulator.h"
#include "ThreadBlock.h"

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

LogicalResult braid::simulator::simulate(KernelOp kernel, ArrayRef<Argument> arguments, std::array<int64_t, 3> grid,
                                         Options options) {
  auto schedule = kernel->getAttrOfType<ScheduleAttr>("tile.schedule");
  if (!schedule)
    return kernel.emitOpError("expects a schedule; run tile-schedule-hopper first");
  if (arguments.size() != kernel.getArgumentTypes().size())
    return kernel.emitOpError("expects ") << kernel.getArgumentTypes().size() << " arguments, found "
                                          << arguments.size();
  std::deque<View> views;
  SmallVector<Datum> data;
  for (auto [type, argument] : llvm::zip(kernel.getArgumentTypes(), arguments)) {
    if (auto view = dyn_cast<ViewType>(type))
      data.push_back(&views.emplace_back(view, argument.data, argument.shape));
    else
      data.push_back(isa<FloatType>(type) ? Number::of(argument.number) : Number::of(argument.integer));
  }
  std::mt19937_64 random(options.seed);
  int64_t points = grid[0] * grid[1] * grid[2], workers = points;
  if (schedule.getPersistent() && points > 0)
    workers = options.workers > 0 ? options.workers : 1 + int64_t(random() % uint64_t(points));
  for (int64_t worker = 0; worker < workers; ++worker) {
    std::array<int64_t, 3> id = {worker / grid[2] / grid[1], worker / grid[2] % grid[1], worker % grid[2]};
    if (failed(ThreadBlock(kernel, data, {grid, id, worker, workers}, random()).run()))
      return failure();
  }
  return success();
}

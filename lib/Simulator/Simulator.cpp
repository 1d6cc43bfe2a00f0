//===- Simulator.cpp - Runs a scheduled kernel tile by tile ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Simulator/Simulator.h"
#include "ThreadBlock.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

/// Places of a text lie in the shared memory that it asks for.
static LogicalResult checkPlaces(KernelOp kernel) {
  auto bytes = kernel->getAttrOfType<IntegerAttr>("tile.scratch_bytes");
  auto check = [&](Operation *op, Attribute attribute, Type type) {
    auto place = dyn_cast_or_null<PlaceAttr>(attribute);
    if (!place || place.getKind() == PlaceKind::Inline || !isa<TileType>(type))
      return true;
    int64_t end = PlacedMemory::endOf(place, cast<TileType>(type));
    if (bytes && place.getOffset() >= 0 && end <= bytes.getInt())
      return true;
    op->emitOpError("expects a place within the kernel's 'tile.scratch_bytes', found one from ")
        << place.getOffset() << " to " << end;
    return false;
  };
  WalkResult result = kernel.walk([&](Operation *op) {
    bool fits = op->getNumResults() != 1 || check(op, op->getAttr("tile.place"), op->getResult(0).getType());
    if (auto places = op->getAttrOfType<ArrayAttr>("tile.places"))
      for (auto [place, type] : llvm::zip(places, op->getResultTypes()))
        fits &= check(op, place, type);
    if (auto places = op->getAttrOfType<ArrayAttr>("tile.temporaries"))
      for (auto [place, type] : llvm::zip(places, op->getOperandTypes()))
        fits &= check(op, place, type);
    return fits ? WalkResult::advance() : WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

LogicalResult braid::simulator::simulate(KernelOp kernel, ArrayRef<Argument> arguments, std::array<int64_t, 3> grid,
                                         Options options) {
  auto schedule = kernel->getAttrOfType<ScheduleAttr>("tile.schedule");
  if (!schedule)
    return kernel.emitOpError("expects a schedule; run tile-schedule-hopper first");
  if (arguments.size() != kernel.getArgumentTypes().size())
    return kernel.emitOpError("expects ") << kernel.getArgumentTypes().size() << " arguments, found "
                                          << arguments.size();
  if (failed(checkPlaces(kernel)))
    return failure();
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
    workers = options.workers > 0 ? options.workers : random() % 2 ? 1 : 1 + int64_t(random() % uint64_t(points));
  int64_t cluster = schedule.getCluster();
  workers = llvm::alignTo(workers, cluster);
  for (int64_t worker = 0; worker < workers; worker += cluster) {
    std::array<int64_t, 3> id = {worker / grid[2] / grid[1], worker / grid[2] % grid[1], worker % grid[2]};
    if (failed(ThreadBlock(kernel, data, {grid, id, worker, workers}, random()).run()))
      return failure();
  }
  return success();
}

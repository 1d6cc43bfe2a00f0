//===- Simulator.cpp - Runs a scheduled kernel tile by tile ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Simulator/Simulator.h"
#include "ThreadBlock.h"
#include "llvm/Support/MathExtras.h"
#include <memory>
#include <vector>

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

/// What launches a kernel sees to it that the work counter is zero.
static LogicalResult checkWorkCounter(KernelOp kernel, ArrayRef<Datum> arguments) {
  auto number = kernel->getAttrOfType<IntegerAttr>(kWorkCounterAttr);
  if (!number)
    return success();
  int64_t found = std::get<const View *>(arguments[size_t(number.getInt())])->load(0).integer;
  if (found != 0)
    return kernel.emitOpError("expects a work counter of zero when a launch begins, found ") << found;
  return success();
}

/// Blocks that draw their work from a counter run against each other: up to four at a time, each some steps on end, so that
/// any of them may fall behind. A device starts one when another has ended, too.
static LogicalResult runTogether(llvm::function_ref<std::unique_ptr<ThreadBlock>(int64_t)> makeBlock, int64_t workers,
                                 int64_t cluster, std::mt19937_64 &random) {
  constexpr size_t most = 4;
  std::vector<std::unique_ptr<ThreadBlock>> running;
  uint64_t longest = uint64_t(1) << random() % 12;
  for (int64_t next = 0; next < workers || !running.empty();) {
    for (; next < workers && running.size() < most; next += cluster)
      running.push_back(makeBlock(next));
    size_t chosen = random() % running.size();
    for (uint64_t steps = 1 + random() % longest; steps > 0; --steps) {
      FailureOr<bool> more = running[chosen]->advance();
      if (failed(more))
        return failure();
      if (!*more) {
        running.erase(running.begin() + ptrdiff_t(chosen));
        break;
      }
    }
  }
  return success();
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
  if (failed(checkWorkCounter(kernel, data)))
    return failure();
  std::mt19937_64 random(options.seed);
  int64_t points = grid[0] * grid[1] * grid[2], workers = points;
  if (schedule.getPersistent() && points > 0)
    workers = options.workers > 0 ? options.workers : random() % 2 ? 1 : 1 + int64_t(random() % uint64_t(points));
  int64_t cluster = schedule.getCluster();
  workers = llvm::alignTo(workers, cluster);
  auto makeBlock = [&](int64_t worker) {
    std::array<int64_t, 3> id = {worker / grid[2] / grid[1], worker / grid[2] % grid[1], worker % grid[2]};
    return std::make_unique<ThreadBlock>(kernel, data, Place{grid, id, worker, workers}, random());
  };
  if (schedule.getPersistent() && kernel->hasAttr(kWorkCounterAttr))
    return runTogether(makeBlock, workers, cluster, random);
  for (int64_t worker = 0; worker < workers; worker += cluster)
    if (failed(makeBlock(worker)->run()))
      return failure();
  return success();
}

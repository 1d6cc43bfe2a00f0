//===- ThreadBlock.cpp - One block of threads, or a cluster of them -------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadBlock.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

static int64_t placedBytes(KernelOp kernel) {
  auto bytes = kernel->getAttrOfType<IntegerAttr>("tile.scratch_bytes");
  return bytes ? bytes.getInt() : 0;
}

ThreadBlock::ThreadBlock(KernelOp kernel, ArrayRef<Datum> arguments, const Place &place, uint64_t seed)
    : place(place), placed(placedBytes(kernel)), kernel(kernel), arguments(arguments),
      cluster(kernel->getAttrOfType<ScheduleAttr>("tile.schedule").getCluster()),
      ringCount(unsigned(llvm::range_size(kernel.getBlock().getOps<RingOp>()))), random(seed) {
  for (auto role : kernel.getBlock().getOps<RoleOp>())
    groupCount += size_t(role.getGroups() * cluster);
  groupCount = std::max<size_t>(groupCount, 1);
  for (auto barrier : kernel.getBlock().getOps<BarrierOp>())
    barrierCount += size_t(barrier.getType().getStages() * cluster);
  for (auto barrier : kernel.getBlock().getOps<NamedBarrierOp>())
    barrierCount += size_t(barrier.getType().getCount() * cluster);
  for (int64_t rank = 0; rank < cluster; ++rank)
    createBlock(rank);
  if (groups.empty()) // a text without roles
    groups.push_back(std::make_unique<Group>(*this, RoleOp(), 0, 0, 0));
  pace = Pace(random() % 3);
}

void ThreadBlock::createBlock(int64_t rank) {
  for (auto ring : kernel.getBlock().getOps<RingOp>())
    resources[ring].push_back({shared.addRing(ring.getType())});
  auto newSource = [&] {
    return Sources::ofBarrier(unsigned(groupCount), unsigned(barriers.size() + namedBarriers.size()));
  };
  for (auto barrier : kernel.getBlock().getOps<BarrierOp>()) {
    resources[barrier].push_back({unsigned(barriers.size())});
    for (int64_t stage = 0; stage < barrier.getType().getStages(); ++stage)
      barriers.emplace_back(barrier, stage, newSource(), int64_t(barrier.getArrivals()), countSources());
  }
  for (auto barrier : kernel.getBlock().getOps<NamedBarrierOp>()) {
    resources[barrier].push_back({unsigned(namedBarriers.size())});
    for (int64_t number = 0; number < barrier.getType().getCount(); ++number)
      namedBarriers.emplace_back(barrier, number, newSource(), int64_t(barrier.getWarps()), countSources());
  }
  for (auto role : kernel.getBlock().getOps<RoleOp>())
    for (int64_t number = 0; number < int64_t(role.getGroups()); ++number)
      groups.push_back(std::make_unique<Group>(*this, role, number, unsigned(groups.size()), rank));
}

LogicalResult ThreadBlock::run() {
  FailureOr<bool> more = true;
  while (succeeded(more) && *more)
    more = advance();
  return failure(failed(more));
}

FailureOr<bool> ThreadBlock::advance() {
  if (std::optional<Step> step = choose())
    return failed(take(*step)) ? FailureOr<bool>(failure()) : true;
  if (!llvm::all_of(groups, [](const auto &group) { return group->hasEnded(); }))
    return deadlock();
  return failed(checkEnd()) ? FailureOr<bool>(failure()) : false;
}

/// What happens next; nothing where nothing can.
std::optional<ThreadBlock::Step> ThreadBlock::choose() {
  SmallVector<Step> turns, ends;
  for (auto [number, group] : llvm::enumerate(groups)) {
    if (group->canRun())
      turns.push_back({Step::Turn, number});
    if (group->hasProducts())
      ends.push_back({Step::Product, number});
    if (group->hasCopies())
      ends.push_back({Step::CopyOut, number});
  }
  for (size_t number = 0; number < incoming.size(); ++number)
    ends.push_back({Step::CopyIn, number});
  SmallVector<Step> &preferred = pace == Pace::Early ? ends : turns, &rest = pace == Pace::Early ? turns : ends;
  if (pace == Pace::Any || preferred.empty())
    llvm::append_range(preferred, rest);
  if (preferred.empty())
    return std::nullopt;
  return preferred[random() % preferred.size()];
}

LogicalResult ThreadBlock::take(Step step) {
  switch (step.kind) {
  case Step::Turn:
    return groups[step.number]->turn();
  case Step::Product:
    groups[step.number]->endProduct();
    return success();
  case Step::CopyOut:
    groups[step.number]->endCopy();
    return success();
  case Step::CopyIn:
    return endCopy(step.number);
  }
  llvm_unreachable("every step is taken");
}

LogicalResult ThreadBlock::endCopy(size_t number) {
  IncomingCopy copy = incoming[number];
  incoming.erase(incoming.begin() + ptrdiff_t(number));
  copyToShared(*copy.view, copy.indices, copy.to, shared);
  Barrier &signalled = barriers[copy.barrier];
  if (signalled.getPhases() != copy.phase)
    return copy.op.emitOpError("expects its bytes to be announced to phase ")
           << copy.phase << " of stage " << signalled.stage << ", found that it ended without them";
  signalled.copy(copy.op.getShared().getType().getBytes());
  return settle(copy.barrier, copy.op);
}

LogicalResult ThreadBlock::settle(unsigned number, Operation *op) {
  Barrier &settled = barriers[number];
  if (std::optional<std::string> fault = settled.settle()) {
    InFlightDiagnostic error = op->emitOpError(*fault);
    error.attachNote(settled.op->getLoc()) << "the barrier is made here";
    return error;
  }
  return success();
}

/// Every group that has not ended waits: the first one is the error, the others are its notes.
LogicalResult ThreadBlock::deadlock() {
  std::optional<InFlightDiagnostic> error;
  for (const auto &group : groups) {
    if (group->hasEnded())
      continue;
    Operation *wait = group->getWait();
    Group::Awaited awaited = group->getAwaited();
    std::string text = "in " + group->describe() + " waits for ever: " + awaited.state;
    if (error)
      error->attachNote(wait->getLoc()) << text;
    else
      error.emplace(wait->emitOpError(text));
    error->attachNote(awaited.barrier->getLoc()) << "its barrier is made here";
  }
  return *error;
}

LogicalResult ThreadBlock::checkEnd() {
  auto check = [](const auto &barrier) -> LogicalResult {
    if (barrier.isIdle())
      return success();
    return barrier.op->emitOpError("expects its phases to be over when the roles end, found that ") << barrier.describe();
  };
  return success(llvm::all_of(barriers, [&](const Barrier &barrier) { return succeeded(check(barrier)); }) &&
                 llvm::all_of(namedBarriers, [&](const NamedBarrier &barrier) { return succeeded(check(barrier)); }));
}

void braid::simulator::copyToShared(const View &view, ArrayRef<int64_t> indices, const SharedTile &to,
                                    SharedMemory &shared) {
  int64_t shape[] = {to.rows, to.columns};
  ArrayRef<int64_t> tile = shape;
  Number outside = zero(view.getElementType());
  view.forElements(indices, shared.getRing(to.ring).getShape().size() == 1 ? tile.drop_front() : tile, view.whole(),
                   [&](int64_t row, int64_t column, std::optional<int64_t> offset) {
                     shared.at(to, row, column) = offset ? view.load(*offset) : outside;
                   });
}

void braid::simulator::copyFromShared(const SharedTile &from, const View &view, ArrayRef<int64_t> indices,
                                      SharedMemory &shared) {
  int64_t shape[] = {from.rows, from.columns};
  ArrayRef<int64_t> tile = shape;
  view.forElements(indices, shared.getRing(from.ring).getShape().size() == 1 ? tile.drop_front() : tile, view.whole(),
                   [&](int64_t row, int64_t column, std::optional<int64_t> offset) {
                     if (offset)
                       view.store(*offset, shared.at(from, row, column));
                   });
}

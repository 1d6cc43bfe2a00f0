//===- GroupBarriers.cpp - How a group arrives and waits ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadBlock.h"

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

Barrier &Group::barrierOf(WaitOp op) const {
  return block.barrier(get<Resource>(op.getBarrier()).number + unsigned(stageOf(op.getStage())));
}

FailureOr<NamedBarrier *> Group::namedBarrier(Operation *op, Value barrier, Value number) const {
  int64_t at = integer(number), count = cast<NamedBarrierType>(barrier.getType()).getCount();
  if (at < 0 || at >= count)
    return fail(op) << "expects a barrier from 0 to " << count - 1 << ", found " << at;
  return &block.namedBarrier(get<Resource>(barrier).number + unsigned(at));
}

bool Group::isOver(Operation *waiting) const {
  if (auto op = dyn_cast<WaitOp>(waiting))
    return barrierOf(op).hasEnded(get<Cursor>(op.getStage()).phase);
  auto sync = cast<NamedSyncOp>(waiting);
  return (*namedBarrier(sync, sync.getBarrier(), sync.getNumber()))->getPhases() > *syncPhase;
}

Group::Awaited Group::getAwaited() const {
  if (auto op = dyn_cast<WaitOp>(wait)) {
    const Barrier &barrier = barrierOf(op);
    return {barrier.op, barrier.describe()};
  }
  auto sync = cast<NamedSyncOp>(wait);
  const NamedBarrier &barrier = **namedBarrier(sync, sync.getBarrier(), sync.getNumber());
  return {barrier.op, barrier.describe()};
}

/// By all threads.
LogicalResult Group::namedArrive(Operation *op, NamedBarrier &barrier) {
  noticed = true;
  Clock all = first;
  all.join(others);
  if (std::optional<std::string> fault = barrier.arrive(index, role.getWarpsOfGroup(), all)) {
    InFlightDiagnostic error = fail(op) << *fault;
    error.attachNote(barrier.op->getLoc()) << "the barrier is made here";
    return error;
  }
  return tick(), success();
}

/// It arrives once, and comes back here until the phase is over.
LogicalResult Group::namedSync(NamedSyncOp op) {
  noticed = true;
  FailureOr<NamedBarrier *> barrier = namedBarrier(op, op.getBarrier(), op.getNumber());
  if (failed(barrier))
    return failure();
  if (!syncPhase) {
    syncPhase = (*barrier)->getPhases();
    if (failed(namedArrive(op, **barrier)))
      return failure();
  }
  wait = op;
  if (!isOver(op))
    return success();
  wait = nullptr;
  syncPhase.reset();
  for (Clock *clock : clocks())
    clock->join((*barrier)->getClock());
  return success();
}

LogicalResult Group::waitFor(WaitOp op) {
  noticed = true;
  wait = op;
  const Barrier &awaited = barrierOf(op);
  if (!isOver(op))
    return success();
  wait = nullptr;
  for (Clock *clock : clocks())
    clock->join(awaited.getClock());
  return success();
}

/// The blocks whose memory an operation reaches.
SmallVector<int64_t> Group::receivers(bool all) const {
  if (all)
    return llvm::to_vector(llvm::seq<int64_t>(0, block.clusterSize()));
  return {rank};
}

/// The first thread arrives, and as many others.
LogicalResult Group::arrive(Operation *op, Value barrier, Value stage, int64_t bytes, int64_t numOthers) {
  noticed = true;
  int64_t number = stageOf(stage), stages = cast<BarrierType>(barrier.getType()).getStages();
  if (number < 0 || number >= stages)
    return fail(op) << "expects a stage from 0 to " << stages - 1 << ", found " << number;
  auto arrival = dyn_cast<ArriveOp>(op);
  SmallVector<unsigned> places;
  for (int64_t receiver : receivers(arrival && arrival.getCluster()))
    places.push_back(block.resource(barrier.getDefiningOp(), receiver).number + unsigned(number));
  for (unsigned at : places) {
    block.barrier(at).arrive(first, bytes);
    for (int64_t n = 0; n < numOthers; ++n)
      block.barrier(at).arrive(others);
  }
  ++first[source(Sources::FirstThread)];
  if (numOthers)
    ++others[source(Sources::OtherThreads)];
  for (unsigned at : places)
    if (failed(block.settle(at, op)))
      return failure();
  return success();
}

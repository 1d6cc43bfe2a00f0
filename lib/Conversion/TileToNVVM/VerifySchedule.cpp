//===- VerifySchedule.cpp - What a schedule must keep to ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The numbers are those of the pass's description, TileToNVVM/Passes.td.
//
//===----------------------------------------------------------------------===//

#include "VerifySchedule.h"
#include "NamedBarriers.h"
#include "SharedPlan.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static ScheduleAttr scheduleOf(KernelOp kernel) { return kernel->getAttrOfType<ScheduleAttr>("tile.schedule"); }

/// 1
static LogicalResult verifyArrivals(KernelOp kernel) {
  for (auto barrier : kernel.getBlock().getOps<BarrierOp>()) {
    Operation *wait = nullptr, *arrival = nullptr;
    for (Operation *user : barrier->getUsers()) {
      if (isa<WaitOp>(user))
        wait = user;
      if (isa<ArriveOp, ExpectOp>(user))
        arrival = user;
    }
    if (wait && !arrival)
      return wait->emitOpError("expects an arrival at its barrier, found none").attachNote(barrier.getLoc())
             << "the barrier is made here";
    if (arrival && !wait)
      return arrival->emitOpError("expects a wait for its barrier, found none").attachNote(barrier.getLoc())
             << "the barrier is made here";
  }
  return success();
}

/// 2
static LogicalResult verifyBytes(ExpectOp expect) {
  int64_t copied = 0, cluster = scheduleOf(expect->getParentOfType<KernelOp>()).getCluster();
  for (Operation &op : *expect->getBlock()) {
    auto copy = dyn_cast<CopyInOp>(op);
    if (copy && copy.getBarrier() == expect.getBarrier() && copy.getStage() == expect.getStage())
      copied += copy.getShared().getType().getBytes() * (copy.getMulticast() ? cluster : 1);
  }
  if (copied != int64_t(expect.getBytes()))
    return expect.emitOpError("expects as many bytes as are copied, ") << copied << ", found " << expect.getBytes();
  return success();
}

static LogicalResult verifyExpected(CopyInOp copy) {
  if (!copy.getBarrier())
    return success();
  for (auto expect : copy->getBlock()->getOps<ExpectOp>())
    if (expect.getBarrier() == copy.getBarrier() && expect.getStage() == copy.getStage())
      return success();
  return copy.emitOpError("expects its bytes to be announced in its block, found no 'tile.expect'");
}

/// 3
static LogicalResult verifyRoles(KernelOp kernel) {
  int64_t warps = scheduleOf(kernel).getWarps();
  if (warps < 1 || warps > 32)
    return kernel.emitOpError("expects 1 to 32 warps, found ") << warps;
  if (kernel.getBlock().getOps<RoleOp>().empty()) // a text that all warps share
    return success();
  SmallVector<RoleOp> owner(warps);
  for (auto role : kernel.getBlock().getOps<RoleOp>()) {
    int64_t first = role.getFirstWarp(), end = first + int64_t(role.getWarps());
    if (end > warps)
      return role.emitOpError("expects warps below ") << warps << ", found " << end - 1;
    for (int64_t warp = first; warp < end; ++warp) {
      if (owner[warp])
        return role.emitOpError("expects warps of its own, found warp ") << warp << " in role " << owner[warp].getName();
      owner[warp] = role;
    }
    if (role.getWarpsOfGroup() > 1 && first % 4)
      return role.emitOpError("expects groups of several warps to begin at a multiple of four, found ") << first;
  }
  int64_t registers = 0;
  for (int64_t warp = 0; warp < warps; ++warp) {
    if (!owner[warp])
      return kernel.emitOpError("expects a role for every warp, found none for warp ") << warp;
    if (owner[warp].getRegisters() != owner[warp / 4 * 4].getRegisters())
      return owner[warp].emitOpError("expects its warpgroup's budget of ")
             << owner[warp / 4 * 4].getRegisters() << " registers, found " << owner[warp].getRegisters();
    registers += 32 * owner[warp].getRegisters();
  }
  if (registers > 65536)
    return kernel.emitOpError("expects at most 65536 registers, found ") << registers;
  return success();
}

/// Whether a value that a product leaves is read before a wait names it. 5
static LogicalResult verifyUses(Value sum) {
  for (OpOperand &use : sum.getUses()) {
    Operation *user = use.getOwner();
    if (isa<MmaWaitOp>(user))
      continue;
    if (auto mma = dyn_cast<MmaAsyncOp>(user)) {
      if (use.get() == mma.getAccumulator() && use.get() != mma.getA())
        continue;
    } else if (isa<scf::YieldOp>(user)) {
      // Carried while it is under way: what it is called next is checked in its place.
      if (auto loop = dyn_cast<scf::ForOp>(user->getParentOp())) {
        if (failed(verifyUses(loop.getResult(use.getOperandNumber()))))
          return failure();
        continue;
      }
    } else if (auto loop = dyn_cast<scf::ForOp>(user)) {
      if (failed(verifyUses(loop.getTiedLoopRegionIterArg(&use))))
        return failure();
      continue;
    }
    InFlightDiagnostic error = user->emitOpError("expects a finished product, found one under way");
    error.attachNote(sum.getLoc()) << "a 'tile.mma_wait' between the two must name it";
    return error;
  }
  return success();
}

/// 6: after the last operation that starts something, in program order, stands a wait for all of it.
template <typename Start, typename Wait>
static LogicalResult verifyFinished(RoleOp role, llvm::function_ref<bool(Start)> starts,
                                    llvm::function_ref<bool(Wait)> waitsForAll, StringRef what) {
  Operation *open = nullptr;
  role.walk([&](Operation *op) {
    if (auto start = dyn_cast<Start>(op); start && starts(start))
      open = op;
    if (auto wait = dyn_cast<Wait>(op); wait && waitsForAll(wait))
      open = nullptr;
  });
  if (open)
    return open->emitOpError("expects a wait for all ") << what << " before its role ends, found none";
  return success();
}

/// The ring that a tile in shared memory is a part of; null where that cannot be told.
static Value ringOf(Value tile) {
  while (Operation *op = tile.getDefiningOp()) {
    if (auto slot = dyn_cast<SlotOp>(op))
      return slot.getRing();
    if (!isa<RowsOp, PanelsOp>(op))
      break;
    tile = op->getOperand(0);
  }
  return {};
}

/// Of the tiles that copies and products read.
static llvm::DenseSet<Value> ringsReadAsync(KernelOp kernel) {
  llvm::DenseSet<Value> rings;
  kernel.walk([&](Operation *op) {
    auto copy = dyn_cast<CopyOutOp>(op);
    if ((copy && copy.getBulk()) || isa<MmaAsyncOp>(op))
      for (Value operand : op->getOperands())
        if (isa<SharedType>(operand.getType()))
          rings.insert(ringOf(operand));
  });
  return rings;
}

/// Whether the threads of a group write a tile of these rings.
static bool writesOrdinarily(Operation *op, const llvm::DenseSet<Value> &rings) {
  auto copy = dyn_cast<CopyInOp>(op);
  auto effects = dyn_cast<MemoryEffectOpInterface>(op);
  return effects && !(copy && copy.getBarrier()) && llvm::any_of(op->getOperands(), [&](Value operand) {
           return isa<SharedType>(operand.getType()) && effects.getEffectOnValue<MemoryEffects::Write>(operand) &&
                  rings.contains(ringOf(operand));
         });
}

/// 7
static LogicalResult verifyFences(RoleOp role, const llvm::DenseSet<Value> &rings) {
  Operation *unfenced = nullptr;
  WalkResult result = role.walk([&](Operation *op) {
    if (isa<FenceAsyncOp>(op))
      unfenced = nullptr;
    else if (isa<SyncOp, NamedSyncOp, NamedArriveOp>(op) && unfenced)
      return WalkResult::interrupt();
    else if (!unfenced && writesOrdinarily(op, rings))
      unfenced = op;
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return unfenced->emitOpError("expects a 'tile.fence_async' before the next 'tile.sync', since a copy or product reads "
                                 "its ring; found none");
  return success();
}

/// 8
static LogicalResult verifyNamedBarriers(KernelOp kernel) {
  for (auto barrier : kernel.getBlock().getOps<NamedBarrierOp>()) {
    Operation *sync = nullptr, *use = nullptr;
    llvm::DenseSet<Operation *> roles;
    int64_t warps = 0;
    for (Operation *user : barrier->getUsers()) {
      use = user;
      if (isa<NamedSyncOp>(user))
        sync = user;
      if (auto role = user->getParentOfType<RoleOp>(); roles.insert(role).second)
        warps += int64_t(role.getWarps());
    }
    if (use && !sync)
      return use->emitOpError("expects a 'tile.named_sync' at its barrier, found none").attachNote(barrier.getLoc())
             << "the barrier is made here";
    if (use && warps < int64_t(barrier.getWarps()))
      return (sync->emitOpError("expects ") << barrier.getWarps() << " warps in the roles at its barrier, found " << warps)
                 .attachNote(barrier.getLoc())
             << "the barrier is made here";
  }
  if (int64_t count = NamedBarriers(kernel).getCount(); count > NamedBarriers::limit)
    return kernel.emitOpError("expects at most ")
           << NamedBarriers::limit - 1 << " named barriers, those of its groups of several warps among them, found "
           << count - 1;
  return success();
}

/// Whether each turn passes a value of the loop's condition on as it is.
static bool isPassedOn(scf::WhileOp loop, BlockArgument value) {
  auto next = dyn_cast<BlockArgument>(loop.getYieldOp().getOperand(value.getArgNumber()));
  return next && next.getOwner() == loop.getAfterBody() &&
         loop.getConditionOp().getArgs()[next.getArgNumber()] == value;
}

/// 9: a condition in which neither memory nor what turns change has a part is the same for ever; whether it is a true one
/// is known at run time alone, so only the constant false is let through.
static LogicalResult verifyEnd(scf::WhileOp loop) {
  SmallVector<Value> parts{loop.getConditionOp().getCondition()};
  if (matchPattern(parts[0], m_Zero())) // no turn at all
    return success();
  for (size_t i = 0; i < parts.size(); ++i) {
    Operation *op = parts[i].getDefiningOp();
    auto argument = dyn_cast<BlockArgument>(parts[i]);
    if (argument && argument.getOwner() == loop.getBeforeBody()) {
      if (!isPassedOn(loop, argument))
        return success();
    } else if (op && loop->isProperAncestor(op)) {
      if (op->getNumRegions() > 0 || !isMemoryEffectFree(op))
        return success();
      for (Value operand : op->getOperands())
        if (!llvm::is_contained(parts, operand))
          parts.push_back(operand);
    }
  }
  return loop.emitOpError("expects a condition that turns or memory change, found one that is always the same");
}

LogicalResult braid::hopper::verifySchedule(KernelOp kernel) {
  if (failed(verifyArrivals(kernel)) || failed(verifyRoles(kernel)) || failed(verifyNamedBarriers(kernel)))
    return failure();
  if (int64_t bytes = SharedPlan(kernel).getBytes(); bytes > SharedPlan::limit) // 4
    return kernel.emitOpError("expects at most ") << SharedPlan::limit << " bytes of shared memory, found " << bytes;
  WalkResult result = kernel.walk([&](Operation *op) {
    bool bad = false;
    if (auto expect = dyn_cast<ExpectOp>(op))
      bad = failed(verifyBytes(expect));
    else if (auto copy = dyn_cast<CopyInOp>(op))
      bad = failed(verifyExpected(copy));
    else if (auto mma = dyn_cast<MmaAsyncOp>(op))
      bad = failed(verifyUses(mma));
    else if (auto loop = dyn_cast<scf::WhileOp>(op))
      bad = failed(verifyEnd(loop));
    return bad ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  llvm::DenseSet<Value> rings = ringsReadAsync(kernel);
  for (auto role : kernel.getBlock().getOps<RoleOp>()) {
    if (failed(verifyFences(role, rings)))
      return failure();
    if (failed(verifyFinished<CopyOutOp, WaitCopiesOp>(
            role, [](CopyOutOp copy) { return copy.getBulk(); },
            [](WaitCopiesOp wait) { return wait.getPending() == 0 && !wait.getRead(); }, "copies")) ||
        failed(verifyFinished<MmaAsyncOp, MmaWaitOp>(
            role, [](MmaAsyncOp) { return true; }, [](MmaWaitOp wait) { return wait.getPending() == 0; }, "products")))
      return failure();
  }
  return success();
}

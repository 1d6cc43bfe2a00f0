//===- RoleLowering.cpp - One role as the program of a thread -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RoleLowering.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

RoleLowering::RoleLowering(RoleOp role, KernelContext &context)
    : role(role), context(context), code(context.code), scalars(context.scalars) {}

LogicalResult RoleLowering::run() {
  int64_t warps = role.getWarpsOfGroup();
  Value warp = code.sub(context.warp, code.i32(role.getFirstWarp()));
  group = role.getGroups() == 1 ? code.i32(0) : code.div(warp, warps);
  place.thread = code.sub(context.thread, code.i32(32 * role.getFirstWarp()));
  if (role.getGroups() > 1)
    place.thread = code.rem(place.thread, 32 * warps);
  place.lane = code.rem(context.thread, 32);
  place.row = code.add(code.mul(code.div(place.thread, 32), 16), code.div(place.lane, 4));
  place.column = code.mul(code.rem(place.lane, 4), 2);
  scalars.map(role.getBlock().getArgument(0), code.widen(group));
  if (!role.getOneThread())
    return lowerBlock(role.getBlock());
  alone = true;
  LogicalResult result = success();
  code.ifThen(code.equal(code.rem(warp, warps), code.i32(0)), [&] {
    Value elected = NVVM::ElectSyncOp::create(code, code.getI1Type(), Value());
    code.ifThen(elected, [&] { result = lowerBlock(role.getBlock()); });
  });
  return result;
}

void RoleLowering::oneThread(llvm::function_ref<void()> body) {
  if (alone)
    return body();
  alone = true;
  code.ifThen(code.equal(place.thread, code.i32(0)), body);
  alone = false;
}

LogicalResult RoleLowering::lowerBlock(Block &block) {
  for (Operation &op : block)
    if (failed(lower(op)))
      return failure();
  return success();
}

LogicalResult RoleLowering::lower(Operation &op) {
  auto done = [](auto) { return success(); };
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<EndOp, ReplaceOp, scf::YieldOp, scf::ConditionOp>(done)
      .Case([&](scf::ForOp loop) { return lowerFor(loop); })
      .Case([&](scf::WhileOp loop) { return lowerWhile(loop); })
      .Case([&](scf::IfOp branch) { return lowerIf(branch); })
      .Case([&](OneThreadOp once) {
        LogicalResult result = success();
        oneThread([&] { result = lowerBlock(once.getBody().front()); });
        return result;
      })
      .Case([&](WorkerOp worker) {
        Type i32 = code.getI32Type();
        scalars.map(worker.getNumber(), code.widen(NVVM::BlockIdXOp::create(code, i32)));
        scalars.map(worker.getCount(), code.widen(NVVM::GridDimXOp::create(code, i32)));
        return success();
      })
      .Case([&](DrawOp draw) { return lowerDraw(draw), success(); })
      .Case([&](GridOp grid) { return scalars.map(grid, context.grid[grid.getDimension()]), success(); })
      .Case([&](DimOp dim) {
        scalars.map(dim, context.views.find(dim.getView())->second.sizes[dim.getDimension()]);
        return success();
      })
      .Case([&](StartOp start) {
        cursors[start] = {code.i32(0), code.i32(start.getPhase())};
        return success();
      })
      .Case([&](AdvanceOp advance) { return lowerAdvance(advance), success(); })
      .Case([&](SlotOp slot) {
        int64_t pitch = SharedPlan::stagePitch(slot.getRing().getType());
        setShared(slot, code.add(code.mul(stageOf(slot.getStage()), pitch), context.shared.offsetOf(slot.getRing())));
        return success();
      })
      .Case([&](RowsOp rows) {
        SharedType type = rows.getInput().getType();
        int64_t pitch = type.getRank() == 1 ? type.getElementType().getIntOrFloatBitWidth() / 8 : 128;
        setShared(rows, code.add(shared.lookup(rows.getInput()), code.mul(code.narrow(scalar(rows.getFirst())), pitch)));
        return success();
      })
      .Case([&](PanelsOp panels) {
        int64_t pitch = panels.getType().getPitch() * 128;
        setShared(panels,
                  code.add(shared.lookup(panels.getInput()), code.mul(code.narrow(scalar(panels.getFirst())), pitch)));
        return success();
      })
      .Case([&](WaitOp wait) { return lowerWait(wait), success(); })
      .Case([&](ExpectOp expect) {
        oneThread([&] {
          NVVM::MBarrierArriveExpectTxOp::create(code, Type(), barrierAt(expect.getBarrier(), expect.getStage()),
                                                 code.i32(expect.getBytes()), NVVM::MemScopeKind::CTA, false, Value());
        });
        return success();
      })
      .Case([&](ArriveOp arrive) {
        arrive.getEach() ? lowerArrive(arrive) : oneThread([&] { lowerArrive(arrive); });
        return success();
      })
      .Case([&](CopyInOp copy) { return lowerCopyIn(copy), success(); })
      .Case([&](CopyOutOp copy) { return lowerCopyOut(copy), success(); })
      .Case([&](CommitCopiesOp) { return NVVM::CpAsyncBulkCommitGroupOp::create(code), success(); })
      .Case([&](WaitCopiesOp wait) {
        NVVM::CpAsyncBulkWaitGroupOp::create(code, uint32_t(wait.getPending()), wait.getReadAttr());
        return success();
      })
      .Case([&](FenceAsyncOp) {
        auto space = NVVM::SharedSpaceAttr::get(code.getContext(), NVVM::SharedSpace::shared_cta);
        NVVM::FenceProxyOp::create(code, NVVM::ProxyKind::async_shared, space);
        return success();
      })
      .Case([&](SyncOp) { return lowerSync(), success(); })
      .Case([&](NamedSyncOp sync) {
        NVVM::BarrierOp::create(code, Type(), namedBarrier(sync.getBarrier(), sync.getNumber()), threadsOf(sync.getBarrier()),
                                NVVM::BarrierReductionAttr(), Value());
        return success();
      })
      .Case([&](NamedArriveOp arrive) {
        NVVM::BarrierArriveOp::create(code, namedBarrier(arrive.getBarrier(), arrive.getNumber()), threadsOf(arrive.getBarrier()));
        return success();
      })
      .Case([&](StoreSharedOp store) { return lowerStoreShared(store), success(); })
      .Case([&](LoadSharedOp load) { return lowerLoadShared(load), success(); })
      .Case([&](ClearRowsOp clear) { return lowerClearRows(clear), success(); })
      .Case([&](ReadSharedOp read) { return lowerReadShared(read), success(); })
      .Case([&](WriteSharedOp write) { return lowerWriteShared(write), success(); })
      .Case([&](LoadTransposedOp load) { return lowerLoadTransposed(load), success(); })
      .Case([&](StoreTransposedOp store) { return lowerStoreTransposed(store), success(); })
      .Case([&](MmaAsyncOp mma) { return lowerMmaAsync(mma), success(); })
      .Case([&](MmaWaitOp wait) { return lowerMmaWait(wait), success(); })
      .Case([&](LoadOp load) { return lowerLoad(load), success(); })
      .Case([&](StoreOp store) { return lowerStore(store), success(); })
      .Case([&](ReadOp read) { return lowerRead(read); })
      .Case([&](MapOp map) { return lowerMap(map), success(); })
      .Case([&](BroadcastOp broadcast) { return lowerBroadcast(broadcast); })
      .Case([&](ColumnsOp columns) { return lowerColumns(columns), success(); })
      .Case([&](ReduceOp reduce) { return lowerReduce(reduce); })
      .Case([&](ReshapeOp reshape) { return lowerReshape(reshape); })
      .Case([&](FoldOp fold) { return lowerFold(fold), success(); })
      .Case([&](WhereAnyOp where) { return lowerWhereAny(where); })
      .Case([&](PrefixSumOp sum) { return lowerPrefixSum(sum); })
      .Case([&](ExtractOp extract) { return lowerExtract(extract); })
      .Case([&](SplatOp splat) {
        Spread spread = RegisterTile::spreadOf(splat);
        SmallVector<Value> elements(RegisterTile::countElements(splat.getType(), spread), scalar(splat.getValue()));
        tiles[splat] = RegisterTile::of(splat.getType(), spread, elements, code);
        return success();
      })
      .Default([&](Operation *other) -> LogicalResult {
        if (isa<TileDialect>(other->getDialect()))
          return other->emitOpError("has no lowering to Hopper");
        code.clone(*other, scalars);
        return success();
      });
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

void RoleLowering::flatten(ValueRange values, SmallVectorImpl<Value> &pieces) {
  for (Value value : values) {
    if (isa<CursorType>(value.getType()))
      llvm::append_values(pieces, cursors.lookup(value).stage, cursors.lookup(value).phase);
    else if (isa<TileType>(value.getType()))
      llvm::append_range(pieces, tiles.find(value)->second.registers);
    else
      pieces.push_back(scalar(value));
  }
}

/// Names `pieces` as flatten took them apart from values like `like`.
void RoleLowering::bind(ValueRange names, ValueRange like, ValueRange pieces) {
  for (auto [name, model] : llvm::zip(names, like)) {
    if (isa<CursorType>(name.getType())) {
      cursors[name] = {pieces[0], pieces[1]};
      pieces = pieces.drop_front(2);
    } else if (auto type = dyn_cast<TileType>(name.getType())) {
      RegisterTile &known = tiles.find(model)->second;
      int64_t size = known.registers.size();
      tiles[name] = RegisterTile(type, known.spread, pieces.take_front(size));
      pieces = pieces.drop_front(size);
    } else {
      scalars.map(name, pieces.front());
      pieces = pieces.drop_front();
    }
  }
}

LogicalResult RoleLowering::lowerFor(scf::ForOp loop) {
  SmallVector<Value> inits;
  flatten(loop.getInitArgs(), inits);
  auto copy = scf::ForOp::create(code, scalar(loop.getLowerBound()), scalar(loop.getUpperBound()),
                                 scalar(loop.getStep()), inits);
  scalars.map(loop.getInductionVar(), copy.getInductionVar());
  bind(loop.getRegionIterArgs(), loop.getInitArgs(), copy.getRegionIterArgs());
  {
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPointToStart(copy.getBody());
    if (failed(lowerBlock(*loop.getBody())))
      return failure();
    SmallVector<Value> yielded;
    flatten(loop.getBody()->getTerminator()->getOperands(), yielded);
    if (!yielded.empty())
      scf::YieldOp::create(code, yielded);
  }
  bind(loop.getResults(), loop.getInitArgs(), copy.getResults());
  return success();
}

LogicalResult RoleLowering::lowerWhile(scf::WhileOp loop) {
  SmallVector<Value> inits, passed, yielded;
  flatten(loop.getInits(), inits);
  auto copy = scf::WhileOp::create(code, typesOf(loop.getResults()), inits);
  auto lowerRegion = [&](Block &from, Region &to, ValueRange like, ValueRange pieces) {
    SmallVector<Location> locations(pieces.size(), code.getLoc());
    Block *block = code.createBlock(&to, {}, pieces.getTypes(), locations);
    bind(from.getArguments(), like, block->getArguments());
    return lowerBlock(from);
  };
  OpBuilder::InsertionGuard guard(code);
  if (failed(lowerRegion(*loop.getBeforeBody(), copy.getBefore(), loop.getInits(), inits)))
    return failure();
  scf::ConditionOp condition = loop.getConditionOp();
  flatten(condition.getArgs(), passed);
  scf::ConditionOp::create(code, scalar(condition.getCondition()), passed);
  if (failed(lowerRegion(*loop.getAfterBody(), copy.getAfter(), condition.getArgs(), passed)))
    return failure();
  flatten(loop.getYieldOp().getOperands(), yielded);
  scf::YieldOp::create(code, yielded);
  bind(loop.getResults(), condition.getArgs(), copy.getResults());
  return success();
}

/// Of the pieces that flatten makes of these results.
SmallVector<Type> RoleLowering::typesOf(ValueRange results) {
  SmallVector<Type> types;
  for (Value result : results) {
    if (isa<CursorType>(result.getType())) {
      types.append(2, code.getI32Type());
    } else if (auto type = dyn_cast<TileType>(result.getType())) {
      RegisterTile tile(type, RegisterTile::spreadOf(result));
      types.append(tile.countRegisters(), tile.registerType());
    } else {
      types.push_back(result.getType());
    }
  }
  return types;
}

LogicalResult RoleLowering::lowerIf(scf::IfOp branch) {
  auto copy = scf::IfOp::create(code, typesOf(branch.getResults()), scalar(branch.getCondition()), /*addThenBlock=*/true,
                                /*addElseBlock=*/branch.elseBlock() != nullptr);
  auto arm = [&](Block *from, Block *to) {
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPointToStart(to);
    if (failed(lowerBlock(*from)))
      return failure();
    SmallVector<Value> yielded;
    flatten(from->getTerminator()->getOperands(), yielded);
    scf::YieldOp::create(code, yielded);
    return success();
  };
  if (failed(arm(branch.thenBlock(), copy.thenBlock())) ||
      (branch.elseBlock() && failed(arm(branch.elseBlock(), copy.elseBlock()))))
    return failure();
  bind(branch.getResults(), branch.thenYield().getOperands(), copy.getResults());
  return success();
}

//===----------------------------------------------------------------------===//
// Cursors and barriers
//===----------------------------------------------------------------------===//

Value RoleLowering::stageOf(Value stage) {
  return isa<CursorType>(stage.getType()) ? cursors.lookup(stage).stage : code.narrow(scalar(stage));
}

Value RoleLowering::barrierAt(Value barrier, Value stage) {
  return context.sharedAt(code.add(code.mul(stageOf(stage), 8), context.shared.offsetOf(barrier)));
}

/// At other blocks' barriers without a fence of the device, which `.release.cluster` would be: the arrival says that
/// the group has read what they will overwrite, and publishes nothing.
void RoleLowering::lowerArrive(ArriveOp op) {
  if (!op.getCluster()) {
    NVVM::MBarrierArriveOp::create(code, Type(), barrierAt(op.getBarrier(), op.getStage()), Value());
    return;
  }
  Value offset = code.add(code.mul(stageOf(op.getStage()), 8), context.shared.offsetOf(op.getBarrier()));
  Value here = code.add(context.sharedAddress, offset);
  for (int64_t rank = 0; rank < context.schedule.getCluster(); ++rank)
    code.assembly("{ .reg .b32 there; mapa.shared::cluster.u32 there, $0, $1; "
                  "mbarrier.arrive.shared::cluster.b64 _, [there]; }",
                  "r,n,~{memory}", {here, code.i32(rank)}, TypeRange());
}

void RoleLowering::lowerAdvance(AdvanceOp op) {
  Cursor cursor = cursors.lookup(op.getCursor());
  int64_t stages = op.getType().getStages();
  Value one = code.i32(1);
  if (stages == 1) {
    cursors[op] = {cursor.stage, code.exclusiveOr(cursor.phase, one)};
    return;
  }
  if (stages == 2) { // the phase turns behind stage 1
    cursors[op] = {code.exclusiveOr(cursor.stage, one), code.exclusiveOr(cursor.phase, cursor.stage)};
    return;
  }
  Value next = code.add(cursor.stage, 1), wraps = code.equal(next, code.i32(stages));
  Value flip = arith::ExtUIOp::create(code, code.getI32Type(), wraps);
  cursors[op] = {code.select(wraps, code.i32(0), next), code.exclusiveOr(cursor.phase, flip)};
}

/// Whether the role's threads move tiles between registers and shared memory.
bool RoleLowering::accessesShared() {
  return role
      .walk([](Operation *op) {
        return isa<StoreSharedOp, LoadSharedOp, StoreTransposedOp, LoadTransposedOp, ClearRowsOp>(op)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Threads that wait ask again and again, each by itself; of a warp that is a group and only starts copies the first one asks
/// for all. (Where all of them read or write what they wait for, racecheck wants each to have asked.) Warps of products ask in
/// uniform registers, where that is one question, and a branch of one thread would take their descriptors from there.
void RoleLowering::lowerWait(WaitOp op) {
  auto ask = [&] {
    NVVM::MBarrierTryWaitParityOp::create(code, barrierAt(op.getBarrier(), op.getStage()),
                                          cursors.lookup(op.getStage()).phase, code.i32(10000000));
  };
  if (alone || role.getWarpsOfGroup() > 1 || accessesShared())
    return ask();
  oneThread(ask);
  lowerSync();
}

void RoleLowering::lowerSync() {
  if (role.getWarpsOfGroup() == 1) {
    NVVM::SyncWarpOp::create(code, code.i32(-1));
    return;
  }
  NVVM::BarrierOp::create(code, Type(), code.add(group, context.barriers.firstOf(role)),
                          code.i32(32 * role.getWarpsOfGroup()), NVVM::BarrierReductionAttr(), Value());
}

/// The hardware's number of it.
Value RoleLowering::namedBarrier(Value barrier, Value number) {
  return code.add(code.narrow(scalar(number)), context.barriers.firstOf(barrier.getDefiningOp()));
}

/// That end a phase.
Value RoleLowering::threadsOf(Value namedBarrier) {
  return code.i32(32 * int64_t(namedBarrier.getDefiningOp<NamedBarrierOp>().getWarps()));
}

//===- AttentionSchedule.cpp - How Hopper runs attention ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionSchedule.h"
#include "SharedPlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static AttentionConfigAttr configOf(KernelOp kernel) { return kernel->getAttrOfType<AttentionConfigAttr>(kConfigAttr); }

AttentionSchedule::AttentionSchedule(KernelOp kernel, const AttentionText &text)
    : kernel(kernel), text(text), b(kernel.getLoc(), kernel->getContext()) {
  AttentionConfigAttr config = configOf(kernel);
  stages = config.getStages();
  groups = config.getGroups();
  raster = config.getRaster();
}

/// Bytes of shared memory.
static int64_t sharedBytes(const AttentionText &text, int64_t queryStages, int64_t stages) {
  auto stage = [&](int64_t rows) {
    return SharedPlan::stagePitch(RingType::get(1, {rows, text.headDim()}, text.element()));
  };
  return queryStages * stage(text.numQueries()) + 2 * stages * stage(text.numKeys()) + 1024;
}

bool AttentionSchedule::takes(KernelOp kernel, AttentionText text) {
  AttentionConfigAttr config = configOf(kernel);
  auto bulk = [](ViewType view) { // rows begin at multiples of 16 bytes
    return llvm::all_of(ArrayRef<int64_t>(view.getStrides()).drop_back(), [&](int64_t stride) {
      return stride * view.getElementType().getIntOrFloatBitWidth() % 128 == 0;
    });
  };
  auto views = {text.queries.getView(), text.keys.getView(), text.values.getView(), text.result.getView()};
  return config && text.counter && config.getGroups() <= 3 && text.numQueries() == groupQueries * config.getGroups() &&
         (text.element().isBF16() || text.element().isF16()) && text.scale > 0 && text.headDim() % 16 == 0 &&
         text.headDim() <= 256 && text.numKeys() % 16 == 0 && text.numKeys() <= 256 &&
         sharedBytes(text, 1, config.getStages()) <= SharedPlan::limit &&
         llvm::all_of(views, [&](auto view) { return bulk(view.getType()); });
}

void AttentionSchedule::run() {
  SmallVector<Operation *> old;
  for (Operation &op : kernel.getBlock().without_terminator())
    old.push_back(&op);
  b.setInsertionPoint(kernel.getBlock().getTerminator());
  queryStages = sharedBytes(text, 2, stages) <= SharedPlan::limit ? 2 : 1;
  collectFields();
  createShared();
  const int64_t loadRegisters = 56, attendRegisters = groups <= 2 ? 224 : 144;
  createRole("load_queries", 0, 1, 1, loadRegisters, /*oneThread=*/true, [&](Value) { loadQueries(); });
  createRole("load_keys", 1, 1, 1, loadRegisters, /*oneThread=*/true, [&](Value) { loadKeys(); });
  createRole("load_values", 2, 1, 1, loadRegisters, /*oneThread=*/false, [&](Value) { loadValues(); });
  createRole("store", 3, 1, 1, loadRegisters, /*oneThread=*/true, [&](Value) { store(); });
  createRole("attend", 4, 4 * groups, groups, attendRegisters, /*oneThread=*/false, [&](Value group) { attend(group); });
  for (Operation *op : llvm::reverse(old))
    op->erase();
  kernel->setAttr("tile.schedule", ScheduleAttr::get(b.getContext(), 4 * (1 + groups), /*persistent=*/true));
}

void AttentionSchedule::createShared() {
  auto ring = [&](int64_t count, int64_t rows) -> Value {
    return RingOp::create(b, RingType::get(count, {rows, text.headDim()}, text.element()));
  };
  auto barrier = [&](int64_t count, int64_t arrivals) -> Value {
    return BarrierOp::create(b, BarrierType::get(b.getContext(), count), arrivals);
  };
  itemRing = RingOp::create(b, RingType::get(2, {1 + int64_t(fields.size())}, b.getI32Type()));
  itemsFull = barrier(2, 1);
  itemsEmpty = barrier(2, 3 + groups); // keys, values, results and each group of queries
  queryRing = ring(queryStages, text.numQueries());
  keyRing = ring(stages, text.numKeys());
  valueRing = ring(stages, text.numKeys());
  queriesFull = barrier(queryStages, 1);
  queriesEmpty = barrier(queryStages, 1);
  keysFull = barrier(stages, 1);
  keysEmpty = barrier(stages, groups);
  valuesFull = barrier(stages, 1);
  valuesEmpty = barrier(stages, groups);
  resultsFull = barrier(queryStages, groups);
  uncleared = barrier(1, 1);
  if (groups > 1) // a group and the one before it meet
    turns = NamedBarrierOp::create(b, NamedBarrierType::get(b.getContext(), groups), 8);
}

void AttentionSchedule::createRole(StringRef name, int64_t firstWarp, int64_t warps, int64_t roleGroups,
                                   int64_t registers, bool oneThread, RoleBody body) {
  auto role = RoleOp::create(b, name, firstWarp, warps, roleGroups, registers, oneThread);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&role.getBody().emplaceBlock());
  alone = oneThread;
  body(role.getBlock().addArgument(b.getIndexType(), b.getLoc()));
  EndOp::create(b);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// From a score to the exponent of two of its weight.
double AttentionSchedule::factor() const { return text.scale * 1.4426950408889634; }

/// Scores may exceed the maximum by two to this before it is moved: sums stay far from overflow, and the weights of a row
/// whose first step shows it few keys seldom have to be made anew. In f16 a weight is at most 2^16.
double AttentionSchedule::slack() const { return text.element().isF16() ? 8 : 16; }

Value AttentionSchedule::index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }

Value AttentionSchedule::number(double value) {
  return arith::ConstantOp::create(b, b.getF32FloatAttr(float(value)));
}

/// A number of the text, with what it is made of.
Value AttentionSchedule::scalar(Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  if (!op) // an argument of the kernel
    return value;
  for (Value operand : op->getOperands())
    scalar(operand, mapping);
  b.clone(*op, mapping);
  return mapping.lookup(value);
}

Value AttentionSchedule::slot(Value ring, Value stage) {
  auto type = cast<RingType>(ring.getType());
  return SlotOp::create(b, SharedType::get(type.getShape(), type.getElementType()), ring, stage);
}

/// A group's rows of the block's.
Value AttentionSchedule::rowsOf(Value shared, Value firstRow) {
  auto whole = cast<SharedType>(shared.getType());
  auto part = SharedType::get({groupQueries, whole.getShape()[1]}, whole.getElementType(), whole.getPitch());
  return RowsOp::create(b, part, shared, firstRow);
}

TileType AttentionSchedule::tile(ArrayRef<int64_t> shape) { return TileType::get(shape, b.getF32Type()); }

Value AttentionSchedule::splat(double value, ArrayRef<int64_t> shape) {
  return SplatOp::create(b, tile(shape), number(value));
}

Value AttentionSchedule::map(ValueRange tiles, Function function, Type element) {
  auto shape = cast<TileType>(tiles[0].getType()).getShape();
  return MapOp::create(b, TileType::get(shape, element ? element : b.getF32Type()), tiles, /*coordinates=*/false,
                       [&](OpBuilder &builder, Location, ValueRange e) -> Value {
                         OpBuilder::InsertionGuard guard(b);
                         b.restoreInsertionPoint(builder.saveInsertionPoint());
                         return function(e);
                       });
}

/// A function of an element and its coordinates.
Value AttentionSchedule::mapAt(Value tile, Function function) {
  return MapOp::create(b, cast<TileType>(tile.getType()), tile, /*coordinates=*/true,
                       [&](OpBuilder &builder, Location, ValueRange e) -> Value {
                         OpBuilder::InsertionGuard guard(b);
                         b.restoreInsertionPoint(builder.saveInsertionPoint());
                         return function(e);
                       });
}

Value AttentionSchedule::rounded(Value tile) {
  return map(tile, [&](ValueRange e) -> Value { return arith::TruncFOp::create(b, text.element(), e[0]); },
             text.element());
}

Value AttentionSchedule::alongRows(Value vector, int64_t columns) {
  return BroadcastOp::create(b, tile({groupQueries, columns}), vector, 1);
}

Value AttentionSchedule::add(Value a, Value c) { return b.createOrFold<arith::AddIOp>(a, c); }
Value AttentionSchedule::sub(Value a, Value c) { return b.createOrFold<arith::SubIOp>(a, c); }
Value AttentionSchedule::mul(Value a, Value c) { return b.createOrFold<arith::MulIOp>(a, c); }
Value AttentionSchedule::div(Value a, Value c) { return b.createOrFold<arith::DivUIOp>(a, c); }
/// Of numbers below 2^31: a division of 64 bits is a call.
Value AttentionSchedule::div32(Value a, Value c) {
  auto narrow = [&](Value value) { return b.createOrFold<arith::IndexCastOp>(b.getI32Type(), value); };
  return b.createOrFold<arith::IndexCastOp>(b.getIndexType(), b.createOrFold<arith::DivUIOp>(narrow(a), narrow(c)));
}
Value AttentionSchedule::less(Value a, Value c) {
  return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, a, c);
}

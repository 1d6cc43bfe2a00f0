//===- AttentionSchedule.cpp - How Hopper runs attention ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionSchedule.h"
#include "SharedPlan.h"
#include "TensorMaps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static AttentionConfigAttr configOf(KernelOp kernel) { return kernel->getAttrOfType<AttentionConfigAttr>(kConfigAttr); }

AttentionSchedule::AttentionSchedule(KernelOp kernel, const AttentionText &text)
    : ScheduleBuilder(kernel), text(text) {
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
  auto views = {text.queries.getView(), text.keys.getView(), text.values.getView(), text.result.getView()};
  return config && text.counter && config.getGroups() <= 3 && text.numQueries() == groupQueries * config.getGroups() &&
         (text.element().isBF16() || text.element().isF16()) && text.scale > 0 && text.headDim() % 16 == 0 &&
         text.headDim() <= 256 && text.numKeys() % 16 == 0 && text.numKeys() <= 256 &&
         sharedBytes(text, 1, config.getStages()) <= SharedPlan::limit &&
         llvm::all_of(views, [&](auto view) { return allowsBulkCopies(view); });
}

void AttentionSchedule::run() {
  queryStages = sharedBytes(text, 2, stages) <= SharedPlan::limit ? 2 : 1;
  replaceText([&] {
    collectFields();
    createShared();
    const int64_t loadRegisters = 56, attendRegisters = groups <= 2 ? 224 : 144;
    auto createLoader = [&](StringRef name, int64_t warp, bool isOneThread, llvm::function_ref<void()> body) {
      alone = isOneThread;
      createRole(name, warp, 1, 1, loadRegisters, alone, [&](Value) { body(); });
    };
    createLoader("load_queries", 0, /*isOneThread=*/true, [&] { loadQueries(); });
    createLoader("load_keys", 1, /*isOneThread=*/true, [&] { loadKeys(); });
    createLoader("load_values", 2, /*isOneThread=*/false, [&] { loadValues(); });
    createLoader("store", 3, /*isOneThread=*/true, [&] { store(); });
    alone = false;
    createRole("attend", 4, 4 * groups, groups, attendRegisters, alone, [&](Value group) { attend(group); });
    return 1; // no clusters
  });
}

void AttentionSchedule::createShared() {
  auto ring = [&](int64_t count, int64_t rows) { return createRing(count, {rows, text.headDim()}, text.element()); };
  itemRing = createRing(2, {1 + int64_t(fields.size())}, b.getI32Type());
  itemsFull = createBarrier(2, 1);
  itemsEmpty = createBarrier(2, 3 + groups); // keys, values, results and each group of queries
  queryRing = ring(queryStages, text.numQueries());
  keyRing = ring(stages, text.numKeys());
  valueRing = ring(stages, text.numKeys());
  queriesFull = createBarrier(queryStages, 1);
  queriesEmpty = createBarrier(queryStages, 1);
  keysFull = createBarrier(stages, 1);
  keysEmpty = createBarrier(stages, groups);
  valuesFull = createBarrier(stages, 1);
  valuesEmpty = createBarrier(stages, groups);
  resultsFull = createBarrier(queryStages, groups);
  uncleared = createBarrier(1, 1);
  if (groups > 1) // a group and the one before it meet
    turns = NamedBarrierOp::create(b, NamedBarrierType::get(b.getContext(), groups), 8);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// From a score to the exponent of two of its weight.
double AttentionSchedule::factor() const { return text.scale * 1.4426950408889634; }

/// Scores may exceed the maximum by two to this before it is moved: sums stay far from overflow, and the weights of a row
/// whose first step shows it few keys seldom have to be made anew. In f16 a weight is at most 2^16.
double AttentionSchedule::slack() const { return text.element().isF16() ? 8 : 16; }

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

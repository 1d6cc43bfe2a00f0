//===- ElementSource.cpp - The elements of a tile, as vectors -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementSource.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace braid::tile;

static bool isInline(Value tile, KernelContext &context) {
  return context.tiles.find(tile)->second.kind == PlaceKind::Inline;
}

ElementSource::ElementSource(Value tile, KernelContext &context) : tile(tile), context(context) { collect(tile); }

Type ElementSource::elementType() const { return cast<TileType>(tile.getType()).getElementType(); }

void ElementSource::collect(Value value) {
  widest = std::max(widest, bytesOf(cast<TileType>(value.getType()).getElementType()));
  if (!isInline(value, context))
    return;
  Operation *op = value.getDefiningOp();
  if (auto load = dyn_cast<LoadOp>(op)) {
    if (accesses.find(op) == accesses.end())
      accesses.insert({op, ViewAccess(load, context)});
    return;
  }
  if (auto map = dyn_cast<MapOp>(op)) {
    for (Operation &inner : map.getBlock())
      for (Type type : inner.getResultTypes())
        if (isa<FloatType>(type))
          widest = std::max(widest, bytesOf(type));
    for (Value input : map.getInputs())
      collect(input);
  }
}

Value ElementSource::allInside(Value low, Value high) {
  Code &code = context.code;
  Value condition;
  for (auto &[op, access] : accesses) {
    if (!access.allRows) {
      Value first = low ? low : code.index(0), last = high ? high : code.index(access.rows);
      condition = code.both(condition, code.lessEqual(access.rowLow, first));
      condition = code.both(condition, code.lessEqual(last, access.rowHigh));
    }
    if (!access.allColumns) {
      condition = code.both(condition, code.lessEqual(access.columnLow, code.index(0)));
      condition = code.both(condition, code.lessEqual(code.index(access.columns), access.columnHigh));
    }
  }
  return condition;
}

Value ElementSource::rowLimit() const {
  if (!isInline(tile, context) || !tile.getDefiningOp<LoadOp>())
    return {};
  const ViewAccess &access = accesses.front().second;
  return access.allRows ? Value() : access.rowHigh;
}

void ElementSource::beginWalk(bool allInside) {
  inside = allInside;
  mark = context.code.mark();
  walkCache.clear();
}

ElementSource::Row ElementSource::beginRow(Value index) { return Row{index, context.code.mark(), decltype(Row::cache)()}; }

Value ElementSource::vector(Row &row, Value column, int64_t lanes, int64_t valid) {
  computed.clear();
  return elements(tile, row, column, lanes, valid);
}

Value ElementSource::vectorFrom(Value known, Value knownElements, Row &row, Value column, int64_t lanes) {
  computed.clear();
  computed[known] = knownElements;
  return elements(tile, row, column, lanes, lanes);
}

/// The address of the row of an inline load `rowsAhead` behind one.
Value ElementSource::rowAhead(LoadOp load, Row &row, int64_t rowsAhead) {
  Code &code = context.code;
  Value &pointer = row.cache[{load.getResult(), -rowsAhead}];
  if (!pointer) {
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPoint(row.mark);
    pointer = accesses.find(load)->second.rowPointer(code.add(row.index, rowsAhead), context);
  }
  return pointer;
}

Value ElementSource::prefetchWith(Value value, Row &row, int64_t rowsAhead, Value column) {
  auto load = tile.getDefiningOp<LoadOp>();
  if (!load || !isInline(tile, context))
    return value;
  Value pointer = rowAhead(load, row, rowsAhead);
  return context.code.prefetchWith(value, context.code.address(pointer, elementType(), column));
}

void ElementSource::prefetchRows(Row &row, llvm::function_ref<int64_t(LoadOp)> rowsAhead) {
  for (auto &[op, access] : accesses) {
    auto load = cast<LoadOp>(op);
    if (int64_t rows = rowsAhead(load))
      context.code.prefetchLines(rowAhead(load, row, rows), load.getType());
  }
}

/// A scalar of the kernel in every lane, made before the walk.
Value ElementSource::invariant(Value scalar, int64_t lanes) {
  Value &cached = walkCache[{scalar, lanes}];
  if (!cached) {
    OpBuilder::InsertionGuard guard(context.code);
    context.code.setInsertionPoint(mark);
    cached = context.code.splat(context.scalar(scalar), lanes);
  }
  return cached;
}

Value ElementSource::elements(Value value, Row &row, Value column, int64_t lanes, int64_t valid) {
  if (Value known = computed.lookup(value))
    return known;
  Code &code = context.code;
  Value result;
  const Storage &storage = context.tiles.find(value)->second;
  if (storage.kind == PlaceKind::Rows) {
    Type element = cast<TileType>(value.getType()).getElementType();
    Value &pointer = row.cache[{value, 0}];
    if (!pointer) {
      OpBuilder::InsertionGuard guard(code);
      code.setInsertionPoint(row.mark);
      pointer = code.address(storage.pointer, element, code.mul(row.index, storage.stride));
    }
    result = code.load(VectorType::get(lanes, element), code.address(pointer, element, column));
  } else {
    Operation *op = value.getDefiningOp();
    if (auto load = dyn_cast<LoadOp>(op))
      result = loaded(load, row, column, lanes, valid);
    else if (auto splat = dyn_cast<SplatOp>(op))
      result = invariant(splat.getValue(), lanes);
    else if (auto op = value.getDefiningOp<BroadcastOp>())
      result = broadcast(op, row, column, lanes);
    else
      result = mapped(cast<MapOp>(value.getDefiningOp()), row, column, lanes, valid);
  }
  return computed[value] = result;
}

Value ElementSource::broadcast(BroadcastOp op, Row &row, Value column, int64_t lanes) {
  Code &code = context.code;
  Value vector = op.getVector();
  Type element = op.getType().getElementType();
  Value pointer = context.tiles.find(vector)->second.pointer;
  if (op.getDimension() == 0)
    return code.load(VectorType::get(lanes, element), code.address(pointer, element, column));
  Value &cached = row.cache[{op.getResult(), lanes}];
  if (!cached) {
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPoint(row.mark);
    cached = code.splat(code.load(element, code.address(pointer, element, row.index)), lanes);
  }
  return cached;
}

/// Whether a row of the tile is inside memory.
Value ElementSource::isInside(const ViewAccess &access, const Row &row) {
  return context.code.both(context.code.lessEqual(access.rowLow, row.index), context.code.less(row.index, access.rowHigh));
}

/// The columns of `lanes` elements from `column` on, in 32 bits.
Value ElementSource::positions(Value column, int64_t lanes) {
  Code &code = context.code;
  Value lane = arith::ConstantOp::create(code, code.getI32VectorAttr(llvm::to_vector(llvm::seq<int32_t>(0, lanes))));
  Value first = code.splat(arith::IndexCastOp::create(code, code.getI32Type(), column), lanes);
  return arith::AddIOp::create(code, first, lane);
}

/// Which of the elements at `column` .. are inside memory.
Value ElementSource::mask(LoadOp load, const ViewAccess &access, Row &row, Value column, int64_t lanes) {
  Code &code = context.code;
  Type i32 = code.getI32Type();
  // Bounds lie within the tile, so they fit 32 bits, and so do a vector's lanes. Both are made once for a row.
  enum { high = -1000, low = -2000 };
  auto bound = [&](int64_t which) {
    Value &cached = row.cache[{load.getResult(), which - lanes}];
    if (cached)
      return cached;
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPoint(row.mark);
    Value value = which == high ? access.columnHigh : access.columnLow;
    if (which == high && !access.allRows)
      value = arith::SelectOp::create(code, isInside(access, row), value, code.index(0));
    return cached = code.splat(arith::IndexCastOp::create(code, i32, value), lanes);
  };
  Value position = positions(column, lanes);
  Value mask = arith::CmpIOp::create(code, arith::CmpIPredicate::slt, position, bound(high));
  if (!access.allColumns && !matchPattern(access.columnLow, m_Zero()))
    mask = arith::AndIOp::create(code, mask,
                                 arith::CmpIOp::create(code, arith::CmpIPredicate::sge, position, bound(low)));
  return mask;
}

Value ElementSource::loaded(LoadOp load, Row &row, Value column, int64_t lanes, int64_t valid) {
  Code &code = context.code;
  const ViewAccess &access = accesses.find(load)->second;
  auto type = VectorType::get(lanes, access.element);
  Value &pointer = row.cache[{load.getResult(), 0}];
  if (!pointer) {
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPoint(row.mark);
    pointer = access.rowPointer(row.index, context);
    // A row outside the view is masked out, but its address may be on no page: hardware suppresses that fault at the
    // price of thousands of cycles. The view's start is as good.
    if (!inside && !access.allRows)
      pointer = arith::SelectOp::create(code, isInside(access, row), pointer,
                                        context.views.find(load.getView())->second.pointer);
  }
  Value address = code.address(pointer, access.element, column);
  bool clipped = !inside && !(access.allRows && access.allColumns);
  if (!clipped && valid >= lanes)
    return code.load(type, address);
  Value which;
  if (clipped) {
    which = mask(load, access, row, column, lanes);
  } else {
    SmallVector<bool> lanesInside;
    for (int64_t lane = 0; lane < lanes; ++lane)
      lanesInside.push_back(lane < valid);
    which = arith::ConstantOp::create(code, code.getBoolVectorAttr(lanesInside));
  }
  return code.maskedLoad(type, address, which);
}

/// The operations of a map's function on which its value depends, in order, and the comparisons that are made with a bound
/// of the row instead of their operands.
static SmallVector<Operation *> neededOps(MapOp map, DenseMap<Operation *, ColumnBound> &bounds) {
  DenseSet<Value> needed{map.getYielded()};
  SmallVector<Operation *> ops;
  for (Operation &op : llvm::reverse(map.getBlock().without_terminator())) {
    if (llvm::none_of(op.getResults(), [&](Value result) { return needed.contains(result); }))
      continue;
    ops.push_back(&op);
    auto comparison = dyn_cast<arith::CmpIOp>(op);
    std::optional<ColumnBound> bound = comparison ? ColumnBound::of(comparison, map) : std::nullopt;
    if (bound)
      bounds.insert({&op, *bound});
    else
      needed.insert(op.operand_begin(), op.operand_end());
  }
  return SmallVector<Operation *>(llvm::reverse(ops));
}

/// Lanes count in 32 bits, since a tile's columns do; the bound, made once for a row, is brought to the tile's edge.
Value ElementSource::compared(arith::CmpIOp comparison, const ColumnBound &bound, int64_t tileColumns, Row &row,
                              Value column, int64_t lanes) {
  Code &code = context.code;
  Type i32 = code.getI32Type();
  Value &limit = row.cache[{comparison.getResult(), lanes}];
  if (!limit) {
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPoint(row.mark);
    Value inTile = code.max(code.index(-1), code.min(bound.in(row.index, context), code.index(tileColumns)));
    limit = code.splat(arith::IndexCastOp::create(code, i32, inTile), lanes);
  }
  Value position = positions(column, lanes);
  return arith::CmpIOp::create(code, bound.getPredicate(), position, limit);
}

Value ElementSource::mapped(MapOp map, Row &row, Value column, int64_t lanes, int64_t valid) {
  Code &code = context.code;
  IRMapping mapping;
  for (auto [argument, input] : llvm::zip(map.getBlock().getArguments(), map.getInputs()))
    mapping.map(argument, elements(input, row, column, lanes, valid));
  // Coordinates, where an operation asks for them: the row's is one number, the column's counts up.
  auto coordinate = [&](Value argument) -> Value {
    if (argument != map.getCoordinates().back())
      return code.splat(row.index, lanes);
    return arith::AddIOp::create(code, code.splat(column, lanes),
                                 vector::StepOp::create(code, VectorType::get(lanes, code.getIndexType())));
  };
  auto vectorOf = [&](Value value) {
    if (!mapping.contains(value))
      mapping.map(value, llvm::is_contained(map.getCoordinates(), value) ? coordinate(value) : invariant(value, lanes));
    return mapping.lookup(value);
  };
  DenseMap<Operation *, ColumnBound> bounds;
  for (Operation *op : neededOps(map, bounds)) {
    if (op->hasTrait<OpTrait::ConstantLike>()) {
      Attribute value;
      matchPattern(op->getResult(0), m_Constant(&value));
      auto type = VectorType::get(lanes, op->getResult(0).getType());
      mapping.map(op->getResult(0), arith::ConstantOp::create(code, DenseElementsAttr::get(type, value)));
      continue;
    }
    if (auto bound = bounds.find(op); bound != bounds.end()) {
      auto comparison = cast<arith::CmpIOp>(op);
      mapping.map(comparison.getResult(),
                  compared(comparison, bound->second, map.getType().getColumns(), row, column, lanes));
      continue;
    }
    for (Value operand : op->getOperands())
      vectorOf(operand);
    Operation *wide = code.clone(*op, mapping);
    for (OpResult result : wide->getResults())
      result.setType(VectorType::get(lanes, result.getType()));
  }
  return vectorOf(map.getYielded());
}

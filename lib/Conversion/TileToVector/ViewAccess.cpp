//===- ViewAccess.cpp - A rectangle of a view, clipped --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ViewAccess.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace braid::tile;

namespace {
/// What is known of an index at compile time: [low, high].
struct Bounds {
  static constexpr int64_t unbounded = int64_t(1) << 40;
  int64_t low = -unbounded, high = unbounded;
};
} // namespace

static Bounds boundsOf(Value value, int depth = 0) {
  if (std::optional<int64_t> constant = getConstantIntValue(value); constant && std::abs(*constant) < Bounds::unbounded)
    return {*constant, *constant};
  if (depth > 8)
    return {};
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!loop || argument != loop.getInductionVar())
      return {};
    Bounds lower = boundsOf(loop.getLowerBound(), depth + 1), upper = boundsOf(loop.getUpperBound(), depth + 1);
    std::optional<int64_t> step = getConstantIntValue(loop.getStep());
    if (lower.low == lower.high && upper.low == upper.high && step && *step > 0 && upper.low > lower.low)
      return {lower.low, lower.low + (upper.low - lower.low - 1) / *step * *step};
    return {lower.low, upper.high - 1};
  }
  Operation *op = value.getDefiningOp();
  if (auto id = dyn_cast<BlockIdOp>(op)) {
    auto grid = op->getParentOfType<KernelOp>()->getAttrOfType<DenseI64ArrayAttr>(kGridAttr);
    int64_t blocks = grid && uint64_t(grid.size()) > id.getDimension() ? grid[id.getDimension()] : 0;
    return {0, blocks > 0 ? blocks - 1 : Bounds::unbounded};
  }
  if (isa<DimOp>(op))
    return {0, Bounds::unbounded};
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op))
    return {};
  Bounds a = boundsOf(op->getOperand(0), depth + 1), b = boundsOf(op->getOperand(1), depth + 1);
  auto clamp = [](__int128 low, __int128 high) {
    const __int128 most = Bounds::unbounded;
    return Bounds{int64_t(std::clamp(low, -most, most)), int64_t(std::clamp(high, -most, most))};
  };
  // A bound that was cut off says nothing any more once something is added to it.
  auto open = [](int64_t x) { return std::abs(x) == Bounds::unbounded; };
  const __int128 most = Bounds::unbounded;
  if (isa<arith::AddIOp>(op))
    return clamp(open(a.low) || open(b.low) ? -most : __int128(a.low) + b.low,
                 open(a.high) || open(b.high) ? most : __int128(a.high) + b.high);
  if (isa<arith::SubIOp>(op))
    return clamp(open(a.low) || open(b.high) ? -most : __int128(a.low) - b.high,
                 open(a.high) || open(b.low) ? most : __int128(a.high) - b.low);
  if (a.low >= 0 && b.low >= 0)
    return clamp(__int128(a.low) * b.low, open(a.high) || open(b.high) ? most : __int128(a.high) * b.high);
  return {};
}

template <typename AccessOp> void ViewAccess::build(AccessOp op, TileType tile, KernelContext &context) {
  Code &code = context.code;
  ViewType view = op.getView().getType();
  const ViewMemory &memory = context.views.find(op.getView())->second;
  SmallVector<int64_t> strides = view.getStrides();
  unsigned leading = view.getRank() - tile.getRank();
  element = view.getElementType();
  rows = tile.getRows(), columns = tile.getColumns();
  rowPitch = tile.getRank() == 2 ? strides[view.getRank() - 2] : 0;
  rowLow = columnLow = code.index(0);
  rowHigh = code.index(rows), columnHigh = code.index(columns);
  allRows = allColumns = true;

  Value offset = code.index(0);
  Value selected; // whether the leading indices lie inside
  for (unsigned d = 0; d < view.getRank(); ++d) {
    Value position = context.scalar(op.getIndices()[d]);
    offset = code.add(offset, code.mul(position, strides[d]));
    int64_t extent = d < leading ? 1 : tile.getShape()[d - leading];
    auto [lower, upper] = op.getValidRange(d);
    Bounds bounds = boundsOf(op.getIndices()[d]);
    bool within = bounds.low >= 0 && !view.isDynamicDim(d) && bounds.high + extent <= view.getShape()[d];
    if (within && !lower)
      continue;
    Value low = code.index(0), high = memory.sizes[d];
    if (lower) {
      low = code.max(low, context.scalar(lower));
      high = code.min(high, context.scalar(upper));
    }
    if (d < leading) {
      Value inside = code.both(code.lessEqual(low, position), code.less(position, high));
      selected = code.both(selected, inside);
      continue;
    }
    bool isRow = tile.getRank() == 2 && d == leading;
    auto relative = [&](Value bound) {
      return code.max(code.index(0), code.min(code.sub(bound, position), code.index(extent)));
    };
    bool startsInside = bounds.low >= 0 && !lower;
    (isRow ? rowLow : columnLow) = startsInside ? code.index(0) : relative(low);
    (isRow ? rowHigh : columnHigh) = relative(high);
    (isRow ? allRows : allColumns) = false;
  }
  if (selected) {
    rowHigh = arith::SelectOp::create(code, selected, rowHigh, code.index(0));
    allRows = false;
  }
  origin = code.address(memory.pointer, element, offset);
}

ViewAccess::ViewAccess(LoadOp load, KernelContext &context) { build(load, load.getType(), context); }
ViewAccess::ViewAccess(StoreOp store, KernelContext &context) { build(store, store.getValue().getType(), context); }

template <typename AccessOp> static int64_t rowsAheadOf(AccessOp access, TileType tile) {
  auto loop = dyn_cast<scf::ForOp>(access->getParentOp());
  if (!loop || tile.getRank() != 2)
    return 0;
  bool follows = access.getIndices()[access.getView().getType().getRank() - 2] == loop.getInductionVar();
  return follows ? getConstantIntValue(loop.getStep()).value_or(0) : 0;
}

int64_t braid::tile::rowsAhead(LoadOp load) { return rowsAheadOf(load, load.getType()); }
int64_t braid::tile::rowsAhead(StoreOp store) { return rowsAheadOf(store, store.getValue().getType()); }

Value ViewAccess::rowPointer(Value row, KernelContext &context) const {
  return context.code.address(origin, element, context.code.mul(row, rowPitch));
}

//===- ColumnBound.cpp - Masks that end at a column ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ColumnBound.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace braid::tile;

namespace {
/// column * j + row * i + constant + the terms.
struct LinearForm {
  int64_t column = 0, row = 0, constant = 0;
  SmallVector<std::pair<Value, int64_t>, 4> terms;

  void add(Value value, int64_t factor, MapOp map) {
    if (std::optional<int64_t> known = getConstantIntValue(value)) {
      constant += factor * *known;
      return;
    }
    if (llvm::is_contained(map.getCoordinates(), value)) {
      (value == map.getCoordinates().back() ? column : row) += factor;
      return;
    }
    bool inside = value.getParentBlock() == &map.getBlock();
    Operation *op = value.getDefiningOp();
    if (inside && isa_and_nonnull<arith::AddIOp, arith::SubIOp>(op)) {
      add(op->getOperand(0), factor, map);
      add(op->getOperand(1), isa<arith::AddIOp>(op) ? factor : -factor, map);
      return;
    }
    known &= !inside; // a product, say
    terms.push_back({value, factor});
  }
  bool known = true;
};
} // namespace

std::optional<ColumnBound> ColumnBound::of(arith::CmpIOp comparison, MapOp map) {
  if (!comparison.getLhs().getType().isIndex() || map.getCoordinates().empty())
    return {};
  // Written as difference <= 0, or == 0.
  bool less = true, strict = false, equal = false;
  switch (comparison.getPredicate()) {
  case arith::CmpIPredicate::eq:
    equal = true;
    break;
  case arith::CmpIPredicate::slt:
    strict = true;
    break;
  case arith::CmpIPredicate::sle:
    break;
  case arith::CmpIPredicate::sgt:
    strict = true;
    less = false;
    break;
  case arith::CmpIPredicate::sge:
    less = false;
    break;
  default:
    return {};
  }
  LinearForm difference;
  difference.add(comparison.getLhs(), less ? 1 : -1, map);
  difference.add(comparison.getRhs(), less ? -1 : 1, map);
  difference.constant += strict;
  if (!difference.known || std::abs(difference.column) != 1)
    return {};
  // j + rest, or -j + rest.
  ColumnBound bound;
  int64_t sign = -difference.column, row = sign * difference.row;
  if (row != 0 && row != 1)
    return {};
  bound.predicate = equal       ? arith::CmpIPredicate::eq
                    : sign == 1 ? arith::CmpIPredicate::sge
                                : arith::CmpIPredicate::sle;
  bound.byRow = row == 1;
  bound.constant = sign * difference.constant;
  for (auto [value, factor] : difference.terms)
    bound.terms.push_back({value, sign * factor});
  return bound;
}

Value ColumnBound::in(Value row, KernelContext &context) const {
  Code &code = context.code;
  Value sum = code.index(constant);
  if (byRow)
    sum = code.add(sum, row);
  for (auto [value, factor] : terms)
    sum = code.add(sum, code.mul(context.scalar(value), factor));
  return sum;
}

/// What a chain of selects is where none of its conditions holds, if each holds up to some column.
static std::optional<FloatAttr> behind(Value value, MapOp map, SmallVectorImpl<ColumnBound> &bounds) {
  FloatAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    return constant;
  auto select = value.getDefiningOp<arith::SelectOp>();
  auto comparison = select ? select.getCondition().getDefiningOp<arith::CmpIOp>() : arith::CmpIOp();
  if (!comparison || select->getBlock() != &map.getBlock() || comparison->getBlock() != &map.getBlock())
    return {};
  std::optional<ColumnBound> bound = ColumnBound::of(comparison, map);
  if (!bound || bound->getPredicate() == arith::CmpIPredicate::sge)
    return {};
  bounds.push_back(*bound);
  return behind(select.getFalseValue(), map, bounds);
}

std::optional<MaskedTile> MaskedTile::of(Value tile) {
  auto map = tile.getDefiningOp<MapOp>();
  if (!map || map.getType().getRank() != 2)
    return {};
  Value yielded = map.getYielded();
  while (isa_and_nonnull<arith::TruncFOp, arith::ExtFOp>(yielded.getDefiningOp()))
    yielded = yielded.getDefiningOp()->getOperand(0);
  MaskedTile masked;
  std::optional<FloatAttr> fill = behind(yielded, map, masked.bounds);
  if (!fill || masked.bounds.empty())
    return {};
  Type element = map.getType().getElementType();
  APFloat value = fill->getValue();
  bool losesInfo;
  value.convert(cast<FloatType>(element).getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
  masked.fill = FloatAttr::get(element, value);
  return masked;
}

Value MaskedTile::last(Value row, KernelContext &context) const {
  Value most = bounds.front().in(row, context);
  for (const ColumnBound &bound : ArrayRef(bounds).drop_front())
    most = context.code.max(most, bound.in(row, context));
  return most;
}

bool MaskedTile::fillsWithZero() const { return cast<FloatAttr>(fill).getValue().isZero(); }

void MaskedTile::forVectors(Value row, int64_t columns, int64_t lanes, llvm::function_ref<void(Value)> compute,
                            llvm::function_ref<void(Value, Value)> store, KernelContext &context) const {
  Code &code = context.code;
  // The lanes of the last one are masked.
  Value count = code.max(code.index(0), code.min(code.add(last(row, context), lanes), code.index(columns)));
  Value end = code.mul(arith::DivUIOp::create(code, count, code.index(lanes)), lanes);
  code.loop(code.index(0), end, lanes, compute);
  auto type = VectorType::get(lanes, fill.getType());
  Value filling = arith::ConstantOp::create(code, DenseElementsAttr::get(type, Attribute(fill)));
  code.loop(end, code.index(columns), lanes, [&](Value column) { store(filling, column); });
}

ProductMask ProductMask::of(MmaOp mma) {
  ProductMask mask;
  if (mma.getResult().hasOneUse())
    if (auto map = dyn_cast<MapOp>(*mma.getResult().getUsers().begin()); map && map->getBlock() == mma->getBlock())
      mask.result = MaskedTile::of(map);
  if (!mma.getTransposeA())
    if (std::optional<MaskedTile> masked = MaskedTile::of(mma.getA()); masked && masked->fillsWithZero())
      mask.left = masked;
  return mask;
}

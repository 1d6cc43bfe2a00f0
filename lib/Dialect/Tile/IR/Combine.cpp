//===- Combine.cpp - The arithmetic of reductions -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Tile/IR/Combine.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::tile;

Value braid::tile::combine(ReduceKind kind, Value a, Value b, ImplicitLocOpBuilder &builder) {
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(a));
  switch (kind) {
  case ReduceKind::Add:
    return isFloat ? Value(arith::AddFOp::create(builder, a, b)) : Value(arith::AddIOp::create(builder, a, b));
  case ReduceKind::Max:
    return isFloat ? Value(arith::MaxNumFOp::create(builder, a, b)) : Value(arith::MaxSIOp::create(builder, a, b));
  case ReduceKind::Min:
    return isFloat ? Value(arith::MinNumFOp::create(builder, a, b)) : Value(arith::MinSIOp::create(builder, a, b));
  }
  llvm_unreachable("every kind combines");
}

Value braid::tile::neutral(ReduceKind kind, Type type, ImplicitLocOpBuilder &builder) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr value;
  if (auto real = dyn_cast<FloatType>(element)) {
    const llvm::fltSemantics &semantics = real.getFloatSemantics();
    value = FloatAttr::get(element, kind == ReduceKind::Add ? APFloat::getZero(semantics)
                                                            : APFloat::getInf(semantics, kind == ReduceKind::Max));
  } else {
    unsigned bits = element.getIntOrFloatBitWidth();
    value = IntegerAttr::get(element, kind == ReduceKind::Add   ? APInt::getZero(bits)
                                      : kind == ReduceKind::Max ? APInt::getSignedMinValue(bits)
                                                                : APInt::getSignedMaxValue(bits));
  }
  if (auto vector = dyn_cast<VectorType>(type))
    value = DenseElementsAttr::get(vector, Attribute(value));
  return arith::ConstantOp::create(builder, value);
}

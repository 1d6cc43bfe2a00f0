//===- PowerOfTwo.cpp - 2^x of numbers and vectors ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Tile/IR/PowerOfTwo.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SmallVector.h"
#include <cmath>

using namespace mlir;

namespace braid::tile {

static Type like(Type type, Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(element)) : element;
}

static Value constant(ImplicitLocOpBuilder &b, Type type, Attribute element) {
  auto vector = dyn_cast<VectorType>(type);
  return arith::ConstantOp::create(b, vector ? TypedAttr(DenseElementsAttr::get(vector, element)) : cast<TypedAttr>(element));
}

static Value constant(ImplicitLocOpBuilder &b, Type type, double value) {
  return constant(b, type, b.getFloatAttr(getElementTypeOrSelf(type), value));
}

/// q with 2^r = 1 + r q(r), from its highest coefficient down.
static SmallVector<double> coefficients(bool wide) {
  if (!wide) // of least relative error
    return {0.0013333538696429091, 0.00966624542474478, 0.05550500213508313, 0.24022351343147902, 0.6931471435061757};
  // The Taylor series: after its twelfth term an f64 has no bits.
  SmallVector<double> series{std::log(2.0)};
  for (int k = 2; k <= 12; ++k)
    series.insert(series.begin(), series.front() * std::log(2.0) / k);
  return series;
}

Value powerOfFraction(ImplicitLocOpBuilder &b, Value r) {
  Type type = r.getType();
  Value power;
  for (double coefficient : coefficients(getElementTypeOrSelf(type).isF64())) {
    Value next = constant(b, type, coefficient);
    power = power ? Value(math::FmaOp::create(b, power, r, next)) : next;
  }
  return math::FmaOp::create(b, power, r, constant(b, type, 1.0));
}

Value powerOfTwo(ImplicitLocOpBuilder &b, Value x) {
  Type type = x.getType();
  bool wide = getElementTypeOrSelf(type).isF64();
  Type bitsType = like(type, wide ? b.getI64Type() : b.getI32Type());
  Value least = constant(b, type, wide ? -1022.0 : -126.0);
  x = arith::SelectOp::create(b, arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, least), least, x);
  // Added to a number whose last bit is one, x is rounded to a whole n, which the sum's lowest bits hold.
  int64_t mantissa = wide ? 52 : 23;
  Value shift = constant(b, type, std::ldexp(1.5, int(mantissa)));
  Value sum = arith::AddFOp::create(b, x, shift);
  Value r = arith::SubFOp::create(b, x, arith::SubFOp::create(b, sum, shift));
  Value power = arith::BitcastOp::create(b, bitsType, powerOfFraction(b, r));
  Value places = constant(b, bitsType, b.getIntegerAttr(getElementTypeOrSelf(bitsType), mantissa));
  Value n = arith::ShLIOp::create(b, arith::BitcastOp::create(b, bitsType, sum), places);
  return arith::BitcastOp::create(b, type, arith::AddIOp::create(b, power, n));
}

} // namespace braid::tile

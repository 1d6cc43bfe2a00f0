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
#include "llvm/ADT/STLExtras.h"
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

SmallVector<Value> powersOfFractions(ImplicitLocOpBuilder &b, ArrayRef<Value> r) {
  Type type = r.front().getType();
  SmallVector<Value> powers;
  auto multiplyAdd = [&](double coefficient) {
    Value next = constant(b, type, coefficient);
    if (powers.empty())
      return powers.assign(r.size(), next);
    for (auto [power, fraction] : llvm::zip(powers, r))
      power = math::FmaOp::create(b, power, fraction, next);
  };
  for (double coefficient : coefficients(getElementTypeOrSelf(type).isF64()))
    multiplyAdd(coefficient);
  multiplyAdd(1);
  return powers;
}

SmallVector<Value> powersOfTwo(ImplicitLocOpBuilder &b, ArrayRef<Value> exponents) {
  Type type = exponents.front().getType();
  bool wide = getElementTypeOrSelf(type).isF64();
  Type bitsType = like(type, wide ? b.getI64Type() : b.getI32Type());
  auto bits = [&](Value x) -> Value { return arith::BitcastOp::create(b, bitsType, x); };
  Value least = constant(b, type, wide ? -1022.0 : -126.0);
  // Added to a number whose last bit is one, x is rounded to a whole n, which the sum's lowest bits hold.
  int64_t mantissa = wide ? 52 : 23;
  Value shift = constant(b, type, std::ldexp(1.5, int(mantissa)));
  Value places = constant(b, bitsType, b.getIntegerAttr(getElementTypeOrSelf(bitsType), mantissa));
  SmallVector<Value> sums, fractions, results;
  for (Value x : exponents) {
    x = arith::SelectOp::create(b, arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, least), least, x);
    sums.push_back(arith::AddFOp::create(b, x, shift));
    fractions.push_back(arith::SubFOp::create(b, x, arith::SubFOp::create(b, sums.back(), shift)));
  }
  for (auto [power, sum] : llvm::zip(powersOfFractions(b, fractions), sums)) {
    Value n = arith::ShLIOp::create(b, bits(sum), places);
    results.push_back(arith::BitcastOp::create(b, type, arith::AddIOp::create(b, bits(power), n)));
  }
  return results;
}

} // namespace braid::tile

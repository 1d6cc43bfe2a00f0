//===- ExpandExp2.cpp - Powers of two in f64 -------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExpandExp2.h"
#include "Code.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;

/// 2^n for a whole n from -1022 to 1023: n in the exponent's bits.
static Value wholePower(Value n, Code &code) {
  Value bits = arith::ShLIOp::create(code, arith::AddIOp::create(code, n, code.i64(1023)), code.i64(52));
  return arith::BitcastOp::create(code, code.getF64Type(), bits);
}

/// x = n + f with n whole and |f| at most 1/2; 2^f = e^(f ln 2) by its series, of which 14 terms are exact to an f64's
/// last bit; 2^n in two factors, so that results below the smallest normal number and above the largest come out right.
void braid::hopper::expandExp2(math::Exp2Op op) {
  Code code(op.getLoc(), op.getContext());
  code.setInsertionPoint(op);
  Type f64 = code.getF64Type();
  auto constant = [&](double value) -> Value { return arith::ConstantOp::create(code, code.getF64FloatAttr(value)); };
  // Beyond 1100 every result is zero or infinite. A NaN is put back at the end.
  Value x = arith::MaxNumFOp::create(code, arith::MinNumFOp::create(code, op.getOperand(), constant(1100)), constant(-1100));
  Value whole = math::RoundEvenOp::create(code, x);
  Value t = arith::MulFOp::create(code, arith::SubFOp::create(code, x, whole), constant(0.69314718055994530942));
  constexpr int terms = 14;
  Value power = constant(1);
  for (int k = terms - 1; k > 0; --k) // 1 + t/k (1 + t/(k+1) (..))
    power = math::FmaOp::create(code, arith::MulFOp::create(code, t, constant(1.0 / k)), power, constant(1));
  Value n = arith::FPToSIOp::create(code, code.getI64Type(), whole);
  Value half = arith::ShRSIOp::create(code, n, code.i64(1)), rest = arith::SubIOp::create(code, n, half);
  Value result = arith::MulFOp::create(code, arith::MulFOp::create(code, power, wholePower(half, code)), wholePower(rest, code));
  Value isNumber = arith::CmpFOp::create(code, arith::CmpFPredicate::ORD, op.getOperand(), op.getOperand());
  op.replaceAllUsesWith(arith::SelectOp::create(code, f64, isNumber, result, op.getOperand()).getResult());
  op.erase();
}

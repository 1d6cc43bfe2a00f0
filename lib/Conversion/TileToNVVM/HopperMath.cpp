//===- HopperMath.cpp - Functions that Hopper has instructions for --------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Code.h"
#include "braid/Conversion/TileToNVVM/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;

namespace braid::tile {
#define GEN_PASS_DEF_HOPPERMATHPASS
#include "braid/Conversion/TileToNVVM/Passes.h.inc"

namespace {

struct HopperMath : impl::HopperMathPassBase<HopperMath> {
  void runOnOperation() override {
    getOperation()->walk([&](Operation *op) {
      if (op->getNumResults() != 1 || !op->getResult(0).getType().isF32())
        return;
      Value made = isa<math::ExpOp, math::Exp2Op>(op) ? powerOfTwo(op) : isa<math::Log1pOp>(op) ? log1p(op) : Value();
      if (!made)
        return;
      op->getResult(0).replaceAllUsesWith(made);
      op->erase();
    });
  }

  /// log(u) x / (u - 1) with u = 1 + x: what the sum lost is made good (W. Kahan). The quotient is near one, so an
  /// approximate reciprocal does; a true division is a call.
  static Value log1p(Operation *op) {
    hopper::Code code(op->getLoc(), op);
    Value x = op->getOperand(0), one = arith::ConstantOp::create(code, code.getF32FloatAttr(1));
    auto equal = [&](Value a, Value b) -> Value {
      return arith::CmpFOp::create(code, arith::CmpFPredicate::OEQ, a, b);
    };
    Value u = arith::AddFOp::create(code, one, x), kept = arith::SubFOp::create(code, u, one);
    Value reciprocal =
        code.assembly("rcp.approx.ftz.f32 $0, $1;", "=f,f", kept, x.getType(), /*sideEffects=*/false)[0];
    Value quotient = code.select(equal(kept, x), one, arith::MulFOp::create(code, x, reciprocal));
    Value product = arith::MulFOp::create(code, math::LogOp::create(code, u), quotient);
    return code.select(equal(u, one), x, product);
  }

  /// 2^x in one instruction, two units in the last place; exp(x) = 2^(x log2 e).
  static Value powerOfTwo(Operation *op) {
    hopper::Code code(op->getLoc(), op);
    Value x = op->getOperand(0);
    if (isa<math::ExpOp>(op)) {
      Value log2e = arith::ConstantOp::create(code, code.getF32FloatAttr(1.44269504088896340736f));
      x = arith::MulFOp::create(code, x, log2e);
    }
    return code.assembly("ex2.approx.ftz.f32 $0, $1;", "=f,f", x, x.getType(), /*sideEffects=*/false)[0];
  }
};

} // namespace
} // namespace braid::tile

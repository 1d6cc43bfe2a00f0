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
      if (isa<math::ExpOp, math::Exp2Op>(op) && op->getResult(0).getType().isF32()) {
        op->replaceAllUsesWith(ValueRange(powerOfTwo(op)));
        op->erase();
      }
    });
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

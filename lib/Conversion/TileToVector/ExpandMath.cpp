//===- ExpandMath.cpp - Elementary functions as polynomials ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Conversion/TileToVector/Passes.h"
#include "braid/Dialect/Tile/IR/PowerOfTwo.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace braid::tile {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "braid/Conversion/TileToVector/Passes.h.inc"

namespace {

/// f32 to bf16, nearest even, on the bits alone: without AVX512-BF16 the x86 back end turns a select of bf16 vectors into
/// calls of a library that is not there, so NaN is chosen before the bits become bf16.
struct TruncateToBF16 : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    Type from = op.getIn().getType(), to = op.getType();
    if (!getElementTypeOrSelf(from).isF32() || !getElementTypeOrSelf(to).isBF16())
      return failure();
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto like = [&](Type element) -> Type {
      auto vector = dyn_cast<VectorType>(from);
      return vector ? Type(vector.clone(element)) : element;
    };
    Type i32 = like(b.getI32Type()), i16 = like(b.getI16Type());
    auto constant = [&](Type type, uint64_t value) -> Value {
      auto element = b.getIntegerAttr(getElementTypeOrSelf(type), int64_t(value));
      auto shaped = dyn_cast<ShapedType>(type);
      return arith::ConstantOp::create(b, shaped ? TypedAttr(DenseElementsAttr::get(shaped, Attribute(element)))
                                                 : TypedAttr(element));
    };
    Value bits = arith::BitcastOp::create(b, i32, op.getIn());
    Value upper = arith::ShRUIOp::create(b, bits, constant(i32, 16));
    Value odd = arith::AndIOp::create(b, upper, constant(i32, 1));
    Value bias = arith::AddIOp::create(b, odd, constant(i32, 0x7fff));
    Value rounded = arith::ShRUIOp::create(b, arith::AddIOp::create(b, bits, bias), constant(i32, 16));
    Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, op.getIn(), op.getIn());
    Value chosen = arith::SelectOp::create(b, isNaN, constant(i32, 0x7fc0), rounded);
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, to, arith::TruncIOp::create(b, i16, chosen));
    return success();
  }
};

/// f64 to 16 bits with one rounding, where the back end would call a library: to f32 towards zero first, with the last bit
/// set where anything was lost. Such an f32 lies between 16-bit numbers and halfway points as the f64 does (Boldo and
/// Melquiond, "Emulation of FMA and Correctly Rounded Sums", theorem 3: f32 has two bits more and more).
struct TruncateF64 : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    Type from = op.getIn().getType(), to = op.getType();
    if (!getElementTypeOrSelf(from).isF64() || getElementTypeOrSelf(to).getIntOrFloatBitWidth() != 16)
      return failure();
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto like = [&](Type element) -> Type {
      auto vector = dyn_cast<VectorType>(from);
      return vector ? Type(vector.clone(element)) : element;
    };
    Type f32 = like(b.getF32Type()), i32 = like(b.getI32Type());
    auto one = b.getIntegerAttr(b.getI32Type(), 1);
    auto shaped = dyn_cast<ShapedType>(i32);
    Value last = arith::ConstantOp::create(b, shaped ? TypedAttr(DenseElementsAttr::get(shaped, Attribute(one))) : one);
    Value x = op.getIn(), nearest = arith::TruncFOp::create(b, f32, x), back = arith::ExtFOp::create(b, from, nearest);
    Value isInexact = arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, back, x);
    Value isAbove = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, math::AbsFOp::create(b, back),
                                          math::AbsFOp::create(b, x));
    Value bits = arith::BitcastOp::create(b, i32, nearest);
    bits = arith::SelectOp::create(b, isAbove, arith::SubIOp::create(b, bits, last), bits);
    bits = arith::SelectOp::create(b, isInexact, arith::OrIOp::create(b, bits, last), bits);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, to, arith::BitcastOp::create(b, f32, bits));
    return success();
  }
};

/// bf16 to f64 by way of f32, which has every bf16: for that there are integer operations.
struct ExtendToF64 : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    Type from = op.getIn().getType(), f32 = rewriter.getF32Type();
    if (!getElementTypeOrSelf(from).isBF16() || !getElementTypeOrSelf(op.getType()).isF64())
      return failure();
    auto vector = dyn_cast<VectorType>(from);
    Value wide = arith::ExtFOp::create(rewriter, op.getLoc(), vector ? Type(vector.clone(f32)) : f32, op.getIn());
    rewriter.replaceOpWithNewOp<arith::ExtFOp>(op, op.getType(), wide);
    return success();
  }
};

/// Arithmetic of whole AVX-512 vectors on a vector of f32, however long: its last numbers fill one with zeros. So a number's
/// function has the same bits in vectors of every length, and a row of a tile those that it has beside others.
static Value byWholeVectors(Value numbers, ImplicitLocOpBuilder &b, llvm::function_ref<Value(Value)> function) {
  constexpr int64_t lanes = 16;
  auto whole = VectorType::get(lanes, b.getF32Type());
  auto type = cast<VectorType>(numbers.getType());
  if (type == whole)
    return function(numbers);
  auto slice = [&](Value from, int64_t first, int64_t size) -> Value {
    return vector::ExtractStridedSliceOp::create(b, from, ArrayRef<int64_t>{first}, ArrayRef<int64_t>{size},
                                                 ArrayRef<int64_t>{1});
  };
  auto insert = [&](Value part, Value into, int64_t first) -> Value {
    return vector::InsertStridedSliceOp::create(b, part, into, ArrayRef<int64_t>{first}, ArrayRef<int64_t>{1});
  };
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(whole)), result = numbers;
  for (int64_t first = 0, count = type.getNumElements(); first < count; first += lanes) {
    int64_t size = std::min(lanes, count - first);
    Value part = slice(numbers, first, size);
    Value made = function(size < lanes ? insert(part, zeros, 0) : part);
    result = insert(size < lanes ? slice(made, 0, size) : made, result, first);
  }
  return result;
}

static bool isF32Vector(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector && vector.getElementType().isF32() && vector.getRank() == 1 && !vector.isScalable();
}

/// power * 2^n of an AVX-512 vector.
static Value scaleByPower(Value power, Value n, ImplicitLocOpBuilder &b) {
  Value all = arith::ConstantIntOp::create(b, b.getI16Type(), -1), asSet = arith::ConstantIntOp::create(b, b.getI32Type(), 4);
  return LLVM::CallIntrinsicOp::create(b, power.getType(), b.getStringAttr("llvm.x86.avx512.mask.scalef.ps.512"),
                                       ValueRange{power, n, power, all, asSet})
      .getResult(0);
}

/// exp of AVX-512 vectors: e^x = 2^n e^r with |r| <= ln 2 / 2, a polynomial for e^r (the coefficients of Moshier's
/// Cephes library, good to one unit in the last place) and the instruction that scales by a power of two, which also
/// rounds to subnormal numbers. The general expansion does the latter in half a dozen instructions of integers.
struct ExpByScaling : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ExpOp op, PatternRewriter &rewriter) const override {
    if (!isF32Vector(op.getType()))
      return failure();
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, byWholeVectors(op.getOperand(), b, [&](Value x) { return exp(x, b); }));
    return success();
  }

private:
  static Value exp(Value argument, ImplicitLocOpBuilder &b) {
    auto type = cast<VectorType>(argument.getType());
    auto constant = [&](float value) -> Value {
      return arith::ConstantOp::create(b, DenseElementsAttr::get(type, b.getF32FloatAttr(value)));
    };
    auto fma = [&](Value x, Value y, Value z) -> Value { return math::FmaOp::create(b, x, y, z); };
    auto choose = [&](arith::CmpFPredicate predicate, Value bound, Value x) -> Value {
      return arith::SelectOp::create(b, arith::CmpFOp::create(b, predicate, x, bound), bound, x); // NaN stays
    };
    // Beyond these the result is infinity, or zero.
    Value x = choose(arith::CmpFPredicate::OGT, constant(89.0f), argument);
    x = choose(arith::CmpFPredicate::OLT, constant(-105.0f), x);
    Value n = math::RoundEvenOp::create(b, arith::MulFOp::create(b, x, constant(1.44269504f)));
    Value r = fma(n, constant(-0.693359375f), x); // ln 2 in two parts
    r = fma(n, constant(2.12194440e-4f), r);
    Value sum = constant(1.9875691500e-4f);
    for (float coefficient : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
      sum = fma(sum, r, constant(coefficient));
    Value one = arith::AddFOp::create(b, r, constant(1.0f));
    Value power = fma(sum, arith::MulFOp::create(b, r, r), one);
    return scaleByPower(power, n, b);
  }
};

/// exp(-|x|) of one AVX-512 vector: of numbers at most zero, in fewer instructions than of any.
static Value expOfNegative(Value negative, ImplicitLocOpBuilder &b) {
  Type type = negative.getType();
  auto constant = [&](float value) -> Value {
    return arith::ConstantOp::create(b, DenseElementsAttr::get(cast<VectorType>(type), b.getF32FloatAttr(value)));
  };
  // Below, the result is zero.
  Value least = constant(-105.0f), log2e = constant(1.44269504f);
  Value x = arith::SelectOp::create(b, arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, negative, least), least, negative);
  Value n = math::RoundEvenOp::create(b, arith::MulFOp::create(b, x, log2e));
  Value r = math::FmaOp::create(b, x, log2e, arith::NegFOp::create(b, n));
  return scaleByPower(powersOfFractions(b, r).front(), n, b);
}

/// log(1 + e) of e = exp(-|x|), which softplus asks for: e is at most one, so that a polynomial does, log(1 + e) = e p(e), of
/// least relative error (3e-8). The general expansion takes five times as many instructions. Returns null for anything else.
static Value logOfOneAndSmall(math::Log1pOp op, int64_t vectorBits) {
  auto type = dyn_cast<VectorType>(op.getType());
  auto power = op.getOperand().getDefiningOp<math::ExpOp>();
  auto negative = power ? power.getOperand().getDefiningOp<arith::NegFOp>() : nullptr;
  if (!isF32Vector(op.getType()) || !negative || !negative.getOperand().getDefiningOp<math::AbsFOp>())
    return {};
  ImplicitLocOpBuilder b(op.getLoc(), op);
  Value e = op.getOperand();
  if (vectorBits == 512)
    e = byWholeVectors(negative, b, [&](Value x) { return expOfNegative(x, b); });
  Value square = arith::MulFOp::create(b, e, e);
  // Even and odd coefficients apart: two chains wait half as long as one.
  auto polynomial = [&](ArrayRef<float> coefficients) {
    Value sum;
    for (float coefficient : coefficients) {
      Value next = arith::ConstantOp::create(b, DenseElementsAttr::get(type, b.getF32FloatAttr(coefficient)));
      sum = sum ? Value(math::FmaOp::create(b, sum, square, next)) : next;
    }
    return sum;
  };
  Value even = polynomial({0.00523269429f, 0.0782259520f, 0.191060068f, 0.333190968f, 0.99999997f});
  Value odd = polynomial({-0.0295052388f, -0.136632458f, -0.248429822f, -0.499994931f});
  return arith::MulFOp::create(b, math::FmaOp::create(b, odd, e, even), e);
}

struct ExpandMath : impl::ExpandMathPassBase<ExpandMath> {
  using ExpandMathPassBase::ExpandMathPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet list(context);
    populateMathPolynomialApproximationPatterns(list);
    list.add<TruncateF64>(context, /*benefit=*/3);
    if (vectorBits == 512)
      list.add<ExpByScaling>(context, /*benefit=*/2);
    if (!bf16Convert) {
      arith::populateExpandBFloat16Patterns(list);
      list.add<TruncateToBF16, ExtendToF64>(context, /*benefit=*/2);
    }
    patterns = std::move(list);
    return success();
  }

  void runOnOperation() override {
    // These operations alone, and what they become: a look at every operation of every kernel takes far longer.
    SmallVector<Operation *> found;
    getOperation()->walk([&](Operation *op) {
      if (auto log = dyn_cast<math::Log1pOp>(op))
        if (Value made = logOfOneAndSmall(log, vectorBits)) {
          log.replaceAllUsesWith(made);
          return log.erase();
        }
      if (isa<math::MathDialect>(op->getDialect()) || isa<arith::TruncFOp, arith::ExtFOp>(op))
        found.push_back(op);
    });
    GreedyRewriteConfig config;
    config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    if (failed(applyOpPatternsGreedily(found, patterns, config)))
      signalPassFailure();
  }

private:
  FrozenRewritePatternSet patterns;
};

} // namespace
} // namespace braid::tile

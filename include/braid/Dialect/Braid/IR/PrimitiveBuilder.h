//===- PrimitiveBuilder.h - Writes formulas over the primitives ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_BRAID_IR_PRIMITIVEBUILDER_H
#define BRAID_DIALECT_BRAID_IR_PRIMITIVEBUILDER_H

#include "braid/Dialect/Braid/IR/Braid.h"

namespace braid {

/// The type in which an op on these values computes: f64 if one of them is f64, else f32.
mlir::FloatType computeType(mlir::ValueRange values);
/// The type in which a kernel multiplies them: their own where they have one, else that of the sum.
mlir::Type factorType(llvm::ArrayRef<mlir::Value> values);

/// A thin builder in which decompositions and step regions read like the formulas they are. Values are tensors of
/// `element`, the type of all arithmetic; `load` brings an operand there, `store` takes a result to its declared type.
class PrimitiveBuilder {
public:
  PrimitiveBuilder(mlir::OpBuilder &builder, mlir::Location loc, mlir::FloatType element)
      : builder(builder), loc(loc), element(element) {}

  mlir::Value load(mlir::Value x) { return convert(x, element); }
  mlir::Value store(mlir::Value x, mlir::Type type);
  mlir::Value convert(mlir::Value x, mlir::Type elementType);

  // A number in the shape of `like`; a list along one dimension.
  mlir::Value constant(double value, mlir::Value like);
  mlir::Value list(llvm::ArrayRef<double> values);

  // Structure.
  mlir::Value contract(mlir::Value a, mlir::Value b, int64_t batch = 0);
  mlir::Value sum(mlir::Value x, int64_t dim) { return reduce(Reduction::Add, x, dim); }
  mlir::Value max(mlir::Value x, int64_t dim) { return reduce(Reduction::Max, x, dim); }
  mlir::Value mean(mlir::Value x, int64_t dim);
  mlir::Value broadcast(mlir::Value x, mlir::Value like, llvm::ArrayRef<int64_t> dims);
  /// Repeats x, whose dimensions become `dims`, to a static shape.
  mlir::Value repeat(mlir::Value x, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> dims);
  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> permutation);
  mlir::Value slice(mlir::Value x, int64_t dim, int64_t from, int64_t to);
  mlir::Value concat(mlir::Value a, mlir::Value b, int64_t dim);
  mlir::Value gather(mlir::Value table, mlir::Value index);

  // Element by element.
  template <typename OpTy, typename... Values> mlir::Value map(Values... values) {
    return OpTy::create(builder, loc, values...);
  }
  mlir::Value add(mlir::Value a, mlir::Value b) { return map<mlir::arith::AddFOp>(a, b); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return map<mlir::arith::SubFOp>(a, b); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return map<mlir::arith::MulFOp>(a, b); }
  mlir::Value div(mlir::Value a, mlir::Value b) { return map<mlir::arith::DivFOp>(a, b); }
  mlir::Value neg(mlir::Value x) { return map<mlir::arith::NegFOp>(x); }
  mlir::Value add(mlir::Value x, double value) { return add(x, constant(value, x)); }
  mlir::Value mul(mlir::Value x, double value) { return mul(x, constant(value, x)); }
  mlir::Value atLeast(mlir::Value x, double bound) { return map<mlir::arith::MaximumFOp>(x, constant(bound, x)); }
  mlir::Value atMost(mlir::Value x, double bound) { return map<mlir::arith::MinimumFOp>(x, constant(bound, x)); }
  mlir::Value exp(mlir::Value x) { return map<mlir::math::ExpOp>(x); }
  mlir::Value log(mlir::Value x) { return map<mlir::math::LogOp>(x); }
  mlir::Value rsqrt(mlir::Value x) { return map<mlir::math::RsqrtOp>(x); }
  /// x / (1 + exp(-x)).
  mlir::Value silu(mlir::Value x);
  /// log(1 + exp(x)) as max(x, 0) + log1p(exp(-|x|)), exact at both ends.
  mlir::Value softplus(mlir::Value x);
  mlir::Value activation(Activation kind, mlir::Value x);

private:
  mlir::Value reduce(Reduction kind, mlir::Value x, int64_t dim);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::FloatType element;
};

} // namespace braid

#endif // BRAID_DIALECT_BRAID_IR_PRIMITIVEBUILDER_H

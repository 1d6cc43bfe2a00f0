//===- FunctionGenerator.h - One random function --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_GENERATE_FUNCTIONGENERATOR_H
#define BRAID_TEST_LIB_GENERATE_FUNCTIONGENERATOR_H

#include "ModuleGenerator.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace braid::generate {

/// What a function's leading axes are.
enum class Axis { Rows, Steps, Tokens, Fixed }; // ragged rows; rows of one token; tokens without rows; a number

/// Appends one function to a module. Every value is a matrix [leading axis, width]; `values` holds those that an op may
/// read, so that an op is drawn by drawing operands that fit it, or making them.
class FunctionGenerator {
public:
  FunctionGenerator(mlir::ModuleOp module, Random &random, llvm::StringRef name);
  void generate(int64_t patterns);

private:
  using Value = mlir::Value;
  using Type = mlir::Type;
  using TensorType = mlir::RankedTensorType;

  // What there is to draw.
  int64_t width();
  Type elementType();
  Value pick();
  /// A value that fits beside `like`: the same leading axis and this width, of any element type unless one is given.
  Value fitting(Value like, int64_t width, Type element = {});
  Value activationArgument(TensorType type);
  /// A parameter: an argument of the function, or a weight of the module.
  Value parameter(llvm::ArrayRef<int64_t> shape, llvm::StringRef role, Type element = {});
  Value rows();
  TensorType typeLike(Value like, int64_t width, Type element = {});
  ActivationAttr activationKind();
  mlir::FlatSymbolRefAttr state(StateKind kind, llvm::ArrayRef<int64_t> shape, Type element);

  // Patterns. Each adds what it computes to `values`.
  void pattern();
  void linear();
  void norm();
  void elementwise();
  void columns();
  void rope();
  void embedding();
  void gatedMLP();
  void residualBlock();
  void conv();
  void ssdScan();
  void selectiveScan();
  void attention();
  void lastToken();
  void gradients();

  Value buildLinear(Value x, int64_t width, Type element = {});
  Value buildNorm(Value x, Type element);
  Value buildRope(Value x, int64_t headDim);
  Value buildConv(Value x, Type element);
  Value buildScan(Value x, Value dt, Value b, Value c, int64_t heads, int64_t groups, Type element);
  /// One op that a contraction's kernel may take in behind it.
  Value epilogue(Value x);
  Value columnsOf(Value x, int64_t from, int64_t width);
  Value remember(Value value);

  bool isRagged() const { return axis == Axis::Rows || axis == Axis::Steps; }
  bool byToken(Value value) const;
  void returnResults();
  template <typename Op, typename... Args> Value make(Args &&...args) {
    return Op::create(builder, builder.getUnknownLoc(), std::forward<Args>(args)...)->getResult(0);
  }
  mlir::NamedAttribute number(llvm::StringRef name, int64_t value);

  mlir::ModuleOp module;
  Random &random;
  mlir::OpBuilder builder;
  mlir::func::FuncOp function;
  Axis axis;
  int64_t fixedExtent;
  Type base;      // most element types
  bool mixed;     // others too, wherever the verifiers allow it
  Value rowsArgument, positions;
  llvm::SmallVector<Value> values;
  llvm::SmallVector<Value> matrices; // of fixed extent, that a product gave
  int64_t names = 0;
};

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_FUNCTIONGENERATOR_H

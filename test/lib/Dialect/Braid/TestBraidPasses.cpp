//===- TestBraidPasses.cpp - Passes that write meanings into the IR --------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Braid/IR/Braid.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace braid;

namespace {

/// Replaces every op that has a decomposition by it, until none is left.
struct TestDecompose : PassWrapper<TestDecompose, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestDecompose)
  StringRef getArgument() const final { return "test-decompose"; }
  StringRef getDescription() const final { return "Replace ops by their decompositions"; }

  void runOnOperation() final {
    SmallVector<DecomposableOpInterface> found;
    do {
      found.clear();
      getOperation().walk([&](DecomposableOpInterface op) { found.push_back(op); });
      // An op inside a region goes with the op that holds it.
      llvm::erase_if(found, [](Operation *op) { return op->getParentOfType<DecomposableOpInterface>(); });
      for (DecomposableOpInterface op : found) {
        OpBuilder builder(op);
        op->replaceAllUsesWith(op.decompose(builder));
        op->erase();
      }
    } while (!found.empty());
  }
};

/// Writes each sequence operator's step region as a function: states, token inputs, parameters -> new states, outputs.
struct TestBuildStep : PassWrapper<TestBuildStep, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestBuildStep)
  StringRef getArgument() const final { return "test-build-step"; }
  StringRef getDescription() const final { return "Write step regions of sequence operators as functions"; }

  void runOnOperation() final {
    int count = 0;
    SmallVector<SequenceOpInterface> found;
    getOperation().walk([&](SequenceOpInterface op) { found.push_back(op); });
    for (SequenceOpInterface op : found)
      writeStep(op, "step_" + std::to_string(count++));
  }

  void writeStep(SequenceOpInterface op, const std::string &name) {
    SmallVector<Type> inputs;
    llvm::append_range(inputs, op.getStateTypes());
    size_t states = inputs.size();
    for (Value token : op.getTokenInputs()) {
      auto type = cast<RankedTensorType>(token.getType());
      inputs.push_back(RankedTensorType::get(type.getShape().drop_front(), type.getElementType()));
    }
    size_t parameters = inputs.size();
    for (Value parameter : op.getParameters())
      inputs.push_back(parameter.getType());

    auto builder = OpBuilder::atBlockEnd(getOperation().getBody());
    auto function = func::FuncOp::create(builder, op.getLoc(), name, builder.getFunctionType(inputs, {}));
    builder.setInsertionPointToStart(function.addEntryBlock());
    ValueRange arguments = function.getArguments();
    SmallVector<Value> newState, outputs;
    op.buildStep(builder, arguments.take_front(states), arguments.slice(states, parameters - states),
                 arguments.drop_front(parameters), newState, outputs);
    llvm::append_range(newState, outputs);
    func::ReturnOp::create(builder, op.getLoc(), newState);
    SmallVector<Type> results;
    for (Value value : newState)
      results.push_back(value.getType());
    function.setFunctionType(builder.getFunctionType(inputs, results));
  }
};

} // namespace

namespace braid::test {
void registerBraidPasses() {
  PassRegistration<TestDecompose>();
  PassRegistration<TestBuildStep>();
}
} // namespace braid::test

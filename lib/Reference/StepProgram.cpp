//===- StepProgram.cpp - A sequence operator run token by token ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepProgram.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace braid;
using namespace braid::reference;

/// A state that takes one more entry with each token.
static bool grows(RankedTensorType type) { return type.getRank() > 0 && type.isDynamicDim(0); }

StepProgram::StepProgram(SequenceOpInterface op, EvaluatorOptions options)
    : op(op), options(options), stateTypes(op.getStateTypes()), numInputs(op.getTokenInputs().size()),
      numParameters(op.getParameters().size()), saved(op.getSavedStates()) {}

FailureOr<std::unique_ptr<StepProgram>> StepProgram::create(SequenceOpInterface op, EvaluatorOptions options) {
  std::unique_ptr<StepProgram> step(new StepProgram(op, options));
  if (failed(step->build()))
    return failure();
  return step;
}

LogicalResult StepProgram::build() {
  Block &block = region.emplaceBlock();
  ProgramOptions compile;
  compile.seed = options.seed;
  auto addArgument = [&](Type type, bool isInvariant) {
    block.addArgument(type, op.getLoc());
    compile.invariantArguments.push_back(isInvariant);
  };
  for (RankedTensorType type : stateTypes)
    addArgument(type, false);
  for (Value input : op.getTokenInputs()) {
    auto type = cast<RankedTensorType>(input.getType());
    addArgument(RankedTensorType::get(type.getShape().drop_front(), type.getElementType()), false);
  }
  for (Value parameter : op.getParameters())
    addArgument(parameter.getType(), true);

  OpBuilder builder(op->getContext()); // the region has no op around it that could tell
  builder.setInsertionPointToEnd(&block);
  ValueRange arguments = block.getArguments();
  SmallVector<Value> newState, outputs;
  op.buildStep(builder, arguments.take_front(stateTypes.size()), arguments.slice(stateTypes.size(), numInputs),
               arguments.take_back(numParameters), newState, outputs);
  size_t numOutputs = op->getNumResults() - (saved ? 1 : 0);
  if (newState.size() != stateTypes.size() || outputs.size() != numOutputs)
    return op.emitOpError() << "expects a step region with " << stateTypes.size() << " states and " << numOutputs
                            << " outputs, found " << newState.size() << " and " << outputs.size();
  for (auto [value, type] : llvm::zip(newState, stateTypes))
    if (roundsState(type) && grows(type))
      compile.roundedValues.insert(value);
  llvm::append_range(newState, outputs);
  func::ReturnOp::create(builder, op.getLoc(), newState);
  FailureOr<Program> compiled = Program::compile(block, std::move(compile));
  if (failed(compiled))
    return failure();
  program = std::move(*compiled);
  return success();
}

bool StepProgram::roundsState(RankedTensorType type) const {
  return options.rounding == Rounding::All ||
         (options.rounding == Rounding::States && type.getElementType().isBF16());
}

void StepProgram::roundStates(MutableArrayRef<TensorRef> states) const {
  for (auto [state, type] : llvm::zip(states, stateTypes)) {
    if (!roundsState(type) || grows(type))
      continue;
    if (state.use_count() != 1)
      state = std::make_shared<Tensor>(*state);
    roundTo(*state, type.getElementType(), options.seed);
  }
}

LogicalResult StepProgram::start(ArrayRef<TensorRef> parameters) {
  SmallVector<TensorRef> arguments(stateTypes.size() + numInputs);
  llvm::append_range(arguments, parameters);
  FailureOr<Frame> started = program.start(arguments);
  if (failed(started))
    return failure();
  frame = std::move(*started);
  return success();
}

LogicalResult StepProgram::runRow(int64_t from, int64_t to, ArrayRef<TensorRef> inputs,
                                  MutableArrayRef<TensorRef> states, MutableArrayRef<TensorRef> outputs) {
  SmallVector<TensorRef> arguments, results;
  for (int64_t t = from; t < to; ++t) {
    arguments.clear();
    results.clear();
    for (TensorRef &state : states)
      arguments.push_back(std::move(state));
    for (const TensorRef &input : inputs) {
      auto token = std::make_shared<Tensor>(input->entries(t, t + 1));
      token->shape.erase(token->shape.begin());
      arguments.push_back(std::move(token));
    }
    arguments.append(numParameters, nullptr);
    if (failed(program.run(frame, arguments, results)))
      return failure();
    for (auto [state, result] : llvm::zip(states, results))
      state = std::move(result);
    if (failed(checkStates(states)))
      return failure();
    if (options.statePoints == StatePoints::Tokens)
      roundStates(states);
    for (auto [result, output] : llvm::zip(llvm::drop_begin(results, states.size()), outputs)) {
      if (result->size() != output->entrySize())
        return op.emitOpError() << "expects " << output->entrySize() << " elements for each token, found "
                                << result->size();
      llvm::copy(result->data, output->data.begin() + t * output->entrySize());
    }
    if (saved && (t + 1 - from) % saved->tokens == 0 &&
        failed(saveState(t + 1 - saved->tokens, *states[saved->state], *outputs.back())))
      return failure();
  }
  roundStates(states);
  return success();
}

/// In equal parts in the entries from `token` on.
LogicalResult StepProgram::saveState(int64_t token, const Tensor &state, Tensor &output) {
  if (state.size() != saved->tokens * output.entrySize())
    return op.emitOpError() << "expects " << saved->tokens << " entries of " << output.entrySize()
                            << " elements to hold a state, found one of " << state.size();
  llvm::copy(state.data, output.data.begin() + token * output.entrySize());
  return success();
}

SmallVector<TensorRef> StepProgram::zeroStates() const {
  SmallVector<TensorRef> states;
  for (RankedTensorType type : stateTypes) {
    SmallVector<int64_t> shape(type.getShape());
    for (int64_t &extent : shape)
      extent = ShapedType::isDynamic(extent) ? 0 : extent;
    states.push_back(std::make_shared<Tensor>(shape));
  }
  return states;
}

SmallVector<TensorRef> StepProgram::makeOutputs(int64_t tokens) const {
  SmallVector<TensorRef> outputs;
  for (Type type : op->getResultTypes()) {
    SmallVector<int64_t> shape(cast<RankedTensorType>(type).getShape());
    shape[0] = tokens;
    outputs.push_back(std::make_shared<Tensor>(shape));
  }
  return outputs;
}

LogicalResult StepProgram::check(ArrayRef<TensorRef> inputs, ArrayRef<TensorRef> parameters, int64_t tokens) {
  if (inputs.size() != numInputs || parameters.size() != numParameters)
    return op.emitOpError() << "expects " << numInputs << " inputs and " << numParameters << " parameters, found "
                            << inputs.size() << " and " << parameters.size();
  for (auto [index, value, declared] : llvm::enumerate(inputs, op.getTokenInputs()))
    if (!fits(*value, cast<RankedTensorType>(declared.getType())) || value->shape[0] != tokens)
      return op.emitOpError() << "expects input " << index << " to be " << declared.getType() << " with " << tokens
                              << " tokens";
  for (auto [index, value, declared] : llvm::enumerate(parameters, op.getParameters()))
    if (!fits(*value, cast<RankedTensorType>(declared.getType())))
      return op.emitOpError() << "expects parameter " << index << " to be " << declared.getType();
  return success();
}

LogicalResult StepProgram::checkStates(ArrayRef<TensorRef> states) {
  if (states.size() != stateTypes.size())
    return op.emitOpError() << "expects " << stateTypes.size() << " states, found " << states.size();
  for (auto [index, value, type] : llvm::enumerate(states, stateTypes))
    if (!fits(*value, type))
      return op.emitOpError() << "expects state " << index << " to be " << type;
  return success();
}

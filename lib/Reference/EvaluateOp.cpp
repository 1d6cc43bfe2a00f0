//===- EvaluateOp.cpp - Single ops in double precision, for tests of kernels ----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepProgram.h"
#include "braid/Reference/Evaluator.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace braid;
using namespace braid::reference;

static SmallVector<TensorRef> share(ArrayRef<Tensor> values) {
  SmallVector<TensorRef> refs;
  for (const Tensor &value : values)
    refs.push_back(std::make_shared<Tensor>(value));
  return refs;
}

static SmallVector<Tensor> own(ArrayRef<TensorRef> refs) {
  SmallVector<Tensor> values;
  for (const TensorRef &ref : refs)
    values.push_back(*ref);
  return values;
}

FailureOr<SmallVector<Tensor>> braid::evaluateOp(Operation *op, ArrayRef<Tensor> operands, EvaluatorOptions options) {
  if (operands.size() != op->getNumOperands())
    return op->emitOpError() << "expects " << op->getNumOperands() << " operands, found " << operands.size();
  for (auto [index, value, type] : llvm::enumerate(operands, op->getOperandTypes()))
    if (auto tensor = dyn_cast<RankedTensorType>(type); !tensor || !fits(value, tensor))
      return op->emitOpError() << "expects operand " << index << " to be " << type;

  // A copy of the op alone in a block, where it may be decomposed.
  Region region;
  Block &block = region.emplaceBlock();
  IRMapping mapping;
  ProgramOptions compile;
  compile.roundResults = options.rounding == Rounding::All;
  compile.seed = options.seed;
  for (Value operand : op->getOperands()) {
    mapping.map(operand, block.addArgument(operand.getType(), op->getLoc()));
    compile.invariantArguments.push_back(false);
  }
  OpBuilder builder(op->getContext()); // the region has no op around it that could tell
  builder.setInsertionPointToEnd(&block);
  // One value in two operands is one tensor, so each operand gets its own argument.
  Operation *copy = builder.clone(*op, mapping);
  copy->setOperands(block.getArguments());
  func::ReturnOp::create(builder, op->getLoc(), copy->getResults());
  FailureOr<Program> program = Program::compile(block, std::move(compile));
  if (failed(program))
    return failure();
  SmallVector<TensorRef> arguments = share(operands), results;
  FailureOr<Frame> frame = program->start(arguments);
  if (failed(frame) || failed(program->run(*frame, arguments, results)))
    return failure();
  return own(results);
}

struct SequenceEvaluator::Impl {
  SequenceOpInterface op;
  EvaluatorOptions options;
  std::unique_ptr<StepProgram> step;
};

SequenceEvaluator::SequenceEvaluator(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
SequenceEvaluator::SequenceEvaluator(SequenceEvaluator &&) = default;
SequenceEvaluator::~SequenceEvaluator() = default;

FailureOr<SequenceEvaluator> SequenceEvaluator::create(SequenceOpInterface op, EvaluatorOptions options) {
  FailureOr<std::unique_ptr<StepProgram>> step = StepProgram::create(op, options);
  if (failed(step))
    return failure();
  return SequenceEvaluator(std::make_unique<Impl>(Impl{op, options, std::move(*step)}));
}

RowState SequenceEvaluator::zeroState() const { return own(impl->step->zeroStates()); }

FailureOr<SmallVector<Tensor>> SequenceEvaluator::step(ArrayRef<Tensor> inputs, ArrayRef<Tensor> parameters,
                                                       MutableArrayRef<RowState> states) {
  SmallVector<int64_t> rowStart = llvm::to_vector(llvm::seq<int64_t>(0, states.size() + 1));
  return segment(rowStart, inputs, parameters, states);
}

FailureOr<SmallVector<Tensor>> SequenceEvaluator::segment(ArrayRef<int64_t> rowStart, ArrayRef<Tensor> inputs,
                                                          ArrayRef<Tensor> parameters,
                                                          MutableArrayRef<RowState> states) {
  StepProgram &step = *impl->step;
  if (rowStart.size() != states.size() + 1 || rowStart.front() != 0 || !llvm::is_sorted(rowStart))
    return impl->op.emitOpError() << "expects row_start to rise from 0 in " << states.size() << " steps";
  SmallVector<TensorRef> shared = share(inputs), sharedParameters = share(parameters);
  if (failed(step.check(shared, sharedParameters, rowStart.back())) || failed(step.start(sharedParameters)))
    return failure();
  SmallVector<TensorRef> outputs = step.makeOutputs(rowStart.back());
  for (auto [row, state] : llvm::enumerate(states)) {
    SmallVector<TensorRef> carried = share(state);
    if (failed(step.checkStates(carried)) ||
        failed(step.runRow(rowStart[row], rowStart[row + 1], shared, carried, outputs)))
      return failure();
    state = own(carried);
  }
  if (impl->options.rounding == Rounding::All)
    for (auto [output, type] : llvm::zip(outputs, impl->op->getResultTypes()))
      roundTo(*output, cast<RankedTensorType>(type).getElementType(), impl->options.seed);
  return own(outputs);
}

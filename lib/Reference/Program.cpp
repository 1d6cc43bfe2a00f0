//===- Program.cpp - A block as a list of instructions ---------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace braid;
using namespace braid::reference;

unsigned Program::registerOf(Value value) {
  auto [entry, isNew] = registers.try_emplace(value, isInvariant.size());
  if (isNew)
    isInvariant.push_back(false);
  return entry->second;
}

std::vector<Program::Instruction> &Program::listFor(ArrayRef<unsigned> operands) {
  return llvm::all_of(operands, [&](unsigned r) { return isInvariant[r]; }) ? invariant : varying;
}

void Program::emitRounding(Value value, uint64_t seed) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !isa<FloatType>(type.getElementType()) || type.getElementType().isF64())
    return;
  unsigned r = registerOf(value);
  Kernel round = [element = type.getElementType(), seed](MutableArrayRef<TensorRef> operands,
                                                         SmallVectorImpl<TensorRef> &results) {
    TensorRef x = std::move(operands[0]);
    if (x.use_count() != 1)
      x = std::make_shared<Tensor>(*x);
    roundTo(*x, element, seed);
    results.push_back(std::move(x));
    return success();
  };
  listFor({r}).push_back({std::move(round), {r}, {r}, {r}});
}

LogicalResult Program::emit(Operation *op, bool ofModel, const ProgramOptions &options) {
  if (failed(verify(op)))
    return failure();
  Kernel kernel = options.special ? options.special(op) : Kernel();
  if (!kernel)
    kernel = primitiveKernel(op);
  if (kernel) {
    Instruction instruction{std::move(kernel), {}, {}, {}};
    for (Value operand : op->getOperands())
      instruction.operands.push_back(registerOf(operand));
    std::vector<Instruction> &list = listFor(instruction.operands);
    for (Value result : op->getResults()) {
      instruction.results.push_back(registerOf(result));
      isInvariant[instruction.results.back()] = &list == &invariant;
    }
    list.push_back(std::move(instruction));
  } else if (auto decomposable = dyn_cast<DecomposableOpInterface>(op)) {
    Operation *before = op->getPrevNode();
    OpBuilder builder(op);
    SmallVector<Value> values = decomposable.decompose(builder);
    SmallVector<Operation *> parts;
    for (Operation *part = before ? before->getNextNode() : &op->getBlock()->front(); part != op;
         part = part->getNextNode())
      parts.push_back(part);
    op->replaceAllUsesWith(values);
    // A fused region's ops are the model's own; those of a formula are not.
    for (Operation *part : parts)
      if (failed(emit(part, ofModel && isa<FusedOp>(op), options)))
        return failure();
    if (ofModel && options.roundResults && !isa<FusedOp>(op))
      for (Value value : values)
        emitRounding(value, options.seed);
    return success();
  } else {
    return op->emitOpError() << "expects a primitive, a decomposition or a step region to evaluate it by, found none";
  }
  for (Value result : op->getResults())
    if ((ofModel && options.roundResults) || options.roundedValues.contains(result))
      emitRounding(result, options.seed);
  return success();
}

FailureOr<Program> Program::compile(Block &block, ProgramOptions options) {
  Program program;
  for (auto [argument, isInvariant] : llvm::zip_equal(block.getArguments(), options.invariantArguments)) {
    program.arguments.push_back(program.registerOf(argument));
    program.isInvariant.back() = isInvariant;
  }
  bool hasTerminator = block.mightHaveTerminator();
  Operation *end = hasTerminator ? block.getTerminator() : nullptr;
  // Decompositions grow the block before the op at hand, so the list is taken first.
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    if (&op != end)
      ops.push_back(&op);
  for (Operation *op : ops)
    if (failed(program.emit(op, /*ofModel=*/true, options)))
      return failure();
  if (end)
    for (Value value : end->getOperands())
      program.results.push_back(program.registerOf(value));
  program.findLastUses();
  return program;
}

void Program::findLastUses() {
  SmallVector<bool> isLive(isInvariant);
  for (unsigned r : results)
    isLive[r] = true;
  for (Instruction &instruction : llvm::reverse(varying)) {
    instruction.dying.clear();
    for (unsigned r : instruction.results)
      if (!isInvariant[r])
        isLive[r] = false;
    for (unsigned r : instruction.operands)
      if (!isLive[r]) {
        isLive[r] = true;
        instruction.dying.push_back(r);
      }
  }
}

LogicalResult Program::execute(const std::vector<Instruction> &list, Frame &frame) {
  SmallVector<TensorRef, 4> operands;
  SmallVector<TensorRef, 1> results;
  for (const Instruction &instruction : list) {
    operands.clear();
    results.clear();
    for (unsigned r : instruction.operands)
      operands.push_back(frame[r]);
    for (unsigned r : instruction.dying)
      frame[r].reset();
    if (failed(instruction.kernel(operands, results)))
      return failure();
    for (auto [r, value] : llvm::zip_equal(instruction.results, results))
      frame[r] = std::move(value);
  }
  return success();
}

FailureOr<Frame> Program::start(ArrayRef<TensorRef> values) const {
  Frame frame(isInvariant.size());
  for (auto [r, value] : llvm::zip_equal(arguments, values))
    frame[r] = value;
  if (failed(execute(invariant, frame)))
    return failure();
  return frame;
}

LogicalResult Program::run(Frame &frame, MutableArrayRef<TensorRef> values, SmallVectorImpl<TensorRef> &out) const {
  for (auto [r, value] : llvm::zip_equal(arguments, values))
    if (!isInvariant[r])
      frame[r] = std::move(value);
  if (failed(execute(varying, frame)))
    return failure();
  for (unsigned r : results)
    out.push_back(frame[r]);
  // The frame lets go of what the caller now holds, so that the next run may overwrite it.
  for (unsigned r = 0; r < frame.size(); ++r)
    if (!isInvariant[r])
      frame[r].reset();
  return success();
}

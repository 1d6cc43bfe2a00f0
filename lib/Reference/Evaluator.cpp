//===- Evaluator.cpp - The braid dialect in double precision ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Reference/Evaluator.h"
#include "StepProgram.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace braid;
using namespace braid::reference;

namespace {

/// What a slot holds: the tokens it has taken and, once it has taken one, its states by symbol.
struct Slot {
  int64_t length = 0;
  llvm::StringMap<TensorRef> states;
};

/// The rows of the call at hand.
struct Rows {
  ArrayRef<int64_t> start;
  ArrayRef<int32_t> slot;
  size_t count() const { return slot.size(); }
  int64_t tokens() const { return start.back(); }
};

} // namespace

struct Evaluator::Impl {
  OwningOpRef<ModuleOp> module; // our own: compiling decomposes ops in place
  func::FuncOp function;
  WeightSource weights;
  EvaluatorOptions options;
  Program program;
  std::optional<Frame> frame; // holds the weights from the first call on
  std::vector<std::unique_ptr<StepProgram>> steps;
  bool brokenStep = false;
  llvm::DenseMap<int32_t, Slot> slots;
  // The call at hand, and the states it will leave if it succeeds.
  Rows rows;
  llvm::DenseMap<int32_t, llvm::StringMap<TensorRef>> newStates;

  LogicalResult build(StringRef name);
  FailureOr<SmallVector<Tensor>> call(ArrayRef<Tensor> arguments);
  LogicalResult checkArguments(ArrayRef<Tensor> arguments);
  LogicalResult checkRows(Form form);
  /// The extent of the token or row axis of the arguments; -1 where none has it, and an error where they differ.
  FailureOr<int64_t> commonExtent(ArrayRef<Tensor> arguments, bool perRow);

  Kernel specialKernel(Operation *op);
  Kernel weightKernel(GetWeightOp op);
  Kernel sequenceKernel(SequenceOpInterface op);
  LogicalResult runSequence(SequenceOpInterface op, StepProgram &step, ArrayRef<TensorRef> operands,
                            SmallVectorImpl<TensorRef> &results);
  LogicalResult positions(SmallVectorImpl<TensorRef> &results);
  LogicalResult lastToken(LastTokenOp op, const Tensor &x, SmallVectorImpl<TensorRef> &results);
};

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

LogicalResult Evaluator::Impl::build(StringRef name) {
  function = module->lookupSymbol<func::FuncOp>(name);
  if (!function)
    return module->emitError() << "expects a function '" << name << "' to evaluate, found none";
  unsigned ragged = 0;
  for (Type type : function.getArgumentTypes()) {
    ragged += isa<RowsType>(type);
    if (!isa<RowsType, RankedTensorType>(type) || ragged > 1)
      return function.emitError() << "expects tensors and one !braid.rows at most as arguments, found "
                                  << function.getFunctionType();
  }
  if (!function.getBody().hasOneBlock())
    return function.emitError() << "expects one block, found " << function.getBody().getBlocks().size();
  ProgramOptions compile;
  compile.invariantArguments.assign(function.getNumArguments(), false);
  compile.roundResults = options.rounding == Rounding::All;
  compile.seed = options.seed;
  compile.special = [this](Operation *op) { return specialKernel(op); };
  FailureOr<Program> compiled = Program::compile(function.getBody().front(), std::move(compile));
  if (failed(compiled) || brokenStep)
    return failure();
  program = std::move(*compiled);
  return success();
}

Kernel Evaluator::Impl::specialKernel(Operation *op) {
  if (auto weight = dyn_cast<GetWeightOp>(op))
    return weightKernel(weight);
  if (auto sequence = dyn_cast<SequenceOpInterface>(op))
    return sequenceKernel(sequence);
  if (isa<PositionsOp>(op))
    return [this](MutableArrayRef<TensorRef>, SmallVectorImpl<TensorRef> &results) { return positions(results); };
  if (auto last = dyn_cast<LastTokenOp>(op))
    return [this, last](MutableArrayRef<TensorRef> operands, SmallVectorImpl<TensorRef> &results) {
      return lastToken(last, *operands[0], results);
    };
  return nullptr;
}

Kernel Evaluator::Impl::weightKernel(GetWeightOp op) {
  return [this, op](MutableArrayRef<TensorRef>, SmallVectorImpl<TensorRef> &results) mutable -> LogicalResult {
    auto type = cast<RankedTensorType>(op.getType());
    FailureOr<std::vector<double>> values = weights(op.getName(), type.getShape());
    if (failed(values))
      return failure();
    if (int64_t(values->size()) != type.getNumElements())
      return op.emitOpError() << "expects " << type.getNumElements() << " elements, found " << values->size();
    auto weight = std::make_shared<Tensor>(type.getShape(), std::move(*values));
    // A weight is converted once, when it is read; the model never sees another value.
    roundTo(*weight, type.getElementType());
    results.push_back(std::move(weight));
    return success();
  };
}

Kernel Evaluator::Impl::sequenceKernel(SequenceOpInterface op) {
  FailureOr<std::unique_ptr<StepProgram>> step = StepProgram::create(op, options);
  if (failed(step)) {
    // Reported; compiling goes on, so that every broken operator is.
    brokenStep = true;
    return [](MutableArrayRef<TensorRef>, SmallVectorImpl<TensorRef> &) { return failure(); };
  }
  steps.push_back(std::move(*step));
  return
      [this, op, step = steps.back().get()](MutableArrayRef<TensorRef> operands, SmallVectorImpl<TensorRef> &results) {
        return runSequence(op, *step, operands, results);
      };
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

LogicalResult Evaluator::Impl::runSequence(SequenceOpInterface op, StepProgram &step, ArrayRef<TensorRef> operands,
                                           SmallVectorImpl<TensorRef> &results) {
  auto valuesOf = [&](ArrayRef<Value> values) {
    SmallVector<TensorRef> found;
    for (Value value : values)
      found.push_back(operands[llvm::find(op->getOperands(), value) - op->operand_begin()]);
    return found;
  };
  SmallVector<TensorRef> inputs = valuesOf(op.getTokenInputs()), parameters = valuesOf(op.getParameters());
  SmallVector<FlatSymbolRefAttr> symbols = op.getStateSymbols();
  SmallVector<TensorRef> outputs = step.makeOutputs(rows.tokens());
  if (failed(step.check(inputs, parameters, rows.tokens())) || failed(step.start(parameters)))
    return failure();
  for (size_t row = 0; row < rows.count(); ++row) {
    int32_t id = rows.slot[row];
    if (id < 0)
      continue;
    SmallVector<TensorRef> states = step.zeroStates();
    for (auto [state, symbol] : llvm::zip(states, symbols))
      if (TensorRef stored = slots[id].states.lookup(symbol.getValue()))
        state = std::move(stored);
    if (failed(step.runRow(rows.start[row], rows.start[row + 1], inputs, states, outputs)))
      return failure();
    for (auto [state, symbol] : llvm::zip(states, symbols))
      newStates[id][symbol.getValue()] = std::move(state);
  }
  llvm::append_range(results, outputs);
  return success();
}

LogicalResult Evaluator::Impl::positions(SmallVectorImpl<TensorRef> &results) {
  auto y = std::make_shared<Tensor>(ArrayRef<int64_t>{rows.tokens()});
  for (size_t row = 0; row < rows.count(); ++row) {
    int64_t length = rows.slot[row] < 0 ? 0 : slots[rows.slot[row]].length;
    for (int64_t t = rows.start[row]; t < rows.start[row + 1]; ++t)
      y->data[t] = double(length + t - rows.start[row]);
  }
  results.push_back(std::move(y));
  return success();
}

LogicalResult Evaluator::Impl::lastToken(LastTokenOp op, const Tensor &x, SmallVectorImpl<TensorRef> &results) {
  int64_t width = x.entrySize();
  auto y = std::make_shared<Tensor>(ArrayRef<int64_t>{int64_t(rows.count()), width});
  for (size_t row = 0; row < rows.count(); ++row) {
    int64_t end = rows.start[row + 1];
    if (end > rows.start[row])
      std::copy_n(x.data.data() + (end - 1) * width, width, y->data.data() + row * width);
    else if (rows.slot[row] >= 0)
      return op.emitOpError() << "expects a token in every row, found none in row " << row;
  }
  results.push_back(std::move(y));
  return success();
}

FailureOr<int64_t> Evaluator::Impl::commonExtent(ArrayRef<Tensor> arguments, bool perRow) {
  int64_t extent = -1;
  size_t next = 0;
  for (Type type : function.getArgumentTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      continue;
    int64_t found = arguments[next++].shape.empty() ? -1 : arguments[next - 1].shape[0];
    if (tensor.getRank() == 0 || !tensor.isDynamicDim(0) || isPerRow(tensor) != perRow)
      continue;
    if (extent >= 0 && found != extent)
      return function.emitError() << "expects one extent of the axis of " << (perRow ? "rows" : "tokens") << ", found "
                                  << extent << " and " << found;
    extent = found;
  }
  return extent;
}

LogicalResult Evaluator::Impl::checkArguments(ArrayRef<Tensor> arguments) {
  size_t next = 0;
  std::optional<Form> form;
  for (Type type : function.getArgumentTypes()) {
    if (auto ragged = dyn_cast<RowsType>(type)) {
      form = ragged.getForm();
      continue;
    }
    if (next == arguments.size() || !fits(arguments[next], cast<RankedTensorType>(type)))
      return function.emitError() << "expects argument " << next << " to be " << type << ", found "
                                  << (next == arguments.size() ? "none" : "another shape");
    ++next;
  }
  if (next != arguments.size())
    return function.emitError() << "expects " << next << " arguments, found " << arguments.size();
  FailureOr<int64_t> tokens = commonExtent(arguments, /*perRow=*/false),
                     byRow = commonExtent(arguments, /*perRow=*/true);
  if (failed(tokens) || failed(byRow))
    return failure();
  if (!form)
    return success();
  if ((*tokens >= 0 && (rows.start.empty() || rows.tokens() != *tokens)) ||
      (*byRow >= 0 && int64_t(rows.count()) != *byRow))
    return function.emitError() << "expects rows of all tokens of the arguments, found "
                                << (rows.start.empty() ? 0 : rows.tokens()) << " tokens in " << rows.count() << " rows";
  return checkRows(*form);
}

LogicalResult Evaluator::Impl::checkRows(Form form) {
  ArrayRef<int64_t> start = rows.start;
  if (start.size() != rows.count() + 1 || start.front() != 0 || !llvm::is_sorted(start))
    return function.emitError() << "expects row_start to rise from 0 in " << rows.count() << " steps";
  if (form == Form::Step)
    for (size_t row = 0; row < rows.count(); ++row)
      if (start[row + 1] - start[row] != 1)
        return function.emitError() << "expects one token in each row, found " << start[row + 1] - start[row]
                                    << " in row " << row;
  llvm::DenseSet<int32_t> seen;
  for (int32_t id : rows.slot)
    if (id >= 0 && !seen.insert(id).second)
      return function.emitError() << "expects each slot in one row, found slot " << id << " in two";
  return success();
}

FailureOr<SmallVector<Tensor>> Evaluator::Impl::call(ArrayRef<Tensor> given) {
  newStates.clear();
  if (failed(checkArguments(given)))
    return failure();
  if (!frame) {
    FailureOr<Frame> started = program.start(SmallVector<TensorRef>(function.getNumArguments()));
    if (failed(started))
      return failure();
    frame = std::move(*started);
  }
  SmallVector<TensorRef> arguments, results;
  const Tensor *next = given.begin();
  for (Type type : function.getArgumentTypes())
    arguments.push_back(isa<RowsType>(type) ? nullptr : std::make_shared<Tensor>(*next++));
  if (failed(program.run(*frame, arguments, results)))
    return failure();

  for (size_t row = 0; row < rows.count(); ++row) {
    if (rows.slot[row] < 0)
      continue;
    Slot &slot = slots[rows.slot[row]];
    slot.length += rows.start[row + 1] - rows.start[row];
    for (auto &entry : newStates[rows.slot[row]])
      slot.states[entry.getKey()] = std::move(entry.second);
  }
  newStates.clear();
  SmallVector<Tensor> values;
  for (TensorRef &result : results)
    values.push_back(result.use_count() == 1 ? std::move(*result) : *result);
  return values;
}

//===----------------------------------------------------------------------===//
// The public classes
//===----------------------------------------------------------------------===//

Evaluator::Evaluator(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Evaluator::~Evaluator() = default;

FailureOr<std::unique_ptr<Evaluator>> Evaluator::create(ModuleOp module, WeightSource weights, EvaluatorOptions options,
                                                        StringRef function) {
  auto impl = std::make_unique<Impl>();
  impl->module = module.clone();
  impl->weights = std::move(weights);
  impl->options = options;
  if (failed(impl->build(function)))
    return failure();
  return std::unique_ptr<Evaluator>(new Evaluator(std::move(impl)));
}

FailureOr<SmallVector<Tensor>> Evaluator::call(ArrayRef<int32_t> tokens, ArrayRef<int64_t> rowStart,
                                               ArrayRef<int32_t> slot) {
  Tensor ids(ArrayRef<int64_t>{int64_t(tokens.size())});
  llvm::copy(tokens, ids.data.begin());
  return call(ArrayRef<Tensor>(ids), rowStart, slot);
}

FailureOr<SmallVector<Tensor>> Evaluator::call(ArrayRef<Tensor> arguments, ArrayRef<int64_t> rowStart,
                                               ArrayRef<int32_t> slot) {
  impl->rows = {rowStart, slot};
  return impl->call(arguments);
}

LogicalResult Evaluator::setSlot(int32_t slot, int64_t length, llvm::StringMap<Tensor> states) {
  Slot fresh;
  fresh.length = length;
  for (auto &entry : states) {
    auto declared = impl->module->lookupSymbol<StateOp>(entry.getKey());
    if (!declared || !fits(entry.second, declared.getTensorType()))
      return impl->module->emitError() << "expects the value of a state '" << entry.getKey() << "'"
                                       << (declared ? " of its shape" : "") << ", found "
                                       << (declared ? "another shape" : "no such state");
    roundTo(entry.second, declared.getTensorType().getElementType());
    fresh.states[entry.getKey()] = std::make_shared<Tensor>(std::move(entry.second));
  }
  impl->slots[slot] = std::move(fresh);
  return success();
}

int64_t Evaluator::length(int32_t slot) const { return impl->slots.lookup(slot).length; }
void Evaluator::reset(int32_t slot) { impl->slots.erase(slot); }
const Tensor *Evaluator::state(StringRef symbol, int32_t slot) const {
  auto found = impl->slots.find(slot);
  return found == impl->slots.end() ? nullptr : found->second.states.lookup(symbol).get();
}

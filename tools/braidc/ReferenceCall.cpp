//===- ReferenceCall.cpp - braidc --target=reference --entry ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceRun.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Reference/Evaluator.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace braid {

namespace {

/// One evaluation of a function on arrays in files.
class ReferenceCall {
public:
  ReferenceCall(ModuleOp module, StringRef entry, const CallFiles &files, bool roundToBF16)
      : module(module), entry(entry), files(files) {
    options.rounding = roundToBF16 ? Rounding::All : Rounding::None;
  }

  Status run() {
    function = module.lookupSymbol<func::FuncOp>(entry);
    if (!function || function.isExternal())
      return Status::badInput(cat("--entry: expected a function of the module, found ", inQuotes(entry.str())));
    BRAID_TRY(readArguments());
    BRAID_TRY_ASSIGN(rows, rowsOf(files));
    auto noWeights = [&](StringRef name, ArrayRef<int64_t>) -> FailureOr<std::vector<double>> {
      return module.emitError() << "expects a function without weights, found '" << name << "'";
    };
    auto created = Evaluator::create(module, noWeights, options, entry);
    if (failed(created))
      return cannotRun();
    evaluator = std::move(*created);
    BRAID_TRY(setStates());
    bool ragged = !files.rows.empty();
    auto results = evaluator->call(arguments, ragged ? ArrayRef<int64_t>(rows.start) : ArrayRef<int64_t>(),
                                   ragged ? ArrayRef<int32_t>(rows.slot) : ArrayRef<int32_t>());
    if (failed(results))
      return cannotRun();
    BRAID_TRY(writeResults(*results));
    return writeStates();
  }

private:
  static Status cannotRun() { return Status::badInput("the reference evaluator cannot run this function"); }

  static DType dtypeOf(Type element) { return element.isF64() ? DType::F64 : DType::F32; }

  static Result<Tensor> readTensor(const std::string &path) {
    BRAID_TRY_ASSIGN(NpyArray array, readNpy(path));
    return Tensor(array.shape, valuesOf(array));
  }

  static std::vector<int64_t> shapeOf(const Tensor &tensor) { return {tensor.shape.begin(), tensor.shape.end()}; }

  Status readArguments() {
    for (Type type : function.getArgumentTypes()) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor)
        continue;
      size_t index = arguments.size();
      if (index == files.arguments.size())
        return Status::usage(cat("--arguments: expected more than ", index, " files, found no more"));
      BRAID_TRY_ASSIGN(Tensor value, readTensor(files.arguments[index]));
      if (!fits(value, tensor)) {
        std::string wanted;
        llvm::raw_string_ostream(wanted) << tensor;
        return Status::badInput(cat(files.arguments[index], ": argument ", index, ": expected ", wanted,
                                    ", found shape ", listed(value.shape)));
      }
      // The function takes numbers of its own type, whatever the file holds.
      roundTo(value, tensor.getElementType());
      arguments.push_back(std::move(value));
    }
    if (arguments.size() != files.arguments.size())
      return Status::usage(cat("--arguments: expected ", arguments.size(), " files, found ", files.arguments.size()));
    return {};
  }

  static bool grows(StateOp state) { return state.getKind() == StateKind::KV; }

  /// The states that the function uses.
  SmallVector<StateOp> usedStates() {
    llvm::SetVector<Operation *> used;
    function.walk([&](SequenceOpInterface op) {
      for (FlatSymbolRefAttr symbol : op.getStateSymbols())
        used.insert(module.lookupSymbol(symbol.getValue()));
    });
    return llvm::map_to_vector(used, [](Operation *op) { return cast<StateOp>(op); });
  }

  /// The used state of this name.
  Result<StateOp> stateNamed(const std::string &name, std::string_view flag) {
    for (StateOp state : usedStates())
      if (state.getSymName() == name)
        return state;
    return Status::usage(cat(flag, ": expected a state of the function, found ", inQuotes(name)));
  }

  Status setStates() {
    std::vector<llvm::StringMap<Tensor>> states(rows.length.size());
    BRAID_TRY_ASSIGN(auto named, namedFiles(files.states, "--states"));
    for (const auto &[name, path] : named) {
      BRAID_TRY_ASSIGN(StateOp declared, stateNamed(name, "--states"));
      BRAID_TRY_ASSIGN(Tensor all, readTensor(path));
      if (all.shape.size() != size_t(declared.getTensorType().getRank()) + 1 || all.shape[0] != rows.slots())
        return Status::badInput(
            cat(path, ": expected the state of ", rows.slots(), " slots, found shape ", listed(all.shape)));
      for (int64_t slot = 0; slot < rows.slots(); ++slot) {
        Tensor one = all.entries(slot, slot + 1);
        one.shape.erase(one.shape.begin());
        if (grows(declared)) {
          if (one.shape[0] < rows.length[slot])
            return Status::badInput(
                cat(path, ": expected at least ", rows.length[slot], " tokens, found shape ", listed(all.shape)));
          one = one.entries(0, rows.length[slot]);
        }
        if (rows.length[slot])
          states[slot][name] = std::move(one);
      }
    }
    for (auto [slot, byName] : llvm::enumerate(states)) {
      if (!rows.length[slot])
        continue;
      for (StateOp state : usedStates())
        if (grows(state) && !byName.count(state.getSymName()))
          return Status::usage(cat("--states: expected state ", inQuotes(state.getSymName().str()), ", since slot ",
                                   slot, " holds ", rows.length[slot], " tokens; found none"));
      if (failed(evaluator->setSlot(int32_t(slot), rows.length[slot], std::move(byName))))
        return cannotRun();
    }
    return {};
  }

  Status writeResults(ArrayRef<Tensor> results) {
    if (results.size() != files.results.size())
      return Status::usage(cat("--results: expected ", results.size(), " files, found ", files.results.size()));
    for (auto [path, value, type] : llvm::zip(files.results, results, function.getResultTypes()))
      BRAID_TRY(writeValues(path, dtypeOf(getElementTypeOrSelf(type)), shapeOf(value), value.data));
    return {};
  }

  /// [slots, shape...]; what a slot has not reached is zero.
  Status writeStates() {
    BRAID_TRY_ASSIGN(auto named, namedFiles(files.finalStates, "--final-states"));
    std::vector<int64_t> after = rows.lengthAfter();
    for (const auto &[name, path] : named) {
      BRAID_TRY_ASSIGN(StateOp declared, stateNamed(name, "--final-states"));
      SmallVector<int64_t, 4> shape(declared.getTensorType().getShape());
      if (grows(declared))
        shape[0] = *llvm::max_element(after);
      shape.insert(shape.begin(), rows.slots());
      Tensor all{ArrayRef<int64_t>(shape)};
      for (int64_t slot = 0; slot < rows.slots(); ++slot)
        if (const Tensor *state = evaluator->state(name, int32_t(slot)))
          llvm::copy(state->data, all.data.begin() + slot * all.entrySize());
      BRAID_TRY(writeValues(path, dtypeOf(declared.getTensorType().getElementType()), shapeOf(all), all.data));
    }
    return {};
  }

  ModuleOp module;
  StringRef entry;
  const CallFiles &files;
  EvaluatorOptions options;
  func::FuncOp function;
  CallRows rows;
  SmallVector<Tensor> arguments;
  std::unique_ptr<Evaluator> evaluator;
};

} // namespace

Status callReferenceOnFiles(ModuleOp module, StringRef entry, const CallFiles &files, bool roundToBF16) {
  return ReferenceCall(module, entry, files, roundToBF16).run();
}

} // namespace braid

//===- FunctionCheck.cpp - A function as an artifact, against the evaluator ===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionCheck.h"
#include "Evaluators.h"
#include "LoadedFunctions.h"
#include "Values.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <algorithm>

using namespace mlir;

namespace braid::generate {

using property::Random;

namespace {

constexpr int64_t slotCount = 3, longestCall = 140, callsOfRows = 3;

/// The coarsest type of the function's values and states.
DType coarsestOf(func::FuncOp function) {
  DType coarsest = DType::F64;
  auto take = [&](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !isa<FloatType>(tensor.getElementType()))
      return;
    for (DType dtype : {DType::F32, DType::F16, DType::BF16}) // from fine to coarse, as DType's order is not
      if (dtypeOf(tensor.getElementType()) == dtype && (coarsest == DType::F64 || dtype == DType::BF16 ||
                                                        (dtype == DType::F16 && coarsest == DType::F32)))
        coarsest = dtype;
  };
  function.walk([&](Operation *op) {
    llvm::for_each(op->getOperandTypes(), take);
    llvm::for_each(op->getResultTypes(), take);
  });
  for (auto state : function->getParentOfType<ModuleOp>().getOps<StateOp>())
    take(state.getTensorType());
  return coarsest;
}

//===----------------------------------------------------------------------===//
// One function
//===----------------------------------------------------------------------===//

class FunctionCheck {
public:
  FunctionCheck(ModuleOp module, func::FuncOp function, LoadedFunctions &loaded, const CheckOptions &options)
      : module(module), function(function), loaded(loaded), random(options.seed, function.getSymName()),
        comparison(coarsestOf(function)) {
    for (Type type : function.getArgumentTypes())
      if (auto rows = dyn_cast<RowsType>(type))
        ragged = true, steps = rows.getForm() == Form::Step;
    // A sum over tokens takes in those of padding.
    function.walk([&](LinearWeightGradientOp) { padding = false; });
  }

  CheckResult run() {
    evaluators = Evaluators::create(module, loaded.weights(), function.getSymName());
    if (!evaluators)
      return {"the evaluator cannot run this module", INFINITY};
    Slots slots(loaded.manifest(), slotCount, longestCall * callsOfRows);
    for (int64_t i = 0; i < (ragged ? callsOfRows : 1) && comparison.result.fault.empty(); ++i)
      call(slots, "call " + std::to_string(i));
    return comparison.result;
  }

private:
  int64_t drawLength() {
    if (steps)
      return 1;
    return random.chance(0.5) ? random.pick<int64_t>({1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 127, 128, 129})
                              : random.scale(1, longestCall);
  }

  CallOfRows drawRows() {
    CallOfRows call;
    std::vector<int32_t> free{0, 1, 2};
    for (int64_t rows = random.between(1, slotCount); rows > 0; --rows) {
      size_t at = size_t(random.between(0, int64_t(free.size()) - 1));
      bool isPadding = padding && rows > 1 && random.chance(0.15);
      call.slot.push_back(isPadding ? -1 : free[at]);
      free.erase(free.begin() + int64_t(at));
      call.rowStart.push_back(call.rowStart.back() + drawLength());
    }
    return call;
  }

  void call(Slots &slots, const std::string &name) {
    CallOfRows rows;
    if (ragged)
      rows = drawRows();
    int64_t tokens = ragged ? rows.tokens() : drawLength();
    SmallVector<Tensor> arguments;
    for (BlockArgument argument : function.getArguments()) {
      auto type = dyn_cast<RankedTensorType>(argument.getType());
      if (!type)
        continue;
      SmallVector<int64_t> shape(type.getShape());
      if (type.isDynamicDim(0))
        shape[0] = isPerRow(type) ? rows.rows() : tokens;
      arguments.push_back(drawArgument(argument, shape, random));
    }
    bool takesTokens = ragged || llvm::any_of(function.getArgumentTypes(), [](Type type) {
      return cast<RankedTensorType>(type).isDynamicDim(0);
    });
    auto found = loaded.call(function.getSymName().str(), arguments, takesTokens ? tokens : 0, ragged ? &rows : nullptr,
                             &slots);
    if (!found.ok())
      return comparison.fail(name + ": " + found.status().message());
    ArrayRef<int64_t> starts = ragged ? ArrayRef<int64_t>(rows.rowStart) : ArrayRef<int64_t>();
    auto expected = evaluators->call(arguments, starts, rows.slot);
    if (!expected)
      return comparison.fail("the evaluator cannot make this call");
    for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
      comparison.compare((*found)[i], (*expected)[i], definedEntries(rows, type), name + ": result " + std::to_string(i));
    slots.advance(rows);
    compareStates(slots, name);
  }

  /// The entries of a result that no row of padding leaves undefined.
  SmallVector<int64_t> definedEntries(const CallOfRows &rows, Type type) const {
    SmallVector<int64_t> entries;
    if (!ragged || !cast<RankedTensorType>(type).isDynamicDim(0))
      return entries;
    for (size_t row = 0; row < rows.slot.size(); ++row) {
      if (rows.slot[row] < 0)
        continue;
      if (isPerRow(type))
        entries.push_back(int64_t(row));
      else
        llvm::append_range(entries, llvm::seq(rows.rowStart[row], rows.rowStart[row + 1]));
    }
    return entries;
  }

  void compareStates(const Slots &slots, const std::string &name) {
    for (auto [i, state] : llvm::enumerate(loaded.manifest().states))
      for (int32_t slot = 0; slot < slotCount; ++slot)
        if (auto expected = evaluators->state(state.name, slot))
          comparison.compare(slots.state(i, slot), *expected, {}, name + ": state " + state.name);
  }

  ModuleOp module;
  func::FuncOp function;
  LoadedFunctions &loaded;
  Random random;
  Comparison comparison;
  bool ragged = false, steps = false, padding = true;
  std::unique_ptr<Evaluators> evaluators;
};

} // namespace

CheckResult checkFunctions(ModuleOp module, const CheckOptions &options) {
  auto loaded = LoadedFunctions::compile(module, options.seed, options.plant);
  if (!loaded.ok())
    return {loaded.status().message(), INFINITY};
  CheckResult result;
  for (auto function : module.getOps<func::FuncOp>()) {
    CheckResult one = FunctionCheck(module, function, **loaded, options).run();
    if (!one.fault.empty())
      return {("function " + function.getSymName() + ": " + one.fault).str(), one.worst};
    result.worst = std::max(result.worst, one.worst);
  }
  return result;
}

} // namespace braid::generate

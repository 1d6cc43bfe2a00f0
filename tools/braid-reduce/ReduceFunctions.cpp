//===- ReduceFunctions.cpp - Functions without what a fault does not need -===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input": runs
// of ops go, long ones first, as long as the fault still shows. A run can go from
// anywhere, since what it computed becomes an argument.
//
//===----------------------------------------------------------------------===//

#include "ReduceFunctions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Reducer/Tester.h"
#include "llvm/ADT/SetVector.h"
#include <algorithm>

using namespace mlir;

namespace braid {

namespace {

SmallVector<func::FuncOp> functionsOf(ModuleOp module) {
  return llvm::filter_to_vector(module.getOps<func::FuncOp>(),
                                [](func::FuncOp function) { return llvm::hasSingleElement(function.getBody()); });
}

SmallVector<Operation *> opsOf(func::FuncOp function) {
  return llvm::map_to_vector(function.getBody().front().without_terminator(), [](Operation &op) { return &op; });
}

void matchSignature(func::FuncOp function) {
  Block &body = function.getBody().front();
  function.setFunctionType(FunctionType::get(function.getContext(), body.getArgumentTypes(),
                                             body.getTerminator()->getOperandTypes()));
}

/// Ops, arguments, weights and states that nothing reads any more.
void removeDead(ModuleOp module) {
  for (func::FuncOp function : functionsOf(module)) {
    Block &body = function.getBody().front();
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
      if (isOpTriviallyDead(&op))
        op.erase();
    for (unsigned i = body.getNumArguments(); i-- > 0;)
      if (body.getArgument(i).use_empty())
        (void)function.eraseArgument(i);
  }
  for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
    if (isa<SymbolOpInterface>(op) && !isa<func::FuncOp>(op) && SymbolTable::symbolKnownUseEmpty(&op, module))
      op.erase();
}

class Reduction {
public:
  Reduction(ModuleOp module, const Tester &tester) : module(module), tester(tester) {}

  bool shows(ModuleOp candidate) {
    return tester.isInteresting(candidate).first == Tester::Interestingness::True;
  }

  void run() {
    bool smaller = true;
    while (smaller) {
      smaller = false;
      smaller |= eachRun([](ModuleOp all) { return functionsOf(all).size(); }, dropFunctions);
      for (size_t i = 0; i < functionsOf(module).size(); ++i) {
        auto inFunction = [i](auto edit) {
          return [i, edit](ModuleOp all, size_t from, size_t to) { return edit(functionsOf(all)[i], from, to); };
        };
        auto count = [i](auto countOf) { return [i, countOf](ModuleOp all) { return countOf(functionsOf(all)[i]); }; };
        auto results = [](func::FuncOp function) { return size_t(function.getNumResults()); };
        auto ops = [](func::FuncOp function) { return opsOf(function).size(); };
        smaller |= eachRun(count(results), inFunction(dropResults));
        smaller |= eachRun(count(ops), inFunction(cut));
        smaller |= eachRun(count(ops), inFunction(bypass), /*longest=*/1);
      }
    }
    shrinkSizes();
  }

private:
  using Edit = llvm::function_ref<bool(ModuleOp, size_t from, size_t to)>;

  /// Tries an edit on a copy, and keeps it if the fault still shows.
  bool attempt(llvm::function_ref<bool(ModuleOp)> edit) {
    OwningOpRef<ModuleOp> candidate = module.clone();
    if (!edit(*candidate))
      return false;
    removeDead(*candidate);
    ScopedDiagnosticHandler quiet(module.getContext(), [](Diagnostic &) { return success(); });
    if (failed(verify(*candidate)) || !shows(*candidate))
      return false;
    module.getBodyRegion().takeBody(candidate->getBodyRegion());
    return true;
  }

  /// Tries the edit on runs of a list, from its end, halves first and then ever shorter ones.
  bool eachRun(llvm::function_ref<size_t(ModuleOp)> countOf, Edit edit, size_t longest = ~size_t(0)) {
    bool smaller = false;
    for (size_t length = std::min(longest, (countOf(module) + 1) / 2); length > 0; length /= 2)
      for (size_t to = countOf(module); to > 0;) {
        size_t from = to > length ? to - length : 0;
        smaller |= attempt([&](ModuleOp copy) { return edit(copy, from, to); });
        to = std::min(from, countOf(module));
      }
    return smaller;
  }

  static bool dropFunctions(ModuleOp all, size_t from, size_t to) {
    SmallVector<func::FuncOp> functions = functionsOf(all);
    for (size_t i = from; i < to; ++i)
      functions[i].erase();
    return to - from < functions.size();
  }

  static bool dropResults(func::FuncOp function, size_t from, size_t to) {
    Operation *ret = function.getBody().front().getTerminator();
    if (to - from == ret->getNumOperands())
      return false;
    ret->eraseOperands(unsigned(from), unsigned(to - from));
    matchSignature(function);
    return true;
  }

  /// What the ops gave becomes arguments.
  static bool cut(func::FuncOp function, size_t from, size_t to) {
    SmallVector<Operation *> ops = opsOf(function);
    auto run = ArrayRef(ops).slice(from, to - from);
    for (Operation *op : llvm::reverse(run)) {
      for (Value result : op->getResults())
        if (!result.use_empty())
          result.replaceAllUsesWith(function.getBody().front().addArgument(result.getType(), op->getLoc()));
      op->erase();
    }
    matchSignature(function);
    return true;
  }

  /// Whoever read the op's result reads an operand of the same type.
  static bool bypass(func::FuncOp function, size_t at, size_t) {
    Operation *op = opsOf(function)[at];
    if (op->getNumResults() != 1)
      return false;
    for (Value operand : op->getOperands())
      if (operand.getType() == op->getResult(0).getType()) {
        op->getResult(0).replaceAllUsesWith(operand);
        op->erase();
        return true;
      }
    return false;
  }

  /// One size after the other, wherever it stands in the module.
  void shrinkSizes() {
    llvm::SetVector<int64_t> sizes;
    module.walk([&](Operation *op) {
      for (Type type : op->getOperandTypes())
        if (auto tensor = dyn_cast<RankedTensorType>(type))
          for (int64_t extent : tensor.getShape())
            if (!ShapedType::isDynamic(extent) && extent > 1)
              sizes.insert(extent);
    });
    SmallVector<int64_t> sorted(sizes.getArrayRef());
    llvm::sort(sorted, std::greater<>());
    for (int64_t size : sorted)
      for (int64_t smaller : {int64_t(1), int64_t(2), int64_t(8), size / 2})
        if (smaller < size && attempt([&](ModuleOp copy) { return replaceSize(copy, size, smaller); }))
          break;
  }

  static bool replaceSize(ModuleOp copy, int64_t size, int64_t by) {
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](RankedTensorType type) -> std::optional<Type> {
      SmallVector<int64_t> shape(type.getShape());
      llvm::replace(shape, size, by);
      return RankedTensorType::get(shape, type.getElementType(), type.getEncoding());
    });
    replacer.recursivelyReplaceElementsIn(copy, /*replaceAttrs=*/true, /*replaceLocs=*/false, /*replaceTypes=*/true);
    return true;
  }

  ModuleOp module;
  const Tester &tester;
};

struct ReduceFunctions : PassWrapper<ReduceFunctions, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReduceFunctions)
  ReduceFunctions() = default;
  ReduceFunctions(const ReduceFunctions &other) : PassWrapper(other) {}
  StringRef getArgument() const override { return "reduce-functions"; }
  StringRef getDescription() const override {
    return "Drop functions, results, runs of ops and sizes that a fault does not need";
  }

  void runOnOperation() override {
    Tester tester(test.getValue(), {});
    Reduction reduction(getOperation(), tester);
    if (!reduction.shows(getOperation())) {
      getOperation().emitError("expected a module for which '") << test.getValue() << "' ends with 1, found another";
      return signalPassFailure();
    }
    reduction.run();
  }

  Option<std::string> test{*this, "test", llvm::cl::desc("A script that ends with 1 where the fault shows")};
};

} // namespace

void registerReduceFunctions() { PassRegistration<ReduceFunctions>(); }

} // namespace braid

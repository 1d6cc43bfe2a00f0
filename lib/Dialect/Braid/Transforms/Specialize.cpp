//===- Specialize.cpp - Entry points from forward --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionEntry.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Braid/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace braid {
#define GEN_PASS_DEF_BRAIDSPECIALIZEPASS
#include "braid/Dialect/Braid/Transforms/Passes.h.inc"

namespace {

/// A clone of `forward` under another name, in front of it.
func::FuncOp cloneAs(func::FuncOp forward, StringRef name) {
  OpBuilder builder(forward);
  auto entry = cast<func::FuncOp>(builder.clone(*forward));
  entry.setSymName(name);
  return entry;
}

/// The runtime takes logits in f32, whatever the model computes in.
void returnF32(func::FuncOp entry) {
  auto ret = cast<func::ReturnOp>(entry.getBody().front().getTerminator());
  auto logits = cast<RankedTensorType>(ret.getOperand(0).getType());
  if (logits.getElementType().isF32())
    return;
  OpBuilder builder(ret);
  auto type = logits.clone(builder.getF32Type());
  ret.setOperand(0, CastOp::create(builder, ret.getLoc(), type, ret.getOperand(0)));
  entry.setFunctionType(builder.getFunctionType(entry.getArgumentTypes(), type));
}

/// Returns the last token of each row instead of every token.
void returnLastTokens(func::FuncOp entry) {
  auto ret = cast<func::ReturnOp>(entry.getBody().front().getTerminator());
  OpBuilder builder(ret);
  auto logits = cast<RankedTensorType>(ret.getOperand(0).getType());
  auto type = RankedTensorType::get(logits.getShape(), logits.getElementType(), PerRowAttr::get(entry.getContext()));
  Value last = LastTokenOp::create(builder, ret.getLoc(), type, ret.getOperand(0), entry.getArgument(1));
  ret.setOperand(0, last);
  entry.setFunctionType(builder.getFunctionType(entry.getArgumentTypes(), type));
}

/// Promises one token in each row.
void takeSteps(func::FuncOp entry) {
  auto rows = RowsType::get(entry.getContext(), Form::Step);
  entry.getArgument(1).setType(rows);
  entry.setFunctionType(
      FunctionType::get(entry.getContext(), {entry.getArgument(0).getType(), rows}, entry.getResultTypes()));
}

/// Says which argument and which result the runtime knows as token ids and logits.
void markModelEntry(func::FuncOp forward) {
  auto mark = UnitAttr::get(forward.getContext());
  forward.setArgAttr(0, kTokensAttr, mark);
  forward.setResultAttr(0, kLogitsAttr, mark);
}

struct Specialize : impl::BraidSpecializePassBase<Specialize> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (failed(forward ? specializeModel(forward) : selectFunctions(module)))
      return signalPassFailure();
    for (auto function : module.getOps<func::FuncOp>())
      if (function.getNumResults() == 0 || !function.getResultAttr(0, kLogitsAttr))
        if (failed(checkFunctionEntry(function)))
          return signalPassFailure();
  }

  LogicalResult specializeModel(func::FuncOp forward) {
    ModuleOp module = getOperation();
    Type rows = RowsType::get(&getContext(), Form::Segment);
    if (forward.getNumArguments() != 2 || forward.getArgument(1).getType() != rows || forward.getNumResults() != 1 ||
        !forward.getBody().hasOneBlock())
      return forward.emitError() << "expects @forward to take tokens and " << rows << " and to return logits, found "
                                 << forward.getFunctionType();
    returnF32(forward);
    markModelEntry(forward);
    for (StringRef name : entryNames(module, {"prefill", "decode", "score"})) {
      if (name == "prefill") {
        returnLastTokens(cloneAs(forward, name));
      } else if (name == "decode") {
        takeSteps(cloneAs(forward, name));
      } else if (name == "score") {
        cloneAs(forward, name);
      } else {
        return module.emitError() << "expects entries prefill, decode or score, found '" << name << "'";
      }
    }
    forward.erase();
    return success();
  }

  /// Keeps the functions that the options name; all where they are silent.
  LogicalResult selectFunctions(ModuleOp module) {
    SmallVector<StringRef> all =
        llvm::map_to_vector(module.getOps<func::FuncOp>(), [](func::FuncOp function) { return function.getSymName(); });
    if (all.empty())
      return module.emitError() << "expects a function @forward to specialize, or functions of tensors, found none";
    SmallVector<StringRef> wanted = entryNames(module, all);
    for (StringRef name : wanted)
      if (!llvm::is_contained(all, name))
        return module.emitError() << "expects a function @" << name << ", which the entries name, found none";
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (!llvm::is_contained(wanted, function.getSymName()))
        function.erase();
    return success();
  }

  /// What the options ask for, or `all`.
  static SmallVector<StringRef> entryNames(ModuleOp module, ArrayRef<StringRef> all) {
    if (auto options = module->getAttrOfType<DictionaryAttr>(kOptionsAttr))
      if (auto entries = options.getAs<ArrayAttr>("entries"))
        return llvm::map_to_vector(entries.getAsRange<StringAttr>(), [](StringAttr name) { return name.getValue(); });
    return SmallVector<StringRef>(all);
  }
};

} // namespace
} // namespace braid

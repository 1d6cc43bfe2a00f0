//===- Specialize.cpp - Entry points from forward --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

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

struct Specialize : impl::BraidSpecializePassBase<Specialize> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward) {
      module.emitError() << "expects a function @forward to specialize, found none";
      return signalPassFailure();
    }
    Type rows = RowsType::get(&getContext(), Form::Segment);
    if (forward.getNumArguments() != 2 || forward.getArgument(1).getType() != rows || forward.getNumResults() != 1 ||
        !forward.getBody().hasOneBlock()) {
      forward.emitError() << "expects @forward to take tokens and " << rows << " and to return logits, found "
                          << forward.getFunctionType();
      return signalPassFailure();
    }
    returnF32(forward);
    for (StringRef name : entryNames(module)) {
      if (name == "prefill") {
        returnLastTokens(cloneAs(forward, name));
      } else if (name == "decode") {
        takeSteps(cloneAs(forward, name));
      } else if (name == "score") {
        cloneAs(forward, name);
      } else {
        module.emitError() << "expects entries prefill, decode or score, found '" << name << "'";
        return signalPassFailure();
      }
    }
    forward.erase();
  }

  SmallVector<StringRef> entryNames(ModuleOp module) {
    if (auto options = module->getAttrOfType<DictionaryAttr>(kOptionsAttr))
      if (auto entries = options.getAs<ArrayAttr>("entries"))
        return llvm::map_to_vector(entries.getAsRange<StringAttr>(), [](StringAttr name) { return name.getValue(); });
    return {"prefill", "decode", "score"};
  }
};

} // namespace
} // namespace braid

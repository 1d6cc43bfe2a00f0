//===- ReductionPatterns.cpp - Simpler modules for braid-reduce ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReductionPatterns.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Reducer/ReductionPatternInterface.h"
#include "mlir/Reducer/Tester.h"

using namespace mlir;

namespace braid {

namespace {

/// A chain loses one link where the fault still shows: whoever read the op's result reads an operand of the same type.
/// The reducer begins with all patterns applied everywhere and cannot go on if that hides the fault, so each link is tried
/// on a copy first.
struct ReadOperandInstead : RewritePattern {
  ReadOperandInstead(StringRef dialect, MLIRContext *context, Tester &tester)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context), dialect(dialect), tester(tester) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (op->getName().getDialectNamespace() != dialect || op->getNumResults() != 1)
      return failure();
    Type type = op->getResult(0).getType();
    for (OpOperand &operand : op->getOpOperands()) {
      if (operand.get().getType() != type || !showsWithout(op, operand.getOperandNumber()))
        continue;
      rewriter.replaceOp(op, operand.get());
      return success();
    }
    return failure();
  }

  bool showsWithout(Operation *op, unsigned operand) const {
    IRMapping mapping;
    OwningOpRef<ModuleOp> attempt = cast<ModuleOp>(op->getParentOfType<ModuleOp>()->clone(mapping));
    Operation *copy = mapping.lookup(op);
    copy->getResult(0).replaceAllUsesWith(copy->getOperand(operand));
    copy->erase();
    return succeeded(verify(*attempt)) && tester.isInteresting(*attempt).first == Tester::Interestingness::True;
  }

  StringRef dialect;
  Tester &tester;
};

struct ReductionPatterns : DialectReductionPatternInterface {
  explicit ReductionPatterns(Dialect *dialect) : DialectReductionPatternInterface(dialect) {}

  void populateReductionPatterns(RewritePatternSet &) const override {}
  void populateReductionPatternsWithTester(RewritePatternSet &patterns, Tester &tester) const override {
    patterns.add<ReadOperandInstead>(getDialect()->getNamespace(), patterns.getContext(), tester);
  }
};

} // namespace

void registerReductionPatterns(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, BraidDialect *dialect) { dialect->addInterfaces<ReductionPatterns>(); });
  registry.addExtension(+[](MLIRContext *, tile::TileDialect *dialect) { dialect->addInterfaces<ReductionPatterns>(); });
}

} // namespace braid

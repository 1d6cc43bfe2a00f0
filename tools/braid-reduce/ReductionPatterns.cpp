//===- ReductionPatterns.cpp - Simpler modules for braid-reduce ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReductionPatterns.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Reducer/ReductionPatternInterface.h"

using namespace mlir;

namespace braid {

namespace {

/// A chain loses one link: whoever read the op's result reads an operand of the same type.
struct ReadOperandInstead : RewritePattern {
  ReadOperandInstead(StringRef dialect, MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context), dialect(dialect) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (op->getName().getDialectNamespace() != dialect || op->getNumResults() != 1)
      return failure();
    Type type = op->getResult(0).getType();
    // The reducer leaves null operands behind where it took an op out, until its verifier refuses the attempt.
    auto same = llvm::find_if(op->getOperands(), [&](Value operand) { return operand && operand.getType() == type; });
    if (same == op->operand_end())
      return failure();
    rewriter.replaceOp(op, *same);
    return success();
  }

  StringRef dialect;
};

struct ReductionPatterns : DialectReductionPatternInterface {
  explicit ReductionPatterns(Dialect *dialect) : DialectReductionPatternInterface(dialect) {}

  void populateReductionPatterns(RewritePatternSet &patterns) const override {
    patterns.add<ReadOperandInstead>(getDialect()->getNamespace(), patterns.getContext());
  }
};

} // namespace

void registerReductionPatterns(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, BraidDialect *dialect) { dialect->addInterfaces<ReductionPatterns>(); });
  registry.addExtension(+[](MLIRContext *, tile::TileDialect *dialect) { dialect->addInterfaces<ReductionPatterns>(); });
}

} // namespace braid

//===- IndexFacts.cpp - What is known of an index -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IndexFacts.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include <numeric>

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static std::optional<int64_t> constantOf(Value value) {
  APInt constant;
  return matchPattern(value, m_ConstantInt(&constant)) ? std::optional(constant.getSExtValue()) : std::nullopt;
}

static scf::ForOp loopOf(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto loop = argument ? dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp()) : scf::ForOp();
  return loop && loop.getInductionVar() == value ? loop : scf::ForOp();
}

bool braid::hopper::isNonNegative(Value index) {
  if (auto constant = constantOf(index))
    return *constant >= 0;
  if (auto loop = loopOf(index))
    return isNonNegative(loop.getLowerBound());
  if (auto argument = dyn_cast<BlockArgument>(index))
    return isa<RoleOp>(argument.getOwner()->getParentOp());
  Operation *op = index.getDefiningOp();
  if (isa<WorkerOp, GridOp, DimOp, BlockIdOp, arith::IndexCastUIOp>(op))
    return true;
  if (isa<arith::MaxSIOp>(op))
    return llvm::any_of(op->getOperands(), isNonNegative);
  return isa<arith::AddIOp, arith::MulIOp, arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
             arith::MinUIOp, arith::MinSIOp>(op) &&
         llvm::all_of(op->getOperands(), isNonNegative);
}

int64_t braid::hopper::divisorOf(Value index) {
  if (auto constant = constantOf(index))
    return std::abs(*constant);
  if (auto loop = loopOf(index))
    return std::gcd(divisorOf(loop.getLowerBound()), divisorOf(loop.getStep()));
  Operation *op = index.getDefiningOp();
  if (isa_and_nonnull<arith::MulIOp>(op))
    return divisorOf(op->getOperand(0)) * divisorOf(op->getOperand(1));
  if (isa_and_nonnull<arith::AddIOp, arith::SubIOp>(op))
    return std::gcd(divisorOf(op->getOperand(0)), divisorOf(op->getOperand(1)));
  return 1;
}

std::optional<IndexRanges::Range> IndexRanges::rangeOf(Value value) const {
  if (auto known = ranges.find(value); known != ranges.end())
    return known->second;
  std::optional<int64_t> constant = constantOf(value);
  return constant ? std::optional(Range(*constant, *constant)) : std::nullopt;
}

std::optional<bool> IndexRanges::decide(Operation &op) {
  if (op.getNumOperands() != 2)
    return std::nullopt;
  std::optional<Range> a = rangeOf(op.getOperand(0)), b = rangeOf(op.getOperand(1));
  if (!a || !b || a->first < 0 || b->first < 0) // so that signed and unsigned are the same
    return std::nullopt;
  if (isa<arith::DivSIOp, arith::DivUIOp>(op) && b->first == b->second && b->first > 0)
    know(op.getResult(0), a->first / b->first, a->second / b->first);
  auto compare = dyn_cast<arith::CmpIOp>(op);
  if (!compare)
    return std::nullopt;
  bool less = a->second < b->first, greater = b->second < a->first;
  bool notLess = a->first >= b->second, notGreater = a->second <= b->first;
  auto answer = [](bool yes, bool no) { return yes || no ? std::optional(yes) : std::nullopt; };
  switch (compare.getPredicate()) {
  case arith::CmpIPredicate::eq:
    return answer(notLess && notGreater, less || greater);
  case arith::CmpIPredicate::ne:
    return answer(less || greater, notLess && notGreater);
  case arith::CmpIPredicate::slt:
  case arith::CmpIPredicate::ult:
    return answer(less, notLess);
  case arith::CmpIPredicate::sle:
  case arith::CmpIPredicate::ule:
    return answer(notGreater, greater);
  case arith::CmpIPredicate::sgt:
  case arith::CmpIPredicate::ugt:
    return answer(greater, notGreater);
  case arith::CmpIPredicate::sge:
  case arith::CmpIPredicate::uge:
    return answer(notLess, less);
  }
  llvm_unreachable("every predicate has an answer");
}

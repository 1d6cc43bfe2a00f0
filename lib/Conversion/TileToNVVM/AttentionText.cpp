//===- AttentionText.cpp - The parts of an attention's text ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionText.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

static std::string formulaOf(Value value, MapOp map, SmallVectorImpl<Value> &outside) {
  if (auto argument = dyn_cast<BlockArgument>(value); argument && argument.getOwner() == &map.getBlock()) {
    unsigned n = argument.getArgNumber(), inputs = map.getInputs().size();
    return std::string(1, n < inputs ? char('a' + n) : char('i' + (n - inputs)));
  }
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != &map.getBlock() || op->hasTrait<OpTrait::ConstantLike>()) {
    if (!llvm::is_contained(outside, value))
      outside.push_back(value);
    return "x" + std::to_string(llvm::find(outside, value) - outside.begin());
  }
  std::string formula = op->getName().stripDialect().str();
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    formula = arith::stringifyCmpIPredicate(compare.getPredicate()).str();
  formula += '(';
  for (Value operand : op->getOperands())
    formula += (formula.back() == '(' ? "" : ", ") + ::formulaOf(operand, map, outside);
  return formula + ')';
}

std::string braid::hopper::formulaOf(MapOp map, SmallVectorImpl<Value> &outside) {
  return ::formulaOf(map.getYielded(), map, outside);
}

/// A map of this formula over these tiles, without anything from outside; a null tile may be any, which it becomes.
static bool isMap(Value tile, StringRef formula, std::initializer_list<Value *> inputs) {
  auto map = tile.getDefiningOp<MapOp>();
  if (!map || map.getInputs().size() != inputs.size())
    return false;
  SmallVector<Value> outside;
  if (formulaOf(map, outside) != formula || !outside.empty())
    return false;
  for (auto [expected, input] : llvm::zip(inputs, map.getInputs())) {
    if (*expected && *expected != input)
      return false;
    *expected = input;
  }
  return true;
}

/// A vector repeated in every column.
static bool isAlongRows(Value tile, Value &vector) {
  auto broadcast = tile.getDefiningOp<BroadcastOp>();
  if (!broadcast || broadcast.getDimension() != 1 || (vector && vector != broadcast.getVector()))
    return false;
  vector = broadcast.getVector();
  return true;
}

static bool isReduction(Value tile, ReduceKind kind, Value input) {
  auto reduce = tile.getDefiningOp<ReduceOp>();
  return reduce && reduce.getKind() == kind && reduce.getDimension() == 1 && reduce.getInput() == input;
}

static std::optional<double> constantOf(Value value) {
  FloatAttr number;
  return matchPattern(value, m_Constant(&number)) ? std::optional(number.getValueAsDouble()) : std::nullopt;
}

static bool isSplat(Value tile, llvm::function_ref<bool(double)> holds) {
  auto splat = tile.getDefiningOp<SplatOp>();
  std::optional<double> number = splat ? constantOf(splat.getValue()) : std::nullopt;
  return number && holds(*number);
}

static bool isZero(double number) { return number == 0; }

/// Below every score: what a masked one becomes, and where the maximum starts.
static bool isLowest(double number) { return number <= -1e30; }

//===----------------------------------------------------------------------===//
// The text
//===----------------------------------------------------------------------===//

std::optional<AttentionText> AttentionText::match(KernelOp kernel) {
  AttentionText text;
  if (text.matchKernel(kernel) && text.matchSteps() && text.matchResults())
    return text;
  return std::nullopt;
}

/// Scalars and one condition, which holds scalars, a load of queries, one loop and stores.
bool AttentionText::matchKernel(KernelOp kernel) {
  for (Operation &op : kernel.getBlock().without_terminator()) {
    if (auto branch = dyn_cast<scf::IfOp>(op)) {
      if (block || branch.elseBlock())
        return false;
      block = branch;
    } else if (op.getNumRegions() || isa<LoadOp, StoreOp, WriteOp>(op)) {
      return false;
    }
  }
  if (!block)
    return false;
  if (auto number = kernel->getAttrOfType<IntegerAttr>(kWorkCounterAttr))
    counter = kernel.getBlock().getArgument(unsigned(number.getInt()));
  SmallVector<StoreOp> stores;
  for (Operation &op : *block.thenBlock()) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      if (steps)
        return false;
      steps = loop;
    } else if (auto store = dyn_cast<StoreOp>(op)) {
      stores.push_back(store);
    } else if (isa<scf::IfOp, WriteOp, MmaOp>(op)) {
      return false;
    }
  }
  if (!steps || steps.getNumResults() != 3 || stores.empty() || stores.size() > 2)
    return false;
  result = stores[0];
  logSumExp = stores.size() == 2 ? stores[1] : StoreOp();
  return !llvm::any_of(*steps.getBody(), [](Operation &op) { return isa<scf::ForOp, scf::IfOp, StoreOp, WriteOp>(op); });
}

/// One step: maximum, sum and out as carried become those with the step's keys.
bool AttentionText::matchSteps() {
  Value maximum = steps.getRegionIterArg(0), sum = steps.getRegionIterArg(1), out = steps.getRegionIterArg(2);
  Operation *yield = steps.getBody()->getTerminator();
  Value newMaximum = yield->getOperand(0), newSum = yield->getOperand(1), scores, weights;
  auto last = yield->getOperand(2).getDefiningOp<MmaOp>();
  if (!last || last.getTransposeA() || last.getTransposeB() || !isMap(last.getA(), "truncf(a)", {&weights}))
    return false;
  // weights = exp(scores - newMaximum), newMaximum = max(maximum, max of scores)
  Value repeatedMaximum, top, rescale, repeatedRescale, old, added, vector = newMaximum;
  if (!isMap(weights, "exp(subf(a, b))", {&scores, &repeatedMaximum}) || !isAlongRows(repeatedMaximum, vector) ||
      !isMap(newMaximum, "maxnumf(a, b)", {&maximum, &top}) || !isReduction(top, ReduceKind::Max, scores))
    return false;
  // newSum = sum * rescale + sum of weights, rescale = exp(maximum - newMaximum)
  if (!isMap(newSum, "addf(a, b)", {&old, &added}) || !isReduction(added, ReduceKind::Add, weights) ||
      !isMap(old, "mulf(a, b)", {&sum, &rescale}) || !isMap(rescale, "exp(subf(a, b))", {&maximum, &newMaximum}))
    return false;
  // out * rescale + weights . values
  if (!isMap(last.getAccumulator(), "mulf(a, b)", {&out, &repeatedRescale}) || !isAlongRows(repeatedRescale, rescale))
    return false;
  // scores = product * scale where the key's position is at most the query's
  auto masked = scores.getDefiningOp<MapOp>();
  SmallVector<Value> outside;
  if (!masked || masked.getInputs().size() != 1 ||
      formulaOf(masked, outside) != "select(sle(addi(x0, j), addi(x1, i)), mulf(a, x2), x3)" ||
      outside[0] != steps.getInductionVar())
    return false;
  std::optional<double> factor = constantOf(outside[2]), lowest = constantOf(outside[3]);
  if (!factor || !lowest || !isLowest(*lowest))
    return false;
  first = outside[1];
  scale = *factor;
  auto scored = masked.getInputs()[0].getDefiningOp<MmaOp>();
  if (!scored || scored.getTransposeA() || !scored.getTransposeB() || !isSplat(scored.getAccumulator(), isZero))
    return false;
  queries = scored.getA().getDefiningOp<LoadOp>();
  keys = scored.getB().getDefiningOp<LoadOp>();
  values = last.getB().getDefiningOp<LoadOp>();
  APInt lower, step;
  return queries && keys && values && queries->getBlock() == block.thenBlock() && keys->getBlock() == steps.getBody() &&
         values->getBlock() == steps.getBody() && matchPattern(steps.getLowerBound(), m_ConstantInt(&lower)) &&
         lower.isZero() && matchPattern(steps.getStep(), m_ConstantInt(&step)) &&
         step.getSExtValue() == keys.getType().getRows() && isSplat(steps.getInitArgs()[0], isLowest) &&
         isSplat(steps.getInitArgs()[1], isZero) && isSplat(steps.getInitArgs()[2], isZero);
}

/// result = out / sum; logSumExp = maximum + log(sum).
bool AttentionText::matchResults() {
  Value quotient, repeated, maximum = steps.getResult(0), sum = steps.getResult(1), out = steps.getResult(2);
  if (!isMap(result.getValue(), "truncf(a)", {&quotient}) || !isMap(quotient, "divf(a, b)", {&out, &repeated}) ||
      !isAlongRows(repeated, sum))
    return false;
  if (!isOfBlock(result))
    return false;
  if (!logSumExp)
    return true;
  auto reshaped = logSumExp.getValue().getDefiningOp<ReshapeOp>();
  return reshaped && isMap(reshaped.getInput(), "addf(a, log(b))", {&maximum, &sum}) && isOfBlock(logSumExp) &&
         logSumExp.getUpper()[0] == endOfRow();
}

/// Whether all blocks of a row agree about the number.
static bool isOfRow(Value value) {
  if (auto id = value.getDefiningOp<BlockIdOp>())
    return id.getDimension() == 0;
  Operation *op = value.getDefiningOp();
  return !op || (op->getNumRegions() == 0 && llvm::all_of(op->getOperands(), isOfRow));
}

/// Whether the numbers are two of an operation whose order does not matter.
static bool areEither(Value a, Value b, llvm::function_ref<bool(Value, Value)> holds) { return holds(a, b) || holds(b, a); }

/// Whether a store writes the tokens of a row from the first one of its block on: block n of a row, by the grid's last
/// dimension, has the n-th of its queries. So how many blocks a row needs follows from its length.
bool AttentionText::isOfBlock(StoreOp store) {
  if (store.getValidDims() != ArrayRef<int64_t>(rowDimension(store)) || !isOfRow(store.getUpper()[0]))
    return false;
  auto isBlock = [&](Value id, Value queries) {
    APInt number;
    auto block = id.getDefiningOp<BlockIdOp>();
    return block && block.getDimension() == 2 && matchPattern(queries, m_ConstantInt(&number)) &&
           number.getSExtValue() == numQueries();
  };
  auto isFirst = [&](Value start, Value further) {
    auto product = further.getDefiningOp<arith::MulIOp>();
    return product && isOfRow(start) && areEither(product.getLhs(), product.getRhs(), isBlock);
  };
  auto token = store.getIndices()[rowDimension(store)].getDefiningOp<arith::AddIOp>();
  return token && areEither(token.getLhs(), token.getRhs(), isFirst);
}

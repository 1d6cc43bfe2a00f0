//===- GroupTiles.cpp - Scalars and tiles in registers --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Group.h"
#include "Products.h"
#include "ThreadBlock.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

LogicalResult Group::scalar(Operation &op) {
  if (auto select = dyn_cast<arith::SelectOp>(op); select && !select.getType().isIntOrIndexOrFloat()) {
    Value chosen = integer(select.getCondition()) ? select.getTrueValue() : select.getFalseValue();
    return define(select, Datum(values.find(chosen)->second)), success();
  }
  if (op.getNumResults() != 1 || op.getNumRegions() || !op.getResult(0).getType().isIntOrIndexOrFloat())
    return fail(&op) << "has no meaning in the simulator";
  SmallVector<Numbers, 3> numbers;
  for (Value operand : op.getOperands())
    numbers.push_back({get<Number>(operand)});
  SmallVector<const Numbers *, 3> operands = llvm::map_to_vector<3>(numbers, [](Numbers &n) -> const Numbers * { return &n; });
  Numbers result;
  if (failed(evaluateScalarOp(&op, operands, 1, result)))
    return failure();
  return define(op.getResult(0), result.front()), success();
}

/// One that is computed where it is read waits until then.
LogicalResult Group::executeTile(Operation &op) {
  auto place = op.getAttrOfType<PlaceAttr>("tile.place");
  if (!place || place.getKind() != PlaceKind::Inline)
    return compute(op);
  return define(op.getResult(0), InlineTile{&op}), success();
}

LogicalResult Group::compute(Operation &op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case([&](MapOp op) { return map(op); })
      .Case([&](LoadOp op) { return load(op); })
      .Case([&](StoreOp op) { return store(op); })
      .Case([&](ReduceOp op) { return reduce(op); })
      .Case([&](FoldOp op) { return fold(op); })
      .Case([&](PrefixSumOp op) { return prefixSum(op); })
      .Case([&](RecurrenceOp op) { return recurrence(op); })
      .Case([&](MmaOp op) { return multiply(op); })
      .Case([&](ReadOp op) {
        const View &from = view(op.getView());
        from.forElements(integers(op.getIndices()), {}, from.whole(), [&](int64_t, int64_t, std::optional<int64_t> at) {
          define(op.getResult(), at ? from.load(*at) : zero(from.getElementType()));
        });
        return success();
      })
      .Case([&](WriteOp op) {
        const View &to = view(op.getView());
        to.forElements(integers(op.getIndices()), {}, to.whole(), [&](int64_t, int64_t, std::optional<int64_t> at) {
          if (at)
            to.store(*at, get<Number>(op.getValue()));
        });
        return success();
      })
      .Case([&](SplatOp op) {
        int64_t count = op.getType().getRows() * op.getType().getColumns();
        return defineTile(op, Numbers(size_t(count), get<Number>(op.getValue()))), success();
      })
      .Case([&](BroadcastOp op) {
        return rearrange(op, [&](int64_t i, int64_t j) { return std::pair(int64_t(0), op.getDimension() ? i : j); });
      })
      .Case([&](TransposeOp op) { return rearrange(op, [](int64_t i, int64_t j) { return std::pair(j, i); }); })
      .Case([&](ColumnsOp op) {
        return rearrange(op, [&](int64_t i, int64_t j) { return std::pair(i, int64_t(op.getFirst()) + j); });
      })
      .Case([&](ReshapeOp op) -> LogicalResult {
        FailureOr<TileRef> input = tile(op.getInput(), op);
        return failed(input) ? failure() : (defineTile(op, (*input)->elements), success());
      })
      .Case([&](ExtractOp op) -> LogicalResult {
        FailureOr<TileRef> input = tile(op.getInput(), op);
        if (failed(input))
          return failure();
        int64_t at = 0;
        for (auto [size, index] : llvm::zip(op.getInput().getType().getShape(), integers(op.getIndices()))) {
          if (index < 0 || index >= size)
            return fail(op) << "expects an index from 0 to " << size - 1 << ", found " << index;
          at = at * size + index;
        }
        return define(op, (*input)->elements[size_t(at)]), success();
      })
      .Default([&](Operation *other) { return fail(other) << "has no meaning in the simulator"; });
}

/// Every operation of the function for all elements at once.
LogicalResult Group::map(MapOp op) {
  size_t count = size_t(op.getType().getRows() * op.getType().getColumns());
  llvm::DenseMap<Value, const Numbers *> known;
  std::deque<Numbers> made;
  SmallVector<TileRef> inputs;
  for (auto [name, input] : llvm::zip(op.getBlock().getArguments(), op.getInputs())) {
    FailureOr<TileRef> read = tile(input, op);
    if (failed(read))
      return failure();
    inputs.push_back(*read);
    known[name] = &inputs.back()->elements;
  }
  auto coordinates = op.getCoordinates();
  for (auto [dimension, name] : llvm::enumerate(coordinates)) {
    Numbers &numbers = made.emplace_back(count);
    int64_t columns = op.getType().getColumns();
    bool isRow = coordinates.size() == 2 && dimension == 0;
    for (size_t i = 0; i < count; ++i)
      numbers[i] = Number::of(isRow ? int64_t(i) / columns : int64_t(i) % columns);
    known[name] = &numbers;
  }
  auto lookup = [&](Value name) {
    const Numbers *&numbers = known[name];
    if (!numbers)
      numbers = &made.emplace_back(Numbers{get<Number>(name)}); // from outside
    return numbers;
  };
  for (Operation &inner : op.getBlock().without_terminator()) {
    SmallVector<const Numbers *> operands = llvm::map_to_vector(inner.getOperands(), lookup);
    bool same = llvm::all_of(operands, [](const Numbers *operand) { return operand->size() == 1; });
    Numbers result;
    if (failed(evaluateScalarOp(&inner, operands, same ? 1 : count, result)))
      return failure();
    known[inner.getResult(0)] = &made.emplace_back(std::move(result));
  }
  Numbers elements = *lookup(op.getYielded());
  if (elements.size() == 1)
    elements.resize(count, elements.front());
  return defineTile(op, std::move(elements)), success();
}

LogicalResult Group::multiply(MmaOp op) {
  FailureOr<TileRef> a = tile(op.getA(), op), b = tile(op.getB(), op), sum = tile(op.getAccumulator(), op);
  if (failed(a) || failed(b) || failed(sum))
    return failure();
  return defineTile(op, simulator::compute(op, **a, **b, **sum)), success();
}

template <typename AccessOp> SmallVector<Interval, 4> Group::validRanges(AccessOp op) const {
  SmallVector<Interval, 4> ranges = view(op.getView()).whole();
  for (auto [dimension, low, high] : llvm::zip(op.getValidDims(), op.getLower(), op.getUpper())) {
    Interval &range = ranges[size_t(dimension)];
    range = {std::max(range.low, integer(low)), std::min(range.high, integer(high))};
  }
  return ranges;
}

LogicalResult Group::load(LoadOp op) {
  const View &from = view(op.getView());
  Numbers elements;
  elements.reserve(size_t(op.getType().getRows() * op.getType().getColumns()));
  from.forElements(integers(op.getIndices()), op.getType().getShape(), validRanges(op),
                   [&](int64_t, int64_t, std::optional<int64_t> at) {
                     elements.push_back(at ? from.load(*at) : zero(from.getElementType()));
                   });
  return defineTile(op, std::move(elements)), success();
}

/// Other groups, and other blocks, notice: they draw from the same counter.
LogicalResult Group::draw(DrawOp op) {
  noticed = true;
  const View &counter = view(op.getCounter());
  Number drawn = counter.load(0);
  counter.store(0, Number::of(drawn.integer + 1));
  return define(op, drawn), success();
}

LogicalResult Group::store(StoreOp op) {
  FailureOr<TileRef> value = tile(op.getValue(), op);
  if (failed(value))
    return failure();
  const View &to = view(op.getView());
  const Number *next = (*value)->elements.data();
  to.forElements(integers(op.getIndices()), op.getValue().getType().getShape(), validRanges(op),
                 [&](int64_t, int64_t, std::optional<int64_t> at) {
                   if (at)
                     to.store(*at, *next);
                   ++next;
                 });
  return success();
}

Number braid::simulator::combine(ReduceKind kind, Number a, Number b, Type element) {
  if (!isa<FloatType>(element)) {
    int64_t x = a.integer, y = b.integer;
    return Number::of(kind == ReduceKind::Add ? int64_t(uint64_t(x) + uint64_t(y))
                      : kind == ReduceKind::Max ? std::max(x, y)
                                                : std::min(x, y));
  }
  if (kind == ReduceKind::Max)
    return Number::of(std::fmax(a.real, b.real));
  if (kind == ReduceKind::Min)
    return Number::of(std::fmin(a.real, b.real));
  return Number::of(element.isF32() ? double(float(a.real + b.real)) : a.real + b.real);
}

LogicalResult Group::reduce(ReduceOp op) {
  FailureOr<TileRef> input = tile(op.getInput(), op);
  if (failed(input))
    return failure();
  TileType type = op.getInput().getType();
  int64_t rows = type.getRows(), columns = type.getColumns();
  bool alongRows = type.getRank() == 1 || op.getDimension() == 1;
  Numbers result;
  for (int64_t n = 0; n < (alongRows ? rows : columns); ++n) {
    auto element = [&](int64_t i) { return (*input)->elements[size_t(alongRows ? n * columns + i : i * columns + n)]; };
    Number sum = element(0);
    for (int64_t i = 1; i < (alongRows ? columns : rows); ++i)
      sum = combine(op.getKind(), sum, element(i), type.getElementType());
    result.push_back(sum);
  }
  narrow(result, type.getElementType());
  return defineTile(op, std::move(result)), success();
}

LogicalResult Group::prefixSum(PrefixSumOp op) {
  FailureOr<TileRef> input = tile(op.getInput(), op);
  if (failed(input))
    return failure();
  TileType type = op.getType();
  int64_t rows = type.getRows(), columns = type.getColumns();
  bool alongRows = type.getRank() == 1 || op.getDimension() == 1;
  int64_t lines = alongRows ? rows : columns, length = alongRows ? columns : rows;
  Numbers result = (*input)->elements;
  for (int64_t n = 0; n < lines; ++n) {
    auto element = [&](int64_t i) -> Number & {
      i = op.getReverse() ? length - 1 - i : i;
      return result[size_t(alongRows ? n * columns + i : i * columns + n)];
    };
    for (int64_t i = 1; i < length; ++i)
      element(i) = combine(ReduceKind::Add, element(i - 1), element(i), type.getElementType());
  }
  narrow(result, type.getElementType());
  return defineTile(op, std::move(result)), success();
}

LogicalResult Group::recurrence(RecurrenceOp op) {
  FailureOr<TileRef> u = tile(op.getU(), op), step = tile(op.getStep(), op), b = tile(op.getB(), op),
                     c = tile(op.getC(), op), rate = tile(op.getRate(), op), initial = tile(op.getInitial(), op);
  if (failed(u) || failed(step) || failed(b) || failed(c) || failed(rate) || failed(initial))
    return failure();
  int64_t rows = op.getTokens(), columns = op.getChannels(), states = op.getStates();
  int64_t count = std::clamp<int64_t>(integer(op.getCount()), 0, rows);
  bool narrow = op.getResult().getType().getElementType().isF32();
  auto rounded = [&](double value) { return narrow ? double(float(value)) : value; };
  Numbers result(size_t(rows * columns), Number::of(0.0)), last = (*initial)->elements;
  auto at = [](FailureOr<TileRef> &tile, int64_t index) { return (*tile)->elements[size_t(index)].real; };
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j < columns; ++j) {
      double y = 0;
      for (int64_t n = 0; n < states; ++n) {
        double &state = last[size_t(n * columns + j)].real;
        double decay = rounded(std::exp2(rounded(at(rate, n * columns + j) * at(step, i * columns + j))));
        state = rounded(std::fma(decay, state, rounded(at(b, i * states + n) * at(u, i * columns + j))));
        y = rounded(std::fma(at(c, i * states + n), state, y));
      }
      result[size_t(i * columns + j)].real = y;
    }
  defineTile(op.getResult(), std::move(result));
  return defineTile(op.getLast(), std::move(last)), success();
}

LogicalResult Group::rearrange(Operation *op,
                               llvm::function_ref<std::pair<int64_t, int64_t>(int64_t, int64_t)> function) {
  FailureOr<TileRef> input = tile(op->getOperand(0), op);
  if (failed(input))
    return failure();
  auto from = cast<TileType>(op->getOperand(0).getType()), to = cast<TileType>(op->getResult(0).getType());
  Numbers elements;
  elements.reserve(size_t(to.getRows() * to.getColumns()));
  for (int64_t i = 0; i < to.getRows(); ++i)
    for (int64_t j = 0; j < to.getColumns(); ++j) {
      auto [row, column] = function(i, j);
      elements.push_back((*input)->elements[size_t(row * from.getColumns() + column)]);
    }
  return defineTile(op->getResult(0), std::move(elements)), success();
}

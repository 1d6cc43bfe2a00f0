//===- Derivatives.cpp - Finite differences of sequence operators ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Derivatives.h"
#include "braid/Reference/Evaluator.h"

using namespace mlir;
using namespace braid;
using namespace braid::property;

/// Truncation costs epsilon^2, rounding 1e-16 / epsilon.
constexpr double epsilon = 1e-6, tolerance = 1e-6;
constexpr int64_t tokens = 5;

namespace {

/// The arguments of an operator, or a direction among them.
struct Point {
  SmallVector<Tensor> inputs, parameters;
};

using Values = std::vector<double>;

} // namespace

static Tensor moved(Tensor tensor, const Tensor &direction, double by) {
  for (auto [value, slope] : llvm::zip_equal(tensor.data, direction.data))
    value += by * slope;
  return tensor;
}

static SmallVector<Tensor> moved(ArrayRef<Tensor> tensors, ArrayRef<Tensor> directions, double by) {
  SmallVector<Tensor> result;
  for (auto [tensor, direction] : llvm::zip_equal(tensors, directions))
    result.push_back(moved(tensor, direction, by));
  return result;
}

static Point moved(const Point &point, const Point &direction, double by) {
  return {moved(point.inputs, direction.inputs, by), moved(point.parameters, direction.parameters, by)};
}

static Tensor draw(Value value, StringRef name, int64_t index, const Case &c) {
  SmallVector<int64_t> shape(cast<RankedTensorType>(value.getType()).getShape());
  if (ShapedType::isDynamic(shape.front()))
    shape.front() = tokens;
  Tensor tensor(shape);
  Random random(c.data, name, uint64_t(index));
  for (double &element : tensor.data)
    element = random.normal();
  return tensor;
}

static Point draw(SequenceOpInterface op, const Twine &name, const Case &c) {
  Point point;
  std::string inputs = (name + " inputs").str(), parameters = (name + " parameters").str();
  for (auto [i, value] : llvm::enumerate(op.getTokenInputs()))
    point.inputs.push_back(draw(value, inputs, int64_t(i), c));
  for (auto [i, value] : llvm::enumerate(op.getParameters()))
    point.parameters.push_back(draw(value, parameters, int64_t(i), c));
  return point;
}

static SmallVector<Tensor> token(ArrayRef<Tensor> inputs, int64_t t) {
  return llvm::map_to_vector(inputs, [&](const Tensor &input) { return input.entries(t, t + 1); });
}

/// The outputs of a segment from the zero state.
static FailureOr<Values> segment(SequenceEvaluator &evaluator, const Point &point) {
  std::vector<RowState> states{evaluator.zeroState()};
  FailureOr<SmallVector<Tensor>> results = evaluator.segment({0, tokens}, point.inputs, point.parameters, states);
  if (failed(results))
    return failure();
  return results->front().data;
}

static FailureOr<Values> slopeOfSegment(SequenceEvaluator &evaluator, const Point &point, const Point &direction) {
  FailureOr<Values> above = segment(evaluator, moved(point, direction, epsilon));
  FailureOr<Values> below = segment(evaluator, moved(point, direction, -epsilon));
  if (failed(above) || failed(below))
    return failure();
  for (auto [a, b] : llvm::zip_equal(*above, *below))
    a = (a - b) / (2 * epsilon);
  return *above;
}

/// The same by the chain rule: each step is differentiated along its inputs', its parameters' and its state's directions.
static FailureOr<Values> slopeOfSteps(SequenceEvaluator &evaluator, const Point &point, const Point &direction) {
  RowState state = evaluator.zeroState(), slope = state; // the zero state is the same everywhere
  Values slopes;
  for (int64_t t = 0; t < tokens; ++t) {
    RowState after[3];
    SmallVector<Tensor> outputs[3];
    for (int side : {-1, 0, 1}) {
      Point there = moved(point, direction, side * epsilon);
      std::vector<RowState> states{moved(state, slope, side * epsilon)};
      FailureOr<SmallVector<Tensor>> results = evaluator.step(token(there.inputs, t), there.parameters, states);
      if (failed(results))
        return failure();
      after[side + 1] = states.front();
      outputs[side + 1] = *results;
    }
    state = after[1];
    slope = after[2];
    for (auto [above, below] : llvm::zip_equal(slope, after[0]))
      for (auto [a, b] : llvm::zip_equal(above.data, below.data))
        a = (a - b) / (2 * epsilon);
    for (auto [a, b] : llvm::zip_equal(outputs[2].front().data, outputs[0].front().data))
      slopes.push_back((a - b) / (2 * epsilon));
  }
  return slopes;
}

/// Moves the last token alone, and not by little.
static bool looksAhead(SequenceEvaluator &evaluator, Point point, const Point &direction) {
  FailureOr<Values> before = segment(evaluator, point);
  for (auto [input, slope] : llvm::zip_equal(point.inputs, direction.inputs))
    for (int64_t i = (tokens - 1) * input.entrySize(); i < input.size(); ++i)
      input.data[i] += slope.data[i];
  FailureOr<Values> after = segment(evaluator, point);
  size_t earlier = before->size() / tokens * (tokens - 1);
  return failed(after) || !std::equal(before->begin(), before->begin() + long(earlier), after->begin());
}

std::string property::checkDerivatives(const Case &c, const Compiled &compiled) {
  SequenceOpInterface op;
  compiled.module()->walk([&](SequenceOpInterface found) { op = found; });
  if (!op)
    return "";
  FailureOr<SequenceEvaluator> evaluator = SequenceEvaluator::create(op);
  if (failed(evaluator))
    return "the evaluator cannot run this operator alone";
  Point point = draw(op, "point", c), direction = draw(op, "direction", c);
  FailureOr<Values> whole = slopeOfSegment(*evaluator, point, direction);
  FailureOr<Values> chained = slopeOfSteps(*evaluator, point, direction);
  if (failed(whole) || failed(chained))
    return "the evaluator cannot run this operator alone";
  double difference = 0, size = 0;
  for (auto [a, b] : llvm::zip_equal(*whole, *chained)) {
    difference += (a - b) * (a - b);
    size += a * a;
  }
  double error = std::sqrt(difference / size);
  if (!(error <= tolerance)) // a slope of zero is none
    return "the slope of a segment differs from that of its steps by " + std::to_string(error) + " of its size";
  return looksAhead(*evaluator, point, direction) ? "a token acts on outputs before it" : "";
}

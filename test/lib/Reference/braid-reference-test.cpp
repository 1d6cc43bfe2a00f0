//===- braid-reference-test.cpp - The evaluator against fixtures -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For tests alone: braid-reference-test MODULE.mlir FIXTURES.safetensors evaluates
// the first op of each function on the operands that the fixtures have under the
// function's name and compares the results. test/Reference/Inputs/make_fixtures.py
// says how the fixtures are named.
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Formats/Safetensors.h"
#include "braid/Reference/Evaluator.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace mlir;
using namespace braid;

namespace {

constexpr double tolerance = 1e-12;

/// The fixtures, and which of them a function has read.
class Fixtures {
public:
  explicit Fixtures(const Safetensors &file) : file(file) {}

  std::optional<Tensor> read(const Twine &name) {
    const TensorView *found = file.find(name.str());
    if (!found || found->info.dtype != DType::F64)
      return std::nullopt;
    used.insert(name.str());
    std::vector<double> values(found->info.elements());
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = loadElement(DType::F64, found->data, i);
    return Tensor(found->info.shape, std::move(values));
  }
  /// NAME.0, NAME.1, .. as far as there are any.
  SmallVector<Tensor> readAll(const Twine &name) {
    SmallVector<Tensor> found;
    while (std::optional<Tensor> next = read(name + "." + Twine(found.size())))
      found.push_back(std::move(*next));
    return found;
  }
  bool reportUnused() const {
    bool any = false;
    for (const TensorView &tensor : file.tensors())
      if (!used.contains(tensor.info.name)) {
        llvm::errs() << "error: expected a function that reads fixture " << tensor.info.name << ", found none\n";
        any = true;
      }
    return any;
  }

private:
  const Safetensors &file;
  llvm::StringSet<> used;
};

/// The relative Frobenius error; infinite where a NaN stands on one side alone.
double relativeError(const Tensor &found, const Tensor &expected) {
  double difference = 0, size = 0;
  for (auto [a, b] : llvm::zip_equal(found.data, expected.data)) {
    if (std::isnan(a) != std::isnan(b))
      return INFINITY;
    if (std::isnan(a))
      continue;
    difference += (a - b) * (a - b);
    size += b * b;
  }
  return difference == 0 ? 0 : std::sqrt(difference / size);
}

LogicalResult compare(Operation *op, const Twine &what, const Tensor &found, std::optional<Tensor> expected) {
  if (!expected || found.shape != expected->shape)
    return op->emitOpError() << "expects a fixture of the shape of " << what.str();
  double error = relativeError(found, *expected);
  if (error <= tolerance)
    return success();
  return op->emitOpError() << "expects a relative error of at most " << tolerance << " in " << what.str() << ", found "
                           << error;
}

/// Tokens `from` to `to` of every input.
SmallVector<Tensor> cut(ArrayRef<Tensor> inputs, int64_t from, int64_t to) {
  return llvm::map_to_vector(inputs, [&](const Tensor &x) { return x.entries(from, to); });
}

/// All calls of a sequence operator in its segment form, from the zero state, and the states that they leave.
LogicalResult checkSequence(SequenceOpInterface op, StringRef name, Fixtures &fixtures) {
  SmallVector<Tensor> inputs = fixtures.readAll(name + ".in");
  SmallVector<Tensor> parameters(llvm::drop_begin(inputs, op.getTokenInputs().size()));
  inputs.truncate(op.getTokenInputs().size());
  std::optional<Tensor> rows = fixtures.read(name + ".rows"), expected = fixtures.read(name + ".out.0");
  FailureOr<SequenceEvaluator> evaluator = SequenceEvaluator::create(op);
  if (failed(evaluator) || !rows || !expected)
    return op.emitOpError() << "expects fixtures rows and out.0, found fewer";
  int64_t calls = rows->shape[0], count = rows->shape[1] - 1;
  SmallVector<RowState> states(count, evaluator->zeroState());
  int64_t token = 0;
  for (int64_t call = 0; call < calls; ++call) {
    SmallVector<int64_t> start(rows->data.begin() + call * (count + 1), rows->data.begin() + (call + 1) * (count + 1));
    int64_t end = token + start.back();
    FailureOr<SmallVector<Tensor>> found = evaluator->segment(start, cut(inputs, token, end), parameters, states);
    if (failed(found) ||
        failed(compare(op, name + ", call " + Twine(call), found->front(), expected->entries(token, end))))
      return failure();
    token = end;
  }
  for (int64_t row = 0; row < count; ++row)
    for (auto [index, state] : llvm::enumerate(states[row])) {
      std::string key = (name + ".state." + Twine(index) + "." + Twine(row)).str();
      if (failed(compare(op, key, state, fixtures.read(key))))
        return failure();
    }
  return success();
}

LogicalResult check(func::FuncOp function, Fixtures &fixtures) {
  Operation *op = &function.getBody().front().front();
  StringRef name = function.getSymName();
  if (auto sequence = dyn_cast<SequenceOpInterface>(op))
    return checkSequence(sequence, name, fixtures);
  SmallVector<Tensor> operands = fixtures.readAll(name + ".in");
  // One value in two operands has one fixture.
  for (auto [index, value] : llvm::enumerate(op->getOperands()))
    if (index >= operands.size())
      operands.push_back(operands[cast<BlockArgument>(value).getArgNumber()]);
  EvaluatorOptions options;
  options.rounding = name.starts_with("round_") ? Rounding::All : Rounding::None;
  FailureOr<SmallVector<Tensor>> found = evaluateOp(op, operands, options);
  return failed(found) ? failure() : compare(op, name, found->front(), fixtures.read(name + ".out.0"));
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3) {
    llvm::errs() << "error: expected MODULE.mlir FIXTURES.safetensors\n";
    return 2;
  }
  MLIRContext context;
  context.loadDialect<BraidDialect, arith::ArithDialect, math::MathDialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(argv[1], &context);
  Result<Safetensors> file = Safetensors::open(argv[2]);
  if (!module || !file.ok()) {
    llvm::errs() << "error: " << (module ? file.status().message() : "the module does not parse") << "\n";
    return 3;
  }
  Fixtures fixtures(*file);
  int checked = 0, failures = 0;
  for (auto function : module->getOps<func::FuncOp>()) {
    failures += failed(check(function, fixtures));
    ++checked;
  }
  failures += fixtures.reportUnused();
  llvm::outs() << checked << " functions checked, " << failures << " failed\n";
  return failures || !checked ? 1 : 0;
}

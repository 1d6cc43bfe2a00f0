//===- Operator.h - What the harness knows of an operator -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_PROPERTY_OPERATOR_H
#define BRAID_TEST_LIB_PROPERTY_OPERATOR_H

#include "Case.h"
#include "Random.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include <functional>
#include <limits>

namespace mlir {
class DialectRegistry;
}

namespace braid::property {

/// The value of an element in the last dimension's `column`.
using Draw = std::function<double(Random &random, int64_t column, const Case &)>;

/// A tensor that the module reads. A table of inputs has a row for each token.
struct Source {
  std::string name;
  DType dtype;
  llvm::SmallVector<int64_t> shape;
  /// Columns [from, next from) are drawn under this name.
  struct Part {
    int64_t from;
    std::string name;
    Draw draw;
  };
  std::vector<Part> parts;
  bool isTable;

  int64_t elements() const;
};

/// The text of a module with two functions, @segment and @step, that hold one operator on inputs from tables.
class ModuleText {
public:
  explicit ModuleText(const Case &c) : c(c) {}

  /// A tensor by token; `wide` is at least f32.
  std::string input(llvm::StringRef name, int64_t width, Draw draw, bool wide = false);
  /// A weight.
  std::string parameter(llvm::StringRef name, llvm::ArrayRef<int64_t> shape, Draw draw, bool wide = false);
  /// Declares a state; `shape` as in the type.
  void state(llvm::StringRef name, llvm::StringRef kind, llvm::StringRef shape, bool wide = false);
  /// One more op of the body.
  void line(const llvm::Twine &op) { body += "  " + op.str() + "\n"; }
  /// Ends the body.
  void result(llvm::StringRef value, int64_t width, bool wide = false, bool perRow = false);

  int64_t operator[](llvm::StringRef size) const;
  /// The element type of the case, or one of at least f32.
  std::string element(bool wide = false) const;
  DType elementType(bool wide) const { return wide && c.dtype == DType::BF16 ? DType::F32 : c.dtype; }
  /// tensor<? x width x element>
  std::string type(int64_t width, bool wide = false) const;
  /// tensor<shape x element>
  std::string fixed(llvm::ArrayRef<int64_t> shape, bool wide = false) const;

  std::string text() const;
  std::vector<Source> sources;
  std::vector<std::string> states;
  int64_t resultWidth = 0;
  DType resultType = DType::F32;
  bool resultPerRow = false;

private:
  std::string function(llvm::StringRef form) const;

  const Case &c;
  struct Input {
    std::string name;
    int64_t width;
    bool wide;
    size_t source;
    int64_t column;
  };
  std::vector<Input> inputs;
  std::string stateLines, parameterLines, body, resultTypeText;
};

struct Operator {
  llvm::StringLiteral name;
  /// Draws sizes, all but `tokens`.
  void (*draw)(Random &random, Sizes &sizes);
  /// Writes the module of these sizes.
  void (*write)(ModuleText &module);
  /// About how many values the evaluator touches for one slot of this length.
  int64_t (*work)(const Sizes &sizes, int64_t tokens);
  /// What is right depends on how the tokens are cut into calls, so the evaluator makes the same calls.
  bool (*dependsOnCalls)(const Sizes &sizes) = [](const Sizes &) { return false; };
  /// Without one, the evaluator's two forms are held against each other.
  bool hasKernel = true;
  /// Registers the dialect of an operator that is not the project's.
  void (*registerDialect)(mlir::DialectRegistry &registry) = nullptr;
  /// A slot's bits do not depend on where its pieces end, if they end at multiples of so many tokens.
  int64_t (*border)(const Sizes &sizes) = [](const Sizes &) { return int64_t(1); };
  /// The same of the schedule in roles that Hopper has for the operator: there both must divide where a piece ends.
  int64_t borderInRoles = 1;
  /// So many consecutive numbers of a result may share what a rounding costs.
  int64_t (*sharing)(const Sizes &sizes) = [](const Sizes &) { return int64_t(1); };
  /// About how many independent sums of many terms stand behind a slot's answer, which may have more numbers.
  int64_t (*channels)(const Sizes &sizes) = [](const Sizes &) { return std::numeric_limits<int64_t>::max(); };
  /// A call's rows act on each other's results. Such an operator takes no padding.
  bool sumsOverRows = false;
};

/// A file of `Operators/` holds a list and one of these; nothing else names it.
struct RegisterOperators {
  explicit RegisterOperators(llvm::ArrayRef<Operator> operators);
};
/// Every registered operator, by name.
std::vector<const Operator *> allOperators();
const Operator *findOperator(llvm::StringRef name);

// Distributions.
inline double normal(Random &random, int64_t, const Case &) { return random.normal(); }
/// Around one, as norm weights are.
inline double nearOne(Random &random, int64_t, const Case &) { return 1 + random.normal() / 4; }
/// So that a sum of `terms` products with unit normals is a unit normal.
inline Draw scaled(int64_t terms) {
  return [terms](Random &random, int64_t, const Case &) { return random.normal() / std::sqrt(double(terms)); };
}

} // namespace braid::property

#endif // BRAID_TEST_LIB_PROPERTY_OPERATOR_H

//===- ModuleText.cpp - The text of a case's module -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operator.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using namespace braid;
using namespace braid::property;
using llvm::StringRef;

int64_t Source::elements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

int64_t ModuleText::operator[](StringRef size) const {
  auto found = c.sizes.find(size.str());
  return found == c.sizes.end() ? 0 : found->second;
}

std::string ModuleText::element(bool wide) const { return std::string(nameOf(elementType(wide))); }

std::string ModuleText::type(int64_t width, bool wide) const {
  return "tensor<?x" + std::to_string(width) + "x" + element(wide) + ">";
}

std::string ModuleText::fixed(llvm::ArrayRef<int64_t> shape, bool wide) const {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + element(wide) + ">";
}

std::string ModuleText::input(StringRef name, int64_t width, Draw draw, bool wide) {
  // With `joined`, inputs of one type are runs of columns of one table, with a few columns between them that nobody reads.
  int64_t joined = (*this)["joined"], column = 0;
  size_t source = 0;
  while (source < sources.size() && !(joined && sources[source].dtype == elementType(wide)))
    ++source;
  if (source == sources.size()) {
    sources.push_back({name.str(), elementType(wide), {(*this)["tokens"] * maxSlots, 0}, {}, true});
  } else {
    sources[source].parts.push_back({sources[source].shape[1], "unread", normal});
    column = sources[source].shape[1] += joined;
  }
  sources[source].parts.push_back({column, name.str(), std::move(draw)});
  sources[source].shape[1] += width;
  inputs.push_back({name.str(), width, wide, source, column});
  return "%" + name.str();
}

std::string ModuleText::parameter(StringRef name, llvm::ArrayRef<int64_t> shape, Draw draw, bool wide) {
  // Parameters come after the inputs' tables.
  sources.push_back({name.str(), elementType(wide), llvm::SmallVector<int64_t>(shape), {{0, name.str(), std::move(draw)}}, false});
  parameterLines += "  %" + name.str() + " = braid.get_weight @" + name.str() + " : " + fixed(shape, wide) + "\n";
  return "%" + name.str();
}

void ModuleText::state(StringRef name, StringRef kind, StringRef shape, bool wide) {
  states.push_back(name.str());
  stateLines += ("braid.state @" + name + " " + kind + " : tensor<" + shape + "x" + element(wide) + ">\n").str();
}

void ModuleText::result(StringRef value, int64_t width, bool wide, bool perRow) {
  resultWidth = width, resultType = elementType(wide), resultPerRow = perRow;
  resultTypeText = "tensor<?x" + std::to_string(width) + "x" + element(wide) + (perRow ? ", #braid.per_row>" : ">");
  line("return " + value + " : " + resultTypeText);
}

std::string ModuleText::function(StringRef form) const {
  std::string text = ("func.func @" + form + "(%tokens: tensor<?xi32> {braid.tokens}, %rows: !braid.rows<" +
                      form + ">) -> (" + resultTypeText + " {braid.logits}) {\n" + parameterLines).str();
  for (auto [index, source] : llvm::enumerate(sources)) {
    if (!source.isTable)
      continue;
    std::string wide = "tensor<?x" + std::to_string(source.shape[1]) + "x" + std::string(nameOf(source.dtype)) + ">";
    std::string table = "tensor<" + std::to_string(source.shape[0]) + wide.substr(8);
    text += "  %table_" + source.name + " = braid.get_weight @" + source.name + " : " + table + "\n";
    bool alone = source.parts.size() == 1;
    std::string whole = alone ? "%" + source.name : "%all_" + source.name;
    text += "  " + whole + " = braid.embedding %table_" + source.name + ", %tokens : (" + table + ", tensor<?xi32>) -> " +
            wide + "\n";
    for (const Input &input : inputs)
      if (input.source == index && !alone)
        text += "  %" + input.name + " = braid.columns " + whole + " from " + std::to_string(input.column) + " : (" +
                wide + ") -> " + type(input.width, input.wide) + "\n";
  }
  // The body is written once, for segments.
  std::string rest = body;
  for (size_t at; (at = rest.find("!braid.rows<>")) != std::string::npos;)
    rest.replace(at, 13, ("!braid.rows<" + form + ">").str());
  return text + rest + "}\n";
}

std::string ModuleText::text() const {
  std::string text = "module attributes {braid.model = {}, braid.options = {}} {\n";
  for (const Source &source : sources) {
    std::string shape;
    for (int64_t extent : source.shape)
      shape += std::to_string(extent) + "x";
    text += "braid.weight @" + source.name + " : tensor<" + shape + std::string(nameOf(source.dtype)) +
            "> init {kind = \"constant\", value = 0.0 : f64}\n";
  }
  return text + stateLines + function("segment") + function("step") + "}\n";
}

//===----------------------------------------------------------------------===//
// The registered operators
//===----------------------------------------------------------------------===//

static std::map<std::string, const Operator *> &registry() {
  static std::map<std::string, const Operator *> operators;
  return operators;
}

RegisterOperators::RegisterOperators(llvm::ArrayRef<Operator> operators) {
  for (const Operator &op : operators)
    registry()[op.name.str()] = &op;
}

std::vector<const Operator *> property::allOperators() {
  std::vector<const Operator *> operators;
  for (auto &[name, op] : registry())
    operators.push_back(op);
  return operators;
}

const Operator *property::findOperator(llvm::StringRef name) {
  auto found = registry().find(name.str());
  return found == registry().end() ? nullptr : found->second;
}

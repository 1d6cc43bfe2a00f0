//===- ContractionEntry.cpp - One contraction from its op to code --------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionEntry.h"
#include "braid/Conversion/BraidToTile/Passes.h"
#include "braid/Pipelines/Register.h"
#include "braid/Target/Passes.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace braid::test {

void loadDialects(MLIRContext &context) {
  DialectRegistry registry;
  registerDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
}

/// Inputs of tokens are made by an embedding each, since an entry point has no other tensor argument.
std::string ContractionEntry::moduleText() const {
  std::string weights, body;
  for (const auto &[name, type] : inputs) {
    size_t tokens = type.find("?");
    bool perToken = tokens != std::string::npos;
    std::string table = type, variable = perToken ? "%table_" + name : "%" + name;
    if (perToken)
      table.replace(tokens, 1, "3");
    weights += cat("braid.weight @", name, " : ", table, " init {kind = \"constant\", value = 0.0 : f64}\n");
    body += cat(variable, " = braid.get_weight @", name, " : ", table, "\n");
    if (perToken)
      body += cat("%", name, " = braid.fused(%t = ", variable, ", %i = %tokens) : (", table, ", tensor<?xi32>) -> ", type,
                  " {\n%e = braid.embedding %t, %i : (", table, ", tensor<?xi32>) -> ", type, "\nbraid.yield %e : ",
                  type, "\n}\n");
  }
  return cat(weights, "func.func @f(%tokens: tensor<?xi32>, %rows: !braid.rows<", step ? "step" : "segment", ">) -> ",
             result, " {\n", body, text, "\nreturn %y : ", result, "\n}");
}

Result<std::unique_ptr<KernelRunner>> ContractionEntry::compile(MLIRContext &context) const {
  auto module = parseSourceString<ModuleOp>(moduleText(), &context);
  if (!module)
    return Status::badInput("the entry does not parse");
  cpu::TargetInfo target = cpu::TargetInfo::get(cpu);
  PassManager pm(&context);
  BraidSchedulePassOptions options;
  options.vectorBits = target.forKernels().vectorBits;
  options.bf16Dot = target.forKernels().hasAVX512BF16;
  options.rows = rows, options.columns = columns, options.depth = depth;
  pm.addNestedPass<func::FuncOp>(createBraidSchedulePass(options));
  pm.addPass(createConvertBraidToTilePass());
  if (failed(pm.run(*module)))
    return Status::badInput("the entry has no kernel");
  for (auto kernel : llvm::make_early_inc_range(module->getOps<tile::KernelOp>()))
    if (!kernel->hasAttr(tile::kConfigAttr))
      kernel.erase();
  return KernelRunner::compile(*module, target);
}

ContractionEntry contractionEntry(ContractionForm form, int64_t m, int64_t n, int64_t k, const std::string &type,
                                  const std::string &resultType) {
  auto tensor = [](const std::string &rows, int64_t columns, const std::string &element) {
    return cat("tensor<", rows, "x", columns, "x", element, ">");
  };
  bool linear = form == ContractionForm::Linear, weightGradient = form == ContractionForm::WeightGradient;
  std::string left = tensor("?", weightGradient ? m : k, type);
  std::string right = tensor(weightGradient ? "?" : std::to_string(linear ? n : k), linear ? k : n, type);
  std::string result = tensor(weightGradient ? std::to_string(m) : "?", n, resultType);
  std::string types = cat("(", left, ", ", right, ") -> ", result);
  const char *names[] = {"linear", "linear_input_gradient", "linear_weight_gradient"};
  ContractionEntry entry;
  entry.inputs = {{"a", left}, {"b", right}};
  entry.text = cat("%y = braid.fused(%l = %a, %w = %b) : ", types, " {\n%p = braid.", names[int(form)], " %l, %w : ", types,
                   "\nbraid.yield %p : ", result, "\n}");
  entry.result = result;
  return entry;
}

} // namespace braid::test

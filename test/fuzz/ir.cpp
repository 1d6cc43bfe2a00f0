//===- ir.cpp - Fuzzes the parsers and verifiers of our dialects ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Text that is refused is refused with a diagnostic. What is taken prints as text
// that is taken again and prints the same, in the custom and the generic form.
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"
#include "IRText.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Host/IR/Host.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;

namespace {

/// Types and attributes are never freed, so a context lasts for so many inputs.
constexpr int inputsPerContext = 2000;

/// The context of the next input, to be asked for once for each: the call frees the
/// one before where it has served its number.
MLIRContext &nextContext() {
  static std::unique_ptr<MLIRContext> current;
  static int used = 0;
  if (!current || ++used == inputsPerContext) {
    DialectRegistry registry;
    registry.insert<braid::BraidDialect, braid::host::HostDialect, braid::tile::TileDialect, arith::ArithDialect,
                    func::FuncDialect, math::MathDialect>();
    current = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
    used = 0;
  }
  return *current;
}

std::string printed(ModuleOp module, bool generic) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, OpPrintingFlags().printGenericOpForm(generic));
  return text;
}

void require(bool condition) {
  if (!condition)
    std::abort();
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text = braid::asText(data, size);
  if (!braid::checkIRText(text, "fuzz").ok())
    return 0;
  MLIRContext &context = nextContext();
  bool diagnosed = false;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    diagnosed |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success();
  });
  auto module = parseSourceString<ModuleOp>(text, &context);
  require(module || diagnosed);
  if (!module)
    return 0;
  for (bool generic : {false, true}) {
    std::string once = printed(*module, generic);
    auto again = parseSourceString<ModuleOp>(once, &context);
    require(again && printed(*again, generic) == once);
  }
  return 0;
}

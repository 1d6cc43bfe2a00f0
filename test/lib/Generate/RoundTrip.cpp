//===- RoundTrip.cpp - Text, and the module that it was -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RoundTrip.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Formats/Status.h"
#include "braid/Pipelines/Phases.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace braid::generate {

std::string printed(ModuleOp module, bool generic) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, OpPrintingFlags().printGenericOpForm(generic));
  return text;
}

std::string checkRoundTrip(ModuleOp module) {
  if (failed(verify(module)))
    return "does not verify";
  for (bool generic : {false, true}) {
    std::string form = generic ? "the generic form" : "the text", text = printed(module, generic);
    auto again = parseSourceString<ModuleOp>(text, module.getContext());
    if (!again)
      return form + " does not parse";
    if (printed(*again, generic) != text)
      return form + " prints in another way after it was parsed";
    if (generic && printed(*again) != printed(module))
      return "the generic form is another module";
  }
  return "";
}

static LogicalResult runPhase(ModuleOp module, Phase phase, const cpu::TargetInfo &target) {
  PassManager pm(module.getContext());
  addCPUPhase(pm, phase, target);
  return pm.run(module);
}

std::string lowerBesideDumps(OwningOpRef<ModuleOp> &module) {
  cpu::TargetInfo target = cpu::TargetInfo::get("host");
  OwningOpRef<ModuleOp> direct = module->clone();
  for (const PhaseInfo &info : allPhases()) {
    if (info.phase == Phase::Import || info.phase == Phase::Emit)
      continue;
    std::string phase = cat("phase ", std::string_view(info.name));
    module = parseSourceString<ModuleOp>(printed(*direct), direct->getContext());
    if (!module)
      return phase + ": the dump before it does not parse";
    if (failed(runPhase(*direct, info.phase, target)))
      return phase + " does not take the module";
    if (failed(runPhase(*module, info.phase, target)))
      return phase + " does not take the dump before it";
    if (printed(*direct) != printed(*module))
      return phase + " makes another module of the dump before it";
  }
  return "";
}

} // namespace braid::generate

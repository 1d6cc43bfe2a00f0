//===- Compiled.cpp - Compiling and loading a case's module ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compiled.h"
#include "SimulatedLaunch.h"
#include "ThreadFunctions.h"
#include "braid/Conversion/HostToLLVM/Passes.h"
#include "braid/Conversion/TileToVector/Passes.h"
#include "braid/Dialect/Host/IR/Host.h"
#include "braid/Pipelines/Phases.h"
#include "braid/Target/CPU/Emit.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace braid;
using namespace braid::property;

size_t StateLayout::bytes() const {
  size_t count = sizeOf(dtype);
  for (int64_t extent : shape)
    count *= size_t(extent);
  return count;
}

Result<std::unique_ptr<Compiled>> Compiled::create(const Case &c, MLIRContext &context, CompileOptions options) {
  std::unique_ptr<Compiled> compiled(new Compiled(c));
  const Operator *op = findOperator(c.op);
  if (!op)
    return Status::usage(cat("expected an operator, found ", inQuotes(c.op)));
  op->write(compiled->text);
  std::string text = compiled->text.text();
  compiled->source = parseSourceString<ModuleOp>(text, &context);
  if (!compiled->source)
    return Status::internal(cat("the module of ", c.print(), " does not parse:\n", text));
  compiled->readStates();
  if (!op->hasKernel)
    return compiled;
  OwningOpRef<ModuleOp> lowered = compiled->source->clone();
  BRAID_TRY(compiled->lower(*lowered, options));
  return compiled;
}

void Compiled::readStates() {
  for (auto state : source->getOps<StateOp>()) {
    std::string element;
    llvm::raw_string_ostream(element) << state.getTensorType().getElementType();
    SmallVector<int64_t> shape(state.getTensorType().getShape());
    if (state.getKind() == StateKind::KV)
      shape = {shape[1], BRAID_PAGE_TOKENS, shape[2]};
    states.push_back({state.getSymName().str(), state.getKind(), *dtypeFromName(element), shape});
  }
}

Status Compiled::lower(ModuleOp module, CompileOptions options) {
  cpu::TargetInfo target = cpu::TargetInfo::get("host");
  runsThreads = options.threads, simulates = options.simulate;
  std::vector<std::string> kernels;
  for (Phase phase : {Phase::Fuse, Phase::Schedule, Phase::Tile, Phase::Plan, Phase::Lower}) {
    PassManager pm(module.getContext());
    bool asHopper = phase == Phase::Schedule && options.hopperConfigs;
    if (phase == Phase::Lower && options.threads) {
      if (mlir::failed(test::lowerToThreads(module, target.forKernels().hasAVX512BF16)))
        return Status::internal("the kernels do not become threads");
      pm.addPass(createConvertHostToLLVMPass());
      tile::addVectorToLLVMPasses(pm, target.forKernels());
    } else {
      asHopper ? addNVPTXPhase(pm, phase) : addCPUPhase(pm, phase, target);
    }
    // Entry points of models do not go to a GPU yet; their kernels may.
    Attribute model = asHopper ? module->removeAttr(kModelAttr) : Attribute();
    bool failed = mlir::failed(pm.run(module));
    if (model)
      module->setAttr(kModelAttr, model);
    if (failed)
      return Status::internal(cat("phase ", std::string_view(nameOf(phase)), " failed"));
    if (phase == Phase::Tile) {
      for (auto kernel : module.getOps<tile::KernelOp>()) {
        kernels.push_back(kernel.getSymName().str());
        configured |= kernel->hasAttr(tile::kConfigAttr);
        auto scan = kernel->getAttrOfType<tile::SSDScanConfigAttr>(tile::kConfigAttr);
        if (scan && scan.getSegments() > 1)
          uncutTokens = 4 * scan.getChunk();
      }
      if (options.simulate)
        BRAID_TRY(scheduleKernels(module));
      else if (options.hopperConfigs && !options.threads && !configured)
        return Status(); // the CPU's own campaign runs it
    }
    if (phase == Phase::Plan)
      for (auto [index, program] : llvm::enumerate(module.getOps<host::ProgramOp>()))
        llvm::copy(*program.getArena(), forms[index].arena);
  }
  for (Operation &op : *module.getBody())
    if (auto bytes = op.getAttrOfType<IntegerAttr>("braid.scratch_bytes"))
      scratchBytes = std::max(scratchBytes, bytes.getInt());
  test::exportKernels(module, kernels);
  BRAID_TRY_ASSIGN(std::string bytes, cpu::emit(module, target, cpu::Output::SharedObject));
  return load(bytes, kernels);
}

/// A copy of the kernels in scheduled form. A kernel that is too large for the device's memory has none, and its text runs;
/// but what the target's own config cuts must fit.
Status Compiled::scheduleKernels(ModuleOp module) {
  scheduledKernels = ModuleOp::create(module.getLoc());
  for (auto kernel : module.getOps<tile::KernelOp>()) {
    OwningOpRef<ModuleOp> single = ModuleOp::create(module.getLoc());
    single->push_back(kernel->clone());
    if (succeeded(test::scheduleForHopper(*single))) {
      tile::KernelOp scheduled = *single->getOps<tile::KernelOp>().begin();
      inRoles |= !scheduled.getBlock().getOps<tile::RoleOp>().empty();
      scheduledKernels->push_back(scheduled->clone());
    } else if (kernel->hasAttr(tile::kConfigAttr)) {
      return Status::internal("a kernel with a config has no schedule");
    } else {
      ++unscheduled;
    }
  }
  return Status();
}

Status Compiled::load(const std::string &bytes, ArrayRef<std::string> kernels) {
  BRAID_TRY_ASSIGN(object, test::TestObject::load(bytes));
  const auto *table = static_cast<const braid_artifact_table *>(object.find("braid_artifact"));
  if (!table || table->entry_count != 2)
    return Status::internal("expected an object with two entries");
  for (int i : {0, 1})
    forms[i].entry = table->entries[i];
  for (auto [name, function] : llvm::zip(kernels, object.kernels(kernels.size())))
    if (auto kernel = scheduledKernels ? scheduledKernels->lookupSymbol<tile::KernelOp>(name) : tile::KernelOp())
      schedules[function] = kernel;
  return Status();
}

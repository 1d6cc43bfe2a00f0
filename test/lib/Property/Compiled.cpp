//===- Compiled.cpp - Compiling and loading a case's module ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compiled.h"
#include "braid/Dialect/Host/IR/Host.h"
#include "braid/Pipelines/Phases.h"
#include "braid/Target/CPU/Emit.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;
using namespace braid;
using namespace braid::property;

size_t StateLayout::bytes() const {
  size_t count = sizeOf(dtype);
  for (int64_t extent : shape)
    count *= size_t(extent);
  return count;
}

Result<std::unique_ptr<Compiled>> Compiled::create(const Case &c, MLIRContext &context) {
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
  BRAID_TRY(compiled->lower(*lowered));
  return compiled;
}

Compiled::~Compiled() {
  if (object)
    dlclose(object);
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

Status Compiled::lower(ModuleOp module) {
  cpu::TargetInfo target = cpu::TargetInfo::get("host");
  for (Phase phase : {Phase::Fuse, Phase::Schedule, Phase::Tile, Phase::Plan, Phase::Lower}) {
    PassManager pm(module.getContext());
    addCPUPhase(pm, phase, target);
    if (failed(pm.run(module)))
      return Status::internal(cat("phase ", std::string_view(nameOf(phase)), " failed"));
    if (phase != Phase::Plan)
      continue;
    for (auto [index, program] : llvm::enumerate(module.getOps<host::ProgramOp>()))
      llvm::copy(*program.getArena(), forms[index].arena);
  }
  for (Operation &op : *module.getBody())
    if (auto bytes = op.getAttrOfType<IntegerAttr>("braid.scratch_bytes"))
      scratchBytes = std::max(scratchBytes, bytes.getInt());
  BRAID_TRY_ASSIGN(std::string bytes, cpu::emit(module, target, cpu::Output::SharedObject));
  return load(bytes);
}

Status Compiled::load(const std::string &bytes) {
  int file = memfd_create("braid-property", MFD_CLOEXEC);
  if (file < 0 || write(file, bytes.data(), bytes.size()) != ssize_t(bytes.size()))
    return Status::io("cannot write the object to memory");
  object = dlopen(cat("/proc/self/fd/", file).c_str(), RTLD_NOW | RTLD_LOCAL);
  close(file);
  auto *table = object ? static_cast<const braid_artifact_table *>(dlsym(object, "braid_artifact")) : nullptr;
  if (!table || table->entry_count != 2)
    return Status::internal("expected an object with two entries");
  for (int i : {0, 1})
    forms[i].entry = table->entries[i];
  return Status();
}

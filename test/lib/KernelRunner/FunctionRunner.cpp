//===- FunctionRunner.cpp - Functions of a module, compiled and called ----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionRunner.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Host/IR/Host.h"
#include "braid/Pipelines/Artifact.h"
#include "braid/Pipelines/Phases.h"
#include "braid/Target/CPU/Emit.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace mlir;

namespace braid::test {

Result<std::unique_ptr<FunctionRunner>> FunctionRunner::compile(const std::string &text, const cpu::TargetInfo &target,
                                                                MLIRContext &context) {
  auto module = parseSourceString<ModuleOp>(text, &context);
  if (!module)
    return Status::badInput("the module does not parse");
  Builder builder(&context);
  // What the manifest repeats.
  (*module)->setAttr(kOptionsAttr,
                     builder.getDictionaryAttr({builder.getNamedAttr("target", builder.getStringAttr("cpu")),
                                                builder.getNamedAttr("cpu", builder.getStringAttr(target.name)),
                                                builder.getNamedAttr("features", builder.getArrayAttr({}))}));
  auto runner = std::make_unique<FunctionRunner>();
  BRAID_TRY(runner->lower(*module, target));
  BRAID_TRY_ASSIGN(std::string bytes, cpu::emit(*module, target, cpu::Output::SharedObject));
  BRAID_TRY(runner->load(bytes));
  return runner;
}

Status FunctionRunner::lower(ModuleOp module, const cpu::TargetInfo &target) {
  for (auto state : module.getOps<StateOp>()) {
    RankedTensorType type = state.getTensorType();
    int64_t elements = state.getKind() == StateKind::KV
                           ? BRAID_PAGE_TOKENS * type.getDimSize(1) * type.getDimSize(2)
                           : type.getNumElements();
    states.push_back({elements * type.getElementTypeBitWidth() / 8, state.getKind() == StateKind::KV});
  }
  for (Phase phase : {Phase::Fuse, Phase::Schedule, Phase::Tile, Phase::Plan, Phase::Lower}) {
    PassManager pm(module.getContext());
    addCPUPhase(pm, phase, target);
    if (failed(pm.run(module)))
      return Status::badInput(cat("phase ", std::string_view(nameOf(phase)), " failed"));
    if (phase != Phase::Plan)
      continue;
    for (auto program : module.getOps<host::ProgramOp>()) {
      order.push_back(program.getSymName().str());
      llvm::copy(*program.getArena(), functions[order.back()].arena);
    }
  }
  for (Operation &op : *module.getBody())
    if (auto bytes = op.getAttrOfType<IntegerAttr>("braid.scratch_bytes"))
      scratch = std::max(scratch, bytes.getInt());
  BRAID_TRY_ASSIGN(std::string manifest, finishManifest(module, "the functions"));
  BRAID_TRY_ASSIGN(described, parseManifest(manifest, "the functions' manifest"));
  return {};
}

Status FunctionRunner::load(const std::string &bytes) {
  BRAID_TRY_ASSIGN(object, LoadedObject::load(bytes, "the functions"));
  const braid_artifact_table &table = object.table();
  if (table.entry_count != order.size())
    return Status::internal(cat("expected an object with ", order.size(), " entries, found ", table.entry_count));
  for (auto [number, name] : llvm::enumerate(order))
    functions[name].entry = table.entries[number];
  return {};
}

Status FunctionRunner::prepare(int64_t newTokens) {
  tokens = newTokens;
  memory.clear();
  pages.resize(size_t((tokens + BRAID_PAGE_TOKENS - 1) / BRAID_PAGE_TOKENS));
  std::iota(pages.begin(), pages.end(), 0);
  auto add = [&](int64_t bytes) -> Status {
    BRAID_TRY_ASSIGN(HostBuffer buffer, HostBuffer::allocate(uint64_t(bytes), "a buffer"));
    memory.push_back(std::move(buffer));
    return {};
  };
  for (const State &state : states)
    BRAID_TRY(add(state.bytes * (state.inPages ? int64_t(pages.size()) : 1)));
  for (int part = 0; part < 3; ++part) {
    int64_t bytes = 0;
    for (const auto &[name, function] : functions)
      bytes = std::max(bytes, function.arena[part] * (part == 0 ? tokens : 1));
    BRAID_TRY(add(bytes));
  }
  return {};
}

void FunctionRunner::run(const std::string &name, ThreadPool &pool, ArrayRef<const void *> arguments,
                         ArrayRef<void *> results, int64_t count, int64_t position) {
  braid_host_api api{};
  api.size = sizeof api;
  api.version = BRAID_ARTIFACT_VERSION;
  api.context = &pool;
  api.parallel_for = [](void *context, braid_kernel_fn kernel, const void *arguments, int64_t blocks) {
    static_cast<ThreadPool *>(context)->run(kernel, arguments, blocks);
  };
  std::vector<void *> pointers;
  for (const HostBuffer &buffer : memory)
    pointers.push_back(buffer.data());
  int64_t rowStart[] = {0, count}, length = position;
  int32_t slot = 0;
  braid_call frame{};
  frame.size = sizeof frame;
  frame.states = pointers.data();
  for (int part = 0; part < 3; ++part)
    frame.arena[part] = static_cast<char *>(pointers[states.size() + size_t(part)]);
  frame.row_start = rowStart;
  frame.slot = &slot;
  frame.length = &length;
  frame.pages = pages.data();
  frame.pages_per_slot = int64_t(pages.size());
  frame.n = frame.longest_row = count;
  frame.b = frame.slots = 1;
  frame.page_count = int64_t(pages.size());
  frame.arguments = arguments.data();
  frame.results = results.data();
  functions.at(name).entry(&api, &frame);
}

} // namespace braid::test

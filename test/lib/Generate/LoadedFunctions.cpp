//===- LoadedFunctions.cpp - A module as a program of the runtime ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoadedFunctions.h"
#include "RoundTrip.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"
#include "braid/Formats/WeightInit.h"
#include "braid/Pipelines/Artifact.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include <algorithm>
#include <cstring>

namespace braid::generate {

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Memory::Memory(size_t bytes, size_t alignment)
    : array(std::make_unique<test::GuardedArray<char>>((bytes + alignment - 1) / alignment * alignment)) {
  std::memset(array->data(), 0xff, array->size());
}

Memory::Memory(DType dtype, const Tensor &values) : Memory(values.data.size() * sizeOf(dtype)) {
  for (size_t i = 0; i < values.data.size(); ++i)
    storeElement(dtype, data(), i, values.data[i]);
}

Tensor Memory::read(DType dtype, llvm::ArrayRef<int64_t> shape) const {
  Tensor tensor(shape);
  for (size_t i = 0; i < tensor.data.size(); ++i)
    tensor.data[i] = loadElement(dtype, data(), i);
  return tensor;
}

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

Slots::Slots(const Manifest &manifest, int64_t slots, int64_t longest)
    : manifest(manifest), pages(slots, longest), length(size_t(slots)) {
  for (const Manifest::State &state : manifest.states) {
    memory.emplace_back(size_t(tool::isPaged(state) ? pages.pageCount() : slots) * state.bytes, BRAID_ALIGNMENT);
    pointers.push_back(memory.back().data());
  }
}

void Slots::advance(const CallOfRows &call) {
  for (size_t row = 0; row < call.slot.size(); ++row)
    if (call.slot[row] >= 0)
      length[size_t(call.slot[row])] += call.rowStart[row + 1] - call.rowStart[row];
}

Tensor Slots::state(size_t index, int64_t slot) const {
  const Manifest::State &state = manifest.states[index];
  if (!tool::isPaged(state)) {
    Tensor tensor{llvm::ArrayRef<int64_t>(state.shape)};
    for (size_t i = 0, first = size_t(slot) * tensor.data.size(); i < tensor.data.size(); ++i)
      tensor.data[i] = loadElement(state.dtype, memory[index].data(), first + i);
    return tensor;
  }
  int64_t longest = *std::max_element(length.begin(), length.end());
  Tensor all({int64_t(length.size()), longest, state.shape[0], state.shape[2]});
  pages.forEachRun(state, length, longest, [&](size_t to, size_t from, size_t count) {
    for (size_t i = 0; i < count; ++i)
      all.data[to + i] = loadElement(state.dtype, memory[index].data(), from + i);
  });
  Tensor one = all.entries(slot, slot + 1);
  one.shape.erase(one.shape.begin());
  return one.entries(0, length[size_t(slot)]);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

Result<std::unique_ptr<LoadedFunctions>>
LoadedFunctions::compile(mlir::ModuleOp module, uint64_t seed, const std::function<void(mlir::ModuleOp)> &spoil) {
  mlir::OwningOpRef<mlir::ModuleOp> lowered = module.clone();
  if (spoil)
    spoil(*lowered);
  mlir::Builder builder(module.getContext());
  cpu::TargetInfo target = cpu::TargetInfo::get("host");
  llvm::SmallVector<llvm::StringRef> features = llvm::to_vector_of<llvm::StringRef>(target.features);
  (*lowered)->setAttr(kOptionsAttr, builder.getDictionaryAttr(
                                        {builder.getNamedAttr("cpu", builder.getStringAttr(target.name)),
                                         builder.getNamedAttr("features", builder.getStrArrayAttr(features)),
                                         builder.getNamedAttr("target", builder.getStringAttr("cpu"))}));
  if (std::string fault = lowerBesideDumps(lowered); !fault.empty())
    return Status::internal(fault);
  return load(*lowered, seed);
}

Result<std::unique_ptr<LoadedFunctions>> LoadedFunctions::load(mlir::ModuleOp lowered, uint64_t seed) {
  const std::string name = "the module";
  BRAID_TRY_ASSIGN(ArtifactContents artifact, emitArtifact(lowered, cpu::TargetInfo::get("host"), name));
  BRAID_TRY_ASSIGN(std::string bytes, buildArtifact(artifact.object, artifact.manifest, name, artifact.images));
  llvm::SmallString<128> path;
  if (std::error_code error = llvm::sys::fs::createTemporaryFile("braid-module", "so", path))
    return Status::io(cat("cannot create a temporary file: ", error.message()));
  auto remove = llvm::make_scope_exit([&] { llvm::sys::fs::remove(path); });
  BRAID_TRY(writeFile(path.str().str(), bytes));

  auto loaded = std::make_unique<LoadedFunctions>();
  loaded->seed = seed;
  BRAID_TRY_ASSIGN(loaded->parsed, parseManifest(artifact.manifest, name));
  braid_program_options options = {};
  options.size = sizeof options;
  options.seed = seed;
  options.threads = 1;
  braid_program *program = nullptr;
  BRAID_TRY(tool::take(braid_program_load(path.c_str(), &options, &program)));
  loaded->program.reset(program);
  braid_context_options where = {sizeof where, nullptr, nullptr, /*threads=*/1, 0};
  braid_context *context = nullptr;
  BRAID_TRY(tool::take(braid_context_create(program, &where, &context)));
  loaded->context.reset(context);
  return loaded;
}

Result<std::vector<Tensor>> LoadedFunctions::call(const std::string &function, llvm::ArrayRef<Tensor> arguments,
                                                  int64_t tokens, const CallOfRows *rows, Slots *slots) {
  int64_t index = parsed.findEntry(function);
  if (index < 0)
    return Status::internal(cat("the manifest lacks function ", function));
  const Manifest::Entry &entry = parsed.entries[size_t(index)];
  braid_function_call call = {};
  call.size = sizeof call;
  call.entry = int32_t(index);
  call.tokens = tokens;
  std::vector<Memory> memory, resultMemory;
  std::vector<const void *> argumentPointers;
  std::vector<void *> resultPointers;
  for (auto [argument, tensor] : llvm::zip_equal(entry.arguments, arguments)) {
    memory.emplace_back(argument.dtype, tensor);
    argumentPointers.push_back(memory.back().data());
  }
  if (rows) {
    call.rows = rows->rows();
    call.row_start = rows->rowStart.data(), call.slot = rows->slot.data();
    call.states = slots->pointers.data(), call.length = slots->length.data();
    call.slots = int64_t(slots->length.size());
    call.pages = slots->pages.table().data();
    call.pages_per_slot = slots->pages.pagesPerSlot(), call.page_count = slots->pages.pageCount();
  }
  std::vector<Tensor> results;
  for (const Manifest::Tensor &result : entry.results) {
    std::vector<int64_t> shape = result.shape;
    if (result.axis != Manifest::Tensor::Axis::Fixed)
      shape[0] = result.axis == Manifest::Tensor::Axis::Tokens ? call.tokens : call.rows;
    results.emplace_back(llvm::ArrayRef<int64_t>(shape));
    resultMemory.emplace_back(results.back().data.size() * sizeOf(result.dtype));
    resultPointers.push_back(resultMemory.back().data());
  }
  uint64_t bytes = 0;
  BRAID_TRY(tool::take(braid_arena_bytes(program.get(), call.entry, call.tokens, call.rows, &bytes)));
  Memory arena(bytes, BRAID_ALIGNMENT);
  call.arguments = argumentPointers.data(), call.results = resultPointers.data(), call.arena = arena.data();
  BRAID_TRY(tool::take(braid_call_function(context.get(), &call)));
  for (size_t i = 0; i < results.size(); ++i)
    results[i] = resultMemory[i].read(entry.results[i].dtype, results[i].shape);
  return results;
}

Result<Tensor> LoadedFunctions::score(llvm::ArrayRef<int32_t> tokens, int64_t batch, int64_t length) {
  braid_session_options options = {};
  options.size = sizeof options;
  options.max_rows = options.slots = batch;
  options.max_tokens = batch * length;
  options.max_context = length;
  options.threads = 1;
  options.flags = BRAID_SESSION_POISON;
  braid_session *created = nullptr;
  BRAID_TRY(tool::take(braid_session_create(program.get(), &options, &created)));
  tool::SessionHandle session(created);
  std::vector<int64_t> rowStart{0};
  std::vector<int32_t> slot;
  for (int64_t row = 0; row < batch; ++row) {
    rowStart.push_back((row + 1) * length);
    slot.push_back(int32_t(row));
  }
  braid_batch call = {};
  call.size = sizeof call;
  call.entry = braid_program_find_entry(program.get(), "score");
  call.rows = batch;
  call.row_start = rowStart.data(), call.slot = slot.data(), call.tokens = tokens.data();
  std::vector<float> logits(size_t(batch * length * parsed.model->vocabSize));
  BRAID_TRY(tool::take(braid_session_run(session.get(), &call, logits.data(), logits.size())));
  return Tensor({batch * length, parsed.model->vocabSize}, std::vector<double>(logits.begin(), logits.end()));
}

WeightSource LoadedFunctions::weights() const {
  return [this](llvm::StringRef name, llvm::ArrayRef<int64_t>) -> llvm::FailureOr<std::vector<double>> {
    for (const Manifest::Weight &weight : parsed.weights) {
      if (weight.name != name)
        continue;
      std::vector<uint64_t> bytes(weight.bytes / 8 + 1);
      drawWeights(weight.init, seed, weight.name, weight.dtype, 0, weight.elements, bytes.data());
      std::vector<double> values(weight.elements);
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = loadElement(weight.dtype, bytes.data(), i);
      return values;
    }
    return llvm::failure();
  };
}

} // namespace braid::generate

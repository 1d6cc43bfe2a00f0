//===- Context.cpp - Functions of tensors on the caller's memory ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Context.h"

#include <algorithm>

namespace braid {

namespace {
constexpr int64_t mostTokens = int64_t{1} << 40;

Result<const Manifest::Entry *> functionOf(const Manifest &manifest, int32_t entry) {
  if (entry < 0 || static_cast<size_t>(entry) >= manifest.entries.size())
    return Status::usage(cat("expected an entry point below ", manifest.entries.size(), ", found ", entry));
  const Manifest::Entry &found = manifest.entries[static_cast<size_t>(entry)];
  if (!found.isFunction)
    return Status::usage(cat("entry point ", inQuotes(found.name),
                             ": expected a function of tensors, found a model's entry: a session runs it"));
  return &found;
}

/// The three sub-arenas, one after the other.
std::array<CheckedBytes, 3> arenaParts(const Manifest::Entry &entry, int64_t tokens, int64_t rows) {
  std::array<CheckedBytes, 3> parts;
  const uint64_t factors[3] = {static_cast<uint64_t>(tokens), static_cast<uint64_t>(rows), 1};
  for (int i = 0; i < 3; ++i)
    parts[i] = CheckedBytes(entry.arenaBytes[i]).times(factors[i]).alignTo(BRAID_ALIGNMENT);
  return parts;
}

Status checkSizes(const Manifest::Entry &entry, int64_t tokens, int64_t rows) {
  bool byToken = entry.ragged, byRow = entry.ragged;
  for (const std::vector<Manifest::Tensor> *tensors : {&entry.arguments, &entry.results})
    for (const Manifest::Tensor &tensor : *tensors) {
      byToken |= tensor.axis == Manifest::Tensor::Axis::Tokens;
      byRow |= tensor.axis == Manifest::Tensor::Axis::Rows;
    }
  auto check = [&](const char *name, bool used, int64_t value, int64_t most) -> Status {
    if (value >= (used ? 1 : 0) && value <= most)
      return {};
    return Status::usage(cat("function ", inQuotes(entry.name), ": ", name, ": expected ", used ? 1 : 0, " to ", most,
                             ", found ", value));
  };
  BRAID_TRY(check("tokens", byToken, tokens, mostTokens));
  return check("rows", byRow, rows, mostRows);
}

Status expectPointer(const Manifest::Entry &entry, const void *pointer, std::string_view name) {
  return pointer ? Status()
                 : Status::usage(
                       cat("function ", inQuotes(entry.name), ": expected a pointer for '", name, "', found NULL"));
}
} // namespace

/// Loads the program's GPU kernels on the device; none where both are the CPU.
static Result<std::unique_ptr<DeviceKernels>> loadKernels(const Program &program, Device *device) {
  bool onCpu = !device || device->properties().device == "cpu";
  if (onCpu == program.isForGpu())
    return Status::usage(cat(program.path(), ": expected a device for '", program.manifest().target.kind, "', found ",
                             inQuotes(device ? device->properties().device : "cpu")));
  if (onCpu)
    return std::unique_ptr<DeviceKernels>();
  return device->load(program.manifest().gpuKernels, program.images(), program.path());
}

Result<std::unique_ptr<Context>> Context::create(std::shared_ptr<const Program> program, const Options &options) {
  return guardMemory([&]() -> Result<std::unique_ptr<Context>> {
    if (options.threads < 0 || options.threads > 4096)
      return Status::usage(cat("threads: expected 0 to 4096, found ", options.threads));
    std::unique_ptr<Context> context(new Context(program));
    BRAID_TRY_ASSIGN(context->kernels, loadKernels(*program, options.device.get()));
    // Beside a GPU, one thread runs the program between the launches.
    int threads = context->kernels ? 1 : options.threads;
    BRAID_TRY_ASSIGN(context->pool, ThreadPool::create(threads, program->manifest().scratchBytes));
    context->services = context->kernels
                            ? std::make_unique<HostServices>(*context->pool, *context->kernels, options.stream)
                            : std::make_unique<HostServices>(*context->pool);
    return context;
  });
}

Result<uint64_t> Context::arenaBytes(const Manifest &manifest, int32_t entry, int64_t tokens, int64_t rows) {
  BRAID_TRY_ASSIGN(const Manifest::Entry *function, functionOf(manifest, entry));
  BRAID_TRY(checkSizes(*function, tokens, rows));
  CheckedBytes total;
  for (const CheckedBytes &part : arenaParts(*function, tokens, rows))
    total.add(part);
  return total.value();
}

Status Context::checkTensors(const Manifest::Entry &entry, const braid_function_call &call) const {
  auto check = [&](std::string_view kind, const std::vector<Manifest::Tensor> &tensors, auto pointers) -> Status {
    if (tensors.empty())
      return {};
    BRAID_TRY(expectPointer(entry, pointers, cat(kind, "s")));
    for (size_t i = 0; i < tensors.size(); ++i) {
      BRAID_TRY(expectPointer(entry, pointers[i], cat(kind, "s[", i, "]")));
      if (reinterpret_cast<uintptr_t>(pointers[i]) % sizeOf(tensors[i].dtype) != 0)
        return Status::usage(cat("function ", inQuotes(entry.name), ": ", kind, " ", i,
                                 ": expected an address at a multiple of ", sizeOf(tensors[i].dtype), ", found ",
                                 reinterpret_cast<uintptr_t>(pointers[i])));
    }
    return {};
  };
  BRAID_TRY(check("argument", entry.arguments, call.arguments));
  return check("result", entry.results, call.results);
}

/// The row's slot exists and has pages for the row's tokens.
Status Context::checkSlot(const braid_function_call &call, int64_t row) const {
  int64_t slot = call.slot[row], count = call.row_start[row + 1] - call.row_start[row];
  if (slot >= call.slots)
    return Status::usage(cat("slot: expected a slot below ", call.slots, " for row ", row, ", found ", slot));
  int64_t length = call.length[slot];
  if (length < 0 || length > mostTokens)
    return Status::usage(cat("length: expected 0 to ", mostTokens, " tokens in slot ", slot, ", found ", length));
  if (!call.pages)
    return {};
  int64_t used = (length + count + BRAID_PAGE_TOKENS - 1) / BRAID_PAGE_TOKENS;
  if (used > call.pages_per_slot)
    return Status::usage(cat("pages_per_slot: expected at least ", used, " pages for ", length, " and ", count,
                             " more tokens in slot ", slot, ", found ", call.pages_per_slot));
  for (int64_t i = 0; i < used; ++i)
    if (int32_t page = call.pages[slot * call.pages_per_slot + i]; page < 0 || page >= call.page_count)
      return Status::usage(
          cat("pages: expected pages from 0 to ", call.page_count - 1, " in slot ", slot, ", found ", page));
  return {};
}

Status Context::checkRowPointers(const Manifest::Entry &entry, const braid_function_call &call) const {
  BRAID_TRY(expectPointer(entry, call.row_start, "row_start"));
  BRAID_TRY(expectPointer(entry, call.slot, "slot"));
  BRAID_TRY(expectPointer(entry, call.length, "length"));
  const std::vector<Manifest::State> &states = owner->manifest().states;
  for (int32_t i : entry.states) {
    BRAID_TRY(expectPointer(entry, call.states, "states"));
    BRAID_TRY(expectPointer(entry, call.states[i], cat("states[", i, "]")));
    if (states[static_cast<size_t>(i)].kind == Manifest::State::Kind::KeyValue)
      BRAID_TRY(expectPointer(entry, call.pages, "pages"));
  }
  return {};
}

Status Context::checkRows(const Manifest::Entry &entry, const braid_function_call &call, int64_t &longestRow) {
  BRAID_TRY(checkRowPointers(entry, call));
  if (kernels) {
    // The arrays lie on the device: what they hold is the caller's promise.
    longestRow = call.longest_row;
    if (longestRow >= 1 && longestRow <= call.tokens)
      return {};
    return Status::usage(cat("longest_row: expected 1 to ", call.tokens, ", found ", longestRow));
  }
  if (call.row_start[0] != 0 || call.row_start[call.rows] != call.tokens)
    return Status::usage(cat("row_start: expected it to rise from 0 to ", call.tokens, ", found ", call.row_start[0],
                             " first and ", call.row_start[call.rows], " last"));
  longestRow = 0;
  seenSlots.clear();
  for (int64_t row = 0; row < call.rows; ++row) {
    // Within the bounds of the first and the last, so that the difference cannot wrap.
    int64_t begin = call.row_start[row], end = call.row_start[row + 1];
    if (end <= begin || end > call.tokens)
      return Status::usage(cat("row_start: expected more than ", begin, " and at most ", call.tokens, " after row ",
                               row, ", found ", end));
    if (entry.oneTokenRows && end - begin != 1)
      return Status::usage(
          cat("function ", inQuotes(entry.name), ": expected 1 token in row ", row, ", found ", end - begin));
    longestRow = std::max(longestRow, end - begin);
    if (call.slot[row] < 0)
      continue;
    BRAID_TRY(checkSlot(call, row));
    seenSlots.push_back(call.slot[row]);
  }
  std::sort(seenSlots.begin(), seenSlots.end());
  if (auto twice = std::adjacent_find(seenSlots.begin(), seenSlots.end()); twice != seenSlots.end())
    return Status::usage(cat("slot: expected each slot once in a call, found slot ", *twice, " again"));
  return {};
}

Status Context::call(const braid_function_call &given) {
  return guardMemory([&]() -> Status {
    BRAID_TRY_ASSIGN(const Manifest::Entry *entry, functionOf(owner->manifest(), given.entry));
    BRAID_TRY(checkSizes(*entry, given.tokens, given.rows));
    BRAID_TRY(checkTensors(*entry, given));
    braid_call call = {};
    if (entry->ragged)
      BRAID_TRY(checkRows(*entry, given, call.longest_row));
    char *arena = static_cast<char *>(given.arena);
    std::array<CheckedBytes, 3> parts = arenaParts(*entry, given.tokens, given.rows);
    for (int i = 0; i < 3; ++i) {
      if (parts[i].value() != 0)
        BRAID_TRY(expectPointer(*entry, arena, "arena"));
      call.arena[i] = arena;
      arena += parts[i].value();
    }
    call.size = sizeof call;
    call.weights = owner->weights().pointers().data();
    call.states = given.states;
    call.row_start = given.row_start;
    call.slot = given.slot;
    call.length = given.length;
    call.pages = given.pages;
    call.pages_per_slot = given.pages_per_slot;
    call.n = given.tokens;
    call.b = given.rows;
    call.slots = given.slots;
    call.page_count = given.page_count;
    call.arguments = given.arguments;
    call.results = given.results;
    if (int32_t code = owner->entry(static_cast<size_t>(given.entry))(services->api(), &call); code != 0)
      return Status::internal(cat("function ", inQuotes(entry->name), ": expected 0, found ", code));
    return services->takeFailure();
  });
}

} // namespace braid

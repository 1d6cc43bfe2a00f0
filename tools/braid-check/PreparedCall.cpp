//===- PreparedCall.cpp - A case with everything on the device ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PreparedCall.h"

#include "Values.h"

#include <algorithm>
#include <numeric>

namespace braid::check {

using tool::take;

Result<std::unique_ptr<PreparedCall>> PreparedCall::create(const Case &item, const CaseList &list, braid_device *device,
                                                           bool poisoned) {
  std::unique_ptr<PreparedCall> prepared(new PreparedCall(item, device, poisoned));
  BRAID_TRY(prepared->load(list));
  BRAID_TRY(prepared->makeTensors());
  if (prepared->shapes().entry().ragged)
    BRAID_TRY(prepared->makeRows());
  // Inputs are copied from memory that is gone when this returns.
  BRAID_TRY(prepared->synchronize());
  return prepared;
}

Status PreparedCall::load(const CaseList &list) {
  BRAID_TRY_ASSIGN(caseShapes, CaseShapes::of(item, list));
  braid_program_options options = {};
  options.size = sizeof options;
  braid_program *loaded = nullptr;
  BRAID_TRY(take(braid_program_load(list.path(item.artifact).c_str(), &options, &loaded)));
  program.reset(loaded);
  braid_context_options where = {sizeof where, device, streamOfThread(), 0, 0};
  braid_context *created = nullptr;
  BRAID_TRY(take(braid_context_create(program.get(), &where, &created)));
  context.reset(created);
  call.size = sizeof call;
  call.entry = braid_program_find_entry(program.get(), item.entry.c_str());
  call.tokens = item.tokens;
  call.rows = shapes().slots();
  return {};
}

Status PreparedCall::makeTensors() {
  const Manifest::Entry &entry = shapes().entry();
  for (size_t i = 0; i < entry.arguments.size(); ++i) {
    DType dtype = entry.arguments[i].dtype;
    std::vector<uint8_t> bytes =
        drawAll(item.arguments[i], item, argumentName(i), dtype, elementsOf(shapes().argument(i)));
    BRAID_TRY_ASSIGN(DeviceMemory memory, DeviceMemory::create(device, bytes.size(), streamOfThread()));
    BRAID_TRY(memory.write(bytes.data()));
    BRAID_TRY(synchronize());
    argumentPointers.push_back(memory.data());
    arguments.push_back(std::move(memory));
  }
  for (size_t i = 0; i < entry.results.size(); ++i) {
    uint64_t bytes = elementsOf(shapes().result(i)) * sizeOf(entry.results[i].dtype);
    BRAID_TRY_ASSIGN(DeviceMemory memory, DeviceMemory::create(device, bytes, streamOfThread(), poisoned));
    resultPointers.push_back(memory.data());
    results.push_back(std::move(memory));
  }
  uint64_t bytes = 0;
  BRAID_TRY(take(braid_arena_bytes(program.get(), call.entry, call.tokens, call.rows, &bytes)));
  BRAID_TRY_ASSIGN(DeviceMemory memory, DeviceMemory::create(device, bytes, streamOfThread(), poisoned));
  call.arguments = argumentPointers.data();
  call.results = resultPointers.data();
  call.arena = memory.data();
  arena.push_back(std::move(memory));
  return {};
}

template <typename T> Result<T *> PreparedCall::upload(const std::vector<T> &values) {
  BRAID_TRY_ASSIGN(DeviceMemory memory, DeviceMemory::create(device, values.size() * sizeof(T), streamOfThread()));
  BRAID_TRY(memory.write(values.data()));
  BRAID_TRY(synchronize());
  T *pointer = reinterpret_cast<T *>(memory.data());
  rowArrays.push_back(std::move(memory));
  return pointer;
}

Status PreparedCall::makeRows() {
  std::vector<int64_t> rowStart{0};
  for (int64_t count : item.rows)
    rowStart.push_back(rowStart.back() + count);
  // Rows take the slots backwards, so that a kernel that takes a row for a slot is found out.
  std::vector<int32_t> slot(item.rows.size()), table;
  std::iota(slot.rbegin(), slot.rend(), 0);
  std::vector<int64_t> after = shapes().lengthsAfter();
  pages.emplace(shapes().slots(), *std::max_element(after.begin(), after.end()));
  BRAID_TRY_ASSIGN(call.row_start, upload(rowStart));
  BRAID_TRY_ASSIGN(call.slot, upload(slot));
  BRAID_TRY_ASSIGN(call.length, upload(std::vector<int64_t>(item.lengths.rbegin(), item.lengths.rend())));
  for (auto row = pages->table().end(); row != pages->table().begin();) {
    row -= pages->pagesPerSlot();
    table.insert(table.end(), row, row + pages->pagesPerSlot());
  }
  BRAID_TRY_ASSIGN(call.pages, upload(table));
  call.slots = shapes().slots();
  call.pages_per_slot = pages->pagesPerSlot();
  call.page_count = pages->pageCount();
  call.longest_row = *std::max_element(item.rows.begin(), item.rows.end());
  statePointers.assign(shapes().manifest().states.size(), nullptr);
  for (int32_t index : shapes().entry().states)
    BRAID_TRY(makeState(index));
  call.states = statePointers.data();
  return {};
}

/// A state that is drawn where the case draws it and a row has a history; NaN elsewhere.
Status PreparedCall::makeState(int32_t index) {
  const Manifest::State &state = shapes().manifest().states[static_cast<size_t>(index)];
  uint64_t blocks = static_cast<uint64_t>(tool::isPaged(state) ? call.page_count : call.slots);
  std::vector<uint8_t> bytes(blocks * state.bytes, DeviceMemory::poisonByte);
  for (const CaseTensor &tensor : item.states) {
    if (tensor.state != state.name)
      continue;
    std::vector<int64_t> shape = shapes().stateBefore(state);
    std::vector<uint8_t> logical = drawAll(tensor, item, stateName(state.name), state.dtype, elementsOf(shape));
    forEachRun(state, item.lengths, [&](size_t from, size_t to, size_t count) {
      size_t size = sizeOf(state.dtype);
      std::memcpy(bytes.data() + to * size, logical.data() + from * size, count * size);
    });
  }
  BRAID_TRY_ASSIGN(DeviceMemory memory, DeviceMemory::create(device, bytes.size(), streamOfThread()));
  BRAID_TRY(memory.write(bytes.data()));
  BRAID_TRY(synchronize());
  statePointers[static_cast<size_t>(index)] = memory.data();
  states.push_back(std::move(memory));
  initialStates.push_back(std::move(bytes));
  return {};
}

template <typename F>
void PreparedCall::forEachRun(const Manifest::State &state, const std::vector<int64_t> &lengths, F body) const {
  if (tool::isPaged(state))
    return pages->forEachRun(state, lengths, *std::max_element(lengths.begin(), lengths.end()), body);
  size_t block = state.bytes / sizeOf(state.dtype), rows = lengths.size();
  for (size_t row = 0; row < rows; ++row)
    if (lengths[row] != 0)
      body(row * block, (rows - 1 - row) * block, block);
}

Result<std::vector<uint8_t>> PreparedCall::state(const Manifest::State &state) const {
  const std::vector<int32_t> &used = shapes().entry().states;
  size_t place = 0;
  while (&shapes().manifest().states[static_cast<size_t>(used[place])] != &state)
    ++place;
  BRAID_TRY_ASSIGN(std::vector<uint8_t> found, states[place].read());
  size_t size = sizeOf(state.dtype);
  std::vector<uint8_t> logical(elementsOf(shapes().stateAfter(state)) * size);
  forEachRun(state, shapes().lengthsAfter(), [&](size_t to, size_t from, size_t count) {
    std::memcpy(logical.data() + to * size, found.data() + from * size, count * size);
  });
  return logical;
}

Status PreparedCall::reset() {
  for (const DeviceMemory &memory : results)
    if (poisoned)
      BRAID_TRY(memory.poison());
  if (poisoned)
    BRAID_TRY(arena.front().poison());
  for (size_t i = 0; i < states.size(); ++i)
    BRAID_TRY(states[i].write(initialStates[i].data()));
  return synchronize();
}

Status PreparedCall::checkGuard(const DeviceMemory &memory, std::string_view what) const {
  BRAID_TRY_ASSIGN(bool guarded, memory.isGuarded());
  return guarded ? Status() : Status::internal(cat("something was written beside ", what));
}

Status PreparedCall::checkGuards() const {
  for (size_t i = 0; i < arguments.size(); ++i)
    BRAID_TRY(checkGuard(arguments[i], cat("argument ", i)));
  for (size_t i = 0; i < results.size(); ++i)
    BRAID_TRY(checkGuard(results[i], cat("result ", i)));
  for (size_t i = 0; i < states.size(); ++i)
    BRAID_TRY(checkGuard(states[i], cat("state ", i)));
  return checkGuard(arena.front(), "the arena");
}

double PreparedCall::cost(Manifest::Cost Manifest::Kernel::*kind) const {
  double positions = 0, sum = 0;
  for (size_t row = 0; row < item.rows.size(); ++row) {
    double count = static_cast<double>(item.rows[row]), before = static_cast<double>(item.lengths[row]);
    positions += count * before + count * (count + 1) / 2;
  }
  for (const Manifest::Kernel &kernel : shapes().manifest().kernels)
    if (kernel.entry == item.entry)
      sum += (kernel.*kind).of(static_cast<double>(item.tokens), static_cast<double>(item.rows.size()), positions);
  return sum;
}

} // namespace braid::check

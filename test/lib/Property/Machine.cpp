//===- Machine.cpp - A runtime that checks what kernels touch -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "SimulatedLaunch.h"
#include "ThreadBlock.h"
#include "mlir/IR/Diagnostics.h"
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

using namespace braid;
using namespace braid::property;

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

Data::Data(const Case &c, const std::vector<Source> &sources) : sources(sources) {
  int64_t lengths[maxSlots];
  for (int slot = 0; slot < maxSlots; ++slot)
    lengths[slot] = c.length(slot);
  for (const Source &source : sources) {
    size_t count = size_t(source.elements()), width = size_t(source.shape.back());
    std::vector<uint64_t> &bytes = stored.emplace_back((count * sizeOf(source.dtype) + 64) / 8 + 8);
    for (size_t i = 0; i < count; ++i) {
      // Only the tokens that a slot takes.
      if (size_t token = i / width; source.isTable && i % width == 0 &&
                                    int64_t(token / maxSlots) >= lengths[token % maxSlots]) {
        i += width - 1;
        continue;
      }
      int64_t column = int64_t(i % width);
      size_t part = source.parts.size() - 1;
      while (source.parts[part].from > column)
        --part;
      column -= source.parts[part].from;
      // Tables by row and column of the part, so that a change of width elsewhere keeps the rest.
      Random random(c.data, source.parts[part].name, (i / width) << 20 | uint64_t(column));
      storeElement(source.dtype, bytes.data(), i, source.parts[part].draw(random, column, c));
    }
  }
}

std::vector<double> Data::values(llvm::StringRef name) const {
  for (auto [source, bytes] : llvm::zip(sources, stored)) {
    if (source.name != name)
      continue;
    std::vector<double> result(size_t(source.elements()));
    for (size_t i = 0; i < result.size(); ++i)
      result[i] = loadElement(source.dtype, bytes.data(), i);
    return result;
  }
  return {};
}

Data Data::withWildNeighbours(int slot) const {
  static constexpr double wild[] = {INFINITY, NAN, -INFINITY};
  Data result = *this;
  for (auto [source, bytes] : llvm::zip(sources, result.stored)) {
    size_t width = size_t(source.shape.back());
    for (size_t i = 0; source.isTable && i < size_t(source.elements()); ++i)
      if (size_t token = i / width; token % maxSlots != size_t(slot))
        storeElement(source.dtype, bytes.data(), i, wild[i % 3]);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

namespace {

/// Bytes that begin as NaN in every floating-point type, with a fence behind them.
class Buffer {
public:
  explicit Buffer(size_t bytes = 0)
      : size(bytes), storage(static_cast<char *>(std::aligned_alloc(BRAID_ALIGNMENT, (bytes + 3 * fence - 1) / fence * fence)),
                             std::free) {
    std::memset(storage.get(), 0xff, bytes + fence);
  }
  char *data() const { return storage.get(); }
  bool fenceHolds() const {
    return std::all_of(data() + size, data() + size + fence, [](char byte) { return byte == char(0xff); });
  }

private:
  static constexpr size_t fence = BRAID_ALIGNMENT;
  size_t size;
  std::unique_ptr<char, void (*)(void *)> storage;
};

/// One run: slots, pages in a random order, and the host's services.
class Machine {
public:
  Machine(const Compiled &compiled, const Data &data, llvm::ArrayRef<Call> calls, uint64_t order)
      : compiled(compiled), random(order), scratch(size_t(compiled.scratchBytes)), threads(order) {
    int64_t longest = 0;
    for (int slot = 0; slot < maxSlots; ++slot) {
      int64_t total = 0;
      for (const Call &call : calls)
        for (Piece piece : call.rows)
          total += piece.slot == slot ? piece.tokens : 0;
      longest = std::max(longest, total);
    }
    pagesPerSlot = (longest + BRAID_PAGE_TOKENS - 1) / BRAID_PAGE_TOKENS;
    pages.resize(size_t(maxSlots * pagesPerSlot));
    std::iota(pages.begin(), pages.end(), 0);
    shuffle(pages);
    for (size_t i = 0; i < compiled.text.sources.size(); ++i)
      weights.push_back(data.bytes(i));
    for (const StateLayout &state : compiled.states) {
      states.emplace_back(state.bytes() * (state.kind == StateKind::KV ? pages.size() : size_t(maxSlots)));
      statePointers.push_back(states.back().data());
    }
  }

  void run(const Call &call, Outcome &outcome);
  void readStates(Outcome &outcome) const;

private:
  template <typename T> void shuffle(std::vector<T> &values) {
    for (size_t i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[random.next() % i]);
  }
  void runBlocks(braid_kernel_fn kernel, const void *arguments, int64_t blocks) {
    if (tile::KernelOp scheduled = compiled.scheduled(kernel))
      return simulate(scheduled, arguments);
    std::vector<int64_t> numbers(static_cast<size_t>(blocks));
    std::iota(numbers.begin(), numbers.end(), 0);
    shuffle(numbers);
    for (int64_t block : numbers)
      kernel(arguments, block, compiled.isThreads() ? threads.services() : scratch.data());
    if (scheduleFault.empty())
      scheduleFault = threads.fault();
  }
  void simulate(tile::KernelOp kernel, const void *arguments) {
    mlir::ScopedDiagnosticHandler handler(kernel.getContext(), [&](mlir::Diagnostic &diagnostic) {
      if (scheduleFault.empty())
        scheduleFault = diagnostic.str();
      return mlir::success();
    });
    if (failed(test::simulateLaunch(kernel, arguments, {random.next()})) && scheduleFault.empty())
      scheduleFault = "the simulation fails";
  }
  std::vector<double> readState(size_t index, int slot) const;

  const Compiled &compiled;
  Random random;
  Buffer scratch;
  test::ThreadBlock threads;
  int64_t pagesPerSlot = 0;
  std::vector<int32_t> pages;
  std::vector<const void *> weights;
  std::vector<Buffer> states;
  std::vector<void *> statePointers;
  int64_t length[maxSlots] = {};
  std::string scheduleFault; // the first one of a simulation, or of a block of threads
};

} // namespace

void Machine::run(const Call &call, Outcome &outcome) {
  std::vector<int32_t> tokens, slot;
  std::vector<int64_t> rowStart{0};
  int64_t longest = 0;
  for (Piece piece : call.rows) {
    slot.push_back(piece.slot);
    for (int64_t t = 0; t < piece.tokens; ++t)
      tokens.push_back(piece.slot < 0 ? 0 : int32_t((length[piece.slot] + t) * maxSlots + piece.slot));
    rowStart.push_back(int64_t(tokens.size()));
    longest = std::max(longest, piece.tokens);
  }
  int64_t n = rowStart.back(), b = int64_t(slot.size());
  const Compiled::Form &form = compiled.form(call.step);
  int64_t factors[3] = {n, b, 1};
  std::vector<Buffer> arena;
  for (int i = 0; i < 3; ++i)
    arena.emplace_back(size_t(form.arena[i] * factors[i]));
  const ModuleText &text = compiled.text;
  int64_t width = text.resultWidth;
  Buffer logits(size_t((text.resultPerRow ? b : n) * width) * sizeOf(text.resultType));

  braid_host_api api{sizeof api, BRAID_ARTIFACT_VERSION, 0, this,
                     [](void *context, braid_kernel_fn kernel, const void *arguments, int64_t blocks) {
                       static_cast<Machine *>(context)->runBlocks(kernel, arguments, blocks);
                     },
                     /*launch=*/nullptr};
  braid_call frame{sizeof frame, weights.data(), statePointers.data(),
                   {arena[0].data(), arena[1].data(), arena[2].data()}, tokens.data(), rowStart.data(), slot.data(), length,
                   pages.data(), pagesPerSlot, n, b, longest, reinterpret_cast<float *>(logits.data()), maxSlots,
                   int64_t(pages.size()), /*arguments=*/nullptr, /*results=*/nullptr};
  form.entry(&api, &frame);

  bool fences = scratch.fenceHolds() && logits.fenceHolds();
  for (const std::vector<Buffer> *list : {&arena, &states})
    for (const Buffer &buffer : *list)
      fences &= buffer.fenceHolds();
  if (!fences)
    outcome.fault = "memory behind a buffer was written";
  if (!scheduleFault.empty())
    outcome.fault = scheduleFault;
  for (int64_t row = 0; row < b; ++row) {
    if (slot[row] < 0)
      continue;
    int64_t from = text.resultPerRow ? row : rowStart[row], to = text.resultPerRow ? row + 1 : rowStart[row + 1];
    for (int64_t i = from * width; i < to * width; ++i)
      outcome.outputs[slot[row]].push_back(loadElement(text.resultType, logits.data(), size_t(i)));
    length[slot[row]] += rowStart[row + 1] - rowStart[row];
  }
}

/// A state in the shape that the evaluator gives it: a growing one is [tokens, kv_heads, head_dim], gathered from its pages.
std::vector<double> Machine::readState(size_t index, int slot) const {
  const StateLayout &state = compiled.states[index];
  std::vector<double> values;
  auto read = [&](size_t element) { values.push_back(loadElement(state.dtype, states[index].data(), element)); };
  size_t entry = state.bytes() / sizeOf(state.dtype);
  if (state.kind != StateKind::KV) {
    for (size_t i = 0; i < entry; ++i)
      read(size_t(slot) * entry + i);
    return values;
  }
  int64_t heads = state.shape[0], headDim = state.shape[2];
  for (int64_t t = 0; t < length[slot]; ++t) {
    size_t page = size_t(pages[size_t(slot * pagesPerSlot + t / BRAID_PAGE_TOKENS)]) * entry;
    for (int64_t head = 0; head < heads; ++head)
      for (int64_t i = 0; i < headDim; ++i)
        read(page + size_t((head * BRAID_PAGE_TOKENS + t % BRAID_PAGE_TOKENS) * headDim + i));
  }
  return values;
}

void Machine::readStates(Outcome &outcome) const {
  for (int slot = 0; slot < maxSlots; ++slot)
    for (size_t i = 0; length[slot] > 0 && i < compiled.states.size(); ++i)
      outcome.states[slot].push_back(readState(i, slot));
}

Outcome property::runCalls(const Compiled &compiled, const Data &data, llvm::ArrayRef<Call> calls, uint64_t order) {
  Machine machine(compiled, data, calls, order);
  Outcome outcome;
  for (const Call &call : calls)
    machine.run(call, outcome);
  machine.readStates(outcome);
  return outcome;
}

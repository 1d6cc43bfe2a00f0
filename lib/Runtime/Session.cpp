//===- Session.cpp - A program's working memory ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace braid {

namespace {
SlotStore::Shape shapeOf(const Session::Limits &limits) { return {limits.slots, limits.maxContext, limits.poison}; }
Checkpoints::Shape checkpointsOf(const Session::Limits &limits) {
  return {limits.slots, limits.maxContext, limits.checkpoints, limits.checkpointEvery};
}

Status checkLimits(const Manifest &manifest, const Session::Limits &limits) {
  struct Bound {
    const char *name;
    int64_t value, most;
  };
  const Bound bounds[] = {{"max_rows", limits.maxRows, mostRows},
                          {"max_tokens", limits.maxTokens, 0x7fffffff},
                          {"max_context", limits.maxContext, int64_t{1} << 40},
                          {"slots", limits.slots, 1 << 24}};
  for (const Bound &bound : bounds)
    if (bound.value < 1 || bound.value > bound.most)
      return Status::usage(cat("limit '", bound.name, "': expected 1 to ", bound.most, ", found ", bound.value));
  if (limits.threads < 0 || limits.threads > 4096)
    return Status::usage(cat("limit 'threads': expected 0 to 4096, found ", limits.threads));
  for (const Bound &bound : {Bound{"checkpoints", limits.checkpoints, 1 << 20},
                             Bound{"checkpoint_every", limits.checkpointEvery, int64_t{1} << 40}})
    if (bound.value < 0 || bound.value > bound.most)
      return Status::usage(cat("limit '", bound.name, "': expected 0 to ", bound.most, ", found ", bound.value));
  if (!manifest.model)
    return Status::usage("expected the artifact of a model, found functions alone: a context calls them");
  if (manifest.model->maxContext != 0 && limits.maxContext > manifest.model->maxContext)
    return Status::limit(cat("limit 'max_context': expected at most the model's ", manifest.model->maxContext,
                             " tokens, found ", limits.maxContext));
  return {};
}

/// The bytes of the sub-arenas that serve every entry point within the limits.
std::array<CheckedBytes, 3> arenaBytes(const Manifest &manifest, const Session::Limits &limits) {
  uint64_t mostRows = static_cast<uint64_t>(std::min(limits.maxRows, limits.maxTokens));
  std::array<uint64_t, 3> most{};
  for (const Manifest::Entry &entry : manifest.entries) {
    if (entry.isFunction)
      continue;
    uint64_t tokens = entry.oneTokenRows ? mostRows : static_cast<uint64_t>(limits.maxTokens);
    const uint64_t factors[3] = {tokens, mostRows, 1};
    for (int i = 0; i < 3; ++i)
      most[i] = std::max(most[i], CheckedBytes(entry.arenaBytes[i]).times(factors[i]).value());
  }
  return {CheckedBytes(most[0]), CheckedBytes(most[1]), CheckedBytes(most[2])};
}
/// The entry point that brings a row of so many tokens forward again: of those that can, the one with the fewest logits.
const Manifest::Entry *replayEntry(const Manifest &manifest, bool oneToken) {
  const Manifest::Entry *best = nullptr;
  for (const Manifest::Entry &entry : manifest.entries) {
    if (entry.isFunction || (entry.oneTokenRows && !oneToken))
      continue;
    auto rank = [](const Manifest::Entry &e) { return 2 * !e.oneTokenRows + e.logitsPerToken; };
    if (!best || rank(entry) < rank(*best))
      best = &entry;
  }
  return best;
}

/// Room for the logits of a row that runs again.
CheckedBytes replayBytes(const Manifest &manifest, const Session::Limits &limits) {
  if (limits.checkpoints == 0 || SlotStore::fixedBytes(manifest).value() == 0)
    return CheckedBytes();
  const Manifest::Entry *entry = replayEntry(manifest, /*oneToken=*/false);
  uint64_t tokens = entry && entry->logitsPerToken ? static_cast<uint64_t>(limits.maxTokens) : 1;
  return CheckedBytes(sizeof(float)).times(static_cast<uint64_t>(manifest.model->vocabSize)).times(tokens);
}
} // namespace

Result<uint64_t> Session::bytes(const Program &program, const Limits &limits) {
  const Manifest &manifest = program.manifest();
  BRAID_TRY(checkLimits(manifest, limits));
  CheckedBytes total = SlotStore::bytes(manifest, shapeOf(limits));
  for (const CheckedBytes &part : arenaBytes(manifest, limits))
    total.add(part);
  total.add(Checkpoints::bytes(manifest, checkpointsOf(limits))).add(replayBytes(manifest, limits));
  int threads = limits.threads > 0 ? limits.threads : availableCpus();
  total.add(ThreadPool::scratchInAll(threads, manifest.scratchBytes));
  return total.value();
}

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Program> program, const Limits &limits) {
  return guardMemory([&]() -> Result<std::unique_ptr<Session>> {
    const Manifest &manifest = program->manifest();
    if (program->isForGpu())
      return Status::unsupported(cat(program->path(), ": expected a model for the CPU, found code for a GPU"));
    BRAID_TRY_ASSIGN(uint64_t total, bytes(*program, limits));
    BRAID_TRY(checkAvailable(total, "states, arena and scratch memory of a session"));
    std::unique_ptr<Session> session(new Session(program, limits));
    BRAID_TRY_ASSIGN(session->pool, ThreadPool::create(limits.threads, manifest.scratchBytes));
    BRAID_TRY(session->store.create(manifest, program->stateLayout(), shapeOf(limits)));
    BRAID_TRY(session->checkpoints.create(manifest, checkpointsOf(limits)));
    BRAID_TRY_ASSIGN(session->replayLogits,
                     HostBuffer::allocate(replayBytes(manifest, limits).value(), "logits of a rollback"));
    std::array<CheckedBytes, 3> sizes = arenaBytes(manifest, limits);
    braid_call &call = session->call;
    for (int i = 0; i < 3; ++i) {
      BRAID_TRY_ASSIGN(session->arena[i], HostBuffer::allocate(sizes[i].value(), "arena"));
      call.arena[i] = session->arena[i].data();
    }
    session->lastCall.assign(static_cast<size_t>(limits.slots), 0);
    call.size = sizeof call;
    call.weights = program->weights().pointers().data();
    call.states = session->store.stateBases();
    call.length = session->store.lengthTable();
    call.pages = session->store.pageTable();
    call.pages_per_slot = session->store.pagesPerSlot();
    session->services = std::make_unique<HostServices>(*session->pool);
    return session;
  });
}

Status Session::check(const Batch &batch, size_t logitsCount) {
  const Manifest &manifest = owner->manifest();
  if (batch.entry < 0 || static_cast<size_t>(batch.entry) >= manifest.entries.size())
    return Status::usage(cat("expected an entry point below ", manifest.entries.size(), ", found ", batch.entry));
  const Manifest::Entry &entry = manifest.entries[static_cast<size_t>(batch.entry)];
  if (entry.isFunction)
    return Status::usage(cat("entry point ", inQuotes(entry.name), ": expected a model's, found a function of tensors"));
  if (batch.rows < 1)
    return Status::usage(cat("expected at least 1 row, found ", batch.rows));
  if (batch.rows > limits.maxRows)
    return Status::limit(cat("limit 'max_rows': expected at most ", limits.maxRows, " rows, found ", batch.rows));
  if (batch.rowStart[0] != 0)
    return Status::usage(cat("row_start: expected 0 first, found ", batch.rowStart[0]));
  int64_t vocab = manifest.model->vocabSize, longest = 0;
  ++callNumber;
  for (int64_t row = 0; row < batch.rows; ++row) {
    int64_t begin = batch.rowStart[row], end = batch.rowStart[row + 1];
    if (end <= begin)
      return Status::usage(cat("row_start: expected more than ", begin, " after row ", row, ", found ", end));
    if (end > limits.maxTokens)
      return Status::limit(
          cat("limit 'max_tokens': expected at most ", limits.maxTokens, " tokens in a call, found ", end));
    int64_t count = end - begin;
    if (entry.oneTokenRows && count != 1)
      return Status::usage(
          cat("entry point ", inQuotes(entry.name), ": expected 1 token in row ", row, ", found ", count));
    longest = std::max(longest, count);
    for (int64_t i = begin; i < end; ++i)
      if (batch.tokens[i] < 0 || batch.tokens[i] >= vocab)
        return Status::badInput(
            cat("token ", i, ": expected an id from 0 to ", vocab - 1, ", found ", batch.tokens[i]));
    int64_t slot = batch.slot[row];
    if (slot < 0)
      continue;
    if (slot >= store.slots())
      return Status::limit(cat("limit 'slots': expected a slot below ", store.slots(), " for row ", row, ", found ",
                               slot));
    if (std::exchange(lastCall[static_cast<size_t>(slot)], callNumber) == callNumber)
      return Status::usage(cat("expected each slot once in a call, found slot ", slot, " again in row ", row));
    if (count > limits.maxContext - store.length(slot))
      return Status::limit(cat("limit 'max_context': expected at most ", limits.maxContext, " tokens in slot ", slot,
                               ", found ", store.length(slot), " and ", count, " more"));
  }
  call.n = batch.rowStart[batch.rows];
  call.b = batch.rows;
  call.longest_row = longest;
  call.slots = store.slots();
  call.page_count = store.pageCount();
  uint64_t wanted = static_cast<uint64_t>(entry.logitsPerToken ? call.n : call.b) * static_cast<uint64_t>(vocab);
  if (logitsCount < wanted)
    return Status::usage(cat("expected room for ", wanted, " logits, found ", logitsCount));
  return {};
}

Status Session::run(const Batch &batch, float *logits, size_t logitsCount) {
  BRAID_TRY(check(batch, logitsCount));
  for (int64_t row = 0; row < batch.rows; ++row)
    if (int64_t slot = batch.slot[row], begin = batch.rowStart[row]; slot >= 0)
      checkpoints.record(store, slot, batch.tokens + begin, batch.rowStart[row + 1] - begin);
  return execute(batch, logits);
}

/// What was checked.
Status Session::execute(const Batch &batch, float *logits) {
  auto forEachSlot = [&](auto body) {
    for (int64_t row = 0; row < batch.rows; ++row)
      if (int64_t slot = batch.slot[row]; slot >= 0)
        body(slot, store.length(slot) + batch.rowStart[row + 1] - batch.rowStart[row]);
  };
  forEachSlot([&](int64_t slot, int64_t length) { store.reserve(slot, length); });
  if (limits.poison)
    for (HostBuffer &part : arena)
      if (part.size() != 0)
        std::memset(part.data(), 0xff, part.size());
  call.tokens = batch.tokens;
  call.row_start = batch.rowStart;
  call.slot = batch.slot;
  call.logits = logits;
  if (int32_t code = owner->entry(static_cast<size_t>(batch.entry))(services->api(), &call); code != 0)
    return Status::internal(cat("entry point ", batch.entry, ": expected 0, found ", code));
  forEachSlot([&](int64_t slot, int64_t length) { store.setLength(slot, length); });
  return {};
}

void Session::reset(int64_t slot) {
  store.reset(slot);
  checkpoints.clear(slot);
}

void Session::copy(int64_t from, int64_t to) {
  if (from == to)
    return;
  store.copy(from, to);
  checkpoints.clear(to);
}

Status Session::restore(int64_t slot, const void *buffer, size_t bytes) {
  BRAID_TRY(store.restore(slot, buffer, bytes));
  checkpoints.clear(slot);
  return {};
}

int64_t Session::rollbackLimit(int64_t slot) const {
  if (!checkpoints.areNeeded())
    return store.length(slot);
  int64_t oldest = checkpoints.oldest(slot);
  return oldest < 0 ? 0 : store.length(slot) - oldest;
}

Status Session::rollback(int64_t slot, int64_t tokens) {
  int64_t length = store.length(slot), wanted = length - tokens;
  if (tokens < 0 || tokens > length)
    return Status::usage(cat("expected to roll back 0 to ", length, " tokens, which slot ", slot, " holds, found ", tokens));
  if (int64_t most = rollbackLimit(slot); tokens > most)
    return Status::limit(cat("limit 'checkpoints': expected to roll back at most ", most, " tokens of slot ", slot,
                             ", to the oldest of ", checkpoints.count(), " checkpoints, found ", tokens));
  if (tokens == 0)
    return {};
  if (!checkpoints.areNeeded()) {
    store.truncate(slot, wanted);
    return {};
  }
  for (int64_t at = checkpoints.restore(store, slot, wanted); at < wanted;) {
    Checkpoints::Piece piece = checkpoints.pieceAt(slot, at, wanted);
    BRAID_TRY(replay(slot, piece.tokens, piece.count));
    at += piece.count;
  }
  return {};
}

Status Session::replay(int64_t slot, const int32_t *tokens, int64_t count) {
  const Manifest &manifest = owner->manifest();
  const Manifest::Entry *entry = replayEntry(manifest, count == 1);
  const int64_t rowStart[] = {0, count};
  const int32_t slots[] = {static_cast<int32_t>(slot)};
  Batch batch{static_cast<int32_t>(entry - manifest.entries.data()), 1, rowStart, slots, tokens};
  auto *logits = reinterpret_cast<float *>(replayLogits.data());
  BRAID_TRY(check(batch, replayLogits.size() / sizeof(float)));
  return execute(batch, logits);
}

} // namespace braid

//===- Abi.cpp - The C interface over the runtime's classes ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Handles are thin structs around the classes; exceptions end here.
//
//===----------------------------------------------------------------------===//

#include "AbiSupport.h"
#include "Arithmetic.h"
#include "Bandwidth.h"
#include "CpuFeatures.h"
#include "Sampler.h"
#include "Session.h"
#include "StateFile.h"
#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"

#include <cstddef>

using namespace braid;

struct braid_session {
  std::unique_ptr<Session> session;
};
struct braid_sampler {
  Sampler sampler;
};

namespace {
Claim<Session> claimSession(braid_session *handle) {
  return Claim<Session>(handle ? handle->session.get() : nullptr, "session");
}

Status checkSlot(const Session &session, int64_t slot) {
  if (slot >= 0 && slot < session.slots().slots())
    return {};
  return Status::limit(cat("limit 'slots': expected a slot from 0 to ", session.slots().slots() - 1, ", found ", slot));
}

Status readLimits(const braid_session_options *given, Session::Limits &limits) {
  braid_session_options options;
  // What came with version 0.1.0 ended before `checkpoints`.
  BRAID_TRY(readOptions(given, "options", offsetof(braid_session_options, checkpoints), options));
  limits = {options.max_rows,
            options.max_tokens,
            options.max_context,
            options.slots,
            options.threads,
            (options.flags & BRAID_SESSION_POISON) != 0,
            options.checkpoints,
            options.checkpoint_every};
  return {};
}

Status readBatch(const braid_batch *given, const float *logits, Session::Batch &batch) {
  braid_batch read;
  BRAID_TRY(readOptions(given, "batch", sizeof read, read));
  BRAID_TRY(expectPointer(read.row_start, "row_start"));
  BRAID_TRY(expectPointer(read.slot, "slot"));
  BRAID_TRY(expectPointer(read.tokens, "tokens"));
  BRAID_TRY(expectPointer(logits, "logits"));
  batch = {read.entry, read.rows, read.row_start, read.slot, read.tokens};
  return {};
}

/// Whether rows of the entry point's logits are what the samplers draw from. What else is wrong with a batch, its run says.
Status checkSamplers(const Session &session, const Session::Batch &batch, const braid_sampler *const *samplers) {
  const Manifest &manifest = session.program().manifest();
  if (batch.entry < 0 || static_cast<size_t>(batch.entry) >= manifest.entries.size())
    return {};
  if (const Manifest::Entry &entry = manifest.entries[static_cast<size_t>(batch.entry)]; entry.logitsPerToken)
    return Status::usage(cat("entry point ", inQuotes(entry.name), ": expected logits of each row, found logits of each token"));
  for (int64_t row = 0; row < batch.rows; ++row)
    if (samplers[row] && samplers[row]->sampler.logits() != manifest.model->vocabSize)
      return Status::usage(cat("row ", row, ": expected a sampler of ", manifest.model->vocabSize, " logits, found one of ",
                               samplers[row]->sampler.logits()));
  return {};
}
} // namespace

extern "C" {

uint32_t braid_version(void) { return BRAID_VERSION_MAJOR * 10000 + BRAID_VERSION_MINOR * 100 + BRAID_VERSION_PATCH; }

braid_code braid_status_code(const braid_status *status) {
  return status ? static_cast<braid_code>(status->status.code()) : BRAID_OK;
}

const char *braid_status_message(const braid_status *status) { return status ? status->status.message().c_str() : ""; }

void braid_status_destroy(braid_status *status) {
  if (status != &outOfMemory())
    delete status;
}

braid_status *braid_program_load(const char *path, const braid_program_options *given, braid_program **result) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(path, "path"));
    BRAID_TRY(expectPointer(result, "program"));
    braid_program_options options;
    BRAID_TRY(readOptions(given, "options", sizeof options, options));
    Program::Options wanted;
    wanted.weights = options.weights ? options.weights : "";
    if (options.weights && wanted.weights.empty())
      return Status::usage("expected a path for 'weights', found an empty one");
    wanted.seed = options.seed;
    wanted.threads = options.threads;
    wanted.log = [&](const std::string &message) {
      if (options.log)
        options.log(options.log_context, BRAID_LOG_INFO, message.c_str());
    };
    BRAID_TRY_ASSIGN(std::shared_ptr<const Program> program, Program::load(path, wanted));
    *result = new braid_program{std::move(program)};
    return {};
  });
}

void braid_program_destroy(braid_program *program) { delete program; }

const char *braid_program_manifest(const braid_program *program, size_t *bytes) {
  if (bytes)
    *bytes = program ? program->program->manifestText().size() : 0;
  return program ? program->program->manifestText().c_str() : "";
}

int32_t braid_program_version(const braid_program *program) {
  return program ? static_cast<int32_t>(program->program->version()) : 0;
}

braid_status *braid_artifact_version(const char *path, int32_t *version) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(path, "path"));
    BRAID_TRY(expectPointer(version, "version"));
    BRAID_TRY_ASSIGN(std::string contents, readFile(path, artifactMaxBytes));
    BRAID_TRY_ASSIGN(ArtifactParts parts, parseArtifact(contents, path));
    BRAID_TRY_ASSIGN(size_t chosen, chooseVersion(parts.manifest, path));
    *version = static_cast<int32_t>(chosen);
    return {};
  });
}

braid_status *braid_program_model(const braid_program *program, braid_model_info *info) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(program, "program"));
    if (!program->program->manifest().model)
      return Status::usage("expected the artifact of a model, found functions alone");
    const Manifest::Model &model = *program->program->manifest().model;
    return writeInfo({0, model.name.c_str(), model.architecture.c_str(), model.vocabSize, model.layers,
                      model.parameters, model.maxContext, model.bosTokenId.value_or(-1), model.eosTokenIds.data(),
                      model.eosTokenIds.size()},
                     info);
  });
}

int32_t braid_program_entry_count(const braid_program *program) {
  return program ? static_cast<int32_t>(program->program->manifest().entries.size()) : 0;
}

int32_t braid_program_find_entry(const braid_program *program, const char *name) {
  return program && name ? static_cast<int32_t>(program->program->manifest().findEntry(name)) : -1;
}

braid_status *braid_program_entry(const braid_program *program, int32_t index, braid_entry_info *info) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(program, "program"));
    if (index < 0 || index >= braid_program_entry_count(program))
      return Status::usage(
          cat("expected an entry point below ", braid_program_entry_count(program), ", found ", index));
    const Manifest::Entry &entry = program->program->manifest().entries[static_cast<size_t>(index)];
    return writeInfo({0, entry.name.c_str(), entry.logitsPerToken, entry.oneTokenRows, entry.isFunction, entry.ragged,
                      static_cast<int32_t>(entry.arguments.size()), static_cast<int32_t>(entry.results.size()),
                      entry.states.data(), entry.states.size()},
                     info);
  });
}

int32_t braid_program_weight_count(const braid_program *program) {
  return program ? static_cast<int32_t>(program->program->manifest().weights.size()) : 0;
}

braid_status *braid_program_weight(const braid_program *program, int32_t index, braid_weight_info *info) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(program, "program"));
    if (index < 0 || index >= braid_program_weight_count(program))
      return Status::usage(cat("expected a weight below ", braid_program_weight_count(program), ", found ", index));
    size_t i = static_cast<size_t>(index);
    const Manifest::Weight &weight = program->program->manifest().weights[i];
    return writeInfo({0, weight.name.c_str(), nameOf(weight.dtype).data(), weight.shape.data(), weight.shape.size(),
                      program->program->weights().pointers()[i], weight.bytes},
                     info);
  });
}

braid_status *braid_session_create(const braid_program *program, const braid_session_options *options,
                                   braid_session **result) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(program, "program"));
    BRAID_TRY(expectPointer(result, "session"));
    Session::Limits limits;
    BRAID_TRY(readLimits(options, limits));
    BRAID_TRY_ASSIGN(std::unique_ptr<Session> session, Session::create(program->program, limits));
    *result = new braid_session{std::move(session)};
    return {};
  });
}

void braid_session_destroy(braid_session *session) { delete session; }

braid_status *braid_session_bytes(const braid_program *program, const braid_session_options *options, uint64_t *bytes) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(program, "program"));
    BRAID_TRY(expectPointer(bytes, "bytes"));
    Session::Limits limits;
    BRAID_TRY(readLimits(options, limits));
    BRAID_TRY_ASSIGN(*bytes, Session::bytes(*program->program, limits));
    return {};
  });
}

braid_status *braid_session_run(braid_session *session, const braid_batch *given, float *logits, size_t logits_count) {
  return guard([&]() -> Status {
    Claim<Session> claim = claimSession(session);
    BRAID_TRY(claim.status());
    Session::Batch batch;
    BRAID_TRY(readBatch(given, logits, batch));
    return claim->run(batch, logits, logits_count);
  });
}

braid_status *braid_session_time_kernels(braid_session *session, int32_t on) {
  return guard([&]() -> Status {
    Claim<Session> claim = claimSession(session);
    BRAID_TRY(claim.status());
    claim->timeKernels(on != 0);
    return {};
  });
}

size_t braid_session_kernel_times(const braid_session *session, braid_kernel_time *times, size_t capacity) {
  if (!session)
    return 0;
  const std::vector<HostServices::KernelTime> &found = session->session->kernelTimes();
  for (size_t i = 0; times && i < found.size() && i < capacity; ++i)
    times[i] = {found[i].seconds, found[i].launches};
  return found.size();
}

braid_status *braid_slot_reset(braid_session *session, int64_t slot) {
  return guard([&]() -> Status {
    Claim<Session> claim = claimSession(session);
    BRAID_TRY(claim.status());
    BRAID_TRY(checkSlot(*claim, slot));
    claim->reset(slot);
    return {};
  });
}

braid_status *braid_slot_rollback(braid_session *session, int64_t slot, int64_t tokens) {
  return guard([&]() -> Status {
    Claim<Session> claim = claimSession(session);
    BRAID_TRY(claim.status());
    BRAID_TRY(checkSlot(*claim, slot));
    return claim->rollback(slot, tokens);
  });
}

int64_t braid_slot_rollback_limit(const braid_session *session, int64_t slot) {
  return braid_slot_length(session, slot) < 0 ? -1 : session->session->rollbackLimit(slot);
}

int64_t braid_slot_length(const braid_session *session, int64_t slot) {
  bool there = session && slot >= 0 && slot < session->session->slots().slots();
  return there ? session->session->slots().length(slot) : -1;
}

braid_status *braid_slot_copy(braid_session *session, int64_t from, int64_t to) {
  return guard([&]() -> Status {
    Claim<Session> claim = claimSession(session);
    BRAID_TRY(claim.status());
    BRAID_TRY(checkSlot(*claim, from));
    BRAID_TRY(checkSlot(*claim, to));
    claim->copy(from, to);
    return {};
  });
}

size_t braid_slot_snapshot_bytes(const braid_session *session, int64_t slot) {
  return braid_slot_length(session, slot) < 0 ? 0 : session->session->slots().snapshotBytes(slot);
}

braid_status *braid_slot_snapshot(braid_session *session, int64_t slot, void *buffer, size_t bytes) {
  return guard([&]() -> Status {
    Claim<Session> claim = claimSession(session);
    BRAID_TRY(claim.status());
    BRAID_TRY(checkSlot(*claim, slot));
    BRAID_TRY(expectPointer(buffer, "buffer"));
    if (size_t wanted = claim->slots().snapshotBytes(slot); bytes < wanted)
      return Status::usage(cat("expected room for a snapshot of ", wanted, " bytes, found ", bytes));
    claim->slots().snapshot(slot, buffer);
    return {};
  });
}

braid_status *braid_slot_restore(braid_session *session, int64_t slot, const void *buffer, size_t bytes) {
  return guard([&]() -> Status {
    Claim<Session> claim = claimSession(session);
    BRAID_TRY(claim.status());
    BRAID_TRY(checkSlot(*claim, slot));
    BRAID_TRY(expectPointer(buffer, "buffer"));
    return claim->restore(slot, buffer, bytes);
  });
}

braid_status *braid_slot_save(braid_session *session, int64_t slot, const char *path) {
  return guard([&]() -> Status {
    Claim<Session> claim = claimSession(session);
    BRAID_TRY(claim.status());
    BRAID_TRY(checkSlot(*claim, slot));
    BRAID_TRY(expectPointer(path, "path"));
    return claim->save(slot, path);
  });
}

braid_status *braid_slot_load(braid_session *session, int64_t slot, const char *path) {
  return guard([&]() -> Status {
    Claim<Session> claim = claimSession(session);
    BRAID_TRY(claim.status());
    BRAID_TRY(checkSlot(*claim, slot));
    BRAID_TRY(expectPointer(path, "path"));
    return claim->load(slot, path);
  });
}

braid_status *braid_saved_length(const char *path, int64_t *tokens) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(path, "path"));
    BRAID_TRY(expectPointer(tokens, "tokens"));
    BRAID_TRY_ASSIGN(*tokens, savedLength(path));
    return {};
  });
}

braid_status *braid_measure_rates(int32_t threads, braid_rates *result) {
  return guard([&]() -> Status {
    braid_rates rates;
    BRAID_TRY(readOptions(result, "rates", offsetof(braid_rates, exp), rates));
    constexpr uint64_t bytes = uint64_t{1} << 30; // more than caches hold
    BRAID_TRY_ASSIGN(std::unique_ptr<ThreadPool> pool, ThreadPool::create(threads, 0));
    BRAID_TRY_ASSIGN(result->bytes, measureReadBandwidth(*pool, bytes, /*repeats=*/7));
    ArithmeticRates arithmetic = measureArithmetic(*pool);
    result->f64 = arithmetic.f64;
    result->f32 = arithmetic.f32;
    result->bf16 = arithmetic.bf16;
    if (result->size >= sizeof rates)
      result->exp = arithmetic.exp;
    return {};
  });
}

braid_status *braid_sampler_create(const braid_sampling *given, int64_t vocab_size, braid_sampler **result) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(result, "sampler"));
    braid_sampling sampling;
    BRAID_TRY(readOptions(given, "sampling", sizeof sampling, sampling));
    BRAID_TRY_ASSIGN(Sampler sampler, Sampler::create({sampling.temperature, sampling.top_k, sampling.top_p,
                                                       sampling.min_p, sampling.seed},
                                                      vocab_size));
    *result = new braid_sampler{std::move(sampler)};
    return {};
  });
}

void braid_sampler_destroy(braid_sampler *sampler) { delete sampler; }

braid_status *braid_sampler_next(braid_sampler *sampler, const float *logits, int32_t *token) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(sampler, "sampler"));
    BRAID_TRY(expectPointer(logits, "logits"));
    BRAID_TRY(expectPointer(token, "token"));
    BRAID_TRY_ASSIGN(*token, sampler->sampler.next(logits));
    return {};
  });
}

braid_status *braid_session_next(braid_session *session, const braid_batch *given, float *logits, size_t logits_count,
                                 braid_sampler *const *samplers, int32_t *next) {
  return guard([&]() -> Status {
    Claim<Session> claim = claimSession(session);
    BRAID_TRY(claim.status());
    Session::Batch batch;
    BRAID_TRY(readBatch(given, logits, batch));
    BRAID_TRY(expectPointer(samplers, "samplers"));
    BRAID_TRY(expectPointer(next, "next"));
    BRAID_TRY(checkSamplers(*claim, batch, samplers));
    BRAID_TRY(claim->run(batch, logits, logits_count));
    for (int64_t row = 0; row < batch.rows; ++row) {
      if (!samplers[row])
        continue;
      Result<int32_t> token = samplers[row]->sampler.next(logits + row * samplers[row]->sampler.logits());
      if (!token.ok())
        return Status(token.status().code(), cat("row ", row, ", ", token.status().message()));
      next[row] = *token;
    }
    return {};
  });
}

} // extern "C"

//===- braid.h - The C interface of the runtime ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program is an artifact with its weights: immutable, shared by any number of
// threads. A session is a program's working memory, made once for fixed limits:
// after its creation nothing is allocated, and a call that would pass a limit is
// an error that names it. One thread at a time uses a session.
//
// Functions that can fail return NULL on success, or a status that the caller
// destroys. No function throws. Structs that a caller fills begin with `size`,
// which is sizeof the struct as the caller was compiled.
//
// Loading an artifact runs its code. Its hash finds damage, not ill will.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_BRAID_H
#define BRAID_RUNTIME_BRAID_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define BRAID_API
#else
#define BRAID_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define BRAID_VERSION_MAJOR 0
#define BRAID_VERSION_MINOR 1
#define BRAID_VERSION_PATCH 0

/// The runtime's version, major * 10000 + minor * 100 + patch.
BRAID_API uint32_t braid_version(void);

//===----------------------------------------------------------------------===//
// Status
//===----------------------------------------------------------------------===//

typedef enum braid_code {
  BRAID_OK = 0,
  BRAID_USAGE = 1,         // the call itself is wrong
  BRAID_BAD_INPUT = 2,     // a file or a value from outside is malformed or does not fit
  BRAID_OUT_OF_MEMORY = 3, // the machine cannot hold what was asked for
  BRAID_IO = 4,            // the operating system refused to read or write
  BRAID_LIMIT = 5,         // a limit of the session would be passed
  BRAID_UNSUPPORTED = 6,   // well-formed, but not for this machine or this version
  BRAID_INTERNAL = 7       // a bug in Braid
} braid_code;

typedef struct braid_status braid_status;

/// BRAID_OK for NULL.
BRAID_API braid_code braid_status_code(const braid_status *status);
/// One line: what was expected, what was found, where. "" for NULL.
BRAID_API const char *braid_status_message(const braid_status *status);
BRAID_API void braid_status_destroy(braid_status *status);

typedef enum braid_log_level { BRAID_LOG_INFO = 0, BRAID_LOG_WARNING = 1 } braid_log_level;

/// Called on the thread that called into the runtime; `message` is one line.
typedef void (*braid_log_fn)(void *context, braid_log_level level, const char *message);

//===----------------------------------------------------------------------===//
// Program
//===----------------------------------------------------------------------===//

typedef struct braid_program braid_program;

typedef struct braid_program_options {
  uint64_t size;
  const char *weights; // a folder of safetensors, or one file; NULL: draw them from `seed`
  uint64_t seed;
  int32_t threads; // for converting or drawing weights; 0: one per available CPU
  int32_t reserved;
  braid_log_fn log; // may be NULL
  void *log_context;
} braid_program_options;

/// Reads and checks the artifact at `path`, maps its code, and gives it weights.
BRAID_API braid_status *braid_program_load(const char *path, const braid_program_options *options,
                                           braid_program **program);
/// Sessions keep what they need of a program alive.
BRAID_API void braid_program_destroy(braid_program *program);

/// The manifest's text; not terminated.
BRAID_API const char *braid_program_manifest(const braid_program *program, size_t *bytes);

typedef struct braid_model_info {
  uint64_t size;
  const char *name;
  const char *architecture;
  int64_t vocab_size;
  int64_t layers;
  int64_t parameters;
  int64_t max_context;  // 0: no bound
  int64_t bos_token_id; // -1: none
  const int64_t *eos_token_ids;
  size_t eos_count;
} braid_model_info;

/// Pointers live as long as the program.
BRAID_API braid_status *braid_program_model(const braid_program *program, braid_model_info *info);

typedef struct braid_entry_info {
  uint64_t size;
  const char *name;
  int32_t logits_per_token; // 1: [tokens, vocab_size]; 0: [rows, vocab_size]
  int32_t one_token_rows;   // 1: every row of a call has exactly one token
  int32_t is_function;      // 1: takes and gives tensors; 0: a model's, from token ids to logits
  int32_t ragged;           // 1: a call brings rows
  int32_t argument_count;   // of a function
  int32_t result_count;
  const int32_t *states;    // indices of the states that a function uses
  size_t state_count;
} braid_entry_info;

BRAID_API int32_t braid_program_entry_count(const braid_program *program);
/// The index of an entry point such as "prefill", "decode" or "score"; -1 if there is none.
BRAID_API int32_t braid_program_find_entry(const braid_program *program, const char *name);
BRAID_API braid_status *braid_program_entry(const braid_program *program, int32_t index, braid_entry_info *info);

typedef struct braid_weight_info {
  uint64_t size;
  const char *name;
  const char *dtype; // "f64", "f32", "f16" or "bf16"
  const int64_t *shape;
  size_t rank;
  const void *data;
  uint64_t bytes;
} braid_weight_info;

BRAID_API int32_t braid_program_weight_count(const braid_program *program);
BRAID_API braid_status *braid_program_weight(const braid_program *program, int32_t index, braid_weight_info *info);

/// What the leading extent of a function's tensor grows with.
typedef enum braid_axis { BRAID_AXIS_FIXED = 0, BRAID_AXIS_TOKENS = 1, BRAID_AXIS_ROWS = 2 } braid_axis;

typedef struct braid_tensor_info {
  uint64_t size;
  const char *dtype;    // "f64", "f32", "f16", "bf16" or "i32"
  const int64_t *shape; // with 1 in the place of a leading extent that grows
  size_t rank;
  uint64_t bytes; // for each token, for each row, or in all, as `axis` says
  braid_axis axis;
  int32_t reserved;
} braid_tensor_info;

BRAID_API braid_status *braid_program_argument(const braid_program *program, int32_t entry, int32_t index,
                                               braid_tensor_info *info);
BRAID_API braid_status *braid_program_result(const braid_program *program, int32_t entry, int32_t index,
                                             braid_tensor_info *info);

typedef struct braid_state_info {
  uint64_t size;
  const char *name;
  const char *kind;     // "conv_tail", "recurrent" or "kv"
  const char *dtype;    // "f64", "f32", "f16" or "bf16"
  const int64_t *shape; // of one slot; of one page of 128 tokens where the kind is "kv": [kv_heads, 128, head_dim]
  size_t rank;
  uint64_t bytes; // of one slot, or of one page
} braid_state_info;

BRAID_API int32_t braid_program_state_count(const braid_program *program);
BRAID_API braid_status *braid_program_state(const braid_program *program, int32_t index, braid_state_info *info);

//===----------------------------------------------------------------------===//
// Functions
//
// A function is called on the caller's memory: nothing is copied, kept or
// advanced. A context holds the threads that it runs on; one thread at a time
// uses a context.
//===----------------------------------------------------------------------===//

typedef struct braid_context braid_context;

typedef struct braid_context_options {
  uint64_t size;
  int32_t threads; // 0: one per available CPU
  int32_t reserved;
} braid_context_options;

BRAID_API braid_status *braid_context_create(const braid_program *program, const braid_context_options *options,
                                             braid_context **context);
BRAID_API void braid_context_destroy(braid_context *context);

/// Tensors are contiguous, in C order, and begin at a multiple of their element's
/// size (a multiple of 64 is fastest). What an i32 argument indexes is the
/// caller's promise; all else is checked before anything runs.
typedef struct braid_function_call {
  uint64_t size;
  int32_t entry;
  int32_t reserved;
  int64_t tokens; // extent of token axes
  int64_t rows;   // extent of row axes
  const void *const *arguments;
  void *const *results;
  void *arena; // braid_arena_bytes of working memory; NULL where that is 0
  // What follows is read where the entry is ragged. Row i holds tokens row_start[i] .. row_start[i + 1), at least one, and
  // continues slot[i] after length[slot[i]] tokens; a negative slot is padding, whose results stay undefined.
  const int64_t *row_start;   // [rows + 1], from 0 to `tokens`
  const int32_t *slot;        // [rows], no slot twice
  void *const *states;        // by the program's order, NULL where the entry uses none: [slots, shape...], or
                              // [page_count, shape...] for "kv"
  const int64_t *length;      // [slots]
  int64_t slots;
  const int32_t *pages;       // [slots, pages_per_slot]: the page of each 128 tokens, for "kv"
  int64_t pages_per_slot;
  int64_t page_count;
} braid_function_call;

/// Working memory of one call of this size.
BRAID_API braid_status *braid_arena_bytes(const braid_program *program, int32_t entry, int64_t tokens, int64_t rows,
                                          uint64_t *bytes);
BRAID_API braid_status *braid_call_function(braid_context *context, const braid_function_call *call);

//===----------------------------------------------------------------------===//
// Session
//===----------------------------------------------------------------------===//

typedef struct braid_session braid_session;

/// For tests of artifacts: fills the arena before each call, and the states of
/// empty slots, with NaN, so that a read of what was never written shows.
#define BRAID_SESSION_POISON 1u

typedef struct braid_session_options {
  uint64_t size;
  int64_t max_rows;    // rows in one call
  int64_t max_tokens;  // tokens in one call
  int64_t max_context; // tokens in one slot
  int64_t slots;       // sequences held at once
  int32_t threads;     // 0: one per available CPU
  uint32_t flags;
} braid_session_options;

BRAID_API braid_status *braid_session_create(const braid_program *program, const braid_session_options *options,
                                             braid_session **session);
BRAID_API void braid_session_destroy(braid_session *session);

/// Bytes that a session with these options reserves; pages of key-value state
/// that were never used take no memory from the machine.
BRAID_API braid_status *braid_session_bytes(const braid_program *program, const braid_session_options *options,
                                            uint64_t *bytes);

/// Row i holds tokens[row_start[i] .. row_start[i + 1]), at least one, and
/// continues slot[i]; a negative slot is padding.
typedef struct braid_batch {
  uint64_t size;
  int32_t entry;
  int32_t reserved;
  int64_t rows;
  const int64_t *row_start; // [rows + 1], from 0
  const int32_t *slot;      // [rows], no slot twice
  const int32_t *tokens;    // [row_start[rows]]
} braid_batch;

/// Runs an entry point and advances the slots' lengths. `logits` has room for
/// `logits_count` floats, at least as many as the entry point writes. After an
/// error nothing has changed.
BRAID_API braid_status *braid_session_run(braid_session *session, const braid_batch *batch, float *logits,
                                          size_t logits_count);

/// Empties a slot.
BRAID_API braid_status *braid_slot_reset(braid_session *session, int64_t slot);
/// Tokens that a slot holds; -1 if there is no such slot.
BRAID_API int64_t braid_slot_length(const braid_session *session, int64_t slot);
/// Makes `to` continue where `from` is (a fork); what `to` held is gone.
BRAID_API braid_status *braid_slot_copy(braid_session *session, int64_t from, int64_t to);
/// Bytes of a slot's snapshot; 0 if there is no such slot.
BRAID_API size_t braid_slot_snapshot_bytes(const braid_session *session, int64_t slot);
BRAID_API braid_status *braid_slot_snapshot(braid_session *session, int64_t slot, void *buffer, size_t bytes);
/// Takes a snapshot of any session whose program has the same states.
BRAID_API braid_status *braid_slot_restore(braid_session *session, int64_t slot, const void *buffer, size_t bytes);

/// Reads a buffer of `bytes` with the session's threads `repeats` times and
/// returns the best rate, in bytes per second: what a decode step can hope for.
BRAID_API braid_status *braid_session_read_bandwidth(braid_session *session, uint64_t bytes, int32_t repeats,
                                                     double *bytes_per_second);

//===----------------------------------------------------------------------===//
// Sampling
//===----------------------------------------------------------------------===//

typedef struct braid_sampler braid_sampler;

typedef struct braid_sampling {
  uint64_t size;
  double temperature; // 0: the likeliest token, the lowest on ties
  int64_t top_k;      // keep the k likeliest; 0: all
  double top_p;       // keep the fewest whose probabilities reach p; 1: all
  double min_p;       // keep those at least p times as likely as the likeliest; 0: all
  uint64_t seed;
} braid_sampling;

/// A sampler for one sequence. The filters apply in the order of the fields.
BRAID_API braid_status *braid_sampler_create(const braid_sampling *sampling, int64_t vocab_size,
                                             braid_sampler **sampler);
BRAID_API void braid_sampler_destroy(braid_sampler *sampler);
/// Draws the next token; the n-th draw depends on the seed, n and the logits alone.
BRAID_API braid_status *braid_sampler_next(braid_sampler *sampler, const float *logits, int32_t *token);

#ifdef __cplusplus
}
#endif

#endif // BRAID_RUNTIME_BRAID_H

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

/// Which of the versions in the manifest's list runs, as a place in the list; 0 where there is no list.
BRAID_API int32_t braid_program_version(const braid_program *program);
/// The same for the artifact at `path`, of which this maps nothing. BRAID_UNSUPPORTED if this machine runs no version.
BRAID_API braid_status *braid_artifact_version(const char *path, int32_t *version);

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
  int64_t checkpoints;      // of each slot, for braid_slot_rollback; 0: none
  int64_t checkpoint_every; // tokens from one checkpoint to the next, at least; 0: one at each call
} braid_session_options;

BRAID_API braid_status *braid_session_create(const braid_program *program, const braid_session_options *options,
                                             braid_session **session);
BRAID_API void braid_session_destroy(braid_session *session);

/// Bytes that a session with these options reserves; pages of key-value state
/// that were never used take no memory from the machine.
BRAID_API braid_status *braid_session_bytes(const braid_program *program, const braid_session_options *options,
                                            uint64_t *bytes);

/// Row i holds tokens[row_start[i] .. row_start[i + 1]), at least one, and
/// continues slot[i]; a negative slot is padding, whose logits mean nothing.
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

/// What the launches of one kernel took.
typedef struct braid_kernel_time {
  double seconds;
  int64_t launches;
} braid_kernel_time;

/// From now on each launch of a session's calls is timed, or none is any more. What was counted before is forgotten.
BRAID_API braid_status *braid_session_time_kernels(braid_session *session, int32_t on);
/// Of the calls since then, in the order of each kernel's first launch: after calls of one entry point, that of its kernels
/// in the manifest. Writes at most `capacity` and returns how many there are; 0 without a session.
BRAID_API size_t braid_session_kernel_times(const braid_session *session, braid_kernel_time *times, size_t capacity);

/// Empties a slot.
BRAID_API braid_status *braid_slot_reset(braid_session *session, int64_t slot);
/// Tokens that a slot holds; -1 if there is no such slot.
BRAID_API int64_t braid_slot_length(const braid_session *session, int64_t slot);
/// Takes back the last `tokens` tokens: the slot is, to the bit, as if they had
/// never been given. Key-value state goes back to any length. Recurrent states
/// and convolution tails go back to a checkpoint and are brought forward again in
/// the pieces in which the tokens came, so the session needs `checkpoints`, and
/// the oldest that is kept is as far as a rollback goes. A slot that continues a
/// copy, a snapshot or a file has none from before.
BRAID_API braid_status *braid_slot_rollback(braid_session *session, int64_t slot, int64_t tokens);
/// The most tokens that a rollback could take back now; -1 if there is no such slot.
BRAID_API int64_t braid_slot_rollback_limit(const braid_session *session, int64_t slot);
/// Makes `to` continue where `from` is (a fork); what `to` held is gone.
BRAID_API braid_status *braid_slot_copy(braid_session *session, int64_t from, int64_t to);
/// Bytes of a slot's snapshot; 0 if there is no such slot.
BRAID_API size_t braid_slot_snapshot_bytes(const braid_session *session, int64_t slot);
BRAID_API braid_status *braid_slot_snapshot(braid_session *session, int64_t slot, void *buffer, size_t bytes);
/// Takes a snapshot of any session whose program has the same states.
BRAID_API braid_status *braid_slot_restore(braid_session *session, int64_t slot, const void *buffer, size_t bytes);

/// Writes a slot to a file, which appears under its name when it is complete.
BRAID_API braid_status *braid_slot_save(braid_session *session, int64_t slot, const char *path);
/// Continues what a session of any process saved, if its program had the same
/// artifact and the same weights. The whole file is checked before the slot
/// changes; its bytes are data, and nothing in them is run.
BRAID_API braid_status *braid_slot_load(braid_session *session, int64_t slot, const char *path);
/// Tokens that a saved slot holds, by the file's header: the least max_context of
/// a session that loads it.
BRAID_API braid_status *braid_saved_length(const char *path, int64_t *tokens);

//===----------------------------------------------------------------------===//
// The machine
//===----------------------------------------------------------------------===//

/// Per second: bytes read from memory, operations, a multiply-add being two, and
/// exponentials of f32.
typedef struct braid_rates {
  size_t size;
  double bytes;
  double f64, f32, bf16;
  double exp; // left alone where `size` ends before it
} braid_rates;

/// Measures for about a second what so many threads of this machine (0: one per
/// available CPU) reach together: reads of a buffer that no cache holds,
/// multiply-adds and exponentials in registers. No kernel is faster. Fills `rates`, whose `size`
/// the caller has set.
BRAID_API braid_status *braid_measure_rates(int32_t threads, braid_rates *rates);

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

/// Runs an entry point with logits of rows as braid_session_run does, and draws next[i] with samplers[i] from those of row i,
/// for one row after the other; NULL draws none. `next` may be the batch's tokens: of "decode", what was drawn is then what
/// the following call runs. After an error nothing has changed, with one exception: where logits hold a NaN, the slots have
/// advanced and the rows before the one that the error names have their tokens.
BRAID_API braid_status *braid_session_next(braid_session *session, const braid_batch *batch, float *logits,
                                           size_t logits_count, braid_sampler *const *samplers, int32_t *next);

//===----------------------------------------------------------------------===//
// Device
//===----------------------------------------------------------------------===//
//
// Memory, streams and time of the CPU or of a GPU, and kernels of an artifact
// without a model around them. A CUDA device works in the device's primary
// context: addresses and streams of other libraries of the process, such as
// PyTorch, are valid here and the other way round. A `stream` is a CUstream (a
// cudaStream_t), NULL the default one; the CPU has none and ignores it. Any
// thread may call. A failure of a running kernel is reported by a later call and
// names the kernel; no call on that device succeeds in the process afterwards.

typedef struct braid_device braid_device;

/// How many CUDA devices there are, at least 1; otherwise the status says why there is none.
BRAID_API braid_status *braid_cuda_device_count(int32_t *count);

/// Opens "cpu" or "cuda:N". The CUDA driver is opened at run time: libcuda.so.1,
/// or what the environment variable BRAID_CUDA_DRIVER names.
BRAID_API braid_status *braid_device_open(const char *name, braid_device **device);
/// Events and kernels keep what they need of a device alive; memory is not freed.
BRAID_API void braid_device_destroy(braid_device *device);

typedef struct braid_device_info {
  uint64_t size;
  const char *device;      // "cpu", "cuda:0"
  const char *name;        // "NVIDIA H200"
  const char *arch;        // "sm_90", "x86_64"
  int32_t multiprocessors; // of the CPU: CPUs that the process may use
  int32_t cuda_version;    // of the driver, 12040 for 12.4; 0 on the CPU
  uint64_t memory;         // bytes in all
  uint64_t free_memory;    // bytes not in use now
} braid_device_info;

/// Pointers live as long as the device.
BRAID_API braid_status *braid_device_properties(const braid_device *device, braid_device_info *info);

/// Memory aligned to 64 bytes or more.
BRAID_API braid_status *braid_device_allocate(braid_device *device, uint64_t bytes, void **address);
BRAID_API braid_status *braid_device_free(braid_device *device, void *address);
/// Copies in any direction between memory of the device and of the process, in
/// the stream's order. Synchronize before the process reads the result or changes
/// the source.
BRAID_API braid_status *braid_device_copy(braid_device *device, void *to, const void *from, uint64_t bytes,
                                          void *stream);
/// Sets each byte to `value`, 0 to 255.
BRAID_API braid_status *braid_device_fill(braid_device *device, void *to, int32_t value, uint64_t bytes, void *stream);
/// Waits for a stream; NULL: for all work of the device.
BRAID_API braid_status *braid_device_synchronize(braid_device *device, void *stream);

typedef struct braid_event braid_event;

BRAID_API braid_status *braid_event_create(braid_device *device, braid_event **event);
BRAID_API void braid_event_destroy(braid_event *event);
BRAID_API braid_status *braid_event_record(braid_event *event, void *stream);
/// Waits for both events, which were recorded on one device, and tells the time between them.
BRAID_API braid_status *braid_event_elapsed(braid_event *start, braid_event *stop, double *milliseconds);

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

typedef struct braid_kernels braid_kernels;

/// Loads the GPU kernels of the artifact at `path` on a CUDA device.
BRAID_API braid_status *braid_kernels_open(braid_device *device, const char *path, braid_kernels **kernels);
/// Waits for the device's work first.
BRAID_API void braid_kernels_destroy(braid_kernels *kernels);

BRAID_API int32_t braid_kernels_count(const braid_kernels *kernels);
/// The index of the kernel of this name; -1 if there is none.
BRAID_API int32_t braid_kernels_find(const braid_kernels *kernels, const char *name);

typedef struct braid_kernel_info {
  uint64_t size;
  const char *name;
  int32_t threads;      // of a block
  int32_t shared_bytes; // dynamic shared memory of a block
  int32_t cluster;      // blocks of a cluster
  int32_t persistent;   // 1: a block takes several points of the grid
  int32_t argument_count;
  int32_t tensor_map_count;
} braid_kernel_info;

BRAID_API braid_status *braid_kernels_kernel(const braid_kernels *kernels, int32_t index, braid_kernel_info *info);

typedef struct braid_kernel_argument_info {
  uint64_t size;
  const char *dtype;      // "f64", "f32", "f16", "bf16", "i32" or "i64"
  size_t rank;            // 0: a number
  const int64_t *shape;   // outermost first, -1 where the caller gives the size
  const int64_t *strides; // in elements
} braid_kernel_argument_info;

BRAID_API braid_status *braid_kernels_argument(const braid_kernels *kernels, int32_t index, int32_t argument,
                                               braid_kernel_argument_info *info);

typedef struct braid_argument {
  const void *data;     // a view: its address on the device; a number: where it lies, in the argument's dtype
  const int64_t *shape; // a view: all its sizes, outermost first; a number: NULL
  size_t rank;          // a view: how many sizes; a number: 0
} braid_argument;

/// Starts a kernel over a grid of three sizes (1 where it has fewer) on a stream
/// and returns before it ends. Nothing is allocated once a launch with the same
/// addresses and sizes was made. A grid with a size of 0 does nothing.
BRAID_API braid_status *braid_kernels_launch(braid_kernels *kernels, int32_t index, const braid_argument *arguments,
                                             size_t argument_count, const int64_t grid[3], void *stream);

//===----------------------------------------------------------------------===//
// Functions
//
// A function is called on the caller's memory: nothing is copied, kept or
// advanced. A context says where: on threads of the CPU, or on a stream of a
// device, whose memory the call then names. One thread at a time uses a context.
//===----------------------------------------------------------------------===//

typedef struct braid_context braid_context;

typedef struct braid_context_options {
  uint64_t size;
  braid_device *device; // where the program's code runs; NULL: the CPU
  void *stream;         // of the device; NULL: its default one
  int32_t threads;      // of the CPU; 0: one per available CPU
  int32_t reserved;
} braid_context_options;

BRAID_API braid_status *braid_context_create(const braid_program *program, const braid_context_options *options,
                                             braid_context **context);
BRAID_API void braid_context_destroy(braid_context *context);

/// Tensors are contiguous, in C order, and begin at a multiple of their element's
/// size (a multiple of 64 is fastest). What an i32 argument indexes is the
/// caller's promise; all else is checked before anything runs. On a GPU the row
/// arrays lie on the device too and are not checked, and the call returns before
/// its kernels end.
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
  int64_t longest_row; // tokens of the longest row; found in row_start on the CPU
} braid_function_call;

/// Working memory of one call of this size.
BRAID_API braid_status *braid_arena_bytes(const braid_program *program, int32_t entry, int64_t tokens, int64_t rows,
                                          uint64_t *bytes);
BRAID_API braid_status *braid_call_function(braid_context *context, const braid_function_call *call);

#ifdef __cplusplus
}
#endif

#endif // BRAID_RUNTIME_BRAID_H

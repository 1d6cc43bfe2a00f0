//===- artifact.h - What an artifact and the runtime agree on -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An artifact is one file:
//
//   [ ELF shared object ][ images ][ manifest, JSON ][ footer, 64 bytes ]
//
// An artifact for several CPUs has a shared object for each, one after the other;
// the manifest tells their lengths, and the footer that of all.
//
// Images are machine code for GPUs (cubins), one after the other; the manifest
// says where each lies. An artifact of GPU kernels alone has no shared object.
//
// The shared object exports one symbol, `braid_artifact`, and imports only libc
// and libm. The compiler writes code that reads the structs below; the runtime
// fills them. Offsets within a struct never change: a later version appends.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_ARTIFACT_H
#define BRAID_RUNTIME_ARTIFACT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Raised when a struct below changes in a way an older reader cannot follow.
#define BRAID_ARTIFACT_VERSION 1u

/// First bytes of the footer.
#define BRAID_FOOTER_MAGIC "BRAIDART"

/// Tokens in one page of key-value state.
#define BRAID_PAGE_TOKENS 128

/// Every buffer that the runtime hands to an artifact starts at a multiple of this. A weight alone, which may lie in a
/// mapped file of another program, starts at a multiple of its element's size.
#define BRAID_ALIGNMENT 64

/// The last 64 bytes of an artifact, little endian.
typedef struct braid_artifact_footer {
  char magic[8];            // BRAID_FOOTER_MAGIC, no terminator
  uint32_t version;         // BRAID_ARTIFACT_VERSION
  uint32_t reserved;        // 0
  uint64_t object_bytes;    // length of the shared object, or of all of them, from 0
  uint64_t manifest_bytes;  // length of the manifest, which ends where the footer starts
  uint8_t sha256[32];       // of all bytes before this field
} braid_artifact_footer;

/// One block of a kernel. `scratch` is at least the manifest's `scratch_bytes`
/// and belongs to the calling thread for the length of the call.
typedef void (*braid_kernel_fn)(const void *arguments, int64_t block, void *scratch);

/// Services of the runtime to a running entry point.
typedef struct braid_host_api {
  uint64_t size;     // sizeof(braid_host_api) as the runtime was built
  uint32_t version;  // BRAID_ARTIFACT_VERSION
  uint32_t reserved;
  void *context;     // passed back to every function below
  /// Runs kernel(arguments, i, scratch) for every i in [0, blocks), in any
  /// order on any number of threads, and returns when all have ended.
  void (*parallel_for)(void *context, braid_kernel_fn kernel, const void *arguments, int64_t blocks);
  /// Starts GPU kernel `kernel` (its place in the manifest's `gpu_kernels`) after
  /// what was started before. `arguments` is the kernel's struct: for each view its
  /// pointer and an int64_t for each dynamic size, numbers as they are, then the
  /// grid's three sizes. It is copied before this returns. A failure is kept, makes
  /// later launches of the call do nothing, and becomes the call's status. NULL
  /// where the program runs on no GPU.
  void (*launch)(void *context, int64_t kernel, const void *arguments);
} braid_host_api;

/// One call of an entry point. A model's entry reads `tokens` and writes `logits`; any other function reads `arguments`
/// and writes `results`, n and b being the extents of their token and row axes. Row i holds tokens[row_start[i] .. row_start[i+1])
/// and continues the sequence in slot[i] from position length[slot[i]]; a
/// negative slot is padding: its rows touch no state and its logits mean nothing.
typedef struct braid_call {
  uint64_t size;              // sizeof(braid_call) as the runtime was built
  const void *const *weights; // by the manifest's order
  void *const *states;        // by the manifest's order: base of slot 0, or of page 0
  char *arena[3];             // sub-arenas sized by tokens, by rows, and fixed
  const int32_t *tokens;      // [n], each in [0, vocab_size): the runtime checks
  const int64_t *row_start;   // [b + 1], rising, row_start[0] = 0, row_start[b] = n
  const int32_t *slot;        // [b], each used once per call
  const int64_t *length;      // [slots], tokens stored before this call
  const int32_t *pages;       // [slots][pages_per_slot]: page number of each 128 tokens
  int64_t pages_per_slot;
  int64_t n;                  // tokens in the call
  int64_t b;                  // rows in the call
  int64_t longest_row;        // max of row_start[i+1] - row_start[i]
  float *logits;              // [b, vocab_size] or [n, vocab_size], as the entry says
  int64_t slots;              // slots of the session
  int64_t page_count;         // pages of the session
  const void *const *arguments; // of a function: by the manifest's order, contiguous
  void *const *results;         // of a function: by the manifest's order, contiguous
} braid_call;

/// Returns 0. An entry point has nothing that can fail: all is checked before it.
typedef int32_t (*braid_entry_fn)(const braid_host_api *api, const braid_call *call);

/// What the exported symbol `braid_artifact` is: an object of this type.
typedef struct braid_artifact_table {
  uint32_t version;              // BRAID_ARTIFACT_VERSION
  uint32_t entry_count;          // as many as the manifest's `entries`, same order
  braid_entry_fn entries[];
} braid_artifact_table;

#ifdef __cplusplus
}
#endif

#endif // BRAID_RUNTIME_ARTIFACT_H

//===- ArenaPlan.h - Offsets for buffers with known lifetimes --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_HOST_TRANSFORMS_ARENAPLAN_H
#define BRAID_DIALECT_HOST_TRANSFORMS_ARENAPLAN_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace braid::host {

/// A buffer of `bytes` that holds a value from step `first` to step `last`, both included.
struct Lifetime {
  int64_t bytes;
  int64_t first;
  int64_t last;
};

/// The place of each buffer, and the length of the arena that holds them.
struct ArenaPlan {
  llvm::SmallVector<int64_t> offsets;
  int64_t bytes = 0;
};

/// Places buffers in order of falling size (the earlier one first among equals), each at the lowest multiple of
/// `alignment` where nothing that lives at the same time lies.
ArenaPlan planArena(llvm::ArrayRef<Lifetime> buffers, int64_t alignment);

} // namespace braid::host

#endif // BRAID_DIALECT_HOST_TRANSFORMS_ARENAPLAN_H

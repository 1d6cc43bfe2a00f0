//===- Bandwidth.h - How fast this machine reads memory ------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_BANDWIDTH_H
#define BRAID_RUNTIME_BANDWIDTH_H

#include "ThreadPool.h"

namespace braid {

/// Reads `bytes` of fresh memory with the pool's threads and returns the best
/// rate of `repeats` passes, in bytes per second.
Result<double> measureReadBandwidth(ThreadPool &pool, uint64_t bytes, int repeats);

} // namespace braid

#endif // BRAID_RUNTIME_BANDWIDTH_H

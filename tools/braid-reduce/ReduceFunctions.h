//===- ReduceFunctions.h - Functions without what a fault does not need ---===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDREDUCE_REDUCEFUNCTIONS_H
#define BRAID_TOOLS_BRAIDREDUCE_REDUCEFUNCTIONS_H

namespace braid {

/// The pass `reduce-functions` of braid-reduce.
void registerReduceFunctions();

} // namespace braid

#endif // BRAID_TOOLS_BRAIDREDUCE_REDUCEFUNCTIONS_H

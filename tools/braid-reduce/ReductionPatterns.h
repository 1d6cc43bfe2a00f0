//===- ReductionPatterns.h - Simpler modules for braid-reduce --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDREDUCE_REDUCTIONPATTERNS_H
#define BRAID_TOOLS_BRAIDREDUCE_REDUCTIONPATTERNS_H

namespace mlir {
class DialectRegistry;
}

namespace braid {

/// Tells MLIR's reducer how to make modules of our dialects simpler than by leaving ops out.
void registerReductionPatterns(mlir::DialectRegistry &registry);

} // namespace braid

#endif // BRAID_TOOLS_BRAIDREDUCE_REDUCTIONPATTERNS_H

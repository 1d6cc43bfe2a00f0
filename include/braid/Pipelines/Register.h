//===- Register.h - Every dialect and pass of Braid ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_PIPELINES_REGISTER_H
#define BRAID_PIPELINES_REGISTER_H

namespace mlir {
class DialectRegistry;
}

namespace braid {

/// Our dialects and the upstream ones that our phases use, each named: `registerAllDialects` would pull in every target.
void registerDialects(mlir::DialectRegistry &registry);

/// Our passes, and the upstream ones that are useful beside them in `braid-opt`.
void registerPasses();

} // namespace braid

#endif // BRAID_PIPELINES_REGISTER_H

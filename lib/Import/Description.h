//===- Description.h - Reading descriptions --------------------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_IMPORT_DESCRIPTION_H
#define BRAID_LIB_IMPORT_DESCRIPTION_H

#include "KeyReader.h"

namespace braid {

/// Reads a description, as docs/Descriptions.md defines it. Every key must be known.
void readDescription(KeyReader &keys, ModelSpec &spec);

} // namespace braid

#endif // BRAID_LIB_IMPORT_DESCRIPTION_H

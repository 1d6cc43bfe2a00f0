//===- FuzzSupport.h - What the fuzz targets share ------------ -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_FUZZ_FUZZSUPPORT_H
#define BRAID_TEST_FUZZ_FUZZSUPPORT_H

#include "braid/Formats/Status.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace braid {

/// A refusal must say why, in one line, and must blame the input or its size.
inline void checkRefusal(const Status &status) {
  bool blamesInput = status.code() == StatusCode::BadInput || status.code() == StatusCode::Unsupported;
  if (!status.ok() && (!blamesInput || status.message().empty() || status.message().find('\n') != std::string::npos))
    std::abort();
}

inline std::string_view asText(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

} // namespace braid

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif // BRAID_TEST_FUZZ_FUZZSUPPORT_H

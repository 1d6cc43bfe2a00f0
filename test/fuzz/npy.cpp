//===- npy.cpp - Fuzzes the reader of NumPy arrays ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"
#include "braid/Formats/Npy.h"

using namespace braid;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto array = parseNpy(asText(data, size), "fuzz");
  checkRefusal(array.status());
  if (array.ok()) {
    uint64_t elements = 1;
    for (int64_t extent : array->shape)
      elements *= static_cast<uint64_t>(extent);
    if (elements != array->elements())
      std::abort();
  }
  return 0;
}

//===- safetensors.cpp - Fuzzes the reader of safetensors headers ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"
#include "braid/Formats/Safetensors.h"

using namespace braid;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto tensors = parseSafetensorsHeader(data, size, size, "fuzz");
  checkRefusal(tensors.status());
  // Whatever is accepted lies in the file.
  if (tensors.ok())
    for (const TensorInfo &tensor : *tensors)
      if (tensor.begin < 8 || tensor.begin > tensor.end || tensor.end > size ||
          (tensor.dtype && tensor.elements() * sizeOf(*tensor.dtype) != tensor.bytes()))
        std::abort();
  return 0;
}

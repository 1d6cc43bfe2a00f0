//===- manifest.cpp - Fuzzes the reader of manifests ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"
#include "braid/Formats/Manifest.h"

using namespace braid;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto manifest = parseManifest(asText(data, size), "fuzz");
  checkRefusal(manifest.status());
  // Draw a little of each weight: every accepted initialiser can be drawn from.
  if (manifest.ok())
    for (const Manifest::Weight &weight : manifest->weights) {
      double values[4];
      drawWeights(weight.init, 1, weight.name, DType::F64, weight.elements - 1, 4, values);
    }
  return 0;
}

//===- config.cpp - Fuzzes the reader of config.json ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuzzModel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text = braid::asText(data, size);
  // The other target has the other kind.
  if ((text.find("model_type") != text.npos) == true)
    braid::readModel(text);
  return 0;
}

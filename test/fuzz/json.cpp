//===- json.cpp - Fuzzes the JSON reader ----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"
#include "braid/Formats/Json.h"

using namespace braid;

/// Asks every value everything.
static void visit(JsonValue value) {
  checkRefusal(value.asBool().status());
  checkRefusal(value.asInt(-5, 5).status());
  checkRefusal(value.asDouble().status());
  checkRefusal(value.asString().status());
  checkRefusal(value.asInts().status());
  checkRefusal(value.get("a").status());
  if (value.path().size() > (size_t{1} << 30))
    std::abort();
  for (size_t i = 0; i < value.size(); ++i) {
    if (value.isObject() && !value.find(value.at(i).key()))
      std::abort();
    visit(value.at(i));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  JsonLimits limits;
  limits.allowNonFinite = size % 2 == 0;
  Result<JsonDocument> document = JsonDocument::parse(asText(data, size), "fuzz", limits);
  checkRefusal(document.status());
  if (document.ok())
    visit(document->root());
  return 0;
}

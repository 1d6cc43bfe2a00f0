//===- Rates.cpp - braid rates --------------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

namespace braid::tool {

Result<Rates> measureRates(int32_t threads) {
  braid_rates rates = {};
  rates.size = sizeof rates;
  BRAID_TRY(take(braid_measure_rates(threads, &rates)));
  return Rates{rates.bytes, rates.f64, rates.f32, rates.bf16, rates.exp};
}

Command addRates(CLI::App &app) {
  auto threads = std::make_shared<int32_t>(0);
  addThreads(app, *threads);
  return [threads]() -> Status {
    BRAID_TRY_ASSIGN(Rates rates, measureRates(*threads));
    return print(cat("bytes=", rates.bytes, ",bf16=", rates.bf16, ",f32=", rates.f32, ",f64=", rates.f64, ",exp=", rates.exp,
                     "\n"));
  };
}

} // namespace braid::tool

//===- WeightInit.h - Weights drawn from a seed --------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A weight drawn from a seed depends on the seed, the tensor's name and the
// element's index alone, through integer hashing and operations that IEEE 754
// defines to the bit. So any machine, any number of threads and any tool that
// draws the same tensor gets the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_WEIGHTINIT_H
#define BRAID_FORMATS_WEIGHTINIT_H

#include "braid/Formats/DType.h"
#include "braid/Formats/Json.h"
#include "braid/Formats/Status.h"

#include <cstdint>
#include <string_view>

namespace braid {

/// The manifest's `init`.
struct WeightInit {
  enum class Kind {
    Normal,     // mean 0, standard deviation `std`
    Uniform,    // in [low, high)
    Constant,   // `value`
    LogUniform, // the logarithm of a uniform draw in [low, high)
    DtBias,     // inverse softplus of a draw uniform in log between low and high, at least `floor`
  };
  Kind kind = Kind::Constant;
  double std = 0, low = 0, high = 0, floor = 0, value = 0;

  static Result<WeightInit> fromJson(JsonValue object);
};

/// A multiple of this many elements is a good share for one thread.
constexpr uint64_t drawGrain = 65536;

/// Draws elements first .. first + count of a tensor, each rounded once to the nearest `dtype`.
void drawWeights(const WeightInit &init, uint64_t seed, std::string_view name, DType dtype, uint64_t first,
                 uint64_t count, void *target);

/// Mixes 64 bits; what everything drawn in Braid rests on.
constexpr uint64_t mixBits(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

} // namespace braid

#endif // BRAID_FORMATS_WEIGHTINIT_H

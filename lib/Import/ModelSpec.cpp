//===- ModelSpec.cpp - Checks across a model's sizes -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Import/ModelSpec.h"

#include <algorithm>

namespace braid {

bool ModelSpec::has(LayerKind kind) const {
  return std::any_of(layers.begin(), layers.end(), [&](const LayerSpec &layer) { return layer.kind == kind; });
}

namespace {
/// Each size is in [1, maxSize], so the products below fit 64 bits.
class SizeChecker {
public:
  explicit SizeChecker(const std::string &file) : file(file) {}

  void divides(const char *divisor, int64_t small, const char *dividend, int64_t large) {
    if (large % small != 0)
      fail(cat("expected ", divisor, " to divide ", dividend, " ", large, ", found ", small));
  }
  void atMost(const char *what, int64_t found, int64_t most) {
    if (found > most)
      fail(cat("expected ", what, " to be at most ", most, ", found ", found));
  }
  void fail(const std::string &message) {
    if (status.ok())
      status = Status::badInput(cat(file, ": ", message));
  }

  Status status;

private:
  const std::string &file;
};
} // namespace

Status checkSizes(const ModelSpec &spec) {
  SizeChecker check(spec.file);
  check.atMost("the embedding's elements", spec.vocabSize * spec.width, maxElements);
  if (spec.has(LayerKind::Mamba2)) {
    const Mamba2Spec &mamba2 = spec.mamba2;
    check.divides("the Mamba-2 groups", mamba2.groups, "the Mamba-2 heads", mamba2.heads);
    // Any term of the sum may reach 2^49; the sum fits.
    check.atMost("the width of in_proj", mamba2.projectedWidth(), maxWidth);
    if (!check.status.ok())
      return check.status;
    check.atMost("the elements of in_proj", mamba2.projectedWidth() * spec.width, maxElements);
    check.atMost("the elements of conv1d", mamba2.convChannels() * mamba2.convWidth, maxElements);
    check.atMost("the elements of a recurrent state", mamba2.innerWidth() * mamba2.stateSize, maxElements);
  }
  if (spec.has(LayerKind::Mamba)) {
    const MambaSpec &mamba = spec.mamba;
    check.atMost("the elements of in_proj", 2 * mamba.innerWidth * spec.width, maxElements);
    check.atMost("the elements of x_proj", (mamba.rank + 2 * mamba.stateSize) * mamba.innerWidth, maxElements);
    check.atMost("the elements of conv1d", mamba.innerWidth * mamba.convWidth, maxElements);
  }
  if (spec.has(LayerKind::Attention)) {
    const AttentionSpec &attention = spec.attention;
    check.divides("the key-value heads", attention.kvHeads, "the attention heads", attention.heads);
    check.atMost("the width of the attention heads", attention.heads * attention.headDim, maxWidth);
    if (!check.status.ok())
      return check.status;
    check.atMost("the elements of q_proj", attention.heads * attention.headDim * spec.width, maxElements);
    if (attention.rope) {
      int64_t rotary = attention.rope->rotaryDim;
      if (rotary < 2 || rotary > attention.headDim || rotary % 2 != 0)
        check.fail(cat("expected the rotated channels of a head to be even and from 2 to ", attention.headDim,
                       ", found ", rotary));
    }
  }
  if (spec.has(LayerKind::MLP))
    check.atMost("the elements of up_proj", spec.mlp.width * spec.width, maxElements);
  return check.status;
}

} // namespace braid

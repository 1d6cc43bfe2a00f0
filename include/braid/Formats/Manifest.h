//===- Manifest.h - What an artifact says about itself -------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/Manifest.md describes the JSON; this is its checked form.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_MANIFEST_H
#define BRAID_FORMATS_MANIFEST_H

#include "braid/Formats/DType.h"
#include "braid/Formats/KernelTable.h"
#include "braid/Formats/Status.h"
#include "braid/Formats/WeightInit.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace braid {

struct Manifest {
  struct Model {
    std::string name, architecture;
    int64_t vocabSize = 0, layers = 0, parameters = 0;
    int64_t maxContext = 0;            // 0: no bound
    std::optional<int64_t> bosTokenId;
    std::vector<int64_t> eosTokenIds;
  };

  struct Target {
    std::string kind, cpu;
    std::vector<std::string> features;
  };

  struct Weight {
    std::string name;
    DType dtype = DType::F32;
    std::vector<int64_t> shape;
    WeightInit init;
    uint64_t elements = 0, bytes = 0;
  };

  struct State {
    enum class Kind { ConvTail, Recurrent, KeyValue };
    std::string name;
    Kind kind = Kind::Recurrent;
    DType dtype = DType::F32;
    std::vector<int64_t> shape; // of one slot, or of one page
    uint64_t bytes = 0;         // of one slot, or of one page
  };

  /// What a function takes or gives.
  struct Tensor {
    enum class Axis { Fixed, Tokens, Rows };
    DType dtype = DType::F32;
    Axis axis = Axis::Fixed;    // what the leading extent grows with
    std::vector<int64_t> shape; // 1 in the place of a leading extent that grows
    uint64_t bytes = 0;         // for each token, for each row, or in all
  };

  struct Entry {
    std::string name;
    bool isFunction = false;              // of tensors; else a model's, from token ids to logits
    bool logitsPerToken = false;          // [n, vocab_size], else [b, vocab_size]
    std::array<uint64_t, 3> arenaBytes{}; // per token, per row, fixed
    bool oneTokenRows = false;
    bool ragged = true;                   // a call brings rows
    std::vector<Tensor> arguments, results;
    std::vector<int32_t> states;          // those that a function uses, by their place in the manifest
  };

  /// cost = tokens * n + rows * b + fixed + context * (sum over tokens of the positions each attends to)
  struct Cost {
    int64_t tokens = 0, rows = 0, fixed = 0, context = 0;
    double of(double n, double b, double positions) const {
      return static_cast<double>(tokens) * n + static_cast<double>(rows) * b + static_cast<double>(fixed) +
             static_cast<double>(context) * positions;
    }
  };

  struct Kernel {
    std::string name, entry;
    int64_t calls = 0;
    DType math = DType::F32; // whose arithmetic bounds it
    Cost flops, bytes, exponentials; // exponentials: those that flops do not count
  };

  /// What differs between the versions of the code where an artifact holds several.
  struct Version {
    Target target;
    uint64_t objectBytes = 0; // the objects lie one after the other, in the list's order
    std::vector<std::array<uint64_t, 3>> arenaBytes; // of each entry
    std::vector<Kernel> kernels;
    uint64_t scratchBytes = 0;
  };

  std::optional<Model> model; // there if an entry is a model's
  Target target;
  DType dtype = DType::F32;
  std::vector<Weight> weights;
  std::vector<State> states;
  std::vector<Entry> entries; // empty in an artifact of GPU kernels alone
  std::vector<Kernel> kernels;
  std::vector<GpuKernel> gpuKernels;
  uint64_t scratchBytes = 0;
  std::vector<Version> versions; // empty where the code is for one CPU

  /// Makes the manifest that of one version alone.
  void choose(size_t version);

  /// The length of the artifact's run of images: where the last one ends.
  uint64_t imageBytes() const;

  /// -1 if there is no such entry.
  int64_t findEntry(std::string_view name) const;
};

/// "conv_tail", "recurrent" or "kv".
std::string_view nameOf(Manifest::State::Kind kind);

/// Parses and checks a manifest; `file` is the name for messages.
Result<Manifest> parseManifest(std::string_view text, const std::string &file);

} // namespace braid

#endif // BRAID_FORMATS_MANIFEST_H

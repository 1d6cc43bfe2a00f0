//===- CallFiles.h - One call of a function, in files ---------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the command lines of braid and braidc --target=reference say about one
// call of a function of tensors: the same words for both, so that their results
// can be compared.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_CALLFILES_H
#define BRAID_FORMATS_CALLFILES_H

#include "braid/Formats/Npy.h"

#include <map>

namespace braid {

struct CallFiles {
  std::vector<std::string> arguments, results; // .npy, in order
  std::vector<int64_t> rows;                   // tokens in each row; empty: the function takes no rows
  std::vector<int64_t> slots;                  // of each row; empty: row i has slot i
  std::vector<int64_t> lengths;                // tokens in each slot before the call; missing ones are 0
  std::vector<std::string> states;             // NAME=FILE.npy, [slots, shape...]; missing ones are zero
  std::vector<std::string> finalStates;        // NAME=FILE.npy to write
};

/// The rows as an entry point takes them.
struct CallRows {
  std::vector<int64_t> start{0}, length; // [rows + 1], [slots]
  std::vector<int32_t> slot;
  int64_t count() const { return static_cast<int64_t>(slot.size()); }
  int64_t slots() const { return static_cast<int64_t>(length.size()); }
  /// Tokens in each slot after the call.
  std::vector<int64_t> lengthAfter() const;
};

Result<CallRows> rowsOf(const CallFiles &files);

/// "NAME=FILE" by name.
Result<std::map<std::string, std::string>> namedFiles(const std::vector<std::string> &list, std::string_view flag);

/// An array's elements as numbers.
std::vector<double> valuesOf(const NpyArray &array);

/// Writes numbers: as f64 where the type of the tensor is f64, else as f32.
Status writeValues(const std::string &path, DType dtype, const std::vector<int64_t> &shape,
                   const std::vector<double> &values);

} // namespace braid

#endif // BRAID_FORMATS_CALLFILES_H

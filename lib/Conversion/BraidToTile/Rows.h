//===- Rows.h - A row of the call, as kernel texts see it ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_BRAIDTOTILE_ROWS_H
#define BRAID_LIB_CONVERSION_BRAIDTOTILE_ROWS_H

#include "LaunchBuilder.h"

namespace braid {

/// The call's row arrays as launch arguments: row_start, slot, length. `append` them last; `Row` reads them back.
inline void appendRowArrays(LaunchBuilder &builder, llvm::SmallVectorImpl<mlir::Value> &arguments) {
  for (host::Array kind : {host::Array::RowStart, host::Array::Slot, host::Array::Length})
    arguments.push_back(builder.array(kind));
}

/// Row `index` of the call in a kernel text: its tokens are [start, end), it continues `slot` from `position` on.
struct Row {
  /// `first` is the number of the row_start argument.
  Row(tile::KernelBuilder &k, const KernelArguments &arguments, unsigned first, tile::Scalar index)
      : k(&k), start(k.read(arguments.view(first), {index}).to(k.ops().getIndexType())),
        end(k.read(arguments.view(first), {index + 1}).to(k.ops().getIndexType())),
        slot(k.read(arguments.view(first + 1), {index}).to(k.ops().getIndexType())),
        // Padding has no place among the lengths.
        position(k.read(arguments.view(first + 2), {tile::max(slot, 0)}).to(k.ops().getIndexType())) {}

  /// Padding rows have a negative slot and take no part.
  tile::Scalar isReal() const { return slot >= 0; }
  /// `extent` where the slot holds a history, 0 where the sequence starts: the valid extent of a stored state.
  tile::Scalar stored(int64_t extent) const { return tile::select(position > 0, k->constant(extent), 0); }

  tile::KernelBuilder *k;
  tile::Scalar start, end, slot, position;
};

} // namespace braid

#endif // BRAID_LIB_CONVERSION_BRAIDTOTILE_ROWS_H

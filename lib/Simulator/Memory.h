//===- Memory.h - Views of this machine's memory --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_SIMULATOR_MEMORY_H
#define BRAID_LIB_SIMULATOR_MEMORY_H

#include "Numbers.h"
#include "braid/Dialect/Tile/IR/Tile.h"

namespace braid::simulator {

/// A half-open range of coordinates.
struct Interval {
  int64_t low, high;
  bool contains(int64_t i) const { return low <= i && i < high; }
};

class View {
public:
  View(tile::ViewType type, void *data, llvm::ArrayRef<int64_t> shape)
      : shape(shape), data(static_cast<char *>(data)), element(type.getElementType()), dtype(dtypeOf(element)),
        strides(type.getStrides()) {}

  /// The whole of every dimension.
  llvm::SmallVector<Interval, 4> whole() const {
    return llvm::map_to_vector<4>(shape, [](int64_t size) { return Interval{0, size}; });
  }
  mlir::Type getElementType() const { return element; }
  Number load(int64_t offset) const { return loadNumber(dtype, data, offset); }
  void store(int64_t offset, Number value) const { storeNumber(dtype, data, offset, value); }

  /// The elements of a tile at these indices: body(row, column, offset), where the offset is empty for one that lies
  /// outside the valid ranges. A tile of rank 1 has one row, one of rank 0 one element.
  template <typename Body>
  void forElements(llvm::ArrayRef<int64_t> indices, llvm::ArrayRef<int64_t> tile, llvm::ArrayRef<Interval> valid,
                   Body body) const {
    size_t rank = shape.size();
    int64_t offset = 0;
    bool inside = true;
    for (size_t d = 0; d < rank; ++d) {
      offset += indices[d] * strides[d];
      if (d + tile.size() < rank)
        inside &= valid[d].contains(indices[d]);
    }
    int64_t rows = tile.size() == 2 ? tile[0] : 1, columns = tile.empty() ? 1 : tile.back();
    for (int64_t row = 0; row < rows; ++row) {
      bool rowInside = inside && (tile.size() < 2 || valid[rank - 2].contains(indices[rank - 2] + row));
      int64_t first = offset + (tile.size() < 2 ? 0 : row * strides[rank - 2]);
      for (int64_t column = 0; column < columns; ++column) {
        bool here = rowInside && (tile.empty() || valid[rank - 1].contains(indices[rank - 1] + column));
        body(row, column, here ? std::optional<int64_t>(first + column) : std::nullopt);
      }
    }
  }

  llvm::SmallVector<int64_t, 4> shape;

private:
  char *data;
  mlir::Type element;
  DType dtype;
  llvm::SmallVector<int64_t> strides;
};

} // namespace braid::simulator

#endif // BRAID_LIB_SIMULATOR_MEMORY_H

//===- PlacedMemory.cpp - Shared memory of a text with places -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlacedMemory.h"

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

static int64_t bytesOf(TileType type) { return type.getElementType().getIntOrFloatBitWidth() / 8; }

int64_t PlacedMemory::endOf(PlaceAttr place, TileType type) {
  return place.getOffset() + ((type.getRows() - 1) * place.getStride() + type.getColumns()) * bytesOf(type);
}

int64_t PlacedMemory::write(PlaceAttr place, TileType type, const Numbers &elements) {
  ++count;
  DType dtype = dtypeOf(type.getElementType());
  for (int64_t row = 0; row < type.getRows(); ++row) {
    int64_t first = place.getOffset() + row * place.getStride() * bytesOf(type);
    for (int64_t column = 0; column < type.getColumns(); ++column)
      storeNumber(dtype, &memory[size_t(first)], column, elements[size_t(row * type.getColumns() + column)]);
    std::fill_n(writings.begin() + first, type.getColumns() * bytesOf(type), count);
  }
  return count;
}

bool PlacedMemory::read(PlaceAttr place, int64_t writing, TileType type, Numbers &elements) const {
  DType dtype = dtypeOf(type.getElementType());
  for (int64_t row = 0; row < type.getRows(); ++row) {
    int64_t first = place.getOffset() + row * place.getStride() * bytesOf(type);
    auto begin = writings.begin() + first, end = begin + type.getColumns() * bytesOf(type);
    if (!std::all_of(begin, end, [&](int64_t other) { return other == writing; }))
      return false;
    for (int64_t column = 0; column < type.getColumns(); ++column)
      elements.push_back(loadNumber(dtype, &memory[size_t(first)], column));
  }
  return true;
}

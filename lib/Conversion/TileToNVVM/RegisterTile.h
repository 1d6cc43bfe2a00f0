//===- RegisterTile.h - A tile in a warpgroup's registers -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A warpgroup's threads share a tile out as the matrix instructions do (PTX ISA,
// "Register Fragments for wgmma.mma_async.m64nNk16"). With t a thread's lane
// modulo 4, g its lane over 4 and w its warp:
//
//   matrix   value i of the c-th 64 rows: row 64 c + 16 w + g + 8 (i / 2 % 2),
//            column 8 (i / 4) + 2 t + i % 2
//   rows     a vector along rows, or a matrix of one column: value 2 c + h is element 64 c + 16 w + g + 8 h
//   columns  a vector along columns: value j is element 8 (j / 2) + 2 t + j % 2
//   parts    four parts of each row: value 2 c + h is part t of row
//            64 c + 16 w + g + 8 h
//   one      a number: every thread has it
//   lanes    in a group of one warp, a vector of n: value j of lane l is element
//            l n / 32 + j
//
// Elements of 16 bits of a matrix or of columns lie in pairs, 2 i and 2 i + 1 in
// an i32: then a matrix of sums, rounded, is the left operand of a product. Along
// lanes each lies in an i32 of its own, as it is loaded: to carry one through a
// loop then costs no instruction, which would wait for the load.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_REGISTERTILE_H
#define BRAID_LIB_CONVERSION_TILETONVVM_REGISTERTILE_H

#include "Code.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include <functional>
#include <optional>

namespace braid::hopper {

/// The warp of the group that elements are made for, where it is known.
using KnownWarp = std::optional<int64_t>;

enum class Spread { Matrix, Rows, Columns, Parts, One, Lanes };

/// A thread's place in its group.
struct ThreadPlace {
  mlir::Value thread; // in the group
  mlir::Value lane;
  mlir::Value row;    // 16 w + g
  mlir::Value column; // 2 t
};

class RegisterTile {
public:
  RegisterTile() = default;
  RegisterTile(tile::TileType type, Spread spread) : type(type), spread(spread) {}
  RegisterTile(tile::TileType type, Spread spread, mlir::ValueRange registers)
      : type(type), spread(spread), registers(registers) {}
  /// A tile of these elements, in a thread's order.
  static RegisterTile of(tile::TileType type, Spread spread, llvm::ArrayRef<mlir::Value> elements, Code &code);

  /// How a tile's elements are spread: by its rank, and for a vector by how it is made or used.
  static Spread spreadOf(mlir::Value tile);
  static int64_t countElements(tile::TileType type, Spread spread);
  /// The element of a vector along rows, or of rows' parts, that belongs to a row of a matrix.
  static int64_t partOf(int64_t rowOffset) { return rowOffset / 64 * 2 + rowOffset / 8 % 2; }

  /// The elements of one thread.
  int64_t size() const { return countElements(type, spread); }
  mlir::Value element(int64_t i, Code &code) const;
  /// Element i of bf16 as f32, whose upper half it is, where it lies in an i32; else null.
  mlir::Value widened(int64_t i, Code &code) const;
  /// Of element i, less ThreadPlace's row and column: what is known at compile time. Not for lanes.
  int64_t rowOffset(int64_t i) const;
  int64_t columnOffset(int64_t i) const;
  /// Of element i in the tile, i32. A vector is one row; the column of a vector along rows is its place there.
  mlir::Value row(int64_t i, const ThreadPlace &place, Code &code) const;
  mlir::Value column(int64_t i, const ThreadPlace &place, Code &code) const;
  bool isPacked() const { return isPacked(type, spread); }
  bool isHalfOfWord() const { return spread == Spread::Lanes && type.getElementType().getIntOrFloatBitWidth() == 16; }
  /// The registers of the c-th 64 rows of a matrix.
  mlir::ValueRange chunk(int64_t c) const;
  mlir::Type registerType() const;
  int64_t countRegisters() const { return isPacked() ? size() / 2 : size(); }

  tile::TileType type;
  Spread spread = Spread::One;
  llvm::SmallVector<mlir::Value> registers;
  /// Where a tile is read or computed element by element where it is used, so that it takes no registers as a whole: no
  /// registers, but this.
  std::function<mlir::Value(int64_t, KnownWarp)> makeElement;
  /// Whether what makes an element compares its row and column.
  bool comparesPlace = false;

private:
  static bool isPacked(tile::TileType type, Spread spread);
  int64_t elementsOfChunk() const { return type.getColumns() / 2; }
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_REGISTERTILE_H

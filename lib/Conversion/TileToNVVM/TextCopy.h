//===- TextCopy.h - A text's tiles as a role computes them ----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A role computes some whole tiles of the text from tiles that it knows: sums of
// its products, what it loaded, and vectors that another role left in shared
// memory. In a chain of transposed products the tiles of rank 2 are transposed.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_TEXTCOPY_H
#define BRAID_LIB_CONVERSION_TILETONVVM_TEXTCOPY_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace braid::hopper {

class TextCopy {
public:
  /// `scalars` maps the text's indices and numbers, and learns the elements that are extracted from tiles.
  TextCopy(mlir::ImplicitLocOpBuilder &builder, mlir::IRMapping &scalars, bool transposed)
      : b(builder), scalars(scalars), transposed(transposed) {}

  /// Says that a tile of the text is `copy` here, transposed where the copy is.
  void know(mlir::Value tile, mlir::Value copy) { made[tile] = copy; }
  /// Says that a vector of the text lies in shared memory; it is read along rows, along columns or as a whole by need.
  void knowShared(mlir::Value vector, mlir::Value slot) { shared[vector] = slot; }

  /// The copy of a tile of the text; null where the text computes it in a way that is none of maps, broadcasts, splats,
  /// prefix sums, reshapes, loads and loops that fold a tile.
  mlir::Value of(mlir::Value tile);
  mlir::LogicalResult extract(tile::ExtractOp op);

private:
  mlir::Value copyOf(mlir::Value tile);
  mlir::Value copyMap(tile::MapOp map);
  mlir::Value copyFold(mlir::scf::ForOp fold);
  mlir::Value copyBroadcast(tile::BroadcastOp broadcast);
  mlir::Value read(mlir::Value slot);
  tile::TileType typeOf(mlir::Value tile) const;

  mlir::ImplicitLocOpBuilder &b;
  mlir::IRMapping &scalars;
  bool transposed;
  llvm::DenseMap<mlir::Value, mlir::Value> made, shared;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_TEXTCOPY_H

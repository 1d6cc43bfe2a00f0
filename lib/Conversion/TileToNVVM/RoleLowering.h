//===- RoleLowering.h - One role as the program of a thread ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks a role's region and writes what each of its threads does. Values of the
// dialect become:
//
//   index, numbers   the same, in arith
//   !tile.cursor     stage and phase, two i32
//   !tile.shared     an offset in shared memory, an i32
//   !tile.tile       registers (RegisterTile.h)
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_ROLELOWERING_H
#define BRAID_LIB_CONVERSION_TILETONVVM_ROLELOWERING_H

#include "KernelContext.h"
#include "RegisterTile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace braid::hopper {

class RoleLowering;

/// A tile's place in a view: addresses of its elements, and whether they lie in the view.
class ViewAddress {
public:
  ViewAddress(mlir::Value view, mlir::ValueRange indices, unsigned tileRank, RoleLowering &role);

  /// Coordinates in the tile are i32; a tile of rank 1 has columns alone.
  mlir::Value rowInside(mlir::Value row) const;
  mlir::Value columnInside(mlir::Value column) const;
  mlir::Value at(mlir::Value row, mlir::Value column) const;
  /// Along rows alone: for what many columns share.
  mlir::Value rowPointer(mlir::Value row) const;
  mlir::Value inRow(mlir::Value rowPointer, mlir::Value column) const;
  /// Narrows the coordinates that lie inside along one of the view's dimensions to [low, high).
  void restrict(int64_t dimension, mlir::Value low, mlir::Value high);
  /// Two neighbours from an even column on may be read or written at once.
  bool hasAlignedPairs() const { return alignedPairs; }

private:
  /// In tile coordinates: inside from `low` to `high`, i32; null where nothing is outside.
  struct Range {
    mlir::Value low, high;
  };
  mlir::Value inside(const Range &range, mlir::Value coordinate) const;
  void bound(Range &range, mlir::Value index, mlir::Value low, mlir::Value high);

  Code &code;
  tile::ViewType type;
  unsigned tileRank;
  mlir::Value start;   // address of the tile's element (0, 0)
  mlir::Value leading; // i1: the leading indices lie in the view; null if they do
  llvm::SmallVector<mlir::Value> indices;
  Range rows, columns;
  bool alignedPairs;
};

class RoleLowering {
public:
  /// `firstBarrier` is the number of the named barrier of the role's first group.
  RoleLowering(tile::RoleOp role, int64_t firstBarrier, KernelContext &context);

  /// Writes the role at the builder's place. Errors are reported at the operation.
  mlir::LogicalResult run();

  KernelContext &getContext() { return context; }
  mlir::Value scalar(mlir::Value value) { return scalars.lookup(value); }

private:
  struct Cursor {
    mlir::Value stage, phase;
  };

  mlir::LogicalResult lowerBlock(mlir::Block &block);
  mlir::LogicalResult lower(mlir::Operation &op);
  mlir::LogicalResult lowerFor(mlir::scf::ForOp loop);
  mlir::LogicalResult lowerIf(mlir::scf::IfOp branch);

  // What control flow carries, taken apart and put together again.
  void flatten(mlir::ValueRange values, llvm::SmallVectorImpl<mlir::Value> &pieces);
  void bind(mlir::ValueRange names, mlir::ValueRange like, mlir::ValueRange pieces);

  void oneThread(llvm::function_ref<void()> body);

  // Cursors and barriers
  void lowerAdvance(tile::AdvanceOp op);
  mlir::Value barrierAt(mlir::Value barrier, mlir::Value stage);
  mlir::Value stageOf(mlir::Value stage);
  void lowerSync();

  // Copies.cpp
  void lowerCopyIn(tile::CopyInOp op);
  void lowerCopyOut(tile::CopyOutOp op);
  llvm::SmallVector<mlir::Value> coordinates(mlir::ValueRange indices, int64_t column);
  void forElements(tile::SharedType type,
                   llvm::function_ref<void(mlir::Value row, mlir::Value column)> body);
  mlir::Value elementOffset(mlir::Value tile, tile::SharedType type, mlir::Value row, mlir::Value column);
  void lowerStoreShared(tile::StoreSharedOp op);
  void lowerLoadShared(tile::LoadSharedOp op);

  // Transposes.cpp
  void lowerLoadTransposed(tile::LoadTransposedOp op);
  void lowerStoreTransposed(tile::StoreTransposedOp op);
  mlir::Value transposedBlock(mlir::Value tile, tile::SharedType type, int64_t row, int64_t column);
  void lowerReadShared(tile::ReadSharedOp op);
  void lowerClearRows(tile::ClearRowsOp op);

  // MatrixProducts.cpp
  void lowerMmaAsync(tile::MmaAsyncOp op);
  void lowerMmaWait(tile::MmaWaitOp op);

  // RegisterMemory.cpp
  void lowerLoad(tile::LoadOp op);
  void lowerStore(tile::StoreOp op);
  mlir::LogicalResult lowerRead(tile::ReadOp op);

  // Elements.cpp
  void lowerMap(tile::MapOp op);
  mlir::LogicalResult lowerBroadcast(tile::BroadcastOp op);
  void lowerColumns(tile::ColumnsOp op);
  mlir::LogicalResult lowerReduce(tile::ReduceOp op);

  // Lanes.cpp
  mlir::LogicalResult lowerPrefixSum(tile::PrefixSumOp op);
  mlir::LogicalResult lowerExtract(tile::ExtractOp op);
  mlir::LogicalResult lowerReshape(tile::ReshapeOp op);

  tile::RoleOp role;
  KernelContext &context;
  Code &code;
  int64_t firstBarrier;
  mlir::Value group;
  ThreadPlace place;
  mlir::IRMapping scalars;
  llvm::DenseMap<mlir::Value, Cursor> cursors;
  llvm::DenseMap<mlir::Value, mlir::Value> shared; // offsets
  llvm::DenseMap<mlir::Value, RegisterTile> tiles;
  bool alone = false; // one thread of the group runs what is being written
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_ROLELOWERING_H

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
#include "ViewAddress.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace braid::hopper {

class RoleLowering {
public:
  RoleLowering(tile::RoleOp role, KernelContext &context);

  /// Writes the role at the builder's place. Errors are reported at the operation.
  mlir::LogicalResult run();

private:
  mlir::Value scalar(mlir::Value value) { return scalars.lookup(value); }

  struct Cursor {
    mlir::Value stage, phase;
  };

  mlir::LogicalResult lowerBlock(mlir::Block &block);
  mlir::LogicalResult lower(mlir::Operation &op);
  mlir::LogicalResult lowerFor(mlir::scf::ForOp loop);
  mlir::LogicalResult lowerWhile(mlir::scf::WhileOp loop);
  mlir::LogicalResult lowerIf(mlir::scf::IfOp branch);

  // What control flow carries, taken apart and put together again.
  void flatten(mlir::ValueRange values, llvm::SmallVectorImpl<mlir::Value> &pieces);
  llvm::SmallVector<mlir::Type> typesOf(mlir::ValueRange results);
  void bind(mlir::ValueRange names, mlir::ValueRange like, mlir::ValueRange pieces);

  void oneThread(llvm::function_ref<void()> body);

  // Cursors and barriers
  void lowerArrive(tile::ArriveOp op);
  void lowerAdvance(tile::AdvanceOp op);
  mlir::Value barrierAt(mlir::Value barrier, mlir::Value stage);
  mlir::Value stageOf(mlir::Value stage);
  bool accessesShared();
  void lowerWait(tile::WaitOp op);
  void lowerSync();
  mlir::Value namedBarrier(mlir::Value barrier, mlir::Value number);
  mlir::Value threadsOf(mlir::Value namedBarrier);

  // Copies.cpp
  void lowerCopyIn(tile::CopyInOp op);
  void lowerCopyOut(tile::CopyOutOp op);
  llvm::SmallVector<mlir::Value> coordinates(mlir::ValueRange indices, int64_t column);
  void forElements(tile::SharedType type,
                   llvm::function_ref<void(mlir::Value row, mlir::Value column)> body);
  mlir::Value elementOffset(mlir::Value tile, tile::SharedType type, mlir::Value row, mlir::Value column);
  void lowerStoreShared(tile::StoreSharedOp op);
  void storeMatrices(tile::StoreSharedOp op, KnownWarp warp);
  void lowerLoadShared(tile::LoadSharedOp op);

  // RowParts.cpp
  void lowerFold(tile::FoldOp op);
  mlir::LogicalResult lowerWhereAny(tile::WhereAnyOp op);
  void lowerClearRows(tile::ClearRowsOp op);
  void lowerReadShared(tile::ReadSharedOp op);
  void lowerWriteShared(tile::WriteSharedOp op);

  // Transposes.cpp
  void lowerLoadTransposed(tile::LoadTransposedOp op);
  void lowerStoreTransposed(tile::StoreTransposedOp op);
  mlir::Value transposedBlock(mlir::Value tile, tile::SharedType type, int64_t row, int64_t column);

  // MatrixProducts.cpp
  void setShared(mlir::Value tile, mlir::Value offset);
  void lowerMmaAsync(tile::MmaAsyncOp op);
  void lowerMmaWait(tile::MmaWaitOp op);

  // RegisterMemory.cpp
  void lowerLoad(tile::LoadOp op);
  void lowerStore(tile::StoreOp op);
  mlir::LogicalResult lowerRead(tile::ReadOp op);
  void lowerDraw(tile::DrawOp op);

  // Elements.cpp
  void lowerMap(tile::MapOp op);
  mlir::LogicalResult lowerBroadcast(tile::BroadcastOp op);
  void lowerColumns(tile::ColumnsOp op);
  mlir::LogicalResult lowerReduce(tile::ReduceOp op);
  mlir::LogicalResult lowerReshape(tile::ReshapeOp op);

  // Lanes.cpp
  mlir::LogicalResult lowerPrefixSum(tile::PrefixSumOp op);
  mlir::LogicalResult lowerExtract(tile::ExtractOp op);

  tile::RoleOp role;
  KernelContext &context;
  Code &code;
  mlir::Value group;
  ThreadPlace place;
  mlir::IRMapping scalars;
  llvm::DenseMap<mlir::Value, Cursor> cursors;
  llvm::DenseMap<mlir::Value, mlir::Value> shared; // offsets
  llvm::DenseMap<mlir::OpOperand *, mlir::Value> descriptors; // of products' operands, but for the constant half
  llvm::DenseMap<mlir::Value, RegisterTile> tiles;
  bool alone = false; // one thread of the group runs what is being written
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_ROLELOWERING_H

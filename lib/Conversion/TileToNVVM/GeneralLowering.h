//===- GeneralLowering.h - A text as the program of each thread -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks a text whose tiles are placed (GeneralSchedule.h) and writes what each
// thread of the block does. An operation on tiles is a loop of the threads over
// its elements; between two operations of which one writes what the other one
// reads or writes, all threads wait for each other. Loops and branches are the
// same in all threads, since they depend on scalars alone.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_GENERALLOWERING_H
#define BRAID_LIB_CONVERSION_TILETONVVM_GENERALLOWERING_H

#include "KernelContext.h"
#include "ViewAddress.h"
#include "braid/Conversion/TilePlaces/PlacedLowering.h"

namespace braid::hopper {

class GeneralLowering : tile::PlacedLowering {
public:
  GeneralLowering(tile::KernelOp kernel, KernelContext &context);

  /// Writes the kernel at the builder's place.
  void run();

private:
  /// Bytes of shared memory, or a view.
  struct Memory {
    mlir::Value view;
    int64_t begin = 0, end = 0;

    bool overlaps(const Memory &other) const {
      return view || other.view ? view == other.view : begin < other.end && other.begin < end;
    }
  };
  using ElementBody = llvm::function_ref<void(mlir::Value row, mlir::Value column)>;
  using GroupBody = llvm::function_ref<void(llvm::ArrayRef<std::pair<mlir::Value, mlir::Value>> elements)>;

  void mapBlockIds();

  // Who waits for whom.
  void lowerBody(mlir::scf::ForOp loop) override;
  void lowerArms(mlir::scf::IfOp branch, LowerArm lowerArm) override;
  void access(llvm::ArrayRef<Memory> reads, llvm::ArrayRef<Memory> writes);
  void wait();
  void appendReads(mlir::Value tile, llvm::SmallVectorImpl<Memory> &reads) const;
  Memory memoryOf(mlir::Value tile) const;

  // Elements. Coordinates are i32; a vector has columns alone.
  void prepare(mlir::Value tile);
  mlir::Value element(mlir::Value tile, mlir::Value row, mlir::Value column);
  mlir::Value mapElement(tile::MapOp map, mlir::Value row, mlir::Value column);
  mlir::Value address(mlir::Value tile, mlir::Value row, mlir::Value column);
  void set(mlir::Value tile, mlir::Value row, mlir::Value column, mlir::Value value);
  void forElements(tile::TileType type, ElementBody body);
  void forGroups(tile::TileType type, GroupBody body);
  void moveTo(mlir::Value tile, tile::PlaceAttr place) override;

  void lowerTile(mlir::Operation &op) override;
  bool lowerOther(mlir::Operation &op) override;
  void lowerStore(tile::StoreOp store);
  void copyPieces(tile::StoreOp store, const ViewAddress &to); // PieceCopy.cpp
  void lowerRead(tile::ReadOp read);
  void lowerWrite(tile::WriteOp write);
  void lowerExtract(tile::ExtractOp extract);

  // GeneralProducts.cpp
  struct ProductShare;
  void lowerMma(tile::MmaOp mma);
  void multiplyBlock(tile::MmaOp mma, const ProductShare &share, mlir::Value firstRow, mlir::Value firstColumn);
  llvm::SmallVector<mlir::Value> factors(mlir::Value tile, bool alongRow, mlir::Value line, mlir::Value k,
                                         int64_t count, mlir::Type type);

  // GeneralReductions.cpp
  void lowerReduce(tile::ReduceOp reduce);
  void reduceByBlock(tile::ReduceOp reduce);
  void reduceByWarps(tile::ReduceOp reduce);
  mlir::Value reduceLine(tile::ReduceOp reduce, mlir::Value first, int64_t step, int64_t count,
                         llvm::function_ref<mlir::Value(mlir::Value)> elementAt);
  void lowerPrefixSum(tile::PrefixSumOp sum);
  void lowerRecurrence(tile::RecurrenceOp op);
  mlir::Value advance(tile::RecurrenceOp op, mlir::Value i, mlir::Value column);

  mlir::Value scalar(mlir::Value value) { return context.scalars.lookup(value); }
  bool isInline(mlir::Value tile) const { return places.lookup(tile).getKind() == tile::PlaceKind::Inline; }

  tile::KernelOp kernel;
  KernelContext &context;
  Code &code;
  int64_t threads;
  mlir::Value lane;
  llvm::DenseMap<mlir::Value, ViewAddress> addresses; // of inline loads, as of the last `prepare`
  llvm::SmallVector<Memory> reads, writes;            // since all threads last waited
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_GENERALLOWERING_H

//===- TileLowering.h - One kernel as a function over vectors --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_TILELOWERING_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_TILELOWERING_H

#include "ElementSource.h"
#include "braid/Conversion/TilePlaces/PlacedLowering.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace braid::tile {

/// Writes a scheduled kernel as an `llvm.func` behind it.
class TileLowering : PlacedLowering {
public:
  TileLowering(KernelOp kernel, KernelContext &context);
  void run();

private:
  void readArguments();
  bool lowerOther(mlir::Operation &op) override;

  // Tiles.
  void lowerTile(mlir::Operation &op) override;
  void lowerMma(MmaOp mma);
  void lowerReduce(ReduceOp op, const Storage &to);
  void lowerPrefixSum(PrefixSumOp op, const Storage &to);
  void lowerTranspose(TransposeOp op, const Storage &to);
  void lowerRecurrence(RecurrenceOp op);
  /// Writes the elements of `tile`, read through its storage, to rows at `to`.
  void writeRows(mlir::Value tile, const Storage &to);
  void moveTo(mlir::Value tile, PlaceAttr place) override;
  void setPlace(mlir::Value tile, PlaceAttr place) override;

  // Memory.
  void lowerStore(StoreOp store);
  void storeRows(StoreOp store, ElementSource &source, const ViewAccess &access, bool inside);
  void storeReadOut(RecurrenceOp recurrence, StoreOp store, ElementSource &source, const ViewAccess &access);
  mlir::Value allInside(ElementSource &source, const ViewAccess &access);
  void lowerRead(ReadOp read);
  void lowerWrite(WriteOp write);
  void lowerExtract(ExtractOp extract);
  mlir::Value elementInside(mlir::Value view, mlir::ValueRange indices, mlir::Value &pointer);

  /// body(first column, elements that exist) for the vectors of a row of `columns`.
  void forVectors(int64_t columns, int64_t lanes, llvm::function_ref<void(mlir::Value, int64_t)> body);
  /// The value after the last turn of a loop that carries one.
  mlir::Value fold(int64_t turns, mlir::Value init, llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> body);
  int64_t lanesFor(const ElementSource &source, int64_t columns) const;

  KernelOp kernel;
  KernelContext &context;
  Code &code;
  mlir::LLVM::LLVMFuncOp function;
  llvm::DenseMap<mlir::Operation *, RecurrenceOp> storedLater; // by store: lowered with it
};

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_TILELOWERING_H

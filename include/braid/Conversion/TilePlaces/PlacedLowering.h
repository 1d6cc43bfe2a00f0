//===- PlacedLowering.h - The walk over a text whose tiles are placed -----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the lowerings of all targets share of a text that a PlacePlan has
// annotated. Loops and branches are written with their scalars alone: a tile that
// one hands on lies in a place, under one name inside and one behind it.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_TILEPLACES_PLACEDLOWERING_H
#define BRAID_CONVERSION_TILEPLACES_PLACEDLOWERING_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/DenseMap.h"

namespace braid::tile {

class PlacedLowering {
protected:
  /// Writes at the builder's place; `scalars` are the values of the text's scalars.
  PlacedLowering(mlir::ImplicitLocOpBuilder &builder, mlir::IRMapping &scalars) : builder(builder), scalars(scalars) {}
  virtual ~PlacedLowering() = default;

  void lowerBlock(mlir::Block &block);

  // A target's part.
  /// Of an operation with one tile as result.
  virtual void lowerTile(mlir::Operation &op) = 0;
  /// Of one that the target knows besides; false where it is arithmetic on scalars.
  virtual bool lowerOther(mlir::Operation &op) = 0;
  /// Writes a tile's elements to a place, unless they lie there already.
  virtual void moveTo(mlir::Value tile, PlaceAttr place) = 0;
  /// A tile's elements lie there from now on.
  virtual void setPlace(mlir::Value tile, PlaceAttr place) { places[tile] = place; }

  // What a target may do besides around control flow.
  virtual void lowerBody(mlir::scf::ForOp loop);
  using LowerArm = llvm::function_ref<void(mlir::Region &)>;
  virtual void lowerArms(mlir::scf::IfOp branch, LowerArm lowerArm);

  llvm::DenseMap<mlir::Value, PlaceAttr> places;

private:
  void lower(mlir::Operation &op);
  void lowerFor(mlir::scf::ForOp loop);
  void lowerIf(mlir::scf::IfOp branch);
  llvm::SmallVector<mlir::Value> yieldScalars(mlir::Operation *yield) const;

  mlir::ImplicitLocOpBuilder &builder;
  mlir::IRMapping &scalars;
};

} // namespace braid::tile

#endif // BRAID_CONVERSION_TILEPLACES_PLACEDLOWERING_H

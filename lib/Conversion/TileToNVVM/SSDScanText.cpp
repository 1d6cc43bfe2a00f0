//===- SSDScanText.cpp - The parts of a scan's text ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SSDScanText.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

SSDScanText::SSDScanText(KernelOp kernel) : kernel(kernel) {}

bool SSDScanText::match() { return matchLoop() && matchProducts() && matchVectors(); }

/// One condition around one loop of products that carries a tile and perhaps a vector; stores stand behind the loop.
bool SSDScanText::matchLoop() {
  for (Operation &op : kernel.getBlock()) {
    auto found = dyn_cast<scf::IfOp>(op);
    if ((found && (real || found.getNumResults() || found.elseBlock())) || isa<scf::ForOp, StoreOp, WriteOp>(op))
      return false;
    real = found ? found : real;
  }
  if (!real)
    return false;
  for (Operation &op : *real.thenBlock()) {
    if (isa<scf::IfOp, WriteOp, MmaOp>(op))
      return false;
    if (auto found = dyn_cast<scf::ForOp>(op); found && !found.getBody()->getOps<MmaOp>().empty()) {
      if (loop)
        return false;
      loop = found;
    }
    if (auto last = dyn_cast<StoreOp>(op)) {
      if (!loop)
        return false;
      finalStores.push_back(last);
    }
  }
  if (!loop || loop.getNumResults() < 1 || loop.getNumResults() > 2)
    return false;
  auto rankOf = [](Value value) {
    auto type = dyn_cast<TileType>(value.getType());
    return type ? type.getRank() : 0;
  };
  return rankOf(loop.getResult(0)) == 2 && (loop.getNumResults() == 1 || rankOf(loop.getResult(1)) == 1);
}

static LoadOp loadOf(Value tile, scf::ForOp loop) {
  auto load = tile.getDefiningOp<LoadOp>();
  return load && load->getParentOp() == loop ? load : LoadOp();
}

/// The matrix that a map is made of, through maps.
static LoadOp matrixLoadOf(Value tile, scf::ForOp loop) {
  if (auto load = loadOf(tile, loop))
    return load;
  auto map = tile.getDefiningOp<MapOp>();
  for (Value input : map ? ValueRange(map.getInputs()) : ValueRange())
    if (auto load = matrixLoadOf(input, loop))
      return load;
  return {};
}

/// The chunk's four products, told apart by what they multiply; or the one that adds to the state. That one may be two,
/// one behind the other.
bool SSDScanText::matchProducts() {
  unsigned products = 0;
  SmallVector<StoreOp> stores(loop.getBody()->getOps<StoreOp>());
  for (Operation &op : *loop.getBody()) {
    if (isa<scf::IfOp, scf::ForOp, WriteOp, ReduceOp>(op))
      return false;
    auto mma = dyn_cast<MmaOp>(op);
    if (!mma)
      continue;
    ++products;
    bool left = bool(loadOf(mma.getA(), loop)), right = bool(loadOf(mma.getB(), loop));
    bool isRest = outer && mma.getTransposeA() && mma.getAccumulator() == outer.getResult();
    (left && right ? scores : left ? fromState : isRest ? outerRest : mma.getTransposeA() ? outer : result) = mma;
  }
  if (!outer || !outer.getTransposeA() || outer.getTransposeB() ||
      loop.getBody()->getTerminator()->getOperand(0) != nextState())
    return false;
  if (outerRest && (outerRest.getTransposeB() || outerRest.getB() != outer.getB() || !outer->hasOneUse() ||
                    matrixLoadOf(outerRest.getA(), loop) != matrixLoadOf(outer.getA(), loop)))
    return false;
  products -= outerRest ? 1 : 0;
  for (StoreOp found : stores) {
    StoreOp &part = found.getValue() == nextState() ? stateStore : store;
    if (part)
      return false;
    part = found;
  }
  bLoad = loadOf(outer.getB(), loop);
  chunk = outer.getK();
  if (products == 1 && stores.empty()) {
    x = matrixLoadOf(outer.getA(), loop);
    return bLoad && x;
  }
  if (products != 4 || !scores || !fromState || !result || !store)
    return false;
  c = loadOf(scores.getA(), loop), x = loadOf(result.getB(), loop);
  bool sameTiles = x && fromState.getA() == c.getResult() && scores.getB() == outer.getB();
  bool forms = !scores.getTransposeA() && scores.getTransposeB() && !fromState.getTransposeA() &&
               fromState.getTransposeB() && !result.getTransposeA() && !result.getTransposeB();
  auto startsAtZero = [](MmaOp mma) {
    auto zero = mma.getAccumulator().getDefiningOp<SplatOp>();
    return zero && matchPattern(zero.getValue(), m_AnyZeroFloat());
  };
  return sameTiles && forms && startsAtZero(scores) && startsAtZero(fromState);
}

/// Every vector that is spread over a matrix, or whose element is used beside one, is the scan role's to make, from one
/// load.
bool SSDScanText::matchVectors() {
  for (Operation &op : *loop.getBody()) {
    if (auto broadcast = dyn_cast<BroadcastOp>(op))
      vectors.insert(broadcast.getVector());
    if (auto extract = dyn_cast<ExtractOp>(op))
      for (Operation *user : extract->getUsers()) {
        // A map's region, or a splat.
        Operation *tile = isa<SplatOp>(user) ? user : user->getParentOfType<MapOp>();
        if (!tile)
          return false;
        if (cast<TileType>(tile->getResult(0).getType()).getRank() == 2)
          vectors.insert(extract.getInput());
      }
    if (auto load = dyn_cast<LoadOp>(op); load && load != x && load != bLoad && load != c) {
      if (dt)
        return false;
      dt = load;
    }
  }
  if (loop.getNumResults() == 2 && llvm::is_contained(vectors, loop.getRegionIterArg(1)))
    return false;
  return dt && llvm::all_of(vectors, [&](Value vector) {
    auto type = cast<TileType>(vector.getType());
    return type.getElementType().isF32() && type.getShape() == ArrayRef(chunk);
  });
}

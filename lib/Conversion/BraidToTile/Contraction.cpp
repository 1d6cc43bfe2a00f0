//===- Contraction.cpp - Matrix products with their epilogue ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Families.h"
#include "braid/Dialect/Braid/IR/PrimitiveBuilder.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

namespace {

/// The text of one fused contraction.
class ContractionText {
public:
  ContractionText(ContractionOpInterface anchor, ContractionConfigAttr config, Block &region)
      : anchor(anchor), region(region), m(config.getRows()), n(config.getColumns()), depth(config.getDepth()),
        stages(config.getStages()) {}

  Value result() { return region.getTerminator()->getOperand(0); }

  void write(KernelBuilder &k, const KernelArguments &a) {
    Scalar row = k.blockId(0) * m, column = k.blockId(1) * n;
    Tile sum = product(k, viewOf(anchor.getLeft(), a), viewOf(anchor.getRight(), a), row, column);
    k.store(epilogue(k, a, sum, row, column), a.view(region.getNumArguments()), {row, column});
  }

private:
  View viewOf(Value argument, const KernelArguments &a) const {
    return a.view(cast<BlockArgument>(argument).getArgNumber());
  }

  Tile product(KernelBuilder &k, View left, View right, Scalar row, Scalar column) {
    bool turnLeft = anchor.isLeftTransposed(), turnRight = anchor.isRightTransposed();
    Number end = ShapedType::isDynamic(anchor.getProductDepth()) ? Number(k.dim(left, anchor.getLeftDepthDim()))
                                                                 : Number(anchor.getProductDepth());
    Type factors = factorType({anchor.getLeft(), anchor.getRight()});
    Operand zeros = k.zeros({m, n}, computeType(factors));
    Operands sum = k.forRange(0, end, depth, {zeros}, [&](Scalar i, ArrayRef<Operand> carried) -> Operands {
      Tile l = turnLeft ? k.load(left, {i, row}, {depth, m}) : k.load(left, {row, i}, {m, depth});
      Tile r = turnRight ? k.load(right, {column, i}, {n, depth}) : k.load(right, {i, column}, {depth, n});
      return {k.mma(l.to(factors), r.to(factors), Tile(carried[0]), {turnLeft, turnRight})};
    }, stages);
    return Tile(sum[0]);
  }

  Tile epilogue(KernelBuilder &k, const KernelArguments &a, Tile sum, Scalar row, Scalar column) {
    Value bias = anchor.getColumnBias();
    SmallVector<Value> read; // operands, by the tile's element
    SmallVector<Tile> tiles{sum};
    for (BlockArgument argument : region.getArguments()) {
      bool onlyMultiplied = llvm::all_of(argument.getUsers(), [&](Operation *user) { return user == anchor; });
      if (onlyMultiplied && argument != bias)
        continue;
      read.push_back(argument);
      View view = viewOf(argument, a);
      tiles.push_back(argument == bias ? k.broadcast(k.load(view, {column}, {n}), 0, m)
                                       : loadOperand(k, view, row, column, m, n));
    }
    return k.map(tiles, [&](Args e) {
      ElementMap elements;
      for (auto [argument, element] : llvm::zip(read, e.drop_front()))
        elements[argument] = element.to(computeType(argument.getType()));
      elements[anchor->getResult(0)] = bias ? e[0] + elements.at(bias).to(e[0].type()) : e[0];
      for (Operation &op : region.without_terminator())
        if (&op != anchor.getOperation())
          applyElementwise(&op, elements);
      return elements.at(result()).to(getElementTypeOrSelf(result().getType()));
    });
  }

  ContractionOpInterface anchor;
  Block &region;
  const int64_t m, n, depth, stages;
};

} // namespace

// One block for each tile of the result.
LogicalResult braid::lowerContraction(ContractionOpInterface anchor, LaunchBuilder &builder) {
  FusedOp fused = builder.getFused();
  auto config = dyn_cast_or_null<ContractionConfigAttr>(fused.getConfigAttr());
  if (!config)
    return fused.emitOpError() << "expects a #tile.contraction_config; run braid-schedule first";
  Block &region = fused.getBody().front();
  ContractionText text(anchor, config, region);
  SmallVector<Value> arguments =
      llvm::map_to_vector(region.getArguments(), [&](Value value) { return builder.view(value); });
  arguments.push_back(builder.result());
  int64_t rows = anchor.getProductRows(), columns = anchor.getProductColumns();
  Value allRows = ShapedType::isDynamic(rows) ? builder.entries(text.result()) : builder.index(rows);
  Value grid[] = {builder.ceilDiv(allRows, config.getRows()),
                  builder.index(llvm::divideCeil(columns, config.getColumns()))};
  builder.launch(anchor->getName().stripDialect(), grid, arguments,
                 [&](KernelBuilder &k, const KernelArguments &a) { text.write(k, a); });
  return success();
}

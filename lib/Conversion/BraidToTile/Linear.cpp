//===- Linear.cpp - Matrix products with their epilogue --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Families.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

// y = epilogue(x W^T + b): one block for each tile of the result.
LogicalResult braid::lowerLinear(LinearOp anchor, LaunchBuilder &builder) {
  auto config = dyn_cast_or_null<ContractionConfigAttr>(builder.getFused().getConfigAttr());
  if (!config)
    return builder.getFused().emitOpError() << "expects a #tile.contraction_config; run braid-schedule first";
  Block &region = builder.getFused().getBody().front();
  Value result = region.getTerminator()->getOperand(0);
  int64_t inputs = anchor.getX().getType().getDimSize(1), outputs = anchor.getWeight().getType().getDimSize(0);
  const int64_t m = config.getRows(), n = config.getColumns(), kk = config.getDepth();
  Type compute = computeType(anchor.getX().getType());

  SmallVector<Value> arguments =
      llvm::map_to_vector(region.getArguments(), [&](Value value) { return builder.view(value); });
  arguments.push_back(builder.result());
  auto number = [&](Value value) { return cast<BlockArgument>(value).getArgNumber(); };
  SmallVector<Value> grid{builder.ceilDiv(builder.entries(result), m), builder.index((outputs + n - 1) / n)};
  builder.launch("linear", grid, arguments, [&](KernelBuilder &k, const KernelArguments &a) {
    View x = a.view(number(anchor.getX())), w = a.view(number(anchor.getWeight()));
    Scalar row = k.blockId(0) * m, column = k.blockId(1) * n;
    Operands sum = k.forRange(0, inputs, kk, {k.zeros({m, n}, compute)}, [&](Scalar j, ArrayRef<Operand> carried) -> Operands {
      return {k.mma(k.load(x, {row, j}, {m, kk}), k.load(w, {column, j}, {n, kk}), Tile(carried[0]),
                    {false, /*transposeB=*/true})};
    }, config.getStages());

    SmallVector<Value> read; // the epilogue's operands, by the tile's element
    SmallVector<Tile> tiles{Tile(sum[0])};
    for (BlockArgument argument : region.getArguments()) {
      bool onlyMultiplied = llvm::all_of(argument.getUsers(), [&](Operation *user) { return user == anchor; });
      if (onlyMultiplied && argument != anchor.getBias())
        continue;
      read.push_back(argument);
      View view = a.view(argument.getArgNumber());
      tiles.push_back(argument == anchor.getBias() ? k.broadcast(k.load(view, {column}, {n}), 0, m)
                                                   : k.load(view, {row, column}, {m, n}));
    }
    Tile y = k.map(tiles, [&](Args e) {
      ElementMap elements;
      for (auto [argument, element] : llvm::zip(read, e.drop_front()))
        elements[argument] = element.to(computeType(argument.getType()));
      elements[anchor.getResult()] = anchor.getBias() ? e[0] + elements.at(anchor.getBias()) : e[0];
      for (Operation &op : region.without_terminator())
        if (&op != anchor.getOperation())
          applyElementwise(&op, elements);
      return elements.at(result).to(getElementTypeOrSelf(result.getType()));
    });
    k.store(y, a.view(region.getNumArguments()), {row, column});
  });
  return success();
}

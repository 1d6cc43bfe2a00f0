//===- Elementwise.cpp - Activation, gate, residual addition, cast ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Families.h"
#include "braid/Dialect/Braid/IR/PrimitiveBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

Type braid::computeType(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isF64() ? element : Float32Type::get(type.getContext());
}

Scalar braid::applyActivation(Activation kind, Scalar x) {
  switch (kind) {
  case Activation::None:
    return x;
  case Activation::SiLU:
    return silu(x);
  case Activation::GELU:
    return gelu(x);
  case Activation::GELUTanh: {
    // Hendrycks and Gimpel, "Gaussian Error Linear Units", section 2: sqrt(2 / pi) = 0.797884...
    Scalar inner = 0.79788456080286535588 * (x + 0.044715 * (x * x * x));
    return 0.5 * x * (1.0 + tanh(inner));
  }
  case Activation::ReLU:
    return max(x, 0.0);
  case Activation::ReLU2: {
    Scalar positive = max(x, 0.0);
    return positive * positive;
  }
  }
  llvm_unreachable("every activation has a formula");
}

Tile braid::loadOperand(KernelBuilder &k, View view, Scalar row, Scalar column, int64_t rows, int64_t columns) {
  if (view.viewType().getShape()[1] == 1 && columns > 1)
    return k.broadcast(k.reshape(k.load(view, {row, 0}, {rows, 1}), {rows}), 1, columns);
  return k.load(view, {row, column}, {rows, columns});
}

void braid::applyElementwise(Operation *op, ElementMap &elements) {
  Type compute = computeType(op->getOperands());
  auto of = [&](Value value) { return elements.at(value).to(compute); };
  Scalar result = llvm::TypeSwitch<Operation *, Scalar>(op)
                      .Case([&](ActivationOp a) { return applyActivation(a.getKind(), of(a.getX())); })
                      .Case([&](GateOp g) { return applyActivation(g.getKind(), of(g.getGate())) * of(g.getX()); })
                      .Case([&](AddOp a) { return of(a.getA()) + of(a.getB()); })
                      .Case([&](ScaleRowsOp s) { return of(s.getScale()) * of(s.getX()); })
                      .Case([&](CastOp c) { return of(c.getX()); });
  elements[op->getResult(0)] = result.to(computeType(op->getResult(0).getType()));
}

void braid::lowerElementwise(Operation *anchor, LaunchBuilder &builder) {
  Block &region = builder.getFused().getBody().front();
  Value result = region.getTerminator()->getOperand(0);
  int64_t width = cast<RankedTensorType>(result.getType()).getDimSize(1);
  const int64_t rows = builder.isStep() ? 1 : 8, columns = std::min<int64_t>(width, 1024);

  SmallVector<Value> arguments =
      llvm::map_to_vector(region.getArguments(), [&](Value value) { return builder.view(value); });
  arguments.push_back(builder.result());
  Value rowTiles = builder.ceilDiv(builder.entries(result), rows), columnTiles = builder.index((width + columns - 1) / columns);
  builder.launch("elementwise", {rowTiles, columnTiles}, arguments, [&](KernelBuilder &k, const KernelArguments &a) {
    Scalar row = k.blockId(0) * rows, column = k.blockId(1) * columns;
    SmallVector<Tile> inputs;
    for (unsigned i = 0; i < region.getNumArguments(); ++i)
      inputs.push_back(loadOperand(k, a.view(i), row, column, rows, columns));
    Tile y = k.map(inputs, [&](Args x) {
      ElementMap elements;
      for (auto [argument, element] : llvm::zip(region.getArguments(), x))
        elements[argument] = element.to(computeType(argument.getType()));
      for (Operation &op : region.without_terminator())
        applyElementwise(&op, elements);
      return elements.at(result).to(getElementTypeOrSelf(result.getType()));
    });
    k.store(y, a.view(region.getNumArguments()), {row, column});
  });
}

//===- Layers.cpp - The layer that an operation belongs to -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Host/IR/Host.h"
#include "llvm/ADT/StringExtras.h"
#include <optional>

using namespace mlir;

namespace braid {

Value rootOf(Value view) {
  while (auto narrower = view.getDefiningOp<host::ViewOp>())
    view = narrower.getSource();
  return view;
}

/// The number behind the component "layers".
static std::optional<int64_t> layerIn(StringRef name) {
  SmallVector<StringRef> parts;
  name.split(parts, '.');
  for (size_t i = 1; i < parts.size(); ++i)
    if (int64_t number; parts[i - 1] == "layers" && !parts[i].getAsInteger(10, number))
      return number;
  return std::nullopt;
}

SmallVector<StringAttr> namesIn(Operation &op) {
  SmallVector<StringAttr> names;
  op.walk([&](Operation *inner) {
    for (Value operand : inner->getOperands()) {
      Operation *source = rootOf(operand).getDefiningOp();
      if (source && isa<GetWeightOp, host::WeightOp, host::StateOp>(source))
        source->getAttrDictionary().walk([&](FlatSymbolRefAttr symbol) { names.push_back(symbol.getAttr()); });
    }
    if (!isa<host::LaunchOp>(inner)) // its symbol is the kernel
      inner->getAttrDictionary().walk([&](FlatSymbolRefAttr symbol) { names.push_back(symbol.getAttr()); });
  });
  return names;
}

int64_t LayerWalk::next(Operation &op) {
  SmallVector<StringAttr> names = namesIn(op);
  if (names.empty())
    return current;
  current = none;
  for (StringAttr name : names)
    if (std::optional<int64_t> layer = layerIn(name))
      current = *layer;
  return current;
}

} // namespace braid

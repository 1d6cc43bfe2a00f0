//===- KernelPool.cpp - Kernel texts, each kept once -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPool.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace braid;

tile::KernelOp KernelPool::get(Location loc, StringRef stem, TypeRange arguments,
                               ArrayRef<NamedAttribute> attributes, KernelText text) {
  tile::KernelBuilder builder(module, loc, stem);
  KernelArguments declared;
  for (Type type : arguments) {
    if (auto view = dyn_cast<tile::ViewType>(type))
      declared.append(builder.view(view.getShape(), view.getElementType(), view.getExplicitStrides()));
    else if (type.isIndex())
      declared.append(builder.index());
    else
      declared.append(builder.scalar(type));
  }
  text(builder, declared);
  tile::KernelOp kernel = builder.finish();
  for (NamedAttribute attribute : attributes)
    kernel->setAttr(attribute.getName(), attribute.getValue());

  std::string printed;
  llvm::raw_string_ostream os(printed);
  kernel->print(os, OpPrintingFlags().useLocalScope());
  auto [it, isNew] = kernels.try_emplace(printed, kernel);
  if (!isNew) {
    kernel.erase();
    return it->second;
  }
  kernel.setSymName((stem + "_" + Twine(count[stem]++)).str());
  return kernel;
}

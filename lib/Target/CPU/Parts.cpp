//===- Parts.cpp - A module's functions, each to be compiled alone --------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parts.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace braid::cpu {

/// The names that an operation and what it holds refer to.
static llvm::SetVector<StringAttr> namesIn(Operation *op) {
  llvm::SetVector<StringAttr> names;
  op->walk([&](Operation *inner) {
    inner->getAttrDictionary().walk([&](SymbolRefAttr symbol) { names.insert(symbol.getRootReference()); });
  });
  return names;
}

Parts::Parts(ModuleOp module) : module(module) {
  llvm::StringSet<> others; // symbols that are not functions
  for (Operation &op : *module.getBody())
    if (auto symbol = dyn_cast<SymbolOpInterface>(op); symbol && !isa<LLVM::LLVMFuncOp>(op))
      others.insert(symbol.getName());
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal() &&
        llvm::none_of(namesIn(function), [&](StringAttr name) { return others.contains(name.getValue()); }))
      functions.push_back(function);
}

static LLVM::LLVMFuncOp hidden(LLVM::LLVMFuncOp function) {
  function.setLinkage(LLVM::Linkage::External);
  function.setVisibility_(LLVM::Visibility::Hidden);
  function.setDsoLocal(true);
  return function;
}

OwningOpRef<ModuleOp> Parts::build(size_t i) {
  OwningOpRef<ModuleOp> part = ModuleOp::create(module.getLoc());
  if (i < functions.size()) {
    part->push_back(hidden(functions[i].clone()));
  } else {
    llvm::SmallPtrSet<Operation *, 32> apart(functions.begin(), functions.end());
    for (Operation &op : *module.getBody())
      if (!apart.contains(&op))
        part->push_back(op.clone());
  }
  SymbolTable known(*part);
  for (StringAttr name : namesIn(*part)) {
    auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
    if (!function || known.lookup(name))
      continue;
    auto declaration = cast<LLVM::LLVMFuncOp>(function->cloneWithoutRegions());
    part->push_back(function.isExternal() ? declaration : hidden(declaration));
  }
  return part;
}

} // namespace braid::cpu

//===- BraidDialect.cpp - The braid dialect --------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Braid/IR/Braid.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid;

#include "braid/Dialect/Braid/IR/BraidDialect.cpp.inc"
#include "braid/Dialect/Braid/IR/BraidEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "braid/Dialect/Braid/IR/BraidAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "braid/Dialect/Braid/IR/BraidTypes.cpp.inc"

void BraidDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "braid/Dialect/Braid/IR/BraidAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "braid/Dialect/Braid/IR/BraidTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "braid/Dialect/Braid/IR/BraidOps.cpp.inc"
      >();
}

bool braid::isPerRow(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && isa_and_nonnull<PerRowAttr>(tensor.getEncoding());
}

#define GET_OP_CLASSES
#include "braid/Dialect/Braid/IR/BraidOps.cpp.inc"

//===- KernelABI.cpp - How a kernel on the CPU takes its arguments --------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Conversion/TileToVector/KernelABI.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace braid::tile;

KernelABI::KernelABI(FunctionType kernelType) {
  MLIRContext *context = kernelType.getContext();
  Type i64 = IntegerType::get(context, 64);
  SmallVector<Type> types;
  for (Type type : kernelType.getInputs()) {
    fields.push_back(types.size());
    if (auto view = dyn_cast<ViewType>(type)) {
      types.push_back(LLVM::LLVMPointerType::get(context));
      types.append(view.getNumDynamicDims(), i64);
    } else {
      types.push_back(type.isIndex() ? i64 : type);
    }
  }
  fields.push_back(types.size());
  types.append(3, i64);
  structType = LLVM::LLVMStructType::getLiteral(context, types);
}

LLVM::LLVMFunctionType KernelABI::getFunctionType(MLIRContext *context) {
  Type pointer = LLVM::LLVMPointerType::get(context), i64 = IntegerType::get(context, 64);
  return LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {pointer, i64, pointer});
}

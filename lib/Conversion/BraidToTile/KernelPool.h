//===- KernelPool.h - Kernel texts, each kept once -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_BRAIDTOTILE_KERNELPOOL_H
#define BRAID_LIB_CONVERSION_BRAIDTOTILE_KERNELPOOL_H

#include "braid/Dialect/Tile/IR/Builder.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace braid {

/// The arguments of a kernel, in the order of the launch's.
class KernelArguments {
public:
  tile::View view(unsigned index) const { return tile::View(values[index].value, values[index].builder); }
  tile::Scalar scalar(unsigned index) const { return tile::Scalar(values[index].value, values[index].builder); }
  void append(tile::Operand value) { values.push_back(value); }

private:
  llvm::SmallVector<tile::Operand> values;
};

/// Writes the body of a kernel with these arguments.
using KernelText = llvm::function_ref<void(tile::KernelBuilder &, const KernelArguments &)>;

/// The kernels of a module. Two texts that print alike are one kernel.
class KernelPool {
public:
  explicit KernelPool(mlir::ModuleOp module) : module(module) {}

  /// The kernel with this text and these attributes; named `stem` and a number when it is new.
  tile::KernelOp get(mlir::Location loc, llvm::StringRef stem, mlir::TypeRange arguments,
                     llvm::ArrayRef<mlir::NamedAttribute> attributes, KernelText text);

private:
  mlir::ModuleOp module;
  llvm::StringMap<tile::KernelOp> kernels;
  llvm::StringMap<unsigned> count;
};

} // namespace braid

#endif // BRAID_LIB_CONVERSION_BRAIDTOTILE_KERNELPOOL_H

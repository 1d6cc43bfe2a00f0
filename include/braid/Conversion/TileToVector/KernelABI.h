//===- KernelABI.h - How a kernel on the CPU takes its arguments ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//

// A kernel on the CPU is `void name(const void *arguments, int64_t block, void *scratch)`, the runtime's
// braid_kernel_fn. What `arguments` points to is one struct:
//
//   for each argument of the tile.kernel in order
//     a view:  a pointer, then an i64 for each dynamic size
//     a number: itself; an index is an i64
//   three i64: the grid's sizes g0, g1, g2
//
// and block = (b0 * g1 + b1) * g2 + b2 for the block with coordinates b0, b1, b2.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_TILETOVECTOR_KERNELABI_H
#define BRAID_CONVERSION_TILETOVECTOR_KERNELABI_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace braid::tile {

/// The argument struct of one kernel, for those who read it (the kernel) and those who fill it (the host program).
class KernelABI {
public:
  explicit KernelABI(mlir::FunctionType kernelType);

  mlir::LLVM::LLVMStructType getStructType() const { return structType; }
  /// The field of argument `number`: a view's pointer, or a number.
  unsigned getField(unsigned number) const { return fields[number]; }
  /// The field of dynamic size number `dynamicSize` (counted among the dynamic ones) of the view `number`.
  unsigned getSizeField(unsigned number, unsigned dynamicSize) const { return fields[number] + 1 + dynamicSize; }
  unsigned getGridField(unsigned dimension) const { return fields.back() + dimension; }

  /// void (ptr arguments, i64 block, ptr scratch)
  static mlir::LLVM::LLVMFunctionType getFunctionType(mlir::MLIRContext *context);
  /// The bytes of scratch that a lowered kernel needs: an i64 attribute of the llvm.func.
  static constexpr llvm::StringLiteral scratchAttr = "braid.scratch_bytes";
  /// What scratch memory and every buffer's start are aligned to.
  static constexpr int64_t alignment = 64;

private:
  mlir::LLVM::LLVMStructType structType;
  llvm::SmallVector<unsigned> fields; // of each argument, then of the grid
};

} // namespace braid::tile

#endif // BRAID_CONVERSION_TILETOVECTOR_KERNELABI_H

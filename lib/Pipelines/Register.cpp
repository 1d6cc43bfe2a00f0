//===- Register.cpp - Every dialect and pass of Braid ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Pipelines/Register.h"
#include "braid/Conversion/BraidToTile/Passes.h"
#include "braid/Conversion/HostToLLVM/Passes.h"
#include "braid/Conversion/TileToNVVM/Passes.h"
#include "braid/Conversion/TileToVector/Passes.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Braid/Transforms/Passes.h"
#include "braid/Dialect/Host/IR/Host.h"
#include "braid/Dialect/Host/Transforms/Passes.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "braid/Target/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Transforms/Passes.h"

void braid::registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<BraidDialect, host::HostDialect, tile::TileDialect>();
  registry.insert<mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect, mlir::func::FuncDialect,
                  mlir::gpu::GPUDialect, mlir::LLVM::LLVMDialect, mlir::NVVM::NVVMDialect, mlir::math::MathDialect, mlir::scf::SCFDialect, mlir::vector::VectorDialect,
                  mlir::x86vector::X86VectorDialect>();
}

void braid::registerPasses() {
  registerBraidPasses();
  registerBraidToTilePasses();
  registerHostToLLVMPasses();
  registerTargetPasses();
  host::registerHostPasses();
  tile::registerTileToNVVMPasses();
  tile::registerTileToVectorPasses();
  mlir::registerTransformsPasses();
}

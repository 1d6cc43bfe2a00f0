//===- EmitPTX.cpp - PTX of a GPU module ----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/NVPTX/Emit.h"
#include "braid/Target/Optimise.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

namespace braid::nvptx {

static std::unique_ptr<TargetMachine> createMachine() {
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  LLVMInitializeNVPTXAsmPrinter();
  Triple triple("nvptx64-nvidia-cuda");
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  // PTX 9.0 is the newest that LLVM 22 writes and the one that CUDA 13 reads.
  return std::unique_ptr<TargetMachine>(target->createTargetMachine(triple, arch, "+ptx90", TargetOptions(),
                                                                    Reloc::PIC_, std::nullopt,
                                                                    CodeGenOptLevel::Aggressive));
}

/// Translates, optimises and hands the module on.
static Result<std::string> emit(mlir::gpu::GPUModuleOp module,
                                function_ref<bool(Module &, TargetMachine &, raw_pwrite_stream &)> write) {
  mlir::MLIRContext *mlirContext = module->getContext();
  mlir::registerBuiltinDialectTranslation(*mlirContext);
  mlir::registerGPUDialectTranslation(*mlirContext);
  mlir::registerLLVMDialectTranslation(*mlirContext);
  mlir::registerNVVMDialectTranslation(*mlirContext);
  LLVMContext context;
  std::unique_ptr<Module> ir = mlir::translateModuleToLLVMIR(module, context, "braid");
  std::unique_ptr<TargetMachine> machine = createMachine();
  if (!ir || !machine)
    return Status::internal("the kernels do not translate to LLVM IR");
  ir->setTargetTriple(machine->getTargetTriple());
  ir->setDataLayout(machine->createDataLayout());
  optimise(*ir, *machine, OptimizationLevel::O3);
  SmallString<0> text;
  raw_svector_ostream os(text);
  if (!write(*ir, *machine, os))
    return Status::internal("the target cannot emit this kind of file");
  return text.str().str();
}

Result<std::string> emitLLVM(mlir::gpu::GPUModuleOp module) {
  return emit(module, [](Module &ir, TargetMachine &, raw_pwrite_stream &os) {
    ir.print(os, nullptr);
    return true;
  });
}

Result<std::string> emitPTX(mlir::gpu::GPUModuleOp module) {
  BRAID_TRY_ASSIGN(std::string ptx, emit(module, [](Module &ir, TargetMachine &machine, raw_pwrite_stream &os) {
    legacy::PassManager passes;
    if (machine.addPassesToEmitFile(passes, os, nullptr, CodeGenFileType::AssemblyFile))
      return false;
    passes.run(ir);
    return true;
  }));
  // A function that is called and not there would be found only when the kernel is loaded.
  if (size_t at = ptx.find(".extern .func"); at != std::string::npos)
    return Status::internal(cat("the kernels call a function that a GPU does not have: ",
                                ptx.substr(at, ptx.find('\n', at) - at)));
  return ptx;
}

} // namespace braid::nvptx

//===- KernelRunner.cpp - Kernel texts, compiled and called --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelRunner.h"
#include "braid/Conversion/TileToVector/KernelABI.h"
#include "braid/Conversion/TileToVector/Passes.h"
#include "braid/Target/CPU/Emit.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace braid::test {

Result<std::unique_ptr<KernelRunner>> KernelRunner::compile(ModuleOp module, const cpu::TargetInfo &target) {
  auto runner = std::make_unique<KernelRunner>();
  for (Operation &op : llvm::make_early_inc_range(*module.getBody())) {
    auto kernel = dyn_cast<tile::KernelOp>(op);
    if (!kernel) {
      op.erase();
      continue;
    }
    CompiledKernel &compiled = runner->kernels[kernel.getSymName().str()];
    compiled.config = kernel->getAttrOfType<tile::ContractionConfigAttr>(tile::kConfigAttr);
    compiled.argumentTypes.assign(kernel.getArgumentTypes().begin(), kernel.getArgumentTypes().end());
  }
  PassManager pm(module.getContext());
  tile::addTileToVectorPasses(pm, target.forKernels());
  tile::addVectorToLLVMPasses(pm, target.forKernels());
  if (failed(pm.run(module)))
    return Status::badInput("the kernels do not lower");
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (auto bytes = function->getAttrOfType<IntegerAttr>(tile::KernelABI::scratchAttr))
      runner->kernels[function.getSymName().str()].scratchBytes = bytes.getInt();
  exportKernels(module, llvm::map_to_vector(runner->kernels, [](const auto &kernel) { return kernel.first; }));
  BRAID_TRY_ASSIGN(std::string bytes, cpu::emit(module, target, cpu::Output::SharedObject));
  BRAID_TRY(runner->load(bytes));
  return runner;
}

Status KernelRunner::load(const std::string &bytes) {
  BRAID_TRY_ASSIGN(object, TestObject::load(bytes));
  for (auto [kernel, function] : llvm::zip(kernels, object.kernels(kernels.size())))
    kernel.second.function = function;
  return {};
}

const CompiledKernel *KernelRunner::find(const std::string &name) const {
  auto it = kernels.find(name);
  return it == kernels.end() ? nullptr : &it->second;
}

void KernelArguments::append(const void *field, size_t size) {
  bytes.resize(llvm::alignTo(bytes.size(), size));
  bytes.insert(bytes.end(), static_cast<const char *>(field), static_cast<const char *>(field) + size);
}

KernelArguments &KernelArguments::view(const void *data, std::initializer_list<int64_t> dynamicSizes) {
  append(&data, sizeof data);
  for (int64_t size : dynamicSizes)
    append(&size, sizeof size);
  return *this;
}

KernelArguments &KernelArguments::index(int64_t value) {
  append(&value, sizeof value);
  return *this;
}

void KernelArguments::launch(ThreadPool &pool, int64_t g0, int64_t g1, int64_t g2) {
  KernelArguments whole(*this);
  whole.index(g0).index(g1).index(g2);
  pool.run(kernel.function, whole.bytes.data(), g0 * g1 * g2);
}

} // namespace braid::test

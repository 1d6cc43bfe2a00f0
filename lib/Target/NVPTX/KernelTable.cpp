//===- KernelTable.cpp - GPU kernels for the manifest ---------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/NVPTX/KernelTable.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "braid/Target/NVPTX/Emit.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace braid::nvptx {

static DType dtypeOf(Type type) {
  if (type.isIndex() || type.isInteger(64))
    return DType::I64;
  if (type.isInteger(32))
    return DType::I32;
  return type.isF64() ? DType::F64 : type.isF16() ? DType::F16 : type.isBF16() ? DType::BF16 : DType::F32;
}

static GpuKernel::Argument argumentOf(Type type) {
  GpuKernel::Argument argument;
  auto view = dyn_cast<tile::ViewType>(type);
  argument.dtype = dtypeOf(view ? view.getElementType() : type);
  if (!view)
    return argument;
  for (int64_t size : view.getShape())
    argument.shape.push_back(ShapedType::isDynamic(size) ? GpuKernel::dynamic : size);
  llvm::append_range(argument.strides, view.getStrides());
  return argument;
}

static GpuKernel::TensorMap tensorMapOf(DictionaryAttr map) {
  GpuKernel::TensorMap result;
  result.argument = map.getAs<IntegerAttr>("argument").getInt();
  for (int64_t size : map.getAs<DenseI64ArrayAttr>("box").asArrayRef())
    result.box.push_back(size);
  result.swizzle = map.getAs<IntegerAttr>("swizzle").getInt();
  return result;
}

Result<std::vector<GpuKernel>> kernelTable(gpu::GPUModuleOp module, uint64_t imageBytes) {
  std::vector<GpuKernel> kernels;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    auto launch = function->getAttrOfType<DictionaryAttr>("braid.launch");
    bool isComplete = launch && launch.getAs<IntegerAttr>("threads") && launch.getAs<IntegerAttr>("shared_bytes") &&
                      launch.getAs<IntegerAttr>("cluster") && launch.getAs<BoolAttr>("persistent") &&
                      launch.getAs<TypeAttr>("arguments") && launch.getAs<ArrayAttr>("tensor_maps");
    if (!isComplete)
      return Status::badInput(cat("kernel ", std::string_view(function.getSymName()),
                                  ": expected braid.launch as convert-tile-to-nvvm writes it, found another"));
    GpuKernel &kernel = kernels.emplace_back();
    kernel.name = function.getSymName().str();
    kernel.threads = launch.getAs<IntegerAttr>("threads").getInt();
    kernel.sharedBytes = launch.getAs<IntegerAttr>("shared_bytes").getInt();
    kernel.cluster = launch.getAs<IntegerAttr>("cluster").getInt();
    kernel.persistent = launch.getAs<BoolAttr>("persistent").getValue();
    for (Type type : cast<FunctionType>(launch.getAs<TypeAttr>("arguments").getValue()).getInputs())
      kernel.arguments.push_back(argumentOf(type));
    for (auto map : launch.getAs<ArrayAttr>("tensor_maps").getAsRange<DictionaryAttr>())
      kernel.tensorMaps.push_back(tensorMapOf(map));
    kernel.images.push_back({arch.str(), 0, imageBytes});
  }
  return kernels;
}

} // namespace braid::nvptx

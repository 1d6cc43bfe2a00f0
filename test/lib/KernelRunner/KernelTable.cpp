//===- KernelTable.cpp - Kernels of an object, by their place in a table --===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelTable.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/STLExtras.h"
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;

namespace braid::test {

static constexpr StringLiteral tableName = "kernel_table";

void exportKernels(ModuleOp module, ArrayRef<std::string> names) {
  auto builder = ImplicitLocOpBuilder::atBlockEnd(module.getLoc(), module.getBody());
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto type = LLVM::LLVMArrayType::get(pointer, names.size());
  auto table = LLVM::GlobalOp::create(builder, type, /*isConstant=*/true, LLVM::Linkage::External, tableName, Attribute());
  builder.createBlock(&table.getInitializerRegion());
  Value value = LLVM::UndefOp::create(builder, type);
  for (const auto &[position, name] : llvm::enumerate(names)) {
    Value address = LLVM::AddressOfOp::create(builder, pointer, name);
    value = LLVM::InsertValueOp::create(builder, value, address, ArrayRef<int64_t>{int64_t(position)});
  }
  LLVM::ReturnOp::create(builder, value);
}

TestObject::~TestObject() {
  if (handle)
    dlclose(handle);
  if (file >= 0)
    close(file);
}

Result<TestObject> TestObject::load(const std::string &bytes) {
  TestObject object;
  object.file = memfd_create("object", MFD_CLOEXEC);
  if (object.file < 0 || write(object.file, bytes.data(), bytes.size()) != ssize_t(bytes.size()))
    return Status::io("cannot write the object to memory");
  object.handle = dlopen(cat("/proc/self/fd/", object.file).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!object.handle)
    return Status::internal(cat("the object does not load: ", dlerror()));
  return object;
}

const void *TestObject::find(const char *symbol) const { return dlsym(handle, symbol); }

ArrayRef<braid_kernel_fn> TestObject::kernels(size_t count) const {
  return {static_cast<const braid_kernel_fn *>(find(tableName.data())), count};
}

} // namespace braid::test

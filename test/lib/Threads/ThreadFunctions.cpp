//===- ThreadFunctions.cpp - Code for a GPU's threads, for a CPU ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadFunctions.h"
#include "ThreadBlock.h"
#include "braid/Conversion/TileToNVVM/Passes.h"
#include "braid/Conversion/TileToVector/KernelABI.h"
#include "braid/Conversion/TileToVector/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace braid::test {

namespace {

/// Rewrites one function; services are its second argument.
class ThreadFunction {
public:
  explicit ThreadFunction(LLVM::LLVMFuncOp function)
      : function(function), b(function.getLoc(), function->getContext()),
        pointer(LLVM::LLVMPointerType::get(b.getContext())) {}

  LogicalResult run() {
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), {pointer, pointer});
    if (function.getNumArguments() != 1)
      return function.emitOpError("expects no tensor maps: bulk copies need a GPU");
    for (StringRef name : {"gpu.kernel", "nvvm.kernel", "nvvm.reqntid", "nvvm.minctasm", "nvvm.maxnreg", "braid.launch"})
      function->removeAttr(name);
    function.removeArgAttrsAttr();
    services = function.getBody().front().addArgument(pointer, b.getLoc());
    function.setFunctionType(type);
    WalkResult result = function.walk([&](Operation *op) { return rewrite(op); });
    return failure(result.wasInterrupted());
  }

private:
  Value i32(int64_t value) { return LLVM::ConstantOp::create(b, b.getI32Type(), int32_t(value)); }

  Value field(ThreadBlock::Service service) {
    Value address = LLVM::GEPOp::create(b, pointer, pointer, services, ArrayRef<LLVM::GEPArg>{int32_t(service)});
    return LLVM::LoadOp::create(b, pointer, address);
  }

  /// number of thread or block, or what a lane hands on: service(services, a, b, c)
  Value call(ThreadBlock::Service service, ArrayRef<Value> operands = {}) {
    SmallVector<Type> types{pointer};
    SmallVector<Value> all{field(service), services};
    for (Value operand : operands) {
      types.push_back(operand.getType());
      all.push_back(operand);
    }
    auto type = LLVM::LLVMFunctionType::get(b.getI32Type(), types);
    return LLVM::CallOp::create(b, type, all).getResult();
  }

  WalkResult rewrite(Operation *op) {
    b.setInsertionPoint(op);
    auto replace = [&](Value value) {
      op->replaceAllUsesWith(ValueRange(value));
      op->erase();
      return WalkResult::skip();
    };
    return llvm::TypeSwitch<Operation *, WalkResult>(op)
        .Case([&](NVVM::ThreadIdXOp) { return replace(call(ThreadBlock::Thread)); })
        .Case([&](NVVM::BlockIdXOp) { return replace(call(ThreadBlock::Block)); })
        .Case([&](NVVM::BarrierOp barrier) -> WalkResult {
          if (barrier.getBarrierId())
            return barrier.emitOpError("expects a barrier of all threads");
          call(ThreadBlock::Barrier);
          op->erase();
          return WalkResult::skip();
        })
        .Case([&](NVVM::ShflOp shuffle) -> WalkResult {
          bool exchanges = shuffle.getKind() == NVVM::ShflKind::bfly;
          if (!exchanges && shuffle.getKind() != NVVM::ShflKind::idx)
            return shuffle.emitOpError("expects a butterfly or a lane's number");
          return replace(call(ThreadBlock::Shuffle, {shuffle.getVal(), shuffle.getOffset(), i32(exchanges)}));
        })
        .Case([&](LLVM::AddressOfOp address) {
          return replace(LLVM::AddrSpaceCastOp::create(b, address.getType(), field(ThreadBlock::Shared)));
        })
        .Default([](Operation *other) -> WalkResult {
          if (isa_and_nonnull<NVVM::NVVMDialect>(other->getDialect()) || isa<LLVM::InlineAsmOp>(other))
            return other->emitOpError("runs on a GPU alone");
          return WalkResult::advance();
        });
  }

  LLVM::LLVMFuncOp function;
  ImplicitLocOpBuilder b;
  Type pointer;
  Value services;
};

} // namespace

/// void name(arguments, block, services): has the block's threads run.
static void writeKernel(StringRef name, LLVM::LLVMFuncOp thread, DictionaryAttr launch) {
  ImplicitLocOpBuilder b(thread.getLoc(), thread->getContext());
  b.setInsertionPointAfter(thread);
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto kernel = LLVM::LLVMFuncOp::create(b, name, tile::KernelABI::getFunctionType(b.getContext()));
  kernel->setAttr(tile::KernelABI::scratchAttr, b.getI64IntegerAttr(0));
  b.setInsertionPointToStart(kernel.addEntryBlock(b));
  Value arguments = kernel.getArgument(0), block = kernel.getArgument(1), services = kernel.getArgument(2);
  auto number = [&](StringRef key) -> Value {
    return LLVM::ConstantOp::create(b, b.getI64Type(), launch.getAs<IntegerAttr>(key).getInt());
  };
  Value run = LLVM::LoadOp::create(b, pointer, services);
  SmallVector<Value> operands{run,   services, LLVM::AddressOfOp::create(b, pointer, thread.getSymName()), arguments,
                              block, number("threads"), number("shared_bytes")};
  Type i64 = b.getI64Type();
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                          {pointer, pointer, pointer, i64, i64, i64});
  LLVM::CallOp::create(b, type, operands);
  LLVM::ReturnOp::create(b, ValueRange());
}

LogicalResult lowerToThreads(ModuleOp module, bool bf16Convert) {
  PassManager pm(module.getContext());
  pm.addPass(createCSEPass());
  tile::TileScheduleHopperPassOptions schedule;
  schedule.general = true;
  pm.addPass(tile::createTileScheduleHopperPass(schedule));
  pm.addPass(tile::createTileVerifySchedulePass());
  pm.addPass(tile::createConvertTileToNVVMPass());
  tile::ExpandMathPassOptions math;
  math.bf16Convert = bf16Convert;
  pm.nest<gpu::GPUModuleOp>().addNestedPass<LLVM::LLVMFuncOp>(tile::createExpandMathPass(math));
  if (failed(pm.run(module)))
    return failure();
  auto kernels = *module.getOps<gpu::GPUModuleOp>().begin();
  // Launches named the kernels inside the GPU module.
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](SymbolRefAttr name) -> std::optional<Attribute> {
    if (name.getRootReference() != kernels.getSymNameAttr())
      return std::nullopt;
    return FlatSymbolRefAttr::get(name.getLeafReference());
  });
  replacer.recursivelyReplaceElementsIn(module);
  for (auto function : llvm::make_early_inc_range(kernels.getOps<LLVM::LLVMFuncOp>())) {
    std::string name = function.getSymName().str();
    auto launch = function->getAttrOfType<DictionaryAttr>("braid.launch");
    function->moveBefore(kernels);
    function.setSymName(name + ".thread");
    if (failed(ThreadFunction(function).run()))
      return failure();
    writeKernel(name, function, launch);
  }
  kernels.erase();
  return success();
}

} // namespace braid::test

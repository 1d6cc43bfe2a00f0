//===- HostToLLVM.cpp - Host programs as functions on the runtime's structs ----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CallFrame.h"
#include "CheckProgram.h"
#include "braid/Conversion/HostToLLVM/Passes.h"
#include "braid/Conversion/TileToVector/KernelABI.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Host/IR/Host.h"
#include "braid/Runtime/artifact.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace braid {
#define GEN_PASS_DEF_CONVERTHOSTTOLLVMPASS
#include "braid/Conversion/HostToLLVM/Passes.h.inc"

namespace {

/// A view at run time: where it starts, and its dynamic sizes as i64.
struct ViewValue {
  Value pointer;
  SmallVector<Value> sizes;
};

/// The place of each weight and state in the call's arrays, and of each GPU kernel in the manifest: the order in which
/// the module declares them.
struct SymbolOrder {
  explicit SymbolOrder(ModuleOp module) {
    for (auto weight : module.getOps<WeightOp>())
      weights.try_emplace(weight.getSymName(), weights.size());
    for (auto state : module.getOps<StateOp>())
      states.try_emplace(state.getSymName(), states.size());
    for (auto kernels : module.getOps<gpu::GPUModuleOp>())
      for (auto kernel : kernels.getOps<LLVM::LLVMFuncOp>())
        gpuKernels.try_emplace(kernel.getSymName(), gpuKernels.size());
  }
  llvm::StringMap<int64_t> weights, states;
  llvm::StringMap<int64_t> gpuKernels; // in the manifest's order
};

/// Writes one program as a function.
class ProgramLowering {
public:
  ProgramLowering(host::ProgramOp program, const SymbolOrder &order, OpBuilder &builder)
      : program(program), order(order), b(builder), loc(program.getLoc()), context(builder.getContext()),
        pointer(LLVM::LLVMPointerType::get(context)), i64(b.getI64Type()) {}

  LLVM::LLVMFuncOp run() {
    auto type = LLVM::LLVMFunctionType::get(b.getI32Type(), {pointer, pointer});
    auto function = LLVM::LLVMFuncOp::create(b, loc, ("braid_entry_" + program.getSymName()).str(), type,
                                             LLVM::Linkage::Internal);
    OpBuilder::InsertionGuard guard(b);
    Block *entry = function.addEntryBlock(b);
    b.setInsertionPointToStart(entry);
    api = function.getArgument(0), call = function.getArgument(1);
    hostContext = loadField(CallFrame::getApiType(context), api, CallFrame::Context, pointer);
    parallelFor = loadField(CallFrame::getApiType(context), api, CallFrame::ParallelFor, pointer);
    lowerBlock(program.getBody().front());
    Value zero = LLVM::ConstantOp::create(b, loc, b.getI32Type(), 0);
    LLVM::ReturnOp::create(b, loc, zero);
    return function;
  }

private:
  void lowerBlock(Block &block) {
    for (Operation &op : block)
      lower(op);
  }

  void lower(Operation &op) {
    llvm::TypeSwitch<Operation *>(&op)
        .Case([&](host::SizeOp size) { mapping.map(size.getResult(), asIndex(loadSize(size.getKind()))); })
        .Case([&](host::ArrayOp array) { views[array.getResult()] = lowerArray(array); })
        .Case([&](host::ArgumentOp argument) {
          views[argument.getResult()] = lowerTensor(CallFrame::Arguments, argument);
        })
        .Case([&](host::ResultOp result) { views[result.getResult()] = lowerTensor(CallFrame::Results, result); })
        .Case([&](host::WeightOp weight) {
          views[weight.getResult()] = {loadEntry(CallFrame::Weights, order.weights.lookup(weight.getName())), {}};
        })
        .Case([&](host::StateOp state) { views[state.getResult()] = lowerState(state); })
        .Case([&](host::BufferOp buffer) { views[buffer.getResult()] = lowerBuffer(buffer); })
        .Case([&](host::ViewOp view) { views[view.getResult()] = lowerView(view); })
        .Case([&](host::LaunchOp launch) { lowerLaunch(launch); })
        .Case([&](scf::IfOp branch) { lowerIf(branch); })
        .Default([&](Operation *other) { b.clone(*other, mapping); });
  }

  //===- Reading the call ------------------------------------------------===//

  Value gep(Type element, Value base, ArrayRef<LLVM::GEPArg> indices) {
    return LLVM::GEPOp::create(b, loc, pointer, element, base, indices);
  }
  Value loadField(Type structType, Value base, int32_t field, Type type) {
    return LLVM::LoadOp::create(b, loc, type, gep(structType, base, {0, field}));
  }
  Value loadCall(CallFrame::CallField field, Type type) {
    return loadField(CallFrame::getCallType(context), call, field, type);
  }
  Value asIndex(Value value) { return arith::IndexCastOp::create(b, loc, b.getIndexType(), value); }
  Value constant(int64_t value) { return LLVM::ConstantOp::create(b, loc, i64, b.getI64IntegerAttr(value)); }

  Value loadSize(host::Size kind) {
    switch (kind) {
    case host::Size::Tokens:
      return loadCall(CallFrame::N, i64);
    case host::Size::Rows:
      return loadCall(CallFrame::B, i64);
    case host::Size::LongestRow:
      return loadCall(CallFrame::LongestRow, i64);
    case host::Size::PagesPerSlot:
      return loadCall(CallFrame::PagesPerSlot, i64);
    }
    llvm_unreachable("every size has a field");
  }

  /// Entry `index` of one of the call's arrays of pointers.
  Value loadEntry(CallFrame::CallField field, int64_t index) {
    return LLVM::LoadOp::create(b, loc, pointer, gep(pointer, loadCall(field, pointer), {int32_t(index)}));
  }

  ViewValue lowerArray(host::ArrayOp array) {
    switch (array.getKind()) {
    case host::Array::Tokens:
      return {loadCall(CallFrame::Tokens, pointer), {loadCall(CallFrame::N, i64)}};
    case host::Array::RowStart: {
      Value entries = LLVM::AddOp::create(b, loc, loadCall(CallFrame::B, i64), constant(1));
      return {loadCall(CallFrame::RowStart, pointer), {entries}};
    }
    case host::Array::Slot:
      return {loadCall(CallFrame::Slot, pointer), {loadCall(CallFrame::B, i64)}};
    case host::Array::Length:
      return {loadCall(CallFrame::Length, pointer), {loadCall(CallFrame::Slots, i64)}};
    case host::Array::Pages: {
      Value entries = LLVM::MulOp::create(b, loc, loadCall(CallFrame::Slots, i64),
                                          loadCall(CallFrame::PagesPerSlot, i64));
      return {loadCall(CallFrame::Pages, pointer), {entries}};
    }
    case host::Array::Logits:
      return {loadCall(CallFrame::Logits, pointer), {sizeOf(*program.getLogits())}};
    }
    llvm_unreachable("every array has a field");
  }

  ViewValue lowerState(host::StateOp state) {
    auto declared = SymbolTable::lookupNearestSymbolFrom<StateOp>(program, state.getNameAttr());
    auto count = declared.getKind() == StateKind::KV ? CallFrame::PageCount : CallFrame::Slots;
    return {loadEntry(CallFrame::States, order.states.lookup(state.getName())), {loadCall(count, i64)}};
  }

  /// An argument or a result of a function.
  template <typename TensorOp> ViewValue lowerTensor(CallFrame::CallField field, TensorOp tensor) {
    ViewValue view{loadEntry(field, tensor.getNumber()), {}};
    if (tensor.getAxis() != host::Axis::Fixed)
      view.sizes.push_back(sizeOf(tensor.getAxis()));
    return view;
  }

  /// Tokens or rows of the call; 1 for what does not grow.
  Value sizeOf(host::Axis axis) {
    if (axis == host::Axis::Fixed)
      return constant(1);
    return loadCall(axis == host::Axis::Tokens ? CallFrame::N : CallFrame::B, i64);
  }

  ViewValue lowerBuffer(host::BufferOp buffer) {
    Value base = LLVM::LoadOp::create(
        b, loc, pointer,
        gep(CallFrame::getCallType(context), call, {0, int32_t(CallFrame::Arena), int32_t(buffer.getAxis())}));
    Value size = sizeOf(buffer.getAxis());
    Value offset = LLVM::MulOp::create(b, loc, size, constant(*buffer.getOffset()));
    ViewValue view{gep(b.getI8Type(), base, {offset}), {}};
    if (buffer.getResult().getType().getNumDynamicDims())
      view.sizes.push_back(size);
    return view;
  }

  ViewValue lowerView(host::ViewOp op) {
    ViewValue view = views.lookup(op.getSource());
    if (op.getOffset())
      view.pointer = gep(op.getSource().getType().getElementType(), view.pointer, {constant(op.getOffset())});
    return view;
  }

  //===- Launching -------------------------------------------------------===//

  void lowerLaunch(host::LaunchOp launch) {
    tile::KernelABI abi(b.getFunctionType(launch.getArguments().getTypes(), {}));
    Value arguments = stackSlot(abi.getStructType());
    auto store = [&](unsigned field, Value value) {
      LLVM::StoreOp::create(b, loc, value, gep(abi.getStructType(), arguments, {0, int32_t(field)}));
    };
    for (auto [index, argument] : llvm::enumerate(launch.getArguments())) {
      unsigned field = abi.getField(index);
      if (!isa<tile::ViewType>(argument.getType())) {
        Value value = mapping.lookup(argument);
        store(field, value.getType().isIndex() ? arith::IndexCastOp::create(b, loc, i64, value) : value);
        continue;
      }
      const ViewValue &view = views.find(argument)->second;
      store(field, view.pointer);
      for (auto [dim, size] : llvm::enumerate(view.sizes))
        store(abi.getSizeField(index, dim), size);
    }
    Value blocks = constant(1);
    for (unsigned dim = 0; dim < 3; ++dim) {
      Value size = dim < launch.getGrid().size()
                       ? Value(arith::IndexCastOp::create(b, loc, i64, mapping.lookup(launch.getGrid()[dim])))
                       : constant(1);
      store(abi.getGridField(dim), size);
      blocks = LLVM::MulOp::create(b, loc, blocks, size);
    }
    if (auto kernel = order.gpuKernels.find(launch.getKernel().getLeafReference()); kernel != order.gpuKernels.end()) {
      Value start = loadField(CallFrame::getApiType(context), api, CallFrame::Launch, pointer);
      auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {pointer, i64, pointer});
      LLVM::CallOp::create(b, loc, type,
                           ValueRange{start, hostContext, constant(kernel->second), arguments});
      return;
    }
    Value kernel = LLVM::AddressOfOp::create(b, loc, pointer, launch.getKernel().getLeafReference());
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {pointer, pointer, pointer, i64});
    LLVM::CallOp::create(b, loc, type, ValueRange{parallelFor, hostContext, kernel, arguments, blocks});
  }

  /// Room for a launch's arguments in the function's entry block: a kernel has ended when parallel_for returns, so
  /// launches of one struct type share it.
  Value stackSlot(Type type) {
    Value &slot = slots[type];
    if (!slot) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&call.getParentRegion()->front());
      Value one = constant(1);
      slot = LLVM::AllocaOp::create(b, loc, pointer, type, one, /*alignment=*/BRAID_ALIGNMENT);
    }
    return slot;
  }

  void lowerIf(scf::IfOp branch) {
    auto copy = scf::IfOp::create(b, loc, TypeRange(), mapping.lookup(branch.getCondition()),
                                  /*addThenBlock=*/true, /*addElseBlock=*/branch.elseBlock() != nullptr);
    auto lowerArm = [&](Block *from, Block *to) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(to);
      lowerBlock(*from);
    };
    lowerArm(branch.thenBlock(), copy.thenBlock());
    if (branch.elseBlock())
      lowerArm(branch.elseBlock(), copy.elseBlock());
  }

  host::ProgramOp program;
  const SymbolOrder &order;
  OpBuilder &b;
  Location loc;
  MLIRContext *context;
  Type pointer, i64;
  Value api, call, hostContext, parallelFor;
  IRMapping mapping;
  DenseMap<Value, ViewValue> views;
  DenseMap<Type, Value> slots;
};

/// The exported table of entry points.
void buildArtifactTable(OpBuilder &b, Location loc, ArrayRef<LLVM::LLVMFuncOp> entries) {
  MLIRContext *context = b.getContext();
  Type pointer = LLVM::LLVMPointerType::get(context), i32 = b.getI32Type();
  auto type = LLVM::LLVMStructType::getLiteral(context, {i32, i32, LLVM::LLVMArrayType::get(pointer, entries.size())});
  auto table = LLVM::GlobalOp::create(b, loc, type, /*isConstant=*/true, LLVM::Linkage::External, "braid_artifact",
                                      Attribute(), /*alignment=*/8);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(b.createBlock(&table.getInitializerRegion()));
  Value value = LLVM::UndefOp::create(b, loc, type);
  auto insert = [&](Value element, ArrayRef<int64_t> position) {
    value = LLVM::InsertValueOp::create(b, loc, value, element, position);
  };
  insert(LLVM::ConstantOp::create(b, loc, i32, b.getI32IntegerAttr(BRAID_ARTIFACT_VERSION)), 0);
  insert(LLVM::ConstantOp::create(b, loc, i32, b.getI32IntegerAttr(entries.size())), 1);
  for (auto [index, function] : llvm::enumerate(entries)) {
    LLVM::LLVMFuncOp entry = function;
    insert(LLVM::AddressOfOp::create(b, loc, pointer, entry.getSymName()), {2, int64_t(index)});
  }
  LLVM::ReturnOp::create(b, loc, value);
}

struct ConvertHostToLLVM : impl::ConvertHostToLLVMPassBase<ConvertHostToLLVM> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolOrder order(module);
    OpBuilder builder(module.getBodyRegion());
    builder.setInsertionPointToEnd(module.getBody());
    SmallVector<LLVM::LLVMFuncOp> entries;
    for (auto program : llvm::make_early_inc_range(module.getOps<host::ProgramOp>())) {
      if (failed(checkProgram(program)))
        return signalPassFailure();
      entries.push_back(ProgramLowering(program, order, builder).run());
    }
    buildArtifactTable(builder, module.getLoc(), entries);
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (isa<WeightOp, StateOp, host::ProgramOp>(op))
        op.erase();
  }
};

} // namespace
} // namespace braid

//===- KernelLowering.cpp - A scheduled kernel as a function for Hopper ---===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"
#include "GeneralLowering.h"
#include "RoleLowering.h"
#include "braid/Conversion/TileToVector/KernelABI.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static constexpr llvm::StringLiteral sharedName = "dynamic_shared";

LLVM::GlobalOp braid::hopper::addSharedMemory(gpu::GPUModuleOp module) {
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), 0);
  return LLVM::GlobalOp::create(builder, module.getLoc(), type, /*isConstant=*/false, LLVM::Linkage::External,
                                sharedName, Attribute(), /*alignment=*/1024, /*addrSpace=*/3);
}

KernelLowering::KernelLowering(KernelOp kernel, gpu::GPUModuleOp module)
    : kernel(kernel), module(module), context(kernel), schedule(context.schedule), code(context.code), roles(kernel.getBlock().getOps<RoleOp>()) {}

LogicalResult KernelLowering::run() {
  createFunction();
  readArguments();
  if (roles.empty()) {
    GeneralLowering(kernel, context).run();
    return finish();
  }
  // What stands before the roles every thread computes.
  for (Operation &op : kernel.getBlock())
    if (!isa<TileDialect>(op.getDialect()))
      code.clone(op, context.scalars);
  initialiseBarriers();
  if (failed(lowerRoles()))
    return failure();
  return finish();
}

LogicalResult KernelLowering::finish() {
  code.setInsertionPointToEnd(&context.function.getBody().back());
  if (schedule.getCluster() > 1)
    waitForCluster();
  LLVM::ReturnOp::create(code, ValueRange());
  return success();
}

void KernelLowering::createFunction() {
  code.setInsertionPointToEnd(module.getBody());
  auto pointer = LLVM::LLVMPointerType::get(code.getContext());
  KernelABI abi(kernel.getFunctionType());
  SmallVector<Type> types(1 + context.maps.all().size(), pointer);
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(code.getContext()), types);
  context.function = LLVM::LLVMFuncOp::create(code, kernel.getSymName(), type);
  auto byValue = [&](unsigned argument, Type type, int64_t alignment) {
    context.function.setArgAttr(argument, LLVM::LLVMDialect::getByValAttrName(), TypeAttr::get(type));
    context.function.setArgAttr(argument, LLVM::LLVMDialect::getAlignAttrName(), code.getI64IntegerAttr(alignment));
    context.function.setArgAttr(argument, "nvvm.grid_constant", code.getUnitAttr());
  };
  byValue(0, abi.getStructType(), 8);
  for (size_t map = 0; map < context.maps.all().size(); ++map)
    byValue(1 + map, LLVM::LLVMArrayType::get(code.getI8Type(), 128), 64);

  int32_t threads = 32 * schedule.getWarps(), blocks = blocksOfMultiprocessor();
  context.function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), code.getUnitAttr());
  context.function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), code.getUnitAttr());
  context.function->setAttr("nvvm.reqntid", code.getDenseI32ArrayAttr({threads}));
  context.function->setAttr("nvvm.minctasm", code.getI32IntegerAttr(blocks));
  context.function->setAttr("nvvm.maxnreg", code.getI32IntegerAttr(std::min(255, 65536 / blocks / threads / 8 * 8)));
  if (schedule.getCluster() > 1)
    context.function->setAttr("nvvm.cluster_dim", code.getDenseI32ArrayAttr({int32_t(schedule.getCluster())}));
  context.function->setAttr("braid.launch", describeLaunch());
  code.setInsertionPointToStart(context.function.addEntryBlock(code));
}

/// A contraction without roles loads and multiplies in turn: two blocks at a time, where they fit, fill each other's gaps.
/// The hardware takes 1 KB of each block's shared memory for itself.
int32_t KernelLowering::blocksOfMultiprocessor() {
  bool alternates = roles.empty() && kernel->getAttrOfType<ContractionConfigAttr>(kConfigAttr);
  return alternates && 2 * (context.shared.getBytes() + 1024) <= 228 * 1024 ? 2 : 1;
}

/// What the host needs to launch it: see docs/Manifest.md.
DictionaryAttr KernelLowering::describeLaunch() {
  auto number = [&](int64_t value) { return code.getI64IntegerAttr(value); };
  SmallVector<Attribute> maps;
  for (const TensorMap &map : context.maps.all())
    maps.push_back(code.getDictionaryAttr({code.getNamedAttr("argument", number(map.argument)),
                                           code.getNamedAttr("box", code.getDenseI64ArrayAttr(map.box)),
                                           code.getNamedAttr("swizzle", number(map.swizzle))}));
  return code.getDictionaryAttr({code.getNamedAttr("threads", number(32 * schedule.getWarps())),
                                 code.getNamedAttr("shared_bytes", number(context.shared.getBytes())),
                                 code.getNamedAttr("cluster", number(schedule.getCluster())),
                                 code.getNamedAttr("persistent", code.getBoolAttr(schedule.getPersistent())),
                                 code.getNamedAttr("arguments", TypeAttr::get(kernel.getFunctionType())),
                                 code.getNamedAttr("tensor_maps", code.getArrayAttr(maps))});
}

void KernelLowering::readArguments() {
  KernelABI abi(kernel.getFunctionType());
  auto generic = LLVM::LLVMPointerType::get(code.getContext());
  auto global = LLVM::LLVMPointerType::get(code.getContext(), 1);
  auto load = [&](unsigned field, Type type) -> Value {
    Value address = LLVM::GEPOp::create(code, generic, abi.getStructType(), context.function.getArgument(0),
                                        ArrayRef<LLVM::GEPArg>{0, int32_t(field)});
    return LLVM::LoadOp::create(code, type, address);
  };
  auto loadIndex = [&](unsigned field) -> Value {
    return arith::IndexCastOp::create(code, code.getIndexType(), load(field, code.getI64Type()));
  };
  for (BlockArgument argument : kernel.getBlock().getArguments()) {
    unsigned number = argument.getArgNumber(), field = abi.getField(number), dynamicSizes = 0;
    if (auto view = dyn_cast<ViewType>(argument.getType())) {
      ViewMemory memory{LLVM::AddrSpaceCastOp::create(code, global, load(field, generic)), {}};
      for (int64_t size : view.getShape())
        memory.sizes.push_back(ShapedType::isDynamic(size) ? loadIndex(abi.getSizeField(number, dynamicSizes++))
                                                           : code.index(size));
      context.views[argument] = memory;
    } else {
      context.scalars.map(argument, argument.getType().isIndex() ? loadIndex(field) : load(field, argument.getType()));
    }
  }
  for (unsigned d = 0; d < 3; ++d)
    context.grid[d] = loadIndex(abi.getGridField(d));
  auto sharedType = LLVM::LLVMPointerType::get(code.getContext(), 3);
  context.sharedPointer = LLVM::AddressOfOp::create(code, sharedType, sharedName);
  context.sharedAddress = LLVM::PtrToIntOp::create(code, code.getI32Type(), context.sharedPointer);
  context.thread = NVVM::ThreadIdXOp::create(code, code.getI32Type());
  context.warp = code.warpUniform(code.div(context.thread, 32));
}

void KernelLowering::initialiseBarriers() {
  code.ifThen(code.equal(context.thread, code.i32(0)), [&] {
    for (size_t map = 0; map < context.maps.all().size(); ++map)
      NVVM::PrefetchOp::create(code, NVVM::PrefetchCacheLevelAttr(), NVVM::CacheEvictionPriorityAttr(),
                               context.tensorMap(map), Value(), /*tensormap=*/true, /*uniform=*/false,
                               /*in_param_space=*/true);
    for (auto barrier : kernel.getBlock().getOps<BarrierOp>())
      for (int64_t stage = 0; stage < barrier.getType().getStages(); ++stage)
        NVVM::MBarrierInitOp::create(code, context.sharedAt(code.i32(context.shared.offsetOf(barrier) + 8 * stage)),
                                     code.i32(barrier.getArrivals()), Value());
    NVVM::FenceMbarrierInitOp::create(code);
    auto space = NVVM::SharedSpaceAttr::get(code.getContext(), NVVM::SharedSpace::shared_cta);
    NVVM::FenceProxyOp::create(code, NVVM::ProxyKind::async_shared, space);
  });
  if (schedule.getCluster() > 1)
    waitForCluster();
  else
    NVVM::BarrierOp::create(code);
}

/// Of all threads: at first for barriers that others arrive at, at last for others who still reach this block's memory.
void KernelLowering::waitForCluster() {
  NVVM::ClusterArriveOp::create(code, UnitAttr());
  NVVM::ClusterWaitOp::create(code, UnitAttr());
}

/// One chain of if and else over the warpgroups: ptxas follows register budgets through nothing else (C7508).
LogicalResult KernelLowering::lowerRoles() {
  SmallVector<int64_t> starts; // warps at which a branch begins: a warpgroup's first, or the first of a role of many
  for (RoleOp role : roles)
    if (role.getFirstWarp() % 4 == 0)
      starts.push_back(role.getFirstWarp());
  llvm::sort(starts);
  OpBuilder::InsertionGuard guard(code);
  for (auto [n, start] : llvm::enumerate(starts)) {
    int64_t end = n + 1 < starts.size() ? starts[n + 1] : schedule.getWarps();
    bool last = n + 1 == starts.size();
    scf::IfOp branch;
    if (!last) {
      branch = scf::IfOp::create(code, code.less(context.warp, code.i32(end)), /*withElseRegion=*/true);
      code.setInsertionPointToStart(branch.thenBlock());
    }
    if (failed(lowerWarpgroup(start)))
      return failure();
    if (!last)
      code.setInsertionPointToStart(branch.elseBlock());
  }
  return success();
}

/// The roles whose first warp lies in the four from `first` on.
LogicalResult KernelLowering::lowerWarpgroup(int64_t first) {
  SmallVector<RoleOp> here;
  for (RoleOp role : roles)
    if (int64_t(role.getFirstWarp()) >= first && int64_t(role.getFirstWarp()) < first + 4)
      here.push_back(role);
  int64_t budget = here.front().getRegisters(), launched = 65536 / (32 * schedule.getWarps()) / 8 * 8;
  if (budget != launched)
    NVVM::SetMaxRegisterOp::create(code, uint32_t(budget), budget > launched ? NVVM::SetMaxRegisterAction::increase
                                                                             : NVVM::SetMaxRegisterAction::decrease);
  for (RoleOp role : here) {
    RoleLowering lowering(role, context);
    if (here.size() == 1)
      return lowering.run();
    Value after = code.less(code.i32(role.getFirstWarp() - 1), context.warp);
    Value before = code.less(context.warp, code.i32(role.getFirstWarp() + role.getWarps()));
    LogicalResult result = success();
    code.ifThen(code.both(after, before), [&] { result = lowering.run(); });
    if (failed(result))
      return failure();
  }
  return success();
}

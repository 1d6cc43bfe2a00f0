//===- ScheduledOps.cpp - Constraints of scheduled kernels' operations ----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The numbers beside the checks are those of the constraints in ScheduledOps.td.
// What concerns a kernel as a whole is in VerifySchedule.cpp.
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace braid::tile;

LogicalResult RoleOp::verify() {
  if (int64_t(getFirstWarp()) < 0 || getWarps() < 1 || getGroups() < 1 || getWarps() % getGroups()) // 1
    return emitOpError("expects groups that divide its warps, found ") << getGroups() << " groups of " << getWarps()
                                                                       << " warps";
  if (getRegisters() < 24 || getRegisters() > 256 || getRegisters() % 8) // 3
    return emitOpError("expects a multiple of 8 registers from 24 to 256, found ") << getRegisters();
  Block &block = getBlock();
  if (block.getNumArguments() != 1 || !block.getArgument(0).getType().isIndex() || block.empty() ||
      !isa<EndOp>(block.back())) // 4
    return emitOpError("expects a region with one index argument that ends in 'tile.end'");
  return success();
}

LogicalResult DrawOp::verify() {
  auto kernel = (*this)->getParentOfType<KernelOp>();
  auto number = kernel ? kernel->getAttrOfType<IntegerAttr>(kWorkCounterAttr) : IntegerAttr();
  auto argument = dyn_cast<BlockArgument>(getCounter());
  bool isCounter = number && argument && argument.getOwner()->getParentOp() == kernel.getOperation() &&
                   int64_t(argument.getArgNumber()) == number.getInt();
  if (!isCounter) // 1
    return emitOpError("expects the argument that its kernel's '") << kWorkCounterAttr << "' names, found another view";
  auto role = (*this)->getParentOfType<RoleOp>();
  if (!role || (!role.getOneThread() && !(*this)->getParentOfType<OneThreadOp>())) // 2
    return emitOpError("expects one thread of a role, found ") << (role ? "all of a group" : "no role");
  return success();
}

static LogicalResult verifyStage(Operation *op, Type stage, int64_t stages) {
  auto cursor = dyn_cast<CursorType>(stage);
  if (cursor && cursor.getStages() != stages)
    return op->emitOpError("expects a cursor of ") << stages << " stages, found " << cursor.getStages();
  return success();
}

LogicalResult SlotOp::verify() {
  RingType ring = getRing().getType();
  if (failed(verifyStage(*this, getStage().getType(), ring.getStages()))) // 1
    return failure();
  auto expected = SharedType::get(ring.getShape(), ring.getElementType());
  if (getType() != expected) // 2
    return emitOpError("expects result ") << expected << ", found " << getType();
  return success();
}

LogicalResult RowsOp::verify() {
  SharedType from = getInput().getType(), to = getType();
  bool fits = from.getRank() == 2 && to.getRank() == 2 && to.getElementType() == from.getElementType() &&
              to.getShape()[1] == from.getShape()[1] && to.getPitch() == from.getPitch() &&
              to.getShape()[0] <= from.getShape()[0];
  bool isPart = from.getRank() == 1 && to.getRank() == 1 && to.getElementType() == from.getElementType() &&
                to.getShape()[0] <= from.getShape()[0];
  if (!fits && !isPart) // 1
    return emitOpError("expects some rows of ") << from << ", found " << to;
  return success();
}

LogicalResult WaitOp::verify() {
  if (!isa<CursorType>(getStage().getType())) // 1
    return emitOpError("expects a cursor, found ") << getStage().getType();
  return verifyStage(*this, getStage().getType(), getBarrier().getType().getStages());
}

LogicalResult ExpectOp::verify() {
  return verifyStage(*this, getStage().getType(), getBarrier().getType().getStages()); // 1
}

LogicalResult ArriveOp::verify() {
  if (getEach() && getCluster()) // 2
    return emitOpError("expects 'each' or 'cluster', found both");
  return verifyStage(*this, getStage().getType(), getBarrier().getType().getStages()); // 1
}

LogicalResult PanelsOp::verify() {
  SharedType from = getInput().getType(), to = getType();
  bool fits = from.getRank() == 2 && to.getRank() == 2 && to.getElementType() == from.getElementType() &&
              to.getShape()[0] == from.getShape()[0] && to.getPitch() == from.getPitch() &&
              to.getShape()[1] % to.getPanelColumns() == 0 && to.getShape()[1] <= from.getShape()[1];
  if (!fits) // 1
    return emitOpError("expects whole panels of ") << from << ", found " << to;
  return success();
}

static LogicalResult verifyCopy(Operation *op, Value argument, SharedType shared, size_t indices, bool bulk) {
  auto view = cast<ViewType>(argument.getType());
  if (indices != view.getRank()) // 1
    return op->emitOpError("expects ") << view.getRank() << " indices, found " << indices;
  if (shared.getElementType() != view.getElementType() || shared.getRank() > view.getRank()) // 2
    return op->emitOpError("expects a tile of at most rank ")
           << view.getRank() << " of " << view.getElementType() << ", found " << shared;
  if (!bulk)
    return success();
  for (int64_t stride : ArrayRef<int64_t>(view.getStrides()).drop_back()) // 3
    if (stride * view.getElementType().getIntOrFloatBitWidth() % 128)
      return op->emitOpError("expects strides that are multiples of 16 bytes, found ") << stride << " elements";
  if (isa<BlockArgument>(argument) && isUnaligned(argument))
    return op->emitOpError("expects a view that the kernel's '") << kUnalignedAttr << "' does not name";
  if (shared.getShape()[0] > 256)
    return op->emitOpError("expects at most 256 rows, found ") << shared.getShape()[0];
  return success();
}

LogicalResult CopyInOp::verify() {
  if (getMulticast() && !getBarrier()) // 4
    return emitOpError("expects a barrier for a multicast copy, found none");
  return verifyCopy(*this, getView(), getShared().getType(), getIndices().size(), bool(getBarrier()));
}

LogicalResult CopyOutOp::verify() {
  return verifyCopy(*this, getView(), getShared().getType(), getIndices().size(), getBulk());
}

//===----------------------------------------------------------------------===//
// Tiles in registers
//===----------------------------------------------------------------------===//

// `%a, %b[, %accumulator] attr-dict : type(a), type(b) -> type(result)`
ParseResult MmaAsyncOp::parse(OpAsmParser &parser, OperationState &state) {
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  Type a, b, result;
  if (parser.parseOperandList(operands) || parser.parseOptionalAttrDict(state.attributes) || parser.parseColon() ||
      parser.parseType(a) || parser.parseComma() || parser.parseType(b) || parser.parseArrow() ||
      parser.parseType(result))
    return failure();
  if (operands.size() < 2 || operands.size() > 3)
    return parser.emitError(parser.getNameLoc(), "expects two operands and perhaps an accumulator, found ")
           << operands.size();
  Type types[] = {a, b, result};
  state.addTypes(result);
  return parser.resolveOperands(operands, ArrayRef<Type>(types).take_front(operands.size()), parser.getNameLoc(),
                                state.operands);
}

void MmaAsyncOp::print(OpAsmPrinter &p) {
  p << ' ' << getOperands();
  p.printOptionalAttrDict((*this)->getAttrs());
  p << " : " << getA().getType() << ", " << getB().getType() << " -> " << getType();
}

LogicalResult MmaAsyncOp::verify() {
  ArrayRef<int64_t> a, b = getB().getType().getShape();
  Type element;
  if (auto shared = dyn_cast<SharedType>(getA().getType()))
    a = shared.getShape(), element = shared.getElementType();
  else
    a = cast<TileType>(getA().getType()).getShape(), element = cast<TileType>(getA().getType()).getElementType();
  bool half = element.isBF16() || element.isF16();
  if (!half || getB().getType().getElementType() != element) // 1
    return emitOpError("expects operands of the same type, bf16 or f16");
  TileType result = getType();
  if (a.size() != 2 || b.size() != 2 || result.getRank() != 2) // 2
    return emitOpError("expects operands and result of rank 2");
  int64_t m = a[getTransposeA() ? 1 : 0], k = a[getTransposeA() ? 0 : 1];
  if (k != getK() || k % 16)
    return emitOpError("expects contracted sizes that agree and are a multiple of 16, found ") << k << " and "
                                                                                              << getK();
  bool fits = result.getElementType().isF32() && getM() == m && getN() == b[getTransposeB() ? 0 : 1] &&
              m % 64 == 0 && getN() % 8 == 0 && getN() <= 256;
  if (!fits) // 3
    return emitOpError("expects a result of f32 with rows a multiple of 64 and columns one of 8 up to 256, found ")
           << result;
  if (getTransposeA() && isa<TileType>(getA().getType())) // 4
    return emitOpError("expects an operand in registers not to be transposed");
  if (getAccumulator() && getAccumulator().getType() != result) // 5
    return emitOpError("expects an accumulator of the result's type");
  return success();
}

LogicalResult MmaWaitOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  llvm::append_range(types, adaptor.getInputs().getTypes());
  return success();
}

LogicalResult ColumnsOp::verify() {
  TileType from = getInput().getType(), to = getType();
  bool fits = from.getRank() == 2 && to.getRank() == 2 && from.getElementType() == to.getElementType() &&
              from.getShape()[0] == to.getShape()[0] && int64_t(getFirst()) % 8 == 0 && to.getShape()[1] % 8 == 0 &&
              int64_t(getFirst()) >= 0 && int64_t(getFirst()) + to.getShape()[1] <= from.getShape()[1];
  if (!fits) // 1
    return emitOpError("expects columns of ") << from << " from a multiple of 8 on, found " << to;
  return success();
}

template <typename Op> static LogicalResult verifySame(Op op, TileType tile, SharedType shared) {
  if (tile.getShape() != shared.getShape() || tile.getElementType() != shared.getElementType()) // 1
    return op.emitOpError("expects the same shape and element type, found ") << tile << " and " << shared;
  return success();
}

LogicalResult StoreSharedOp::verify() { return verifySame(*this, getValue().getType(), getShared().getType()); }

LogicalResult LoadSharedOp::verify() { return verifySame(*this, getType(), getShared().getType()); }

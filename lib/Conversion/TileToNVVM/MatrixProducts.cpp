//===- MatrixProducts.cpp - Products of a warpgroup -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A product is one piece of assembly: a fence, the instructions along the
// contracted axis, and the group's end. Taken apart, LLVM and ptxas would be
// free to move other work in between, and ptxas then waits where nothing has to.
//
// An operand in shared memory is named by a descriptor (PTX ISA, "Matrix
// Descriptor Format"), whose high half is the same for all: 128-byte swizzle and
// 1024 bytes between groups of eight rows. The low half holds the address and,
// where the contracted axis runs down the rows, the bytes between panels; both
// in units of 16 bytes.
//
//===----------------------------------------------------------------------===//

#include "RoleLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static constexpr int64_t descriptorHigh = (int64_t(1) << 30) | (1024 >> 4);

namespace {
/// An operand in shared memory, as descriptors see it.
struct SharedOperand {
  SharedType type;
  bool contractsRows; // the contracted axis runs down the rows of the tile

  int64_t panel() const { return type.getPitch() * 128 >> 4; }
  /// Of the 16 contracted elements from 16 * step on.
  int64_t step(int64_t step) const {
    return contractsRows ? step * (16 * 128 >> 4) : step / 4 * panel() + step % 4 * (32 >> 4);
  }
  /// Of the c-th 64 rows of the product (a left operand).
  int64_t chunk(int64_t c) const { return contractsRows ? c * panel() : c * (64 * 128 >> 4); }
  /// The bytes between panels, where instructions take several at once.
  int64_t leading() const { return contractsRows ? panel() : 1; }
};

SharedOperand sharedOperand(const OpOperand &use) {
  auto op = cast<MmaAsyncOp>(use.getOwner());
  bool left = &use == &op.getAMutable();
  return {cast<SharedType>(use.get().getType()), left ? op.getTransposeA() : !op.getTransposeB()};
}

/// `$lo` to `$hi - 1` in braces.
std::string registers(int64_t lo, int64_t hi) {
  return "{" + llvm::join(llvm::map_range(llvm::seq(lo, hi), [](int64_t n) { return "$" + std::to_string(n); }), ",") +
         "}";
}

/// The text of a product and its operands' constraints.
class ProductText {
public:
  ProductText(MmaAsyncOp op, int64_t leftRegisters) : op(op), leftRegisters(leftRegisters) {
    sums = op.getM() / 64 * op.getN() / 2;
    leftFirst = op.getAccumulator() ? 2 * sums : sums;
    rightFirst = leftFirst + (leftRegisters ? leftRegisters : 1);
  }

  std::string text() {
    SharedOperand right = sharedOperand(op.getBMutable());
    std::string body = "{\n.reg .b64 a, b;\n.reg .b32 x, h;\nmov.b32 h, " + std::to_string(descriptorHigh) +
                       ";\nwgmma.fence.sync.aligned;\n";
    int64_t chunks = op.getM() / 64, steps = op.getK() / 16;
    for (int64_t c = 0; c < chunks; ++c)
      for (int64_t step = 0; step < steps; ++step) {
        body += descriptor("b", rightFirst, right.step(step));
        if (!leftRegisters) {
          SharedOperand left = sharedOperand(op.getAMutable());
          body += descriptor("a", leftFirst, left.chunk(c) + left.step(step));
        }
        body += instruction(c, step);
      }
    return body + (op.getOpen() ? "}" : "wgmma.commit_group.sync.aligned;\n}");
  }

  std::string constraints() {
    SmallVector<std::string> all(sums, "=f");
    if (op.getAccumulator())
      for (int64_t n = 0; n < sums; ++n)
        all.push_back(std::to_string(n));
    all.append((leftRegisters ? leftRegisters : 1) + 1, "r");
    return llvm::join(all, ",");
  }

private:
  static std::string descriptor(StringRef name, int64_t operand, int64_t offset) {
    return ("add.s32 x, $" + Twine(operand) + ", " + Twine(offset) + ";\nmov.b64 " + name + ", {x, h};\n").str();
  }

  std::string instruction(int64_t c, int64_t step) {
    int64_t perChunk = op.getN() / 2;
    StringRef type = op.getB().getType().getElementType().isBF16() ? "bf16" : "f16";
    std::string left = "a", transposes = op.getTransposeB() ? "0" : "1";
    if (leftRegisters) {
      int64_t first = leftFirst + c * (op.getK() / 4) + 4 * step;
      left = registers(first, first + 4);
    } else {
      transposes = (op.getTransposeA() ? "1, " : "0, ") + transposes;
    }
    bool adds = op.getAccumulator() || step > 0;
    return ("wgmma.mma_async.sync.aligned.m64n" + Twine(op.getN()) + "k16.f32." + type + "." + type + " " +
            registers(c * perChunk, (c + 1) * perChunk) + ", " + left + ", b, " + (adds ? "1" : "0") + ", 1, 1, " +
            transposes + ";\n")
        .str();
  }

  MmaAsyncOp op;
  int64_t leftRegisters, sums, leftFirst, rightFirst;
};
} // namespace

/// Names a tile of shared memory. Descriptors of it are made here and not at the products, so that a schedule which names its
/// operands ahead of a wait has a product start right behind that.
void RoleLowering::setShared(Value tile, Value offset) {
  shared[tile] = offset;
  for (OpOperand &use : tile.getUses()) {
    if (!isa<MmaAsyncOp>(use.getOwner()))
      continue;
    Value units = arith::ShRUIOp::create(code, code.add(context.sharedAddress, offset), code.i32(4));
    Value field = arith::AndIOp::create(code, units, code.i32(0x3fff));
    descriptors[&use] = arith::OrIOp::create(code, field, code.i32(sharedOperand(use).leading() << 16));
  }
}

void RoleLowering::lowerMmaAsync(MmaAsyncOp op) {
  SmallVector<Value> operands;
  if (op.getAccumulator())
    llvm::append_range(operands, tiles.find(op.getAccumulator())->second.registers);
  int64_t leftRegisters = 0;
  if (isa<SharedType>(op.getA().getType())) {
    operands.push_back(descriptors.lookup(&op.getAMutable()));
  } else {
    const RegisterTile &left = tiles.find(op.getA())->second;
    leftRegisters = left.registers.size();
    llvm::append_range(operands, left.registers);
  }
  operands.push_back(descriptors.lookup(&op.getBMutable()));
  ProductText product(op, leftRegisters);
  SmallVector<Type> results(RegisterTile::countElements(op.getType(), Spread::Matrix), code.getF32Type());
  tiles[op] = RegisterTile(op.getType(), Spread::Matrix,
                           code.assembly(product.text(), product.constraints(), operands, results));
}

/// The registers waited for go through the instruction, so that nothing reads them above it.
void RoleLowering::lowerMmaWait(MmaWaitOp op) {
  SmallVector<Value> operands;
  SmallVector<Type> types;
  for (Value input : op.getInputs()) {
    const RegisterTile &tile = tiles.find(input)->second;
    llvm::append_range(operands, tile.registers);
    types.append(tile.registers.size(), tile.registerType());
  }
  SmallVector<std::string> constraints;
  for (Type type : types)
    constraints.push_back(type.isF32() ? "=f" : "=r");
  for (size_t n = 0; n < types.size(); ++n)
    constraints.push_back(std::to_string(n));
  SmallVector<Value> passed =
      code.assembly("wgmma.wait_group.sync.aligned " + Twine(op.getPending()) + ";", llvm::join(constraints, ","),
                    operands, types);
  bind(op.getOutputs(), op.getInputs(), passed);
}

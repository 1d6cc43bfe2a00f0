//===- Recurrence.cpp - Diagonal recurrences ------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lanes of a vector are columns, and a block of states stays in registers
// for all rows: for each row and state one multiplication by the rate, a power of
// two, u b, and two multiply-adds. b and c are read from memory by the
// instructions that spread them over the lanes.
//
//===----------------------------------------------------------------------===//

#include "Recurrence.h"
#include "braid/Dialect/Tile/IR/PowerOfTwo.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace braid::tile;

namespace {

class RecurrenceLowering {
public:
  RecurrenceLowering(RecurrenceOp op, const Storage &result, const Storage &last, KernelContext &context)
      : context(context), code(context.code), u(storageOf(op.getU())), step(storageOf(op.getStep())),
        b(storageOf(op.getB())), c(storageOf(op.getC())), rate(storageOf(op.getRate())),
        initial(storageOf(op.getInitial())), result(result), last(last), element(op.getU().getType().getElementType()),
        tokens(op.getTokens()), channels(op.getChannels()), states(op.getStates()) {
    lanes = channels == 1 ? 1 : context.vectorBytes() / bytesOf(element);
    type = VectorType::get(lanes, element);
    // Half of the registers hold states; of 16 half as many, for the polynomial's constants.
    most = context.target.vectorBits == 512 ? 16 : 8;
    count = code.max(code.index(0), code.min(context.scalar(op.getCount()), code.index(tokens)));
  }

  void run() {
    code.loop(0, channels, lanes, [&](Value column) {
      code.loop(startsInMemory() ? code.index(0) : count, code.index(tokens),
                [&](Value row) { code.store(code.zero(type), at(result, row, column)); });
      int64_t whole = states / most * most;
      code.loop(0, whole, most, [&](Value first) { run(column, first, most); });
      if (whole < states)
        run(column, code.index(whole), states - whole);
    });
  }

private:
  /// With more states than one block the read-outs are added up in memory.
  bool startsInMemory() const { return states > most; }

  /// All rows of `size` states from `first` on.
  void run(Value column, Value first, int64_t size) {
    SmallVector<Value> start;
    for (int64_t n = 0; n < size; ++n)
      start.push_back(code.load(type, at(initial, code.add(first, n), column)));
    auto loop = scf::ForOp::create(code, code.index(0), count, code.index(1), start);
    {
      OpBuilder::InsertionGuard guard(code);
      code.setInsertionPointToStart(loop.getBody());
      scf::YieldOp::create(code, row(loop.getInductionVar(), column, first, loop.getRegionIterArgs()));
    }
    for (auto [n, state] : llvm::enumerate(loop.getResults()))
      code.store(state, at(last, code.add(first, n), column));
  }

  /// The states after one row, whose read-out is stored.
  SmallVector<Value> row(Value i, Value column, Value first, ValueRange before) {
    Value stepSize = code.load(type, at(step, i, column)), input = code.load(type, at(u, i, column));
    Value y = startsInMemory() ? code.load(type, at(result, i, column)) : code.zero(type);
    SmallVector<Value> states;
    for (auto [n, state] : llvm::enumerate(before)) {
      Value number = code.add(first, n);
      Value exponent = arith::MulFOp::create(code, code.load(type, at(rate, number, column)), stepSize);
      Value added = arith::MulFOp::create(code, inEveryLane(b, i, number), input);
      Value next = math::FmaOp::create(code, power(exponent), state, added);
      y = math::FmaOp::create(code, inEveryLane(c, i, number), next, y);
      states.push_back(next);
    }
    code.store(y, at(result, i, column));
    return states;
  }

  /// 2^x. AVX-512 has an instruction that scales by a power of two, down to zero.
  Value power(Value x) {
    if (context.target.vectorBits != 512 || lanes == 1)
      return powerOfTwo(code, x);
    Value n = math::RoundEvenOp::create(code, x);
    Value fraction = powerOfFraction(code, arith::SubFOp::create(code, x, n));
    bool wide = element.isF64();
    Value all = arith::ConstantIntOp::create(code, code.getIntegerType(wide ? 8 : 16), -1);
    Value asSet = arith::ConstantIntOp::create(code, code.getI32Type(), 4);
    StringRef name = wide ? "llvm.x86.avx512.mask.scalef.pd.512" : "llvm.x86.avx512.mask.scalef.ps.512";
    return LLVM::CallIntrinsicOp::create(code, type, code.getStringAttr(name),
                                         ValueRange{fraction, n, fraction, all, asSet})
        .getResult(0);
  }

  Value inEveryLane(const Storage &from, Value row, Value column) {
    return code.splat(code.load(element, at(from, row, column)), lanes);
  }
  Value at(const Storage &storage, Value row, Value column) {
    return code.address(storage.pointer, element, code.add(code.mul(row, storage.stride), column));
  }
  const Storage &storageOf(Value tile) { return context.tiles.find(tile)->second; }

  KernelContext &context;
  Code &code;
  const Storage &u, &step, &b, &c, &rate, &initial, &result, &last;
  Type element;
  int64_t tokens, channels, states, lanes = 1, most = 8;
  VectorType type;
  Value count;
};

} // namespace

void braid::tile::lowerRecurrence(RecurrenceOp op, const Storage &result, const Storage &last, KernelContext &context) {
  RecurrenceLowering(op, result, last, context).run();
}

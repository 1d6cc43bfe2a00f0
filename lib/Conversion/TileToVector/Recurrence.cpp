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
// instructions that spread them over the lanes. A row's read-out is complete in
// the last block, and goes to its user or to the result's rows: two loops, the
// first of them for rows that all lie inside memory.
//
//===----------------------------------------------------------------------===//

#include "Recurrence.h"
#include "braid/Dialect/Tile/IR/PowerOfTwo.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace braid;
using namespace braid::tile;

namespace {

class RecurrenceLowering {
public:
  RecurrenceLowering(RecurrenceOp op, ElementSource &u, const Storage &result, const Storage &last,
                     KernelContext &context, const ReadOutUser *user)
      : context(context), user(user), code(context.code), u(u), step(storageOf(op.getStep())), b(storageOf(op.getB())),
        c(storageOf(op.getC())), rate(storageOf(op.getRate())), initial(storageOf(op.getInitial())), result(result),
        last(last), element(op.getU().getType().getElementType()), tokens(op.getTokens()), channels(op.getChannels()),
        states(op.getStates()), lanes(lanesOf(op, context.target)), most(statesAtOnce(context.target)),
        type(VectorType::get(lanes, element)) {
    count = code.max(code.index(0), code.min(context.scalar(op.getCount()), code.index(tokens)));
  }

  void run() {
    code.ifElse(user ? user->condition : u.allInside(), [&](bool inside) {
      isTaken = user && inside;
      u.beginWalk(inside);
      code.loop(0, channels, lanes, [&](Value column) { run(column); });
    });
  }

  /// A vector of numbers is as wide as a register, or of one number.
  static int64_t lanesOf(RecurrenceOp op, const CPUTargetInfo &target) {
    return op.getChannels() == 1 ? 1 : target.vectorBits / 8 / bytesOf(op.getU().getType().getElementType());
  }
  /// Half of the registers hold states; of 16 half as many, for the polynomial's constants.
  static int64_t statesAtOnce(const CPUTargetInfo &target) { return target.vectorBits == 512 ? 16 : 8; }

private:
  /// States whose powers are computed in turns: with more, LLVM has too few registers beside a block's states.
  static constexpr size_t together = 2;

  /// With more states than one block the read-outs are added up in memory.
  bool startsInMemory() const { return states > most; }

  void run(Value column) {
    code.loop(startsInMemory() ? code.index(0) : count, code.index(tokens),
              [&](Value row) { code.store(code.zero(type), at(result, row, column)); });
    int64_t whole = states / most * most;
    code.loop(0, whole, most, [&](Value first) { run(column, first, most); });
    if (whole < states)
      run(column, code.index(whole), states - whole);
  }

  /// All rows of `size` states from `first` on.
  void run(Value column, Value first, int64_t size) {
    SmallVector<Value> start;
    for (int64_t n = 0; n < size; ++n)
      start.push_back(code.load(type, at(initial, code.add(first, n), column)));
    bool isOnly = size == states;
    Value isLast = isOnly ? Value() : code.lessEqual(code.index(states - size), first);
    auto loop = scf::ForOp::create(code, code.index(0), count, code.index(1), start);
    {
      OpBuilder::InsertionGuard guard(code);
      code.setInsertionPointToStart(loop.getBody());
      scf::YieldOp::create(code, row(loop.getInductionVar(), column, first, loop.getRegionIterArgs(), isLast));
    }
    for (auto [n, state] : llvm::enumerate(loop.getResults()))
      code.store(state, at(last, code.add(first, n), column));
  }

  /// The states after one row, whose read-out is stored, or taken in the last block of states.
  SmallVector<Value> row(Value i, Value column, Value first, ValueRange before, Value isLast) {
    ElementSource::Row inputs = u.beginRow(i);
    Value stepSize = code.load(type, at(step, i, column)), input = u.vector(inputs, column, lanes, lanes);
    Value y = startsInMemory() ? code.load(type, at(result, i, column)) : code.zero(type);
    SmallVector<Value> after;
    for (size_t begin = 0; begin < before.size(); begin += together) {
      SmallVector<Value> exponents;
      for (size_t n = begin; n < std::min(begin + together, before.size()); ++n)
        exponents.push_back(
            arith::MulFOp::create(code, code.load(type, at(rate, code.add(first, n), column)), stepSize));
      for (Value decay : powers(exponents)) {
        Value number = code.add(first, after.size());
        Value added = arith::MulFOp::create(code, inEveryLane(b, i, number), input);
        after.push_back(math::FmaOp::create(code, decay, before[after.size()], added));
        y = math::FmaOp::create(code, inEveryLane(c, i, number), after.back(), y);
      }
    }
    code.ifElse(isTaken ? isLast : Value(), [&](bool isComplete) {
      if (isTaken && isComplete)
        user->take(i, column, y);
      else
        code.store(y, at(result, i, column));
    });
    return after;
  }

  /// 2^x of each. AVX-512 has an instruction that scales by a power of two, down to zero.
  SmallVector<Value> powers(ArrayRef<Value> exponents) {
    if (context.target.vectorBits != 512 || lanes == 1)
      return powersOfTwo(code, exponents);
    if (element.isF32())
      return llvm::map_to_vector(exponents, [&](Value x) { return powerByTable(x); });
    SmallVector<Value> whole, fractions;
    for (Value x : exponents) {
      whole.push_back(math::RoundEvenOp::create(code, x));
      fractions.push_back(arith::SubFOp::create(code, x, whole.back()));
    }
    SmallVector<Value> scaled;
    for (auto [power, n] : llvm::zip(powersOfFractions(code, fractions), whole))
      scaled.push_back(scale(power, n));
    return scaled;
  }

  /// x = n / 16 + r, and 2^x = 2^(n / 16) (1 + r q(r)): sixteen powers fit a register, and for |r| <= 1/32 three terms are
  /// exact in f32. Two multiply-adds fewer than a polynomial alone.
  Value powerByTable(Value x) {
    SmallVector<float> sixteenths;
    for (int n = 0; n < 16; ++n)
      sixteenths.push_back(float(std::exp2(n / 16.0)));
    Value table = arith::ConstantOp::create(code, code.getF32VectorAttr(sixteenths));
    auto constant = [&](double value) -> Value {
      return arith::ConstantOp::create(code, DenseElementsAttr::get(type, code.getF32FloatAttr(float(value))));
    };
    // The last bit of 1.5 * 2^19 is a sixteenth: the sum's lowest bits are n.
    Value shift = constant(1.5 * (1 << 19)), sum = arith::AddFOp::create(code, x, shift);
    Value rounded = arith::SubFOp::create(code, sum, shift), r = arith::SubFOp::create(code, x, rounded);
    Value index = arith::BitcastOp::create(code, VectorType::get(lanes, code.getI32Type()), sum);
    Value power = LLVM::CallIntrinsicOp::create(code, type, code.getStringAttr("llvm.x86.avx512.permvar.sf.512"),
                                                ValueRange{table, index})
                      .getResult(0);
    const double ln2 = std::log(2.0);
    Value q = math::FmaOp::create(code, constant(ln2 * ln2 * ln2 / 6), r, constant(ln2 * ln2 / 2));
    q = math::FmaOp::create(code, q, r, constant(ln2));
    return scale(math::FmaOp::create(code, arith::MulFOp::create(code, power, r), q, power), rounded);
  }

  /// power * 2^floor(n).
  Value scale(Value power, Value n) {
    bool wide = element.isF64();
    Value all = arith::ConstantIntOp::create(code, code.getIntegerType(wide ? 8 : 16), -1);
    Value asSet = arith::ConstantIntOp::create(code, code.getI32Type(), 4);
    StringRef name = wide ? "llvm.x86.avx512.mask.scalef.pd.512" : "llvm.x86.avx512.mask.scalef.ps.512";
    return LLVM::CallIntrinsicOp::create(code, type, code.getStringAttr(name), ValueRange{power, n, power, all, asSet})
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
  const ReadOutUser *user;
  Code &code;
  ElementSource &u;
  const Storage &step, &b, &c, &rate, &initial, &result, &last;
  Type element;
  int64_t tokens, channels, states, lanes, most;
  VectorType type;
  Value count;
  bool isTaken = false;
};

} // namespace

bool braid::tile::isEvaluatedInside(OpOperand &operand, const CPUTargetInfo &target) {
  auto op = cast<RecurrenceOp>(operand.getOwner());
  bool asksOnce = op.getStates() <= RecurrenceLowering::statesAtOnce(target);
  return operand.getOperandNumber() == 0 && op.getTokens() > 1 && asksOnce &&
         op.getChannels() % RecurrenceLowering::lanesOf(op, target) == 0;
}

void braid::tile::lowerRecurrence(RecurrenceOp op, ElementSource &u, const Storage &result, const Storage &last,
                                  KernelContext &context, const ReadOutUser *user) {
  RecurrenceLowering(op, u, result, last, context, user).run();
}

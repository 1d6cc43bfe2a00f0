//===- Numbers.cpp - Scalars and the elements of tiles --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Numbers.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace braid;
using namespace braid::simulator;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static unsigned widthOf(Type integer) { return integer.isIndex() ? 64 : integer.getIntOrFloatBitWidth(); }

/// The low bits, extended by the sign; an i1 is 0 or 1.
static int64_t wrap(uint64_t bits, unsigned width) {
  if (width == 1)
    return int64_t(bits & 1);
  unsigned dropped = 64 - width;
  return int64_t(bits << dropped) >> dropped;
}

/// The low bits, extended by zeros.
static uint64_t low(int64_t value, unsigned width) {
  return width == 64 ? uint64_t(value) : uint64_t(value) & ((uint64_t(1) << width) - 1);
}

void simulator::narrow(Numbers &numbers, Type element) {
  if (element.isF32())
    for (Number &number : numbers)
      number.real = float(number.real);
  else if (element.isBF16())
    for (Number &number : numbers)
      number.real = bf16ToFloat(doubleToBf16(number.real));
  else if (element.isF16())
    for (Number &number : numbers)
      number.real = halfToFloat(doubleToHalf(number.real));
  else if (!isa<FloatType>(element) && widthOf(element) < 64)
    for (Number &number : numbers)
      number.integer = wrap(uint64_t(number.integer), widthOf(element));
}

DType simulator::dtypeOf(Type element) {
  if (element.isF64())
    return DType::F64;
  if (element.isF32())
    return DType::F32;
  if (element.isF16())
    return DType::F16;
  if (element.isBF16())
    return DType::BF16;
  return element.isInteger(32) ? DType::I32 : DType::I64;
}

Number simulator::loadNumber(DType type, const char *memory, int64_t index) {
  if (isFloat(type))
    return Number::of(loadElement(type, memory, size_t(index)));
  if (type == DType::I32) {
    int32_t value;
    std::memcpy(&value, memory + index * 4, 4);
    return Number::of(int64_t(value));
  }
  int64_t value;
  std::memcpy(&value, memory + index * 8, 8);
  return Number::of(value);
}

void simulator::storeNumber(DType type, char *memory, int64_t index, Number value) {
  if (isFloat(type))
    return storeElement(type, memory, size_t(index), value.real);
  int32_t narrow = int32_t(value.integer);
  if (type == DType::I32)
    std::memcpy(memory + index * 4, &narrow, 4);
  else
    std::memcpy(memory + index * 8, &value.integer, 8);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

namespace {

/// Computes an operation on all elements.
class Evaluation {
public:
  Evaluation(Operation *op, ArrayRef<const Numbers *> operands, size_t count, Numbers &result)
      : op(op), operands(operands), count(count), result(result) {
    width = op->getNumOperands() && op->getOperand(0).getType().isIntOrIndex() ? widthOf(op->getOperand(0).getType()) : 64;
  }

  LogicalResult run();

private:
  template <typename Function> LogicalResult forEach(Function function) {
    result.resize(count);
    for (size_t i = 0; i < count; ++i)
      result[i] = function(i);
    narrow(result, op->getResult(0).getType());
    return success();
  }
  Number operand(unsigned n, size_t i) const { return (*operands[n])[operands[n]->size() == 1 ? 0 : i]; }
  double real(unsigned n, size_t i) const { return operand(n, i).real; }
  int64_t integer(unsigned n, size_t i) const { return operand(n, i).integer; }
  uint64_t natural(unsigned n, size_t i) const { return low(integer(n, i), width); }

  template <typename Function> LogicalResult unary(Function function) {
    return forEach([&](size_t i) { return Number::of(double(function(real(0, i)))); });
  }
  template <typename Function> LogicalResult binary(Function function) {
    return forEach([&](size_t i) { return Number::of(double(function(real(0, i), real(1, i)))); });
  }
  /// On integers, where overflow wraps.
  template <typename Function> LogicalResult integers(Function function) {
    return forEach([&](size_t i) { return Number::of(int64_t(function(uint64_t(integer(0, i)), uint64_t(integer(1, i))))); });
  }
  template <typename Function> LogicalResult signedIntegers(Function function) {
    return forEach([&](size_t i) { return Number::of(int64_t(function(integer(0, i), integer(1, i)))); });
  }
  template <typename Function> LogicalResult naturals(Function function) {
    return forEach([&](size_t i) { return Number::of(int64_t(function(natural(0, i), natural(1, i)))); });
  }
  template <typename Function> LogicalResult division(bool isSigned, Function function) {
    for (size_t i = 0; i < count; ++i)
      if (integer(1, i) == 0)
        return op->emitOpError("divides by zero");
    if (isSigned) // the one quotient that no width holds is undefined; it wraps here
      return signedIntegers([&](int64_t a, int64_t b) { return b == -1 ? function(a, int64_t(1), true) : function(a, b, false); });
    return naturals([&](uint64_t a, uint64_t b) { return function(int64_t(a), int64_t(b), false); });
  }
  LogicalResult compare(arith::CmpIPredicate predicate);
  LogicalResult compare(arith::CmpFPredicate predicate);
  LogicalResult constant(arith::ConstantOp op);
  std::optional<LogicalResult> runIntegers();
  std::optional<LogicalResult> runReals();
  std::optional<LogicalResult> runFunctions();
  std::optional<LogicalResult> runCasts();

  Operation *op;
  ArrayRef<const Numbers *> operands;
  size_t count;
  Numbers &result;
  unsigned width; // of the first operand, where it is an integer
};

} // namespace

LogicalResult Evaluation::compare(arith::CmpIPredicate predicate) {
  return forEach([&](size_t i) {
    return Number::of(int64_t(arith::applyCmpPredicate(predicate, APInt(width, natural(0, i)), APInt(width, natural(1, i)))));
  });
}

LogicalResult Evaluation::compare(arith::CmpFPredicate predicate) {
  // The ordered predicates are sets of equal (1), greater (2) and less (4); each has a partner that holds for a NaN, too.
  unsigned number = unsigned(predicate);
  bool unordered = number >= unsigned(arith::CmpFPredicate::UEQ);
  unsigned set = predicate == arith::CmpFPredicate::UNO ? 0
                 : predicate == arith::CmpFPredicate::AlwaysTrue ? 7
                 : unordered ? number - 7
                             : number;
  return forEach([&](size_t i) {
    double a = real(0, i), b = real(1, i);
    if (std::isnan(a) || std::isnan(b))
      return Number::of(int64_t(unordered));
    return Number::of(int64_t((set & (a == b ? 1 : a > b ? 2 : 4)) != 0));
  });
}

LogicalResult Evaluation::constant(arith::ConstantOp op) {
  if (auto number = dyn_cast<FloatAttr>(op.getValue()))
    return forEach([&](size_t) { return Number::of(number.getValueAsDouble()); });
  if (auto number = dyn_cast<IntegerAttr>(op.getValue()))
    return forEach([&](size_t) { return Number::of(number.getValue().getSExtValue()); });
  return op.emitOpError("has no meaning in the simulator, which knows numbers alone");
}

/// One that hands on a NaN.
static double maximum(double a, double b) { return std::isnan(a) || a > b ? a : b; }
static double minimum(double a, double b) { return std::isnan(a) || a < b ? a : b; }
static int64_t floorDivide(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
static int64_t ceilDivide(int64_t a, int64_t b) { return a / b + (a % b != 0 && (a < 0) == (b < 0)); }

std::optional<LogicalResult> Evaluation::runIntegers() {
  using Optional = std::optional<LogicalResult>;
  auto quotient = [](int64_t a, int64_t b, bool negate) { return negate ? int64_t(-uint64_t(a)) : a / b; };
  auto remainder = [](int64_t a, int64_t b, bool negate) { return negate ? 0 : a % b; };
  auto unsignedQuotient = [](int64_t a, int64_t b, bool) { return int64_t(uint64_t(a) / uint64_t(b)); };
  auto unsignedRemainder = [](int64_t a, int64_t b, bool) { return int64_t(uint64_t(a) % uint64_t(b)); };
  return TypeSwitch<Operation *, Optional>(op)
      .Case([&](arith::AddIOp) { return integers([](uint64_t a, uint64_t b) { return a + b; }); })
      .Case([&](arith::SubIOp) { return integers([](uint64_t a, uint64_t b) { return a - b; }); })
      .Case([&](arith::MulIOp) { return integers([](uint64_t a, uint64_t b) { return a * b; }); })
      .Case([&](arith::AndIOp) { return integers([](uint64_t a, uint64_t b) { return a & b; }); })
      .Case([&](arith::OrIOp) { return integers([](uint64_t a, uint64_t b) { return a | b; }); })
      .Case([&](arith::XOrIOp) { return integers([](uint64_t a, uint64_t b) { return a ^ b; }); })
      .Case([&](arith::ShLIOp) { return naturals([](uint64_t a, uint64_t b) { return b < 64 ? a << b : 0; }); })
      .Case([&](arith::ShRUIOp) { return naturals([](uint64_t a, uint64_t b) { return b < 64 ? a >> b : 0; }); })
      .Case([&](arith::ShRSIOp) {
        return signedIntegers([](int64_t a, int64_t b) { return a >> (uint64_t(b) < 64 ? b : 63); });
      })
      .Case([&](arith::MinSIOp) { return signedIntegers([](int64_t a, int64_t b) { return std::min(a, b); }); })
      .Case([&](arith::MaxSIOp) { return signedIntegers([](int64_t a, int64_t b) { return std::max(a, b); }); })
      .Case([&](arith::MinUIOp) { return naturals([](uint64_t a, uint64_t b) { return std::min(a, b); }); })
      .Case([&](arith::MaxUIOp) { return naturals([](uint64_t a, uint64_t b) { return std::max(a, b); }); })
      .Case([&](arith::DivSIOp) { return division(true, quotient); })
      .Case([&](arith::RemSIOp) { return division(true, remainder); })
      .Case([&](arith::DivUIOp) { return division(false, unsignedQuotient); })
      .Case([&](arith::RemUIOp) { return division(false, unsignedRemainder); })
      .Case([&](arith::FloorDivSIOp) {
        return division(true, [](int64_t a, int64_t b, bool negate) { return negate ? int64_t(-uint64_t(a)) : floorDivide(a, b); });
      })
      .Case([&](arith::CeilDivSIOp) {
        return division(true, [](int64_t a, int64_t b, bool negate) { return negate ? int64_t(-uint64_t(a)) : ceilDivide(a, b); });
      })
      .Case([&](arith::CeilDivUIOp) {
        return division(false, [](int64_t a, int64_t b, bool) {
          return int64_t(uint64_t(a) / uint64_t(b) + (uint64_t(a) % uint64_t(b) != 0));
        });
      })
      .Case([&](arith::CmpIOp compared) { return compare(compared.getPredicate()); })
      .Case([&](math::AbsIOp) { return forEach([&](size_t i) { return Number::of(std::abs(integer(0, i))); }); })
      .Default(Optional());
}

std::optional<LogicalResult> Evaluation::runReals() {
  using Optional = std::optional<LogicalResult>;
  bool single = op->getNumResults() && op->getResult(0).getType().isF32();
  return TypeSwitch<Operation *, Optional>(op)
      .Case([&](arith::AddFOp) { return binary([](double a, double b) { return a + b; }); })
      .Case([&](arith::SubFOp) { return binary([](double a, double b) { return a - b; }); })
      .Case([&](arith::MulFOp) { return binary([](double a, double b) { return a * b; }); })
      .Case([&](arith::DivFOp) { return binary([](double a, double b) { return a / b; }); })
      .Case([&](arith::RemFOp) { return binary([](double a, double b) { return std::fmod(a, b); }); })
      .Case([&](arith::MaximumFOp) { return binary(maximum); })
      .Case([&](arith::MinimumFOp) { return binary(minimum); })
      .Case([&](arith::MaxNumFOp) { return binary([](double a, double b) { return std::fmax(a, b); }); })
      .Case([&](arith::MinNumFOp) { return binary([](double a, double b) { return std::fmin(a, b); }); })
      .Case([&](arith::NegFOp) { return unary([](double x) { return -x; }); })
      .Case([&](arith::CmpFOp compared) { return compare(compared.getPredicate()); })
      .Case([&](math::FmaOp) {
        return forEach([&](size_t i) {
          double a = real(0, i), b = real(1, i), c = real(2, i);
          return Number::of(single ? double(std::fma(float(a), float(b), float(c))) : std::fma(a, b, c));
        });
      })
      .Case([&](arith::SelectOp) {
        return forEach([&](size_t i) { return integer(0, i) ? operand(1, i) : operand(2, i); });
      })
      .Default(Optional());
}

std::optional<LogicalResult> Evaluation::runFunctions() {
  using Optional = std::optional<LogicalResult>;
  return TypeSwitch<Operation *, Optional>(op)
      .Case([&](math::AbsFOp) { return unary([](double x) { return std::abs(x); }); })
      .Case([&](math::CeilOp) { return unary([](double x) { return std::ceil(x); }); })
      .Case([&](math::FloorOp) { return unary([](double x) { return std::floor(x); }); })
      .Case([&](math::RoundEvenOp) { return unary([](double x) { return std::nearbyint(x); }); })
      .Case([&](math::CopySignOp) { return binary([](double a, double b) { return std::copysign(a, b); }); })
      .Case([&](math::SqrtOp) { return unary([](double x) { return std::sqrt(x); }); })
      .Case([&](math::RsqrtOp) { return unary([](double x) { return 1 / std::sqrt(x); }); })
      .Case([&](math::ExpOp) { return unary([](double x) { return std::exp(x); }); })
      .Case([&](math::Exp2Op) { return unary([](double x) { return std::exp2(x); }); })
      .Case([&](math::ExpM1Op) { return unary([](double x) { return std::expm1(x); }); })
      .Case([&](math::LogOp) { return unary([](double x) { return std::log(x); }); })
      .Case([&](math::Log2Op) { return unary([](double x) { return std::log2(x); }); })
      .Case([&](math::Log1pOp) { return unary([](double x) { return std::log1p(x); }); })
      .Case([&](math::SinOp) { return unary([](double x) { return std::sin(x); }); })
      .Case([&](math::CosOp) { return unary([](double x) { return std::cos(x); }); })
      .Case([&](math::TanhOp) { return unary([](double x) { return std::tanh(x); }); })
      .Case([&](math::ErfOp) { return unary([](double x) { return std::erf(x); }); })
      .Case([&](math::PowFOp) { return binary([](double a, double b) { return std::pow(a, b); }); })
      .Default(Optional());
}

std::optional<LogicalResult> Evaluation::runCasts() {
  using Optional = std::optional<LogicalResult>;
  auto same = [&] { return forEach([&](size_t i) { return operand(0, i); }); };
  return TypeSwitch<Operation *, Optional>(op)
      .Case<arith::ExtFOp, arith::TruncFOp, arith::IndexCastOp, arith::TruncIOp>([&](auto) { return same(); })
      .Case([&](arith::ExtSIOp) {
        return forEach([&](size_t i) { return Number::of(width == 1 ? -integer(0, i) : integer(0, i)); });
      })
      .Case<arith::ExtUIOp, arith::IndexCastUIOp>([&](auto) {
        return forEach([&](size_t i) { return Number::of(int64_t(natural(0, i))); });
      })
      .Case([&](arith::SIToFPOp) { return forEach([&](size_t i) { return Number::of(double(integer(0, i))); }); })
      .Case([&](arith::UIToFPOp) { return forEach([&](size_t i) { return Number::of(double(natural(0, i))); }); })
      .Case([&](arith::FPToSIOp) {
        return forEach([&](size_t i) {
          double value = std::trunc(real(0, i)); // beyond the width undefined; saturates here
          return Number::of(std::isnan(value) ? int64_t(0)
                            : value >= 0x1p63 ? std::numeric_limits<int64_t>::max()
                            : value < -0x1p63 ? std::numeric_limits<int64_t>::min()
                                              : int64_t(value));
        });
      })
      .Case([&](arith::BitcastOp cast) -> LogicalResult {
        if (cast.getIn().getType().isF32() && cast.getType().isInteger(32))
          return forEach([&](size_t i) {
            return Number::of(int64_t(llvm::bit_cast<int32_t>(float(real(0, i)))));
          });
        if (cast.getIn().getType().isInteger(32) && cast.getType().isF32())
          return forEach([&](size_t i) {
            return Number::of(double(llvm::bit_cast<float>(int32_t(integer(0, i)))));
          });
        return op->emitOpError("has a meaning in the simulator between f32 and i32 alone");
      })
      .Default(Optional());
}

LogicalResult Evaluation::run() {
  if (auto number = dyn_cast<arith::ConstantOp>(op))
    return constant(number);
  for (auto part : {&Evaluation::runIntegers, &Evaluation::runReals, &Evaluation::runCasts, &Evaluation::runFunctions})
    if (std::optional<LogicalResult> done = (this->*part)())
      return *done;
  return op->emitOpError("has no meaning in the simulator");
}

LogicalResult simulator::evaluateScalarOp(Operation *op, ArrayRef<const Numbers *> operands, size_t count,
                                          Numbers &result) {
  return Evaluation(op, operands, count, result).run();
}

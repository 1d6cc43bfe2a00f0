//===- Builder.h - Kernel texts in C++ that read like pseudo-code ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel text is C++ that calls this builder; the rows of a matrix scaled by
// one over their sum read so:
//
//   KernelBuilder b(module, loc, "normalise_rows");
//   View x = b.view({dynamic, 512}, b.f32()), y = b.view({dynamic, 512}, b.f32());
//   Scalar row = b.blockId(0) * 8;
//   Tile t = b.load(x, {row, 0}, {8, 512});
//   Tile sum = b.broadcast(b.reduceAdd(t, 1), 1, 512);
//   b.store(b.map({t, sum}, [](Args e) { return e[0] / e[1]; }), y, {row, 0});
//   b.finish();
//
// `Scalar` is an index, integer, i1 or float: the operators choose the
// operation by its type, and C++ numbers turn into constants of the other
// operand's type. The same operators on tiles make a map; a scalar beside a
// tile is every element. Division and remainder of indices round towards zero.
//
// Everything here is a plain value that may be copied; a builder must outlive
// what it made.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_TILE_IR_BUILDER_H
#define BRAID_DIALECT_TILE_IR_BUILDER_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <functional>
#include <optional>

namespace braid::tile {

class KernelBuilder;

/// A value of a kernel and the builder that makes what is computed from it.
struct Operand {
  mlir::Value value;
  mlir::ImplicitLocOpBuilder *builder = nullptr;

  operator mlir::Value() const { return value; }
  mlir::Type type() const { return value.getType(); }
};

/// An index, an integer, an i1 or a float.
struct Scalar : Operand {
  Scalar() = default;
  Scalar(mlir::Value value, mlir::ImplicitLocOpBuilder *builder) : Operand{value, builder} {}
  explicit Scalar(Operand operand) : Operand(operand) {}

  /// This as another type: integers and indices among each other and to float (signed), floats among each other.
  Scalar to(mlir::Type type) const;
};

/// A constant number, an index where nothing else says its type, or a scalar.
struct Number {
  Number(int constant) : integer(constant), real(double(constant)) {}
  Number(int64_t constant) : integer(constant), real(double(constant)) {}
  Number(double constant) : real(constant) {}
  Number(Scalar scalar) : scalar(scalar) {}

  /// The scalar, or the constant in the given type.
  Scalar in(mlir::Type type, mlir::ImplicitLocOpBuilder &builder) const;
  Scalar index(mlir::ImplicitLocOpBuilder &builder) const { return in(builder.getIndexType(), builder); }

  std::optional<int64_t> integer;
  double real = 0;
  std::optional<Scalar> scalar;
};

#define BRAID_TILE_OPERATOR(OP)                                                                                        \
  Scalar operator OP(const Scalar &a, const Scalar &b);                                                                \
  inline Scalar operator OP(const Scalar &a, double b) { return a OP Number(b).in(a.type(), *a.builder); }             \
  inline Scalar operator OP(double a, const Scalar &b) { return Number(a).in(b.type(), *b.builder) OP b; }             \
  inline Scalar operator OP(const Scalar &a, int64_t b) { return a OP Number(b).in(a.type(), *a.builder); }            \
  inline Scalar operator OP(int64_t a, const Scalar &b) { return Number(a).in(b.type(), *b.builder) OP b; }            \
  inline Scalar operator OP(const Scalar &a, int b) { return a OP int64_t(b); }                                        \
  inline Scalar operator OP(int a, const Scalar &b) { return int64_t(a) OP b; }
BRAID_TILE_OPERATOR(+)
BRAID_TILE_OPERATOR(-)
BRAID_TILE_OPERATOR(*)
BRAID_TILE_OPERATOR(/)
BRAID_TILE_OPERATOR(%)
BRAID_TILE_OPERATOR(<)
BRAID_TILE_OPERATOR(<=)
BRAID_TILE_OPERATOR(>)
BRAID_TILE_OPERATOR(>=)
BRAID_TILE_OPERATOR(==)
BRAID_TILE_OPERATOR(!=)
#undef BRAID_TILE_OPERATOR
/// Logic on i1; both sides are evaluated.
Scalar operator&&(const Scalar &a, const Scalar &b);
Scalar operator||(const Scalar &a, const Scalar &b);
Scalar operator!(const Scalar &a);
Scalar operator-(const Scalar &a);

/// Functions of scalars, in a map's function or outside one.
Scalar min(const Scalar &a, Number b);
Scalar max(const Scalar &a, Number b);
Scalar select(const Scalar &condition, Number ifTrue, Number ifFalse); // at least one of the two a Scalar
Scalar exp(const Scalar &x);
Scalar exp2(const Scalar &x);
Scalar log(const Scalar &x);
Scalar log1p(const Scalar &x);
Scalar expm1(const Scalar &x);
Scalar erf(const Scalar &x);
Scalar tanh(const Scalar &x);
Scalar sqrt(const Scalar &x);
Scalar rsqrt(const Scalar &x);
Scalar abs(const Scalar &x);
Scalar sin(const Scalar &x);
Scalar cos(const Scalar &x);
Scalar sigmoid(const Scalar &x);  // 1 / (1 + exp(-x))
Scalar silu(const Scalar &x);     // x sigmoid(x)
Scalar softplus(const Scalar &x); // log(1 + exp(x)), exact in relative terms at both ends
Scalar gelu(const Scalar &x);     // x (1 + erf(x / sqrt 2)) / 2

/// A static tile.
struct Tile : Operand {
  Tile() = default;
  Tile(mlir::Value value, mlir::ImplicitLocOpBuilder *builder) : Operand{value, builder} {}
  explicit Tile(Operand operand) : Operand(operand) {}

  TileType tileType() const { return llvm::cast<TileType>(value.getType()); }
  int64_t size(unsigned dimension) const { return tileType().getShape()[dimension]; }
  mlir::Type elementType() const { return tileType().getElementType(); }
  /// Every element as another type.
  Tile to(mlir::Type type) const;
};

Tile operator+(const Tile &a, const Tile &b);
Tile operator-(const Tile &a, const Tile &b);
Tile operator*(const Tile &a, const Tile &b);
Tile operator/(const Tile &a, const Tile &b);
Tile operator+(const Tile &a, Number b);
Tile operator-(const Tile &a, Number b);
Tile operator*(const Tile &a, Number b);
Tile operator/(const Tile &a, Number b);

/// An argument of the kernel that points to memory.
struct View : Operand {
  View() = default;
  View(mlir::Value value, mlir::ImplicitLocOpBuilder *builder) : Operand{value, builder} {}

  ViewType viewType() const { return llvm::cast<ViewType>(value.getType()); }
  mlir::Type elementType() const { return viewType().getElementType(); }
};

/// [lo, hi) along one dimension of a view.
struct ValidRange {
  int64_t dimension;
  Number lo, hi;
};

using Args = llvm::ArrayRef<Scalar>;
using Tiles = llvm::ArrayRef<Tile>;
using Operands = llvm::SmallVector<Operand>;
using At = llvm::ArrayRef<Number>;

inline constexpr int64_t dynamic = mlir::ShapedType::kDynamic;

/// Writes one tile.kernel.
class KernelBuilder {
public:
  /// Starts a kernel at the end of `module`.
  KernelBuilder(mlir::ModuleOp module, mlir::Location loc, llvm::StringRef name);

  // Arguments, in the order of the calls.
  View view(llvm::ArrayRef<int64_t> shape, mlir::Type elementType, llvm::ArrayRef<int64_t> strides = {});
  Scalar index() { return Scalar(argument(builder.getIndexType()), &builder); }
  Scalar scalar(mlir::Type type) { return Scalar(argument(type), &builder); }

  // Types and constants.
  mlir::Type f64() { return builder.getF64Type(); }
  mlir::Type f32() { return builder.getF32Type(); }
  mlir::Type bf16() { return builder.getBF16Type(); }
  mlir::Type i32() { return builder.getI32Type(); }
  Scalar constant(int64_t index) { return Number(index).index(builder); }
  Scalar constant(double number, mlir::Type type) { return Number(number).in(type, builder); }

  // Where this block is, and how large a view is.
  Scalar blockId(int64_t dimension);
  Scalar dim(View view, int64_t dimension);

  // Memory. A tile's dimensions are the view's last ones.
  Tile load(View view, At at, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<ValidRange> valid = {});
  void store(Tile tile, View view, At at, llvm::ArrayRef<ValidRange> valid = {});
  Scalar read(View view, At at);
  void write(Scalar scalar, View view, At at);

  // Whole tiles.
  struct Mma {
    bool transposeA = false, transposeB = false;
  };
  Tile mma(Tile a, Tile b, Tile accumulator) { return mma(a, b, accumulator, Mma()); }
  Tile mma(Tile a, Tile b, Tile accumulator, Mma flags);
  /// f of every element of tiles of one shape; the result has the type that f returns.
  Tile map(Tiles inputs, llvm::function_ref<Scalar(Args)> f);
  /// The same, and f gets the coordinates behind the elements: e[0].., then i (and j).
  Tile mapAt(Tiles inputs, llvm::function_ref<Scalar(Args)> f);
  /// A tile made of its coordinates alone.
  Tile generate(llvm::ArrayRef<int64_t> shape, llvm::function_ref<Scalar(Args)> f);
  Tile splat(Scalar scalar, llvm::ArrayRef<int64_t> shape);
  Tile zeros(llvm::ArrayRef<int64_t> shape, mlir::Type type) { return splat(constant(0.0, type), shape); }
  /// dim 0: `size` rows that are each the vector; dim 1: `size` columns that are each the vector.
  Tile broadcast(Tile vector, int64_t dimension, int64_t size);
  Tile reduceAdd(Tile tile, int64_t dimension) { return reduce(ReduceKind::Add, tile, dimension); }
  Tile reduceMax(Tile tile, int64_t dimension) { return reduce(ReduceKind::Max, tile, dimension); }
  Tile reduceMin(Tile tile, int64_t dimension) { return reduce(ReduceKind::Min, tile, dimension); }
  Tile reduce(ReduceKind kind, Tile tile, int64_t dimension);
  Tile prefixSum(Tile tile, int64_t dimension, bool reverse = false);
  /// The operands of `tile.recurrence`.
  struct Recurrence {
    Tile u, step, b, c, rate, initial;
    Number count;
  };
  struct RecurrenceResults {
    Tile y, last;
  };
  RecurrenceResults recurrence(const Recurrence &operands);
  Scalar extract(Tile tile, At at);
  Tile transpose(Tile tile);
  Tile reshape(Tile tile, llvm::ArrayRef<int64_t> shape);

  // Control flow. What is carried are tiles and scalars: Tile(carried[0]), Scalar(carried[1]).
  using LoopBody = llvm::function_ref<Operands(Scalar iv, llvm::ArrayRef<Operand> carried)>;
  /// for (iv = lo; iv < hi; iv += step). `pipeline` is how many steps' loads a schedule may have in flight.
  Operands forRange(Number lo, Number hi, Number step, llvm::ArrayRef<Operand> inits, LoopBody body,
                    int64_t pipeline = 0);
  void forRange(Number lo, Number hi, Number step, llvm::function_ref<void(Scalar)> body);
  Operands ifElse(Scalar condition, llvm::function_ref<Operands()> ifTrue, llvm::function_ref<Operands()> ifFalse);
  void ifThen(Scalar condition, llvm::function_ref<void()> body);

  /// Ends the text. The kernel is complete, and the builder's last duty done.
  KernelOp finish();

  /// For what this class does not say.
  mlir::ImplicitLocOpBuilder &ops() { return builder; }

private:
  mlir::Value argument(mlir::Type type);
  mlir::SmallVector<mlir::Value> indices(At at);
  Tile makeMap(Tiles inputs, llvm::ArrayRef<int64_t> shape, bool coordinates, llvm::function_ref<Scalar(Args)> f);
  struct Ranges;
  Ranges ranges(llvm::ArrayRef<ValidRange> valid);

  mlir::ImplicitLocOpBuilder builder;
  KernelOp kernel;
};

} // namespace braid::tile

#endif // BRAID_DIALECT_TILE_IR_BUILDER_H

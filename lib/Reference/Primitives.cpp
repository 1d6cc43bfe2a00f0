//===- Primitives.cpp - Kernels of the primitives --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Primitives.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace braid;
using namespace braid::reference;

using Operands = MutableArrayRef<TensorRef>;
using Results = SmallVectorImpl<TensorRef>;

static bool isTensorOp(Operation *op) {
  auto isTensor = [](Type type) { return isa<RankedTensorType>(type); };
  return llvm::all_of(op->getOperandTypes(), isTensor) && llvm::all_of(op->getResultTypes(), isTensor);
}

/// A tensor that a kernel may write: the operand itself where nobody else holds it, else a copy.
static TensorRef writable(TensorRef &operand) {
  return operand.use_count() == 1 ? std::move(operand) : std::make_shared<Tensor>(*operand);
}

//===----------------------------------------------------------------------===//
// Element by element
//===----------------------------------------------------------------------===//

template <typename Function> static Kernel unary(Function function) {
  return [function](Operands operands, Results &results) {
    TensorRef y = writable(operands[0]);
    for (double &value : y->data)
      value = function(value);
    results.push_back(std::move(y));
    return success();
  };
}

template <typename Function> static Kernel binary(Operation *op, Function function) {
  return [op, function](Operands operands, Results &results) -> LogicalResult {
    if (operands[0]->shape != operands[1]->shape)
      return op->emitOpError() << "expects operands of one shape, found extents that differ when it runs";
    // The second operand moves out of the list, so that a tensor that is both operands still counts as held twice.
    TensorRef b = operands[1], y;
    operands[1].reset();
    if (b.use_count() == 1 && operands[0].use_count() != 1) {
      y = std::move(b);
      const double *a = operands[0]->data.data();
      for (int64_t i = 0, n = y->size(); i < n; ++i)
        y->data[i] = function(a[i], y->data[i]);
    } else {
      y = writable(operands[0]);
      const double *right = b->data.data();
      for (int64_t i = 0, n = y->size(); i < n; ++i)
        y->data[i] = function(y->data[i], right[i]);
    }
    results.push_back(std::move(y));
    return success();
  };
}

/// Maximum that hands on a NaN, as arith's does.
static double maximum(double a, double b) { return std::isnan(a) || a > b ? a : b; }
static double minimum(double a, double b) { return std::isnan(a) || a < b ? a : b; }

static Kernel elementwiseKernel(Operation *op) {
  return TypeSwitch<Operation *, Kernel>(op)
      .Case([&](arith::AddFOp) { return binary(op, [](double a, double b) { return a + b; }); })
      .Case([&](arith::SubFOp) { return binary(op, [](double a, double b) { return a - b; }); })
      .Case([&](arith::MulFOp) { return binary(op, [](double a, double b) { return a * b; }); })
      .Case([&](arith::DivFOp) { return binary(op, [](double a, double b) { return a / b; }); })
      .Case([&](arith::MaximumFOp) { return binary(op, maximum); })
      .Case([&](arith::MinimumFOp) { return binary(op, minimum); })
      .Case([&](arith::NegFOp) { return unary([](double x) { return -x; }); })
      .Case([&](math::AbsFOp) { return unary([](double x) { return std::abs(x); }); })
      .Case([&](math::ExpOp) { return unary([](double x) { return std::exp(x); }); })
      .Case([&](math::LogOp) { return unary([](double x) { return std::log(x); }); })
      .Case([&](math::Log1pOp) { return unary([](double x) { return std::log1p(x); }); })
      .Case([&](math::SqrtOp) { return unary([](double x) { return std::sqrt(x); }); })
      .Case([&](math::RsqrtOp) { return unary([](double x) { return 1.0 / std::sqrt(x); }); })
      .Case([&](math::ErfOp) { return unary([](double x) { return std::erf(x); }); })
      .Case([&](math::TanhOp) { return unary([](double x) { return std::tanh(x); }); })
      .Case([&](math::SinOp) { return unary([](double x) { return std::sin(x); }); })
      .Case([&](math::CosOp) { return unary([](double x) { return std::cos(x); }); })
      .Default(Kernel());
}

static Kernel constantKernel(arith::ConstantOp op) {
  auto elements = dyn_cast<DenseElementsAttr>(op.getValue());
  auto type = dyn_cast<RankedTensorType>(op.getType());
  if (!elements || !type)
    return nullptr;
  auto value = std::make_shared<Tensor>(type.getShape());
  int64_t i = 0;
  if (isa<FloatType>(type.getElementType()))
    for (APFloat number : elements.getValues<APFloat>())
      value->data[i++] = number.convertToDouble();
  else if (isa<IntegerType>(type.getElementType()))
    for (const APInt &number : elements.getValues<APInt>())
      value->data[i++] = double(number.getSExtValue());
  else
    return nullptr;
  return [value](Operands, Results &results) {
    results.push_back(value);
    return success();
  };
}

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

static LogicalResult evaluate(ContractOp op, Operands operands, Results &results) {
  const Tensor &a = *operands[0], &b = *operands[1];
  size_t batch = op.getBatch(), ranks[] = {a.shape.size(), b.shape.size()};
  if (a.shape.back() != b.shape.back() ||
      ArrayRef(a.shape).take_front(batch) != ArrayRef(b.shape).take_front(batch))
    return op.emitOpError() << "expects a and b to agree on batch and contracted extents when it runs";
  SmallVector<int64_t> shape(ArrayRef(a.shape).drop_back());
  llvm::append_range(shape, ArrayRef(b.shape).drop_front(batch).drop_back());
  auto y = std::make_shared<Tensor>(shape);
  contract(a.data.data(), b.data.data(), y->data.data(), a.extent(0, batch), a.extent(batch, ranks[0] - 1),
           b.extent(batch, ranks[1] - 1), a.shape.back());
  results.push_back(std::move(y));
  return success();
}

static LogicalResult evaluate(ReduceOp op, Operands operands, Results &results) {
  const Tensor &x = *operands[0];
  size_t dim = op.getDim();
  int64_t outer = x.extent(0, dim), count = x.shape[dim], inner = x.extent(dim + 1, x.shape.size());
  bool isMax = op.getKind() == Reduction::Max;
  SmallVector<int64_t, 4> shape = x.shape;
  shape.erase(shape.begin() + dim);
  auto y = std::make_shared<Tensor>(shape);
  if (isMax)
    std::fill(y->data.begin(), y->data.end(), -std::numeric_limits<double>::infinity());
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t k = 0; k < count; ++k) {
      const double *from = x.data.data() + (o * count + k) * inner;
      double *to = y->data.data() + o * inner;
      for (int64_t i = 0; i < inner; ++i)
        to[i] = isMax ? maximum(to[i], from[i]) : to[i] + from[i];
    }
  results.push_back(std::move(y));
  return success();
}

/// Fills y from x, where dimension d of y moves by strides[d] elements in x.
static void gatherStrided(const double *x, ArrayRef<int64_t> strides, ArrayRef<int64_t> shape, double *&y) {
  if (shape.empty()) {
    *y++ = *x;
    return;
  }
  if (shape.size() == 1) {
    int64_t stride = strides[0];
    for (int64_t i = 0; i < shape[0]; ++i)
      *y++ = x[i * stride];
    return;
  }
  for (int64_t i = 0; i < shape[0]; ++i)
    gatherStrided(x + i * strides[0], strides.drop_front(), shape.drop_front(), y);
}

static SmallVector<int64_t> stridesOf(const Tensor &x) {
  SmallVector<int64_t> strides(x.shape.size());
  for (size_t d = 0; d < strides.size(); ++d)
    strides[d] = x.extent(d + 1, x.shape.size());
  return strides;
}

static LogicalResult evaluate(BroadcastOp op, Operands operands, Results &results) {
  const Tensor &x = *operands[0];
  ArrayRef<int64_t> shape = operands[1]->shape;
  SmallVector<int64_t> own = stridesOf(x), strides(shape.size(), 0);
  for (auto [d, dim] : llvm::enumerate(op.getDims())) {
    if (x.shape[d] != shape[dim])
      return op.emitOpError() << "expects x to have extent " << shape[dim] << " for dimension " << dim << ", found "
                              << x.shape[d];
    strides[dim] = own[d];
  }
  auto y = std::make_shared<Tensor>(shape);
  double *to = y->data.data();
  gatherStrided(x.data.data(), strides, shape, to);
  results.push_back(std::move(y));
  return success();
}

static LogicalResult evaluate(TransposeOp op, Operands operands, Results &results) {
  const Tensor &x = *operands[0];
  SmallVector<int64_t> own = stridesOf(x), strides, shape;
  for (int64_t dim : op.getPermutation()) {
    strides.push_back(own[dim]);
    shape.push_back(x.shape[dim]);
  }
  auto y = std::make_shared<Tensor>(shape);
  double *to = y->data.data();
  gatherStrided(x.data.data(), strides, shape, to);
  results.push_back(std::move(y));
  return success();
}

static LogicalResult evaluate(ReshapeOp op, Operands operands, Results &results) {
  SmallVector<int64_t, 4> shape(cast<RankedTensorType>(op.getType()).getShape());
  int64_t known = 1, *open = nullptr, size = operands[0]->size();
  for (int64_t &extent : shape)
    ShapedType::isDynamic(extent) ? void(open = &extent) : void(known *= extent);
  if (open)
    *open = known == 0 ? 0 : size / known;
  if ((open ? known * *open : known) != size)
    return op.emitOpError() << "expects a whole number of entries, found " << size << " elements";
  TensorRef y = writable(operands[0]);
  y->shape = shape;
  results.push_back(std::move(y));
  return success();
}

/// Copies `x`'s run of `dim` into y's from `offset` on.
static void place(const Tensor &x, Tensor &y, size_t dim, int64_t from, int64_t offset, int64_t count) {
  int64_t inner = x.extent(dim + 1, x.shape.size());
  for (int64_t o = 0, outer = x.extent(0, dim); o < outer; ++o)
    std::copy_n(x.data.data() + (o * x.shape[dim] + from) * inner, count * inner,
                y.data.data() + (o * y.shape[dim] + offset) * inner);
}

static LogicalResult evaluate(SliceOp op, Operands operands, Results &results) {
  const Tensor &x = *operands[0];
  int64_t dim = op.getDim(), from = op.getFrom(), to = op.getTo();
  if (to > x.shape[dim])
    return op.emitOpError() << "expects a run of indices within " << x.shape[dim] << ", found " << from << " to " << to;
  SmallVector<int64_t, 4> shape = x.shape;
  shape[dim] = to - from;
  auto y = std::make_shared<Tensor>(shape);
  place(x, *y, dim, from, 0, to - from);
  results.push_back(std::move(y));
  return success();
}

static LogicalResult evaluate(ConcatOp op, Operands operands, Results &results) {
  size_t dim = op.getDim();
  const Tensor &b = *operands[1];
  SmallVector<int64_t, 4> shape = operands[0]->shape, other = b.shape;
  int64_t first = shape[dim];
  shape[dim] = other[dim] += first;
  if (shape != other)
    return op.emitOpError() << "expects extents that agree but along dimension " << dim << " when it runs";
  TensorRef y;
  if (dim == 0) {
    // A history that grows by one token at a time is appended to, not copied.
    y = writable(operands[0]);
    y->data.insert(y->data.end(), b.data.begin(), b.data.end());
    y->shape[0] = shape[0];
  } else {
    y = std::make_shared<Tensor>(shape);
    place(*operands[0], *y, dim, 0, 0, first);
    place(b, *y, dim, 0, first, b.shape[dim]);
  }
  results.push_back(std::move(y));
  return success();
}

static LogicalResult evaluate(GatherOp op, Operands operands, Results &results) {
  const Tensor &table = *operands[0], &index = *operands[1];
  SmallVector<int64_t, 4> shape = table.shape;
  shape[0] = index.shape[0];
  auto y = std::make_shared<Tensor>(shape);
  int64_t entry = table.entrySize();
  for (int64_t t = 0; t < shape[0]; ++t) {
    double at = index.data[t];
    if (!(at >= 0 && at < double(table.shape[0])))
      return op.emitOpError() << "expects an index below " << table.shape[0] << ", found " << int64_t(at)
                              << " at position " << t;
    std::copy_n(table.data.data() + int64_t(at) * entry, entry, y->data.data() + t * entry);
  }
  results.push_back(std::move(y));
  return success();
}

/// Values are double whatever their type says; rounding is the evaluator's affair, not the op's.
static LogicalResult evaluate(ConvertOp, Operands operands, Results &results) {
  results.push_back(operands[0]);
  return success();
}

Kernel braid::reference::primitiveKernel(Operation *op) {
  if (!isTensorOp(op))
    return nullptr;
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return constantKernel(constant);
  if (Kernel kernel = elementwiseKernel(op))
    return kernel;
  return TypeSwitch<Operation *, Kernel>(op)
      .Case<ContractOp, ReduceOp, BroadcastOp, TransposeOp, ReshapeOp, SliceOp, ConcatOp, GatherOp, ConvertOp>(
          [](auto primitive) -> Kernel {
            return [primitive](Operands operands, Results &results) { return evaluate(primitive, operands, results); };
          })
      .Default(Kernel());
}

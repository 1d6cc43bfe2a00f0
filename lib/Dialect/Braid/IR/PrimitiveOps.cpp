//===- PrimitiveOps.cpp - Verifiers of the primitives ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyShapes.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace braid;

static ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

/// Two extents that may be equal at run time.
static bool compatible(int64_t a, int64_t b) { return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b; }

LogicalResult ContractOp::verify() {
  ArrayRef<int64_t> a = shapeOf(getA()), b = shapeOf(getB()), result = shapeOf(getResult());
  // contract_c1
  if (int64_t(getBatch()) < 0)
    return emitOpError() << "expects batch not to be negative, found " << int64_t(getBatch());
  size_t batch = getBatch();
  if (a.size() <= batch || b.size() <= batch || !compatible(a.back(), b.back()) ||
      !llvm::all_of_zip(a.take_front(batch), b.take_front(batch), compatible))
    return emitOpError() << "expects a and b to agree on " << batch << " batch dimensions and the last one, found "
                         << getA().getType() << " and " << getB().getType();
  // contract_c2
  SmallVector<int64_t> expected(a.drop_back());
  llvm::append_range(expected, b.drop_front(batch).drop_back());
  if (expected.size() != result.size() || !llvm::all_of_zip(expected, result, compatible))
    return emitOpError() << "expects a result of batch, a's free and b's free dimensions, found "
                         << getResult().getType();
  return success();
}

LogicalResult ReduceOp::verify() {
  SmallVector<int64_t> expected(shapeOf(getX()));
  int64_t dim = getDim();
  // reduce_c1
  if (dim < 0 || dim >= int64_t(expected.size()))
    return emitOpError() << "expects dim from 0 to below " << expected.size() << ", found " << dim;
  expected.erase(expected.begin() + dim);
  if (ArrayRef(expected) != shapeOf(getResult()))
    return emitOpError() << "expects the result to lack dimension " << dim << ", found " << getResult().getType();
  return success();
}

LogicalResult BroadcastOp::verify() {
  ArrayRef<int64_t> x = shapeOf(getX()), result = shapeOf(getResult()), dims = getDims();
  // broadcast_c1
  bool rising = dims.size() == x.size();
  for (size_t i = 0; rising && i < dims.size(); ++i)
    rising = dims[i] >= 0 && dims[i] < int64_t(result.size()) && (i == 0 || dims[i] > dims[i - 1]);
  if (!rising)
    return emitOpError() << "expects dims to rise and to name " << x.size() << " dimensions of the result";
  // broadcast_c2
  if (result != shapeOf(getLike()))
    return emitOpError() << "expects the shape of like, found " << getResult().getType();
  for (auto [extent, dim] : llvm::zip(x, dims))
    if (!compatible(extent, result[dim]))
      return emitOpError() << "expects x to have extent " << result[dim] << " for dimension " << dim << ", found "
                           << getX().getType();
  return success();
}

LogicalResult ReshapeOp::verify() {
  auto x = cast<RankedTensorType>(getX().getType()), result = cast<RankedTensorType>(getResult().getType());
  // reshape_c1
  if (result.getNumDynamicDims() > 1)
    return emitOpError() << "expects at most one dynamic dimension in the result, found " << result;
  if (x.hasStaticShape() && result.hasStaticShape() && x.getNumElements() != result.getNumElements())
    return emitOpError() << "expects " << x.getNumElements() << " elements, found " << result;
  return success();
}

LogicalResult TransposeOp::verify() {
  ArrayRef<int64_t> x = shapeOf(getX()), permutation = getPermutation(), result = shapeOf(getResult());
  // transpose_c1
  bool valid = isPermutationVector(permutation) && permutation.size() == x.size() && result.size() == x.size();
  for (size_t i = 0; valid && i < x.size(); ++i)
    valid = result[i] == x[permutation[i]];
  if (!valid)
    return emitOpError() << "expects the dimensions of x in the order of a permutation, found "
                         << getResult().getType();
  return success();
}

LogicalResult SliceOp::verify() {
  SmallVector<int64_t> expected(shapeOf(getX()));
  int64_t dim = getDim(), from = getFrom(), to = getTo();
  // slice_c1
  if (dim < 0 || dim >= int64_t(expected.size()))
    return emitOpError() << "expects dim from 0 to below " << expected.size() << ", found " << dim;
  if (from < 0 || from > to || (!ShapedType::isDynamic(expected[dim]) && to > expected[dim]))
    return emitOpError() << "expects a run of indices within " << expected[dim] << ", found " << from << " to " << to;
  // slice_c2
  expected[dim] = to - from;
  if (ArrayRef(expected) != shapeOf(getResult()))
    return emitOpError() << "expects extent " << to - from << " in dimension " << dim << ", found "
                         << getResult().getType();
  return success();
}

LogicalResult ConcatOp::verify() {
  ArrayRef<int64_t> a = shapeOf(getA()), b = shapeOf(getB()), result = shapeOf(getResult());
  int64_t dim = getDim();
  // concat_c1
  bool valid = a.size() == b.size() && a.size() == result.size() && dim >= 0 && dim < int64_t(a.size());
  for (int64_t i = 0; valid && i < int64_t(a.size()); ++i) {
    bool anyDynamic = ShapedType::isDynamic(a[i]) || ShapedType::isDynamic(b[i]);
    if (i == dim)
      valid = anyDynamic ? ShapedType::isDynamic(result[i]) : result[i] == a[i] + b[i];
    else
      valid = compatible(a[i], b[i]) && compatible(a[i], result[i]);
  }
  if (!valid)
    return emitOpError() << "expects shapes that agree but along dimension " << dim << ", found " << getA().getType()
                         << ", " << getB().getType() << " and " << getResult().getType();
  return success();
}

LogicalResult GatherOp::verify() {
  SmallVector<int64_t> expected(shapeOf(getTable()));
  ArrayRef<int64_t> index = shapeOf(getIndex());
  // gather_c1
  if (expected.empty())
    return emitOpError() << "expects a table of rank 1 or more, found " << getTable().getType();
  expected[0] = index[0];
  if (ArrayRef(expected) != shapeOf(getResult()))
    return emitOpError() << "expects the index's dimension and the table's but the first, found "
                         << getResult().getType();
  return success();
}

LogicalResult ConvertOp::verify() {
  // convert_c1
  if (shapeOf(getX()) != shapeOf(getResult()))
    return emitOpError() << "expects one shape, found " << getX().getType() << " and " << getResult().getType();
  return success();
}

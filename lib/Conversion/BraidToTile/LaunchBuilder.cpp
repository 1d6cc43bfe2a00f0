//===- LaunchBuilder.cpp - What a family needs to lower one fused op -------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LaunchBuilder.h"
#include "braid/Runtime/artifact.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace braid;

tile::ViewType braid::viewOf(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  SmallVector<int64_t> shape(type.getShape());
  if (shape.size() == 3 && shape[1] == 1)
    shape.erase(shape.begin() + 1);
  return tile::ViewType::get(shape, type.getElementType());
}

host::Axis braid::axisOf(Type tensor) {
  if (!cast<RankedTensorType>(tensor).isDynamicDim(0))
    return host::Axis::Fixed;
  return isPerRow(tensor) ? host::Axis::Rows : host::Axis::Tokens;
}

LaunchBuilder::LaunchBuilder(OpBuilder &builder, KernelPool &kernels, host::ProgramOp program, ViewMap &views,
                             FusedOp fused)
    : builder(builder), kernels(kernels), program(program), views(views), fused(fused),
      config(fused.getConfigAttr()), remaining{fused.getFlops(), fused.getLeastBytes(), fused.getExponentials()} {}

Value LaunchBuilder::view(Value argument) {
  auto input = cast<BlockArgument>(argument);
  assert(input.getOwner() == &fused.getBody().front() && "the value comes from outside the region");
  return views.lookup(fused.getInputs()[input.getArgNumber()]);
}

Value LaunchBuilder::result(unsigned index) {
  Value value = fused.getResult(index);
  Value &view = views[value];
  if (view)
    return view;
  return view = buffer(axisOf(value.getType()), viewOf(value.getType()));
}

Value LaunchBuilder::buffer(host::Axis axis, tile::ViewType type) {
  return host::BufferOp::create(builder, getLoc(), type, axis, IntegerAttr());
}

Value LaunchBuilder::state(FlatSymbolRefAttr name) {
  auto declared = SymbolTable::lookupNearestSymbolFrom<StateOp>(fused, name);
  RankedTensorType type = declared.getTensorType();
  SmallVector<int64_t> shape{ShapedType::kDynamic};
  if (declared.getKind() == StateKind::KV)
    llvm::append_values(shape, type.getDimSize(1), int64_t(BRAID_PAGE_TOKENS), type.getDimSize(2));
  else
    llvm::append_range(shape, type.getShape());
  return host::StateOp::create(builder, getLoc(), tile::ViewType::get(shape, type.getElementType()), name);
}

Value LaunchBuilder::splitHeads(Value view, int64_t heads) {
  auto type = cast<tile::ViewType>(view.getType());
  int64_t size = type.getShape()[1] / heads;
  auto split = tile::ViewType::get({type.getShape()[0], heads, size}, type.getElementType(),
                                   {type.getStrides()[0], size, 1});
  return host::ViewOp::create(builder, getLoc(), split, view, 0);
}

Value LaunchBuilder::headsFirst(Value view, int64_t heads) {
  auto type = cast<tile::ViewType>(view.getType());
  int64_t size = type.getShape()[1] / heads;
  auto turned = tile::ViewType::get({heads, type.getShape()[0], size}, type.getElementType(),
                                    {size, type.getStrides()[0], 1});
  return host::ViewOp::create(builder, getLoc(), turned, view, 0);
}

Value LaunchBuilder::runsOf(Value view, int64_t run, ArrayRef<int64_t> shape) {
  auto type = cast<tile::ViewType>(view.getType());
  SmallVector<int64_t> sizes{type.getShape()[0]}, strides{1};
  llvm::append_range(sizes, shape);
  for (int64_t size : llvm::reverse(shape.drop_front()))
    strides.insert(strides.begin(), strides.front() * size);
  strides.insert(strides.begin(), type.getStrides()[0]);
  auto runs = tile::ViewType::get(sizes, type.getElementType(), strides);
  return host::ViewOp::create(builder, getLoc(), runs, view, 0, run);
}

Value LaunchBuilder::array(host::Array kind) {
  bool wide = kind == host::Array::RowStart || kind == host::Array::Length;
  Type element = wide ? builder.getI64Type() : builder.getI32Type();
  return host::ArrayOp::create(builder, getLoc(), tile::ViewType::get({ShapedType::kDynamic}, element), kind);
}

Value LaunchBuilder::size(host::Size kind) {
  return host::SizeOp::create(builder, getLoc(), builder.getIndexType(), kind);
}

Value LaunchBuilder::entries(Value tensor) {
  if (auto type = cast<RankedTensorType>(tensor.getType()); !type.isDynamicDim(0))
    return index(type.getDimSize(0));
  return size(isPerRow(tensor.getType()) ? host::Size::Rows : host::Size::Tokens);
}

Value LaunchBuilder::index(int64_t value) { return arith::ConstantIndexOp::create(builder, getLoc(), value); }

Value LaunchBuilder::atLeast(Value size, int64_t least) {
  Value enough = arith::CmpIOp::create(builder, getLoc(), arith::CmpIPredicate::sge, size, index(least));
  return arith::SelectOp::create(builder, getLoc(), enough, size, index(0));
}

Value LaunchBuilder::sum(Value a, Value b) { return arith::AddIOp::create(builder, getLoc(), a, b); }

Value LaunchBuilder::difference(Value a, Value b) { return arith::SubIOp::create(builder, getLoc(), a, b); }

Value LaunchBuilder::ceilDiv(Value value, int64_t divisor) {
  if (divisor == 1)
    return value;
  // Sizes are positive and far below 2^63, so the sum does not wrap.
  return arith::DivUIOp::create(builder, getLoc(), sum(value, index(divisor - 1)), index(divisor));
}

/// Whether a view begins at a multiple of 16 bytes of a tensor, as tensors themselves do.
static bool isAligned(Value view) {
  int64_t bytes = 0;
  while (auto part = view.getDefiningOp<host::ViewOp>()) {
    bytes += part.getOffset() * part.getType().getElementType().getIntOrFloatBitWidth() / 8;
    view = part.getSource();
  }
  return bytes % 16 == 0;
}

void LaunchBuilder::launch(StringRef stem, ValueRange grid, ValueRange arguments, const LaunchCost &cost,
                           KernelText text) {
  NamedAttrList attributes;
  if (config)
    attributes.set(tile::kConfigAttr, config);
  SmallVector<int64_t> fixed =
      llvm::map_to_vector(grid, [](Value blocks) { return getConstantIntValue(blocks).value_or(0); });
  fixed.resize(3, 1); // as the launch pads it
  attributes.set(tile::kGridAttr, builder.getDenseI64ArrayAttr(fixed));
  if (workCounter)
    attributes.set(tile::kWorkCounterAttr, builder.getI64IntegerAttr(int64_t(*workCounter)));
  SmallVector<int64_t> unaligned;
  for (auto [number, argument] : llvm::enumerate(arguments))
    if (!isAligned(argument))
      unaligned.push_back(int64_t(number));
  if (!unaligned.empty())
    attributes.set(tile::kUnalignedAttr, builder.getDenseI64ArrayAttr(unaligned));
  tile::KernelOp kernel = kernels.get(getLoc(), stem, arguments.getTypes(), attributes, text);
  auto asArray = [](const Cost &cost) { return SmallVector<int64_t>{cost.tokens, cost.rows, cost.fixed, cost.context}; };
  host::LaunchOp::create(builder, getLoc(), FlatSymbolRefAttr::get(kernel.getSymNameAttr()), grid, arguments,
                         asArray(cost.flops), asArray(cost.bytes),
                         cost.exponentials == Cost() ? DenseI64ArrayAttr()
                                                     : builder.getDenseI64ArrayAttr(asArray(cost.exponentials)));
  remaining = {remaining.flops - cost.flops, remaining.bytes - cost.bytes, remaining.exponentials - cost.exponentials};
}

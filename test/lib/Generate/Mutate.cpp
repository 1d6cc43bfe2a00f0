//===- Mutate.cpp - Modules that are valid no more ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutate.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace braid::generate {

using property::Random;

template <typename T> static T &oneOf(SmallVectorImpl<T> &list, Random &random) {
  return list[size_t(random.between(0, int64_t(list.size()) - 1))];
}

static Attribute otherAttribute(Attribute old, Builder &builder, Random &random) {
  if (random.chance(0.15))
    return random.pick<Attribute>({builder.getUnitAttr(), builder.getStringAttr("other"), builder.getI32IntegerAttr(1),
                                   builder.getF32FloatAttr(1), builder.getArrayAttr({}), builder.getDictionaryAttr({}),
                                   TypeAttr::get(builder.getF32Type())});
  if (auto integer = dyn_cast<IntegerAttr>(old); integer && integer.getType().isInteger(64))
    return builder.getI64IntegerAttr(random.pick<int64_t>(
        {0, -1, 1, 2, integer.getInt() + 1, integer.getInt() - 1, integer.getInt() * 2, 1000003, int64_t(1) << 31,
         int64_t(1) << 62, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}));
  if (isa<FloatAttr>(old))
    return builder.getF64FloatAttr(random.pick<double>({0, -1, 1e300, -1e300, 5e-324, INFINITY, -INFINITY, NAN}));
  if (isa<FlatSymbolRefAttr>(old))
    return FlatSymbolRefAttr::get(builder.getContext(), random.pick({"f0", "nothing", "f0.state.0", "f0.weight.0"}));
  if (isa<ActivationAttr>(old))
    return ActivationAttr::get(builder.getContext(), random.pick({Activation::None, Activation::SiLU, Activation::GELU}));
  return {};
}

static Type otherType(Type old, Builder &builder, Random &random) {
  auto tensor = dyn_cast<RankedTensorType>(old);
  if (!tensor || random.chance(0.1))
    return random.pick<Type>({builder.getF32Type(), builder.getIndexType(), RowsType::get(builder.getContext(), Form::Step),
                              RowsType::get(builder.getContext(), Form::Segment), RankedTensorType::get({}, builder.getF32Type()),
                              UnrankedTensorType::get(builder.getF32Type()), NoneType::get(builder.getContext())});
  SmallVector<int64_t> shape(tensor.getShape());
  Type element = tensor.getElementType();
  Attribute encoding = tensor.getEncoding();
  switch (random.between(0, 4)) {
  case 0:
    if (!shape.empty())
      shape[size_t(random.between(0, int64_t(shape.size()) - 1))] =
          random.pick<int64_t>({0, 1, 2, 17, int64_t(1) << 20, int64_t(1) << 40, ShapedType::kDynamic});
    break;
  case 1:
    element = random.pick<Type>({builder.getF32Type(), builder.getBF16Type(), builder.getF16Type(), builder.getF64Type(),
                                 builder.getI32Type(), builder.getI64Type(), builder.getI1Type(), builder.getIndexType(),
                                 ComplexType::get(builder.getF32Type())});
    break;
  case 2:
    encoding = encoding ? Attribute() : Attribute(PerRowAttr::get(builder.getContext()));
    break;
  case 3:
    encoding = builder.getI64IntegerAttr(7);
    break;
  default:
    random.chance(0.5) || shape.empty() ? shape.push_back(3) : shape.pop_back();
  }
  return RankedTensorType::get(shape, element, encoding);
}

/// The values that the block knows.
static SmallVector<Value> valuesOf(Block &block) {
  SmallVector<Value> values(block.getArguments());
  for (Operation &op : block)
    llvm::append_range(values, op.getResults());
  return values;
}

static void mutateAttribute(Operation *op, Builder &builder, Random &random) {
  SmallVector<NamedAttribute> attributes(op->getAttrs());
  if (attributes.empty())
    return;
  NamedAttribute chosen = oneOf(attributes, random);
  if (random.chance(0.15) && !isa<func::FuncOp>(op)) {
    op->removeAttr(chosen.getName());
    return;
  }
  if (auto type = dyn_cast<TypeAttr>(chosen.getValue())) {
    if (!isa<func::FuncOp>(op))
      op->setAttr(chosen.getName(), TypeAttr::get(otherType(type.getValue(), builder, random)));
  } else if (Attribute other = otherAttribute(chosen.getValue(), builder, random)) {
    op->setAttr(chosen.getName(), other);
  }
}

/// The function keeps the types that its body has, so that what the op's verifier sees is the edit.
static void matchSignature(func::FuncOp function) {
  Block &body = function.getBody().front();
  if (auto end = dyn_cast_or_null<func::ReturnOp>(body.empty() ? nullptr : &body.back()))
    function.setType(FunctionType::get(function.getContext(), body.getArgumentTypes(), end.getOperandTypes()));
}

void mutate(ModuleOp module, Random &random) {
  SmallVector<Operation *> ops;
  module.walk([&](Operation *op) {
    if (op != module)
      ops.push_back(op);
  });
  Operation *op = oneOf(ops, random);
  Builder builder(module.getContext());
  auto function = op->getParentOfType<func::FuncOp>();
  SmallVector<Value> values = function ? valuesOf(*op->getBlock()) : SmallVector<Value>();
  switch (function ? random.between(0, 5) : 0) {
  case 0:
    mutateAttribute(op, builder, random);
    break;
  case 1: // another operand
    if (op->getNumOperands())
      op->setOperand(unsigned(random.between(0, op->getNumOperands() - 1)), oneOf(values, random));
    break;
  case 2: // two operands change places
    if (op->getNumOperands() > 1) {
      Value first = op->getOperand(0);
      unsigned other = unsigned(random.between(1, op->getNumOperands() - 1));
      op->setOperand(0, op->getOperand(other));
      op->setOperand(other, first);
    }
    break;
  case 3: { // a result, an argument of another type
    Value value = oneOf(values, random);
    value.setType(otherType(value.getType(), builder, random));
    break;
  }
  case 4: // the op is missing
    for (Value result : op->getResults())
      if (Value other = oneOf(values, random); other != result)
        result.replaceAllUsesWith(other);
    if (op->use_empty())
      op->erase();
    break;
  default: // the op moves
    if (Operation *other = &op->getBlock()->front(); other != op)
      op->moveBefore(other);
  }
  if (function && random.chance(0.8))
    matchSignature(function);
}

} // namespace braid::generate

//===- TileTypes.cpp - Views and tiles ------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid::tile;

#define GET_TYPEDEF_CLASSES
#include "braid/Dialect/Tile/IR/TileTypes.cpp.inc"

void TileDialect::registerTypes() {
  addTypes<ViewType, TileType, RingType, SharedType, BarrierType, NamedBarrierType, CursorType>();
}

static bool isElement(Type type) {
  return type.isF64() || type.isF32() || type.isF16() || type.isBF16() || type.isInteger(32) || type.isInteger(64);
}

static void printDimensions(AsmPrinter &p, ArrayRef<int64_t> shape) {
  for (int64_t size : shape) {
    if (ShapedType::isDynamic(size))
      p << '?';
    else
      p << size;
    p << 'x';
  }
}

unsigned ViewType::getNumDynamicDims() const { return llvm::count_if(getShape(), ShapedType::isDynamic); }

SmallVector<int64_t> ViewType::getStrides() const {
  if (!getExplicitStrides().empty())
    return llvm::to_vector(getExplicitStrides());
  SmallVector<int64_t> strides(getRank(), 1);
  for (int64_t d = int64_t(getRank()) - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * getShape()[d + 1];
  return strides;
}

Type ViewType::parse(AsmParser &p) {
  SmallVector<int64_t> shape, strides;
  Type elementType;
  llvm::SMLoc loc = p.getCurrentLocation();
  if (p.parseLess() || p.parseDimensionList(shape) || p.parseType(elementType))
    return {};
  if (succeeded(p.parseOptionalComma())) {
    auto parseStride = [&]() { return p.parseInteger(strides.emplace_back()); };
    if (p.parseKeyword("strides") || p.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseStride))
      return {};
  }
  if (p.parseGreater())
    return {};
  return getChecked([&] { return p.emitError(loc); }, p.getContext(), shape, elementType, strides);
}

void ViewType::print(AsmPrinter &p) const {
  p << '<';
  printDimensions(p, getShape());
  p << getElementType();
  if (!getExplicitStrides().empty()) {
    p << ", strides [";
    llvm::interleaveComma(getExplicitStrides(), p);
    p << ']';
  }
  p << '>';
}

LogicalResult ViewType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape, Type elementType,
                               ArrayRef<int64_t> strides) {
  if (shape.empty() || shape.size() > 4) // 1
    return emitError() << "view expects rank 1 to 4, found " << shape.size();
  if (!isElement(elementType)) // 2
    return emitError() << "view expects element type f64, f32, f16, bf16, i32 or i64, found " << elementType;
  int64_t elements = 1;
  for (int64_t size : shape) {
    if (!ShapedType::isDynamic(size) && size < 1) // 3
      return emitError() << "view expects sizes of at least 1, found " << size;
    if (!ShapedType::isDynamic(size) && llvm::MulOverflow(elements, size, elements))
      return emitError() << "view expects fewer than 2^63 elements";
  }
  if (strides.empty()) {
    if (llvm::any_of(shape.drop_front(), ShapedType::isDynamic)) // 4
      return emitError() << "view without strides expects only its first size to be dynamic";
    return success();
  }
  if (strides.size() != shape.size()) // 5
    return emitError() << "view expects " << shape.size() << " strides, found " << strides.size();
  if (llvm::any_of(strides, [](int64_t s) { return s < 1; }) || strides.back() != 1)
    return emitError() << "view expects strides of at least 1 of which the last is 1";
  return success();
}

Type TileType::parse(AsmParser &p) {
  SmallVector<int64_t> shape;
  Type elementType;
  llvm::SMLoc loc = p.getCurrentLocation();
  if (p.parseLess() || p.parseDimensionList(shape, /*allowDynamic=*/false) || p.parseType(elementType) ||
      p.parseGreater())
    return {};
  return getChecked([&] { return p.emitError(loc); }, p.getContext(), shape, elementType);
}

void TileType::print(AsmPrinter &p) const {
  p << '<';
  printDimensions(p, getShape());
  p << getElementType() << '>';
}

LogicalResult TileType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape,
                               Type elementType) {
  if (shape.size() > 2) // 1
    return emitError() << "tile expects rank 0 to 2, found " << shape.size();
  for (int64_t size : shape)
    if (size < 1 || size > (int64_t(1) << 30)) // 2
      return emitError() << "tile expects static sizes from 1 to 2^30, found " << size;
  if (!isElement(elementType)) // 3
    return emitError() << "tile expects element type f64, f32, f16, bf16, i32 or i64, found " << elementType;
  return success();
}

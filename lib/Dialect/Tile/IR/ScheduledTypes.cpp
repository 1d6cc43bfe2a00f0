//===- ScheduledTypes.cpp - Rings and tiles in shared memory --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Tile/IR/Tile.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::tile;

static int64_t bytesOf(Type element) { return element.getIntOrFloatBitWidth() / 8; }

static void printTile(AsmPrinter &p, ArrayRef<int64_t> shape, Type element) {
  for (int64_t size : shape)
    p << size << 'x';
  p << element;
}

static LogicalResult verifyTile(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape, Type element) {
  if (shape.empty() || shape.size() > 2) // 2
    return emitError() << "shared memory expects a tile of rank 1 or 2, found rank " << shape.size();
  for (int64_t size : shape)
    if (size < 1 || size > (int64_t(1) << 16))
      return emitError() << "shared memory expects static sizes from 1 to 65536, found " << size;
  if (!element.isF32() && !element.isF16() && !element.isBF16() && !element.isInteger(32)) // 3
    return emitError() << "shared memory expects elements of f32, f16, bf16 or i32, found " << element;
  return success();
}

int64_t SharedType::getPanels() const {
  return getRank() == 1 ? 1 : llvm::divideCeil(getShape()[1], getPanelColumns());
}

int64_t SharedType::getBytes() const {
  return getRank() == 1 ? getShape()[0] * bytesOf(getElementType()) : getPanels() * getShape()[0] * 128;
}

int64_t RingType::getStageBytes() const { return SharedType::get(getShape(), getElementType()).getBytes(); }

Type RingType::parse(AsmParser &p) {
  int64_t stages;
  SmallVector<int64_t> shape;
  Type element;
  llvm::SMLoc loc = p.getCurrentLocation();
  if (p.parseLess() || p.parseInteger(stages) || p.parseComma() ||
      p.parseDimensionList(shape, /*allowDynamic=*/false) || p.parseType(element) || p.parseGreater())
    return {};
  return getChecked([&] { return p.emitError(loc); }, p.getContext(), stages, ArrayRef<int64_t>(shape), element);
}

void RingType::print(AsmPrinter &p) const {
  p << '<' << getStages() << ", ";
  printTile(p, getShape(), getElementType());
  p << '>';
}

LogicalResult RingType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t stages, ArrayRef<int64_t> shape,
                               Type element) {
  if (stages < 1) // 1
    return emitError() << "ring expects at least one stage, found " << stages;
  return verifyTile(emitError, shape, element);
}

Type SharedType::parse(AsmParser &p) {
  SmallVector<int64_t> shape;
  Type element;
  int64_t pitch;
  llvm::SMLoc loc = p.getCurrentLocation();
  if (p.parseLess() || p.parseDimensionList(shape, /*allowDynamic=*/false) || p.parseType(element))
    return {};
  if (succeeded(p.parseOptionalComma())) {
    if (p.parseKeyword("pitch") || p.parseInteger(pitch))
      return {};
  } else {
    pitch = shape.empty() ? 0 : shape[0];
  }
  if (p.parseGreater())
    return {};
  return getChecked([&] { return p.emitError(loc); }, p.getContext(), ArrayRef<int64_t>(shape), element, pitch);
}

void SharedType::print(AsmPrinter &p) const {
  p << '<';
  printTile(p, getShape(), getElementType());
  if (getPitch() != getShape()[0])
    p << ", pitch " << getPitch();
  p << '>';
}

LogicalResult SharedType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape, Type element,
                                 int64_t pitch) {
  if (failed(verifyTile(emitError, shape, element))) // 1
    return failure();
  if (pitch < shape[0]) // 2
    return emitError() << "shared tile expects a pitch of at least its " << shape[0] << " rows, found " << pitch;
  return success();
}

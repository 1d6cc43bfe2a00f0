//===- HostDialect.cpp - The host dialect ----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Host/IR/Host.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid;
using namespace braid::host;

#include "braid/Dialect/Host/IR/HostDialect.cpp.inc"
#include "braid/Dialect/Host/IR/HostEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "braid/Dialect/Host/IR/HostAttrs.cpp.inc"

void HostDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "braid/Dialect/Host/IR/HostAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "braid/Dialect/Host/IR/HostOps.cpp.inc"
      >();
}

int64_t BufferOp::getBytes() {
  tile::ViewType view = getResult().getType();
  int64_t bytes = (view.getElementType().getIntOrFloatBitWidth() + 7) / 8;
  for (int64_t extent : view.getShape())
    bytes *= ShapedType::isDynamic(extent) ? 1 : extent;
  return bytes;
}

/// Elements from the first to the last of one entry along a dimension.
static int64_t entrySpan(tile::ViewType view, unsigned dimension) {
  int64_t span = 1;
  for (auto [d, size] : llvm::enumerate(view.getShape()))
    span += d == dimension ? 0 : (size - 1) * view.getStrides()[d];
  return span;
}

LogicalResult ViewOp::verify() {
  tile::ViewType from = getSource().getType(), to = getResult().getType();
  // view_c1
  unsigned entries = 0; // the dimension of the result that counts the source's entries
  auto counts = [&](unsigned d) {
    return to.getShape()[d] == from.getShape().front() && to.getStrides()[d] == from.getStrides().front();
  };
  while (entries < to.getRank() && !counts(entries))
    ++entries;
  if (from.getElementType() != to.getElementType() || entries == to.getRank())
    return emitOpError() << "expects the element type, leading size and leading stride of " << from << ", found " << to;
  // view_c2
  int64_t run = getRun(), before = 0;
  if (run < 1 || llvm::MulOverflow(run - 1, from.getStrides().front(), before))
    return emitOpError() << "expects run to be at least 1 and its elements fewer than 2^63, found " << run;
  int64_t offset = getOffset(), end = offset + entrySpan(to, entries), held = before + entrySpan(from, 0);
  if (offset < 0 || end > held)
    return emitOpError() << "expects elements " << offset << " to " << end << " to lie within the " << held << " of "
                         << (run == 1 ? "an entry" : "a run of entries");
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &tables) {
  // launch_c2
  if (getGrid().empty() || getGrid().size() > 3)
    return emitOpError() << "expects a grid of one to three sizes, found " << getGrid().size();
  // launch_c3
  SmallVector<ArrayRef<int64_t>> costs{getFlops(), getBytes()};
  if (std::optional<ArrayRef<int64_t>> exponentials = getExponentials())
    costs.push_back(*exponentials);
  for (ArrayRef<int64_t> cost : costs)
    if (cost.size() != 4 || llvm::any_of(cost, [](int64_t count) { return count < 0; }))
      return emitOpError() << "expects costs of four counts, found [" << cost << "]";
  // launch_c1
  Operation *callee = tables.lookupNearestSymbolFrom(*this, getKernelAttr());
  if (!callee)
    return emitOpError() << "refers to " << getKernelAttr() << ", which is no kernel";
  auto kernel = dyn_cast<tile::KernelOp>(callee);
  // A kernel that is lowered already takes one struct: its argument types are gone.
  if (!kernel || kernel.getBody().getArgumentTypes() == getArguments().getTypes())
    return success();
  InFlightDiagnostic error = emitOpError() << "expects the kernel's argument types, found " << getArguments().getTypes();
  error.attachNote(kernel.getLoc()) << "the kernel takes " << kernel.getBody().getArgumentTypes();
  return error;
}

#define GET_OP_CLASSES
#include "braid/Dialect/Host/IR/HostOps.cpp.inc"

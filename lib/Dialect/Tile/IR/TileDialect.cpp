//===- TileDialect.cpp - The tile dialect ---------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid::tile;

#include "braid/Dialect/Tile/IR/TileDialect.cpp.inc"
#include "braid/Dialect/Tile/IR/TileEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "braid/Dialect/Tile/IR/TileAttrs.cpp.inc"

void TileDialect::initialize() {
  registerTypes();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "braid/Dialect/Tile/IR/TileAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "braid/Dialect/Tile/IR/TileOps.cpp.inc"
      >();
}

static LogicalResult verifyBetween(function_ref<InFlightDiagnostic()> emitError, StringRef name, int64_t value,
                                   int64_t least, int64_t most, StringRef config = "contraction_config") {
  if (value < least || value > most)
    return emitError() << config << " expects " << name << " " << least << " to " << most << ", found " << value;
  return success();
}

static LogicalResult verifyCluster(function_ref<InFlightDiagnostic()> emitError, int64_t cluster, StringRef what) {
  if (cluster < 1 || cluster > 8 || !llvm::isPowerOf2_64(cluster))
    return emitError() << what << " expects a cluster of 1, 2, 4 or 8, found " << cluster;
  return success();
}

LogicalResult AttentionConfigAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t queries, int64_t keys,
                                          int64_t stages, int64_t groups, int64_t raster) {
  auto between = [&](StringRef name, int64_t value, int64_t most) {
    return verifyBetween(emitError, name, value, 1, most, "attention_config");
  };
  return failure(failed(between("queries", queries, 4096)) || failed(between("keys", keys, 4096)) || // 1
                 failed(between("stages", stages, 16)) || failed(between("groups", groups, 8)) ||     // 2
                 failed(between("raster", raster, 65536)));
}

LogicalResult ContractionConfigAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t columns,
                                            int64_t depth, Regime, int64_t stages, int64_t groups, int64_t raster,
                                            int64_t cluster) {
  if (failed(verifyBetween(emitError, "rows", rows, 1, 4096)) ||
      failed(verifyBetween(emitError, "columns", columns, 1, 4096)) || // 1
      failed(verifyBetween(emitError, "depth", depth, 2, 4096)))
    return failure();
  if (depth % 2) // 2
    return emitError() << "contraction_config expects an even depth, found " << depth;
  if (failed(verifyBetween(emitError, "stages", stages, 1, 16)) || // 3
      failed(verifyBetween(emitError, "groups", groups, 1, 8)) ||
      failed(verifyBetween(emitError, "raster", raster, 1, 1024)))
    return failure();
  return verifyCluster(emitError, cluster, "contraction_config");
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t, bool persistent,
                                   int64_t cluster) { // 1
  if (failed(verifyCluster(emitError, cluster, "schedule")))
    return failure();
  if (cluster > 1 && !persistent)
    return emitError() << "schedule expects persistent blocks in clusters, found others";
  return success();
}

LogicalResult SSDScanConfigAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t chunk, int64_t block,
                                        int64_t segments, int64_t stages, int64_t heads) {
  auto between = [&](StringRef name, int64_t value, int64_t most) {
    return verifyBetween(emitError, name, value, 1, most, "ssd_scan_config");
  };
  if (failed(between("chunk", chunk, 4096)) ||     // 1
      failed(between("segments", segments, 64)) || // 2
      failed(between("stages", stages, 16)) || failed(between("heads", heads, 2))) // 3
    return failure();
  if (block < 0 || (block > 0 && chunk % block)) // 4
    return emitError() << "ssd_scan_config expects block to be 0 or to divide " << chunk << ", found " << block;
  return success();
}

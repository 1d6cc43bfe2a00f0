//===- Embedding.cpp - Rows by index: embedding and last token -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

/// y[i, :] = x[source(i), :], in tiles of columns.
static void copyRow(KernelBuilder &k, View x, Scalar source, View y, Scalar i) {
  int64_t width = y.viewType().getShape()[1], columns = std::min<int64_t>(width, 1024);
  Scalar column = k.blockId(1) * columns;
  k.store(k.load(x, {source, column}, {columns}).to(y.elementType()), y, {i, column});
}

static Value columnTiles(LaunchBuilder &builder, Value result) {
  int64_t width = cast<RankedTensorType>(result.getType()).getDimSize(1), columns = std::min<int64_t>(width, 1024);
  return builder.index((width + columns - 1) / columns);
}

void braid::lowerEmbedding(EmbeddingOp anchor, LaunchBuilder &builder) {
  Value result = anchor.getResult();
  SmallVector<Value> arguments{builder.view(anchor.getTable()), builder.view(anchor.getTokens()), builder.result()};
  builder.launch("embedding", {builder.entries(result), columnTiles(builder, result)}, arguments,
                 [&](KernelBuilder &k, const KernelArguments &a) {
                   View table = a.view(0), tokens = a.view(1), y = a.view(2);
                   Scalar i = k.blockId(0);
                   copyRow(k, table, k.read(tokens, {i}).to(k.ops().getIndexType()), y, i);
                 });
}

void braid::lowerLastToken(LastTokenOp anchor, LaunchBuilder &builder) {
  Value result = anchor.getResult();
  SmallVector<Value> arguments{builder.view(anchor.getX()), builder.array(host::Array::RowStart), builder.result()};
  builder.launch("last_token", {builder.entries(result), columnTiles(builder, result)}, arguments,
                 [&](KernelBuilder &k, const KernelArguments &a) {
                   View x = a.view(0), rowStart = a.view(1), y = a.view(2);
                   Scalar i = k.blockId(0);
                   copyRow(k, x, k.read(rowStart, {i + 1}).to(k.ops().getIndexType()) - 1, y, i);
                 });
}

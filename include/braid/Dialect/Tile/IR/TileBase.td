//===- TileBase.td - The tile dialect, its types and attributes ---*- td -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_TILE_TILEBASE_TD
#define BRAID_DIALECT_TILE_TILEBASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::braid::tile";
  let summary = "kernels as a text over tiles of memory";
  let description = [{
    A kernel is a program for one block of a grid. It loads tiles of memory views, computes with whole tiles and stores
    tiles. The text names no thread, warp, barrier, swizzle or packing: it is the specification that a CPU runs and that
    every scheduled form is checked against. Control flow is `scf.for` and `scf.if`, carrying tiles; index arithmetic is
    `arith` on `index`.

    What is outside a view, or outside a load's valid ranges, reads as zero and is not touched; a store is clipped in the
    same way. The order of every sum is fixed by the summed axis alone, so a row of a result has the same bits for every
    number of rows and every tile size.

    A schedule adds discardable attributes named `tile.*` to a text; it never changes an operation's meaning.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerTypes();";
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::scf::SCFDialect"];
}

class Tile_Type<string name, string typeMnemonic> : TypeDef<Tile_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Tile_ViewType : Tile_Type<"View", "view"> {
  let summary = "a rectangular piece of memory";
  let description = [{
    `!tile.view<SHAPE x ELEMENT>` or `!tile.view<SHAPE x ELEMENT, strides [S0, .., 1]>`: rank 1 to 4, elements f64, f32,
    f16, bf16, i32 or i64. Without strides the view is dense in C order. A view may be a column slice of a wider buffer:
    then its strides are the buffer's.

    1. The rank is 1 to 4.
    2. The element type is f64, f32, f16, bf16, i32 or i64.
    3. Sizes are dynamic or at least 1.
    4. Without strides only the first size may be dynamic.
    5. There are as many strides as sizes; each is at least 1, and the last is 1.

    Example: `!tile.view<?x1024xbf16, strides [18560, 1]>`
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType,
                        OptionalArrayRefParameter<"int64_t">:$explicitStrides);
  let builders = [
    TypeBuilderWithInferredContext<(ins "::llvm::ArrayRef<int64_t>":$shape, "::mlir::Type":$elementType,
                                        CArg<"::llvm::ArrayRef<int64_t>", "{}">:$strides), [{
      return $_get(elementType.getContext(), shape, elementType, strides);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    unsigned getRank() const { return getShape().size(); }
    bool isDynamicDim(unsigned d) const { return ::mlir::ShapedType::isDynamic(getShape()[d]); }
    unsigned getNumDynamicDims() const;
    /// The distance in elements between neighbours along each dimension.
    ::llvm::SmallVector<int64_t> getStrides() const;
  }];
}

def Tile_TileType : Tile_Type<"Tile", "tile"> {
  let summary = "a value of static shape";
  let description = [{
    `!tile.tile<SHAPE x ELEMENT>`: rank 0 to 2, any static sizes. Element types are those of a view; masks live inside maps.

    1. The rank is 0 to 2.
    2. Sizes are static and at least 1.
    3. The element type is f64, f32, f16, bf16, i32 or i64.

    Example: `!tile.tile<64x256xf32>`
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType);
  let builders = [
    TypeBuilderWithInferredContext<(ins "::llvm::ArrayRef<int64_t>":$shape, "::mlir::Type":$elementType), [{
      return $_get(elementType.getContext(), shape, elementType);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    unsigned getRank() const { return getShape().size(); }
    /// A tile of rank 1 is one row, a tile of rank 0 one element.
    int64_t getRows() const { return getRank() == 2 ? getShape()[0] : 1; }
    int64_t getColumns() const { return getRank() == 0 ? 1 : getShape().back(); }
  }];
}

def Tile_Scalar : AnyTypeOf<[F64, F32, F16, BF16, I32, I64, I1, Index], "scalar">;

def Tile_ReduceKind : I32EnumAttr<"ReduceKind", "how a reduction combines two elements", [
    I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Max", 1, "max">, I32EnumAttrCase<"Min", 2, "min">]> {
  let cppNamespace = "::braid::tile";
}

class Tile_Attr<string name, string attrMnemonic> : AttrDef<Tile_Dialect, name> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// What the schedule phase chooses
//===----------------------------------------------------------------------===//

def Tile_AttentionConfigAttr : Tile_Attr<"AttentionConfig", "attention_config"> {
  let summary = "how attention is cut into blocks and steps";
  let description = [{
    One block of the grid takes `queries` tokens of a row and a head and walks over the positions before them `keys` at a
    time. The schedule phase writes it on a `braid.fused`; the text's kernel keeps it as `tile.config`. It may be edited in
    a dump.

    * `stages`: steps whose keys and values may be in flight. `groups`: groups of warps that each take a share of the
      block's queries. `raster`: about how many blocks, of as many heads of one or more rows as have them, are
      walked together, so that their keys and values stay in a cache. A CPU reads none of the three.

    1. `queries` and `keys` are 1 to 4096. (Where the text is written, `keys` must also divide a page.)
    2. `stages` is 1 to 16, `groups` 1 to 8, `raster` 1 to 65536.

    Example: `#tile.attention_config<queries = 128, keys = 128, stages = 2, groups = 2, raster = 1024>`
  }];
  let parameters = (ins "int64_t":$queries, "int64_t":$keys, DefaultValuedParameter<"int64_t", "1">:$stages,
                        DefaultValuedParameter<"int64_t", "1">:$groups, DefaultValuedParameter<"int64_t", "1">:$raster);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tile_Regime : I32EnumAttr<"Regime", "what bounds a contraction", [
    I32EnumAttrCase<"Blocked", 0, "blocked">, I32EnumAttrCase<"Streaming", 1, "streaming">]> {
  let cppNamespace = "::braid::tile";
  let genSpecializedAttr = 0;
}

def Tile_ContractionConfigAttr : Tile_Attr<"ContractionConfig", "contraction_config"> {
  let summary = "how a contraction is cut into blocks and steps";
  let description = [{
    One block of the grid makes `rows` x `columns` of the result and walks the contracted axis in steps of `depth`. Any
    config gives the same bits. The schedule phase writes it on a `braid.fused`; the text's kernel keeps it as
    `tile.config`. It may be edited in a dump.

    * `blocked`: many rows; operands are packed or staged and used again. `streaming`: few rows, as in a decode step; the
      weight is read once, as it lies.
    * `stages`: steps whose loads may be in flight. `groups`: groups of warps that each take a share of the block's rows.
      `raster`: row blocks walked together, so that what they share stays in a cache. `cluster`: neighbours in a column that
      load what they share once. A CPU reads none of the four.

    1. `rows` and `columns` are 1 to 4096.
    2. `depth` is even and 2 to 4096: a pair of bf16 is not cut.
    3. `stages` is 1 to 16, `groups` 1 to 8, `raster` 1 to 1024, `cluster` 1, 2, 4 or 8.

    Example: `#tile.contraction_config<rows = 128, columns = 256, depth = 64, stages = 4, groups = 2, raster = 16>`
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, "int64_t":$depth,
                        DefaultValuedParameter<"::braid::tile::Regime", "::braid::tile::Regime::Blocked">:$regime,
                        DefaultValuedParameter<"int64_t", "1">:$stages, DefaultValuedParameter<"int64_t", "1">:$groups,
                        DefaultValuedParameter<"int64_t", "1">:$raster,
                        DefaultValuedParameter<"int64_t", "1">:$cluster);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Tile_SSDScanConfigAttr : Tile_Attr<"SSDScanConfig", "ssd_scan_config"> {
  let summary = "how an SSD scan is cut into chunks and segments";
  let description = [{
    The segment form takes `chunk` tokens at a time. Rows of many tokens are cut into at most `segments` runs that are
    scanned side by side: first what each run adds to the state, then the runs from their initial states. With a `block` the
    decay between tokens of different runs of so many tokens is the product of two: to the end of the earlier token's run,
    and from there on. All three are part of the text, so every target computes the same. A row's bits depend on its own
    tokens and on these numbers alone.

    * `stages`: chunks whose loads may be in flight. `heads`: heads that one block of threads takes together where a call
      has enough rows to fill the device. A CPU reads neither.
    * With `stages` or `segments` above 1 a head here is a slice of 64 channels, the last of an operator's head perhaps
      shorter.

    1. `chunk` is 1 to 4096.
    2. `segments` is 1 to 64.
    3. `stages` is 1 to 16, `heads` 1 to 2.
    4. `block` is 0 or divides `chunk`.

    Example: `#tile.ssd_scan_config<chunk = 64, block = 16, segments = 4, stages = 4, heads = 2>`
  }];
  let parameters = (ins "int64_t":$chunk, DefaultValuedParameter<"int64_t", "0">:$block,
                        DefaultValuedParameter<"int64_t", "1">:$segments,
                        DefaultValuedParameter<"int64_t", "1">:$stages, DefaultValuedParameter<"int64_t", "1">:$heads);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Of a slice: the rows that a warpgroup's product has.
    static constexpr int64_t sliceChannels = 64;
    static int64_t slicesOf(int64_t headDim) { return (headDim + sliceChannels - 1) / sliceChannels; }
  }];
}

//===----------------------------------------------------------------------===//
// What a schedule writes on a text whose tiles lie in memory
//===----------------------------------------------------------------------===//

def Tile_PlaceKind : I32EnumAttr<"PlaceKind", "where a tile is kept", [
    I32EnumAttrCase<"Inline", 0, "inline">, I32EnumAttrCase<"Rows", 1, "rows">,
    I32EnumAttrCase<"Words", 2, "words">, I32EnumAttrCase<"Panels", 3, "panels">]> {
  let cppNamespace = "::braid::tile";
  let genSpecializedAttr = 0;
}

def Tile_PlaceAttr : Tile_Attr<"Place", "place"> {
  let summary = "where a tile is kept";
  let description = [{
    What a CPU's schedule and the general schedule for Hopper write on a text; the latter uses the first two alone.

    * `inline`: nowhere; each element is computed where it is used.
    * `rows`: in scratch memory (on Hopper a block's shared memory) at `offset` bytes, row after row, `stride` elements apart.
    * `words`: the same, but in words along the contracted axis: `stride` words between rows. A word is what one
      multiply-add takes: one element, or two neighbouring bf16 where the CPU multiplies pairs.
    * `panels`: words [column panel][k][`stride` columns], the order in which the multiply-add loop reads them.
  }];
  let parameters = (ins EnumParameter<Tile_PlaceKind>:$kind, DefaultValuedParameter<"int64_t", "0">:$offset,
                        DefaultValuedParameter<"int64_t", "0">:$stride);
  let assemblyFormat = "`<` $kind (`,` struct($offset, $stride)^)? `>`";
}

def Tile_CPUAttr : Tile_Attr<"CPU", "cpu"> {
  let summary = "the facts about a CPU that a schedule was made for";
  let parameters = (ins "int64_t":$vectorBits, "bool":$bf16Dot);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // BRAID_DIALECT_TILE_TILEBASE_TD

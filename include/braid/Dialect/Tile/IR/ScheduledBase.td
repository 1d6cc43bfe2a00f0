//===- ScheduledBase.td - Types of a scheduled kernel -------------*- td -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_TILE_SCHEDULEDBASE_TD
#define BRAID_DIALECT_TILE_SCHEDULEDBASE_TD

include "braid/Dialect/Tile/IR/TileBase.td"

def Tile_RingType : Tile_Type<"Ring", "ring"> {
  let summary = "stages of shared memory, each holding one tile";
  let description = [{
    `!tile.ring<STAGES, SHAPE x ELEMENT>`. A tile of rank 2 lies in panels of 128 bytes' width, one behind the other, each
    row of a panel 128 bytes long and its 16-byte pieces exchanged by the 128-byte swizzle (piece p of row r at p xor r mod 8):
    the form that bulk copies write and matrix products read. A tile of rank 1 is a plain vector.

    1. There is at least one stage.
    2. The rank is 1 or 2, and the sizes are static and at least 1.
    3. Elements are f32, f16, bf16 or i32.

    Example: `!tile.ring<4, 128x64xbf16>`
  }];
  let parameters = (ins "int64_t":$stages, ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType);
  let builders = [
    TypeBuilderWithInferredContext<(ins "int64_t":$stages, "::llvm::ArrayRef<int64_t>":$shape,
                                        "::mlir::Type":$elementType), [{
      return $_get(elementType.getContext(), stages, shape, elementType);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The bytes of one stage as it lies in memory: columns are rounded up to whole panels.
    int64_t getStageBytes() const;
  }];
}

def Tile_SharedType : Tile_Type<"Shared", "shared"> {
  let summary = "a tile in shared memory";
  let description = [{
    One stage of a ring, or some of its rows. `pitch` is the number of rows of the stage that it is a part of: the distance
    between panels.

    1. As for a ring.
    2. The pitch is at least the number of rows.

    Example: `!tile.shared<64x64xbf16, pitch 128>`
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType, "int64_t":$pitch);
  let builders = [
    TypeBuilderWithInferredContext<(ins "::llvm::ArrayRef<int64_t>":$shape, "::mlir::Type":$elementType,
                                        CArg<"int64_t", "0">:$pitch), [{
      return $_get(elementType.getContext(), shape, elementType, pitch ? pitch : shape[0]);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    unsigned getRank() const { return getShape().size(); }
    /// The columns of one panel.
    int64_t getPanelColumns() const { return 1024 / getElementType().getIntOrFloatBitWidth(); }
    int64_t getPanels() const;
    /// The bytes that a copy of this tile writes.
    int64_t getBytes() const;
  }];
}

def Tile_BarrierType : Tile_Type<"Barrier", "barrier"> {
  let summary = "barriers in shared memory, one for each stage";
  let description = [{
    A barrier's phase ends when its arrivals are there and the bytes expected in the phase have been copied.

    Example: `!tile.barrier<4>`
  }];
  let parameters = (ins "int64_t":$stages);
  let assemblyFormat = "`<` $stages `>`";
}

def Tile_CursorType : Tile_Type<"Cursor", "cursor"> {
  let summary = "a stage and the parity of the phase awaited there";
  let description = "Example: `!tile.cursor<4>`";
  let parameters = (ins "int64_t":$stages);
  let assemblyFormat = "`<` $stages `>`";
}

def Tile_ScheduleAttr : Tile_Attr<"Schedule", "schedule"> {
  let summary = "what a launch of a scheduled kernel needs to know";
  let description = [{
    * `warps`: of one block of threads.
    * `persistent`: the blocks that fit the device walk over the grid with `tile.worker`; without it there is one block
      for each point of the grid.
    * `cluster`: blocks of threads that run together and reach each other's shared memory: those whose numbers of
      `tile.worker` agree but for the remainder by `cluster`. They begin together, and each ends when all have.

    1. `cluster` is 1, 2, 4 or 8; above 1 the blocks are persistent.

    Example: `#tile.schedule<warps = 12, persistent = true, cluster = 2>`
  }];
  let parameters = (ins "int64_t":$warps, "bool":$persistent, DefaultValuedParameter<"int64_t", "1">:$cluster);
  let builders = [
    AttrBuilder<(ins "int64_t":$warps, "bool":$persistent), "return $_get($_ctxt, warps, persistent, 1);">
  ];
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // BRAID_DIALECT_TILE_SCHEDULEDBASE_TD

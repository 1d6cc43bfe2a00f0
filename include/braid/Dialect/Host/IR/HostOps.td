//===- HostOps.td - what happens between kernels -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_HOST_IR_HOSTOPS_TD
#define BRAID_DIALECT_HOST_IR_HOSTOPS_TD

include "braid/Dialect/Host/IR/HostEnums.td"
include "braid/Dialect/Tile/IR/TileBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Host_Dialect : Dialect {
  let name = "host";
  let cppNamespace = "::braid::host";
  let summary = "the straight line of launches that an entry point is";
  let description = [{
    One `host.program` for each entry point: it names the caller's arrays, the
    weights, the states and the arena's buffers as views, and launches kernels on
    them in order. Size arithmetic is arith on `index`. Made by
    `convert-braid-to-tile`, planned by `host-plan-memory`, consumed by
    `convert-host-to-llvm`.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::braid::tile::TileDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

class Host_Op<string mnemonic, list<Trait> traits = []> : Op<Host_Dialect, mnemonic, traits>;

def Host_AxisAttr : EnumAttr<Host_Dialect, Host_Axis, "axis">;
def Host_SizeAttr : EnumAttr<Host_Dialect, Host_Size, "size">;
def Host_ArrayAttr : EnumAttr<Host_Dialect, Host_Array, "array">;

def Host_ProgramOp : Host_Op<"program", [Symbol, IsolatedFromAbove, SingleBlock, NoTerminator]> {
  let summary = "an entry point of the artifact";
  let description = [{
    A model's entry takes token ids and writes logits: `logits` says whether one
    row for each token or each row of the call. Any other function has
    `host.argument` and `host.result` instead. `ragged` says that the call brings
    rows, `step` that each has one token. `arena` holds the bytes of the three
    sub-arenas (by token, by row, fixed) once memory is planned.

    ```mlir
    host.program @decode logits rows ragged step { ... }
    ```
    ```mlir
    host.program @linear { ... }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<Host_AxisAttr>:$logits, UnitAttr:$ragged, UnitAttr:$step,
                       OptionalAttr<DenseI64ArrayAttr>:$arena);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name (`logits` $logits^)? (`ragged` $ragged^)? (`step` $step^)? (`arena` $arena^)?
    attr-dict-with-keyword $body
  }];
}

def Host_SizeOp : Host_Op<"size", [Pure]> {
  let summary = "a number that the call brings";
  let description = [{
    ```mlir
    %n = host.size longest_row
    ```
  }];
  let arguments = (ins Host_SizeAttr:$kind);
  let results = (outs Index:$result);
  let assemblyFormat = "$kind attr-dict";
}

def Host_ArrayOp : Host_Op<"array", [Pure]> {
  let summary = "an array that the call brings";
  let description = [{
    `tokens` [n] i32, `row_start` [b + 1] i64, `slot` [b] i32, `length` [slots] i64,
    `pages` [slots * pages_per_slot] i32, `logits` [n or b, vocabulary] f32.

    ```mlir
    %start = host.array row_start : !tile.view<?xi64>
    ```
  }];
  let arguments = (ins Host_ArrayAttr:$kind);
  let results = (outs Tile_ViewType:$result);
  let assemblyFormat = "$kind attr-dict `:` type($result)";
}

def Host_ArgumentOp : Host_Op<"argument"> {
  let summary = "a tensor that a function takes";
  let description = [{
    `axis` is what the leading size grows with; a tensor of one size alone is
    `fixed`. Every argument is named once, read or not: the manifest lists them.

    ```mlir
    %x = host.argument 0 tokens : !tile.view<?x4096xbf16>
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$number, Host_AxisAttr:$axis);
  let results = (outs Tile_ViewType:$result);
  let assemblyFormat = "$number $axis attr-dict `:` type($result)";
}

def Host_ResultOp : Host_Op<"result"> {
  let summary = "a tensor that a function writes";
  let description = [{
    As `host.argument`; the caller gives its memory too.

    ```mlir
    %y = host.result 0 tokens : !tile.view<?x1024xbf16>
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$number, Host_AxisAttr:$axis);
  let results = (outs Tile_ViewType:$result);
  let assemblyFormat = "$number $axis attr-dict `:` type($result)";
}

def Host_WeightOp : Host_Op<"weight", [Pure]> {
  let summary = "a weight's bytes";
  let description = [{
    ```mlir
    %w = host.weight @w : !tile.view<64x512xbf16>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$name);
  let results = (outs Tile_ViewType:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Host_StateOp : Host_Op<"state", [Pure]> {
  let summary = "a state's bytes, of all slots or pages";
  let description = [{
    ```mlir
    %s = host.state @ssm : !tile.view<?x4x16x16xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$name);
  let results = (outs Tile_ViewType:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Host_BufferOp : Host_Op<"buffer"> {
  let summary = "a buffer in the arena";
  let description = [{
    Its size is a number of bytes for each token, each row, or fixed, and lies in
    that sub-arena at `offset` times the same number, once memory is planned.

    ```mlir
    %p = host.buffer tokens at 0 : !tile.view<?x16xbf16>
    ```
  }];
  let arguments = (ins Host_AxisAttr:$axis, OptionalAttr<I64Attr>:$offset);
  let results = (outs Tile_ViewType:$result);
  let assemblyFormat = "$axis (`at` $offset^)? attr-dict `:` type($result)";
  let extraClassDeclaration = [{
    /// Bytes for each token, each row, or in all.
    int64_t getBytes();
  }];
}

def Host_ViewOp : Host_Op<"view", [Pure]> {
  let summary = "another view of the same memory";
  let description = [{
    Starts `offset` elements into the source and has its own shape and strides: a run
    of columns of a wider buffer, or its columns cut into heads, behind the entries
    or before them; or, with `run`, what as many consecutive entries hold together.
    Who uses such a view sees to it that the entries are there.

    Constraints:
    * (view_c1) element types agree, and some dimension has the source's leading size and stride;
    * (view_c2) `run` is positive and an entry of the result lies within so many consecutive ones of the source.

    ```mlir
    %z = host.view %p from 0 : !tile.view<?x18560xbf16> -> !tile.view<?x8192xbf16, strides [18560, 1]>
    ```
  }];
  let arguments = (ins Tile_ViewType:$source, I64Attr:$offset, DefaultValuedAttr<I64Attr, "1">:$run);
  let results = (outs Tile_ViewType:$result);
  let assemblyFormat = "$source `from` $offset (`run` $run^)? attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Host_LaunchOp : Host_Op<"launch", [AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "run a kernel over a grid of blocks";
  let description = [{
    `flops`, `bytes` and, where they are counted apart, `exponentials` are the cost
    of the launch: by token, by row, fixed, and by position attended to.

    Constraints:
    * (launch_c1) `kernel` refers to a kernel, and one that is still a text has the operands' types;
    * (launch_c2) the grid has one to three sizes;
    * (launch_c3) `flops`, `bytes` and `exponentials` have four counts each, none negative.

    ```mlir
    host.launch @scale grid(%n) (%x, %y) flops [16, 0, 0, 0] bytes [64, 0, 0, 0] : !tile.view<?x16xbf16>, !tile.view<?x16xbf16>
    ```
  }];
  let arguments = (ins SymbolRefAttr:$kernel, Variadic<Index>:$grid, Variadic<AnyType>:$arguments,
                       DenseI64ArrayAttr:$flops, DenseI64ArrayAttr:$bytes,
                       OptionalAttr<DenseI64ArrayAttr>:$exponentials);
  let assemblyFormat = [{
    $kernel `grid` `(` $grid `)` `(` $arguments `)` `flops` $flops `bytes` $bytes
    (`exponentials` $exponentials^)? attr-dict
    (`:` type($arguments)^)?
  }];
}

#endif // BRAID_DIALECT_HOST_IR_HOSTOPS_TD

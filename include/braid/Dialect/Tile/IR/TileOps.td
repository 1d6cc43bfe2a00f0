//===- TileOps.td - The operations of the tile dialect ------------*- td -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_TILE_TILEOPS_TD
#define BRAID_DIALECT_TILE_TILEOPS_TD

include "braid/Dialect/Tile/IR/TileBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

def Tile_KernelOp : Tile_Op<"kernel", [
    FunctionOpInterface, IsolatedFromAbove, AffineScope, AutomaticAllocationScope]> {
  let summary = "a program for one block of a grid";
  let description = [{
    Runs once for every block of a grid of rank 3, in any order; blocks share nothing but memory.

    1. Each argument is a view, an index, f64, f32, i64 or i32.
    2. There are no results.
    3. The body is one block that ends in `tile.return`.
    4. `tile.work_counter`, where it stands, is the number of an argument that is a view of one i64. (What launches the
       kernel sees to it that the element is zero; a schedule may hand out the kernel's blocks with it.)
    5. `tile.unaligned`, where it stands, has the numbers of arguments that are views and whose memory may begin at any
       element, as columns of a wider tensor do. That of all other views begins at a multiple of 16 bytes.

    Example:
    ```mlir
    tile.kernel @scale(%x: !tile.view<?x64xf32>, %s: f32) {
      %b = tile.block_id 0
      %c0 = arith.constant 0 : index
      %t = tile.load %x[%b, %c0] : !tile.view<?x64xf32> -> !tile.tile<64xf32>
      %r = tile.map(%e = %t : !tile.tile<64xf32>) -> !tile.tile<64xf32> {
        %p = arith.mulf %e, %s : f32
        tile.yield %p : f32
      }
      tile.store %r, %x[%b, %c0] : !tile.tile<64xf32> -> !tile.view<?x64xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<StrAttr>:$sym_visibility, OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "::llvm::ArrayRef<::mlir::Type>":$argumentTypes)>];
  let extraClassDeclaration = [{
    ::mlir::Block &getBlock() { return getBody().front(); }
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
  }];
}

def Tile_ReturnOp : Tile_Op<"return", [Pure, HasParent<"KernelOp">, Terminator]> {
  let summary = "end of a kernel";
  let description = "Ends the block's program. Example: `tile.return`";
  let assemblyFormat = "attr-dict";
}

def Tile_BlockIdOp : Tile_Op<"block_id", [Pure]> {
  let summary = "this block's coordinate in the grid";
  let description = [{
    1. The dimension is 0, 1 or 2. (The grid's sizes are given at the launch.)

    Example: `%b = tile.block_id 0`
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntMinValue<0>, IntMaxValue<2>]>:$dimension);
  let results = (outs Index:$result);
  let assemblyFormat = "$dimension attr-dict";
}

def Tile_DimOp : Tile_Op<"dim", [Pure]> {
  let summary = "a view's size along one dimension";
  let description = [{
    1. The dimension is one of the view's.

    Example: `%n = tile.dim %x, 0 : !tile.view<?x1024xbf16>`
  }];
  let arguments = (ins Tile_ViewType:$view, I64Attr:$dimension);
  let results = (outs Index:$result);
  let assemblyFormat = "$view `,` $dimension attr-dict `:` type($view)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

class Tile_AccessOp<string mnemonic, list<Trait> traits = []> :
    Tile_Op<mnemonic, !listconcat(traits, [AttrSizedOperandSegments])> {
  let hasVerifier = 1;
  code accessDeclarations = [{
    /// The lower and upper bound of the valid range of a view's dimension, null where there is none.
    std::pair<::mlir::Value, ::mlir::Value> getValidRange(int64_t dimension);
  }];
  let extraClassDeclaration = accessDeclarations;
}

def Tile_LoadOp : Tile_AccessOp<"load"> {
  let summary = "a tile of a view";
  let description = [{
    result[i.., j] = view[first.., second + i, third + j]: the tile's dimensions are the view's last ones, leading
    indices select. An element whose coordinate along any dimension d lies outside the view, or outside [lo, hi) where
    `valid(d : lo to hi)` is given, is zero and is not read. Indices may be negative, ranges empty.

    1. There is one index for each of the view's dimensions.
    2. The result has the view's element type.
    3. The result's rank is at most the view's.
    4. Valid ranges name rising dimensions of the view, with one lower and one upper bound each.

    Example:
    ```mlir
    %t = tile.load %x[%i, %j] valid(0 : %lo to %hi) : !tile.view<?x1024xbf16> -> !tile.tile<64x256xbf16>
    ```
  }];
  let arguments = (ins Arg<Tile_ViewType, "", [MemRead]>:$view, Variadic<Index>:$indices, Variadic<Index>:$lower,
                       Variadic<Index>:$upper, DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$validDims);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = [{
    $view `[` $indices `]` custom<ValidRanges>($lower, $upper, $validDims) attr-dict `:` type($view) `->` type($result)
  }];
}

def Tile_StoreOp : Tile_AccessOp<"store"> {
  let summary = "write a tile to a view";
  let description = [{
    view[first.., second + i, third + j] = value[i, j] for every element inside the view and its valid ranges, as in
    `tile.load`. The others are not written.

    1. There is one index for each of the view's dimensions.
    2. The value has the view's element type.
    3. The value's rank is at most the view's.
    4. Valid ranges name rising dimensions of the view, with one lower and one upper bound each.

    Example: `tile.store %t, %y[%i, %j] : !tile.tile<64x256xbf16> -> !tile.view<?x1024xbf16>`
  }];
  let arguments = (ins Tile_TileType:$value, Arg<Tile_ViewType, "", [MemWrite]>:$view, Variadic<Index>:$indices,
                       Variadic<Index>:$lower, Variadic<Index>:$upper,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$validDims);
  let assemblyFormat = [{
    $value `,` $view `[` $indices `]` custom<ValidRanges>($lower, $upper, $validDims) attr-dict
    `:` type($value) `->` type($view)
  }];
}

def Tile_ReadOp : Tile_Op<"read"> {
  let summary = "one element of a view";
  let description = [{
    The element at the indices; zero, and not read, when they lie outside the view.

    1. There is one index for each of the view's dimensions.
    2. The result has the view's element type.

    Example: `%token = tile.read %tokens[%i] : !tile.view<?xi32> -> i32`
  }];
  let arguments = (ins Arg<Tile_ViewType, "", [MemRead]>:$view, Variadic<Index>:$indices);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$view `[` $indices `]` attr-dict `:` type($view) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_WriteOp : Tile_Op<"write"> {
  let summary = "write one element of a view";
  let description = [{
    Sets the element at the indices; nothing when they lie outside the view.

    1. There is one index for each of the view's dimensions.
    2. The value has the view's element type.

    Example: `tile.write %s, %sums[%i, %j] : f32 -> !tile.view<?x4xf32>`
  }];
  let arguments = (ins AnyType:$value, Arg<Tile_ViewType, "", [MemWrite]>:$view, Variadic<Index>:$indices);
  let assemblyFormat = "$value `,` $view `[` $indices `]` attr-dict `:` type($value) `->` type($view)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

def Tile_MmaOp : Tile_Op<"mma", [Pure, AllTypesMatch<["accumulator", "result"]>]> {
  let summary = "matrix product added to an accumulator";
  let description = [{
    result[m, n] = accumulator[m, n] + sum over k of a[m, k] * b[k, n], where `transpose_a` says that a is given as
    [k, m] and `transpose_b` that b is given as [n, k].

    Every element is summed on its own, in rising k, each product added to the accumulator so far with one rounding;
    bf16 goes in pairs (k, k + 1) of even k, the odd product of a pair first, and an odd end is paired with zero.
    The order depends on nothing else, so cutting k into several `tile.mma` at even places, or m and n anywhere, gives
    the same bits. Elements of f16 and bf16 are exact in f32.

    1. Both operands have rank 2 and the same element type: f64, f32, f16 or bf16.
    2. The contracted sizes agree.
    3. The accumulator is [m, n].
    4. The accumulator's element type is f64 for f64, else f32.

    Example:
    ```mlir
    %r = tile.mma %x, %w, %acc {transpose_b} : !tile.tile<64x256xbf16>, !tile.tile<96x256xbf16> -> !tile.tile<64x96xf32>
    ```
  }];
  let arguments = (ins Tile_TileType:$a, Tile_TileType:$b, Tile_TileType:$accumulator, UnitAttr:$transpose_a,
                       UnitAttr:$transpose_b);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$a `,` $b `,` $accumulator attr-dict `:` type($a) `,` type($b) `->` type($result)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getM() { return getAccumulator().getType().getShape()[0]; }
    int64_t getN() { return getAccumulator().getType().getShape()[1]; }
    int64_t getK() { return getA().getType().getShape()[getTransposeA() ? 0 : 1]; }
  }];
}

def Tile_MapOp : Tile_Op<"map", [
    RecursiveMemoryEffects, SingleBlockImplicitTerminator<"YieldOp">, RecursivelySpeculatable]> {
  let summary = "a scalar function of every element";
  let description = [{
    result[i, j] = f(x[i, j], y[i, j], ..). The region is f; behind `at` it also gets the coordinates in the tile, from
    which masks are made. It may use scalars from outside. Vectors become operands through `tile.broadcast`.

    1. Every operand has the result's shape.
    2. The region's arguments are the operands' elements and then either no index or one for each dimension.
    3. The region yields one value of the result's element type.
    4. The region holds constants and element-wise operations on scalars only.

    Example:
    ```mlir
    %r = tile.map(%e = %s : !tile.tile<64x64xf32>) at(%i, %j) -> !tile.tile<64x64xf32> {
      %future = arith.cmpi sgt, %j, %i : index
      %m = arith.select %future, %minus_infinity, %e : f32
      tile.yield %m : f32
    }
    ```
  }];
  let arguments = (ins Variadic<Tile_TileType>:$inputs);
  let results = (outs Tile_TileType:$result);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "TileType":$type, "::mlir::ValueRange":$inputs, "bool":$coordinates,
    "::llvm::function_ref<::mlir::Value(::mlir::OpBuilder &, ::mlir::Location, ::mlir::ValueRange)>":$function)>];
  let extraClassDeclaration = [{
    ::mlir::Block &getBlock() { return getBody().front(); }
    ::mlir::Value getYielded() { return getBlock().getTerminator()->getOperand(0); }
    /// The region's coordinate arguments, none if it does not ask for them.
    ::mlir::Block::BlockArgListType getCoordinates() {
      return getBlock().getArguments().drop_front(getInputs().size());
    }
  }];
}

def Tile_YieldOp : Tile_Op<"yield", [Pure, Terminator, HasParent<"MapOp">]> {
  let summary = "the value of a map's function";
  let description = "Example: `tile.yield %v : f32`";
  let arguments = (ins Tile_Scalar:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
  let builders = [OpBuilder<(ins), "/* for the implicit terminator; the verifier asks for a value */">];
}

def Tile_SplatOp : Tile_Op<"splat", [Pure]> {
  let summary = "one scalar in every element";
  let description = [{
    1. The scalar has the result's element type.

    Example: `%z = tile.splat %c0 : f32 -> !tile.tile<64x96xf32>`
  }];
  let arguments = (ins Tile_Scalar:$value);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` type($result)";
  let hasVerifier = 1;
}

class Tile_AxisOp<string mnemonic, list<Trait> traits = []> : Tile_Op<mnemonic, !listconcat([Pure], traits)> {
  let hasVerifier = 1;
}

def Tile_BroadcastOp : Tile_AxisOp<"broadcast"> {
  let summary = "a vector repeated along a new dimension";
  let description = [{
    dim(0): result[i, j] = vector[j]. dim(1): result[i, j] = vector[i]. So `broadcast dim(d)` undoes the change of
    shape of `reduce dim(d)`. It never takes memory: its users read the vector.

    1. The vector has rank 1, the result rank 2, with the same element type.
    2. The dimension is 0 or 1.
    3. The result without that dimension has the vector's size.

    Example: `%m = tile.broadcast %v dim(1) : !tile.tile<64xf32> -> !tile.tile<64x256xf32>`
  }];
  let arguments = (ins Tile_TileType:$vector, I64Attr:$dimension);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$vector `dim` `(` $dimension `)` attr-dict `:` type($vector) `->` type($result)";
}

def Tile_ReduceOp : Tile_AxisOp<"reduce"> {
  let summary = "sum, maximum or minimum along one dimension";
  let description = [{
    dim(0): result[j] = x[0, j] op x[1, j] op ..; dim(1): result[i] = x[i, 0] op x[i, 1] op ... A vector reduces to a
    tile of rank 0, which `tile.extract` turns into a scalar. The order is fixed by the reduced size alone. The
    maximum and minimum of a number and a NaN is the number.

    1. The operand has rank 1 or 2 and element type f64, f32, i64 or i32.
    2. The dimension is one of the operand's.
    3. The result is the operand without that dimension.

    Example: `%s = tile.reduce add %x dim(1) : !tile.tile<64x256xf32> -> !tile.tile<64xf32>`
  }];
  let arguments = (ins Tile_ReduceKind:$kind, Tile_TileType:$input, I64Attr:$dimension);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$kind $input `dim` `(` $dimension `)` attr-dict `:` type($input) `->` type($result)";
}

def Tile_PrefixSumOp : Tile_AxisOp<"prefix_sum", [AllTypesMatch<["input", "result"]>]> {
  let summary = "running sums along one dimension";
  let description = [{
    result[i] = x[0] + .. + x[i] along the dimension, each added to the sum so far; with `reverse` x[i] + .. + x[last],
    from the last one down.

    1. The operand has rank 1 or 2 and element type f64, f32, i64 or i32.
    2. The dimension is one of the operand's.

    Example: `%l = tile.prefix_sum %x dim(0) : !tile.tile<64xf32>`
  }];
  let arguments = (ins Tile_TileType:$input, I64Attr:$dimension, UnitAttr:$reverse);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$input `dim` `(` $dimension `)` attr-dict `:` type($result)";
}

def Tile_RecurrenceOp : Tile_Op<"recurrence", [Pure, AllTypesMatch<["u", "step", "result"]>,
    AllTypesMatch<["b", "c"]>, AllTypesMatch<["rate", "initial", "last"]>]> {
  let summary = "a diagonal linear recurrence down the rows, read out at every row";
  let description = [{
    For i = 0, 1, .. below `count`, and every column j by itself:

        s[n, j]      = 2^(rate[n, j] * step[i, j]) * s[n, j] + b[i, n] * u[i, j]
        result[i, j] = c[i, 0] * s[0, j] + c[i, 1] * s[1, j] + ..

    from s = `initial` on. `last` is s at the end. Rows of the result from `count` on are zero; a count outside [0, T] is
    brought to its nearer end. Products and sums of s are rounded as one multiply-add, b[i, n] * u[i, j] before it; the
    read-out is added up in rising n. rate * step is at most 0. What a column gives depends on no other one, and a run of
    rows cut into several operations gives the same bits.

    1. u, step and the result are [T, D], b and c are [T, N], rate, initial and last are [N, D].
    2. All have the same element type, f32 or f64.

    Example:
    ```mlir
    %y, %s1 = tile.recurrence %u, %step, %b, %c, %rate, %s0 count(%n)
        : !tile.tile<32x64xf32>, !tile.tile<32x16xf32>, !tile.tile<16x64xf32>
    ```
  }];
  let arguments = (ins Tile_TileType:$u, Tile_TileType:$step, Tile_TileType:$b, Tile_TileType:$c, Tile_TileType:$rate,
                       Tile_TileType:$initial, Index:$count);
  let results = (outs Tile_TileType:$result, Tile_TileType:$last);
  let assemblyFormat = [{
    $u `,` $step `,` $b `,` $c `,` $rate `,` $initial `count` `(` $count `)` attr-dict
    `:` qualified(type($u)) `,` qualified(type($b)) `,` qualified(type($rate))
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getTokens() { return getU().getType().getShape()[0]; }
    int64_t getChannels() { return getU().getType().getShape()[1]; }
    int64_t getStates() { return getRate().getType().getShape()[0]; }
  }];
}

def Tile_ExtractOp : Tile_Op<"extract", [Pure]> {
  let summary = "one element of a tile";
  let description = [{
    The indices must lie in the tile.

    1. There is one index for each of the tile's dimensions.
    2. The result has the tile's element type.
    3. Constant indices lie in the tile.

    Example: `%last = tile.extract %l[%c63] : !tile.tile<64xf32> -> f32`
  }];
  let arguments = (ins Tile_TileType:$input, Variadic<Index>:$indices);
  let results = (outs Tile_Scalar:$result);
  let assemblyFormat = "$input `[` $indices `]` attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_TransposeOp : Tile_Op<"transpose", [Pure]> {
  let summary = "rows and columns exchanged";
  let description = [{
    result[i, j] = x[j, i]. An operand of `tile.mma` is better marked `transpose_a` or `transpose_b`.

    1. Operand and result have rank 2, the same element type and exchanged sizes.

    Example: `%t = tile.transpose %x : !tile.tile<64x32xf32> -> !tile.tile<32x64xf32>`
  }];
  let arguments = (ins Tile_TileType:$input);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_ReshapeOp : Tile_Op<"reshape", [Pure]> {
  let summary = "a dimension of size one added or dropped";
  let description = [{
    The same elements in the same order: [n] and [n, 1], [n] and [1, n], [n, 1] and [1, n], [] and [1].

    1. Operand and result have the same element type and, apart from dimensions of size one, the same shape.

    Example: `%v = tile.reshape %x : !tile.tile<64x1xf32> -> !tile.tile<64xf32>`
  }];
  let arguments = (ins Tile_TileType:$input);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

include "braid/Dialect/Tile/IR/ScheduledNamedBarrierOps.td"
include "braid/Dialect/Tile/IR/ScheduledRowOps.td"
include "braid/Dialect/Tile/IR/ScheduledSequenceOps.td"

#endif // BRAID_DIALECT_TILE_TILEOPS_TD

// A contraction's schedule leaves what its text leaves on the CPU, whoever goes first and however long copies take: with
// tails along each dimension, more blocks than stages, one worker and several.
// RUN: braid-simulate %s --sizes=300,300 --grid=3,2 --seeds=6 | FileCheck %s
// RUN: braid-simulate %s --sizes=300,300 --grid=3,2 --seeds=1 --workers=1 | FileCheck %s
// A schedule may also be given as it is, beside its text.
// RUN: braid-opt %s --tile-schedule-hopper --canonicalize --cse > %t.scheduled
// RUN: braid-simulate %t.scheduled --text=%s --sizes=1,1 --grid=1,2 --seeds=3 | FileCheck %s
// CHECK: linear: {{[0-9]+}} seed{{.*}}, largest difference from the text {{[0-9.e-]+}}
// A result of one panel: the buffer of a block's only panel is that of the block before.
// RUN: sed 's/columns = 256/columns = 64/; s/256x64xbf16/64x64xbf16/; s/128x256x/128x64x/g; s/%%c256 = arith.constant 256/%%c256 = arith.constant 64/' %s > %t.narrow
// RUN: braid-simulate %t.narrow --sizes=300,300 --grid=3,5 --workers=2 | FileCheck %s
// With two stages the roles go on; with one nobody would, and the general schedule takes the text.
// RUN: sed 's/stages = 4/stages = 2/' %s > %t.two && braid-simulate %t.two --sizes=300,300 --grid=3,2 --seeds=2 | FileCheck %s
// RUN: sed 's/stages = 4/stages = 1/' %s > %t.one && braid-simulate %t.one --sizes=300,300 --grid=3,2 --seeds=1 | FileCheck %s
// RUN: braid-opt %t.two --tile-schedule-hopper | FileCheck %s --check-prefix=TWO
// TWO: tile.ring : <2, 128x64xbf16>
// RUN: braid-opt %t.one --tile-schedule-hopper | FileCheck %s --check-prefix=ONE
// ONE: persistent = false
// ONE-NOT: tile.role
tile.kernel @linear(%x: !tile.view<?x200xbf16>, %w: !tile.view<300x200xbf16>, %y: !tile.view<?x304xbf16>) attributes {
    tile.config = #tile.contraction_config<rows = 128, columns = 256, depth = 64, stages = 4, groups = 2, raster = 16>} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c256 = arith.constant 256 : index
  %c4096 = arith.constant 200 : index
  %zero = arith.constant 0.0 : f32
  %i = tile.block_id 0
  %j = tile.block_id 1
  %row = arith.muli %i, %c128 : index
  %column = arith.muli %j, %c256 : index
  %zeros = tile.splat %zero : f32 -> !tile.tile<128x256xf32>
  %sum = scf.for %k = %c0 to %c4096 step %c64 iter_args(%carried = %zeros) -> (!tile.tile<128x256xf32>) {
    %a = tile.load %x[%row, %k] : !tile.view<?x200xbf16> -> !tile.tile<128x64xbf16>
    %b = tile.load %w[%column, %k] : !tile.view<300x200xbf16> -> !tile.tile<256x64xbf16>
    %r = tile.mma %a, %b, %carried {transpose_b} : !tile.tile<128x64xbf16>, !tile.tile<256x64xbf16> -> !tile.tile<128x256xf32>
    scf.yield %r : !tile.tile<128x256xf32>
  }
  %out = tile.map(%e = %sum : !tile.tile<128x256xf32>) -> !tile.tile<128x256xbf16> {
    %rounded = arith.truncf %e : f32 to bf16
    tile.yield %rounded : bf16
  }
  tile.store %out, %y[%row, %column] : !tile.tile<128x256xbf16> -> !tile.view<?x304xbf16>
  tile.return
}

// A module for several CPUs becomes one for each, with what its CPU has; a module for one stays whole.
// RUN: braid-opt %s --split-input-file --braid-split-by-cpu --verify-diagnostics | FileCheck %s

// CHECK: module attributes {braid.options = {cpu = ["x86-64-v3", "x86-64-v4"], target = "cpu"}}
// CHECK-NEXT: module @"x86-64-v3" attributes {braid.model = {name = "m"}, braid.options = {cpu = "x86-64-v3", features = ["avx2", "fma", {{[^]]*}}], target = "cpu"}}
// CHECK-NEXT: func.func @f
// CHECK: module @"x86-64-v4" attributes {braid.model = {name = "m"}, braid.options = {cpu = "x86-64-v4", features = ["avx2", {{.*}}"avx512f", {{[^]]*}}], target = "cpu"}}
// CHECK-NEXT: func.func @f
module attributes {braid.model = {name = "m"}, braid.options = {cpu = ["x86-64-v3", "x86-64-v4"], target = "cpu"}} {
  func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> { return %x : tensor<?x4xf32> }
}

// -----

// CHECK: module attributes {braid.options = {cpu = "x86-64-v3"}}
// CHECK-NEXT: func.func @one
module attributes {braid.options = {cpu = "x86-64-v3"}} {
  func.func @one() { return }
}

// -----

// expected-error@+1 {{attribute braid.options: expects an x86-64 CPU with AVX2, found "i386"}}
module attributes {braid.options = {cpu = ["x86-64-v3", "i386"]}} {
}

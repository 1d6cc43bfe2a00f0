//===- braidc.cpp - From a model to an artifact -----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

int main(int argc, char **argv) { return braid::compile(argc, argv); }

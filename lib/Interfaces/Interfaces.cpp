//===- Interfaces.cpp - The op interfaces of Braid -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Interfaces/Interfaces.h"

#include "braid/Interfaces/ContractionOpInterface.cpp.inc"
#include "braid/Interfaces/CostOpInterface.cpp.inc"
#include "braid/Interfaces/DecomposableOpInterface.cpp.inc"
#include "braid/Interfaces/SequenceOpInterface.cpp.inc"

//===- CallFrame.cpp - The runtime's structs as LLVM types -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CallFrame.h"
#include "braid/Runtime/artifact.h"
#include <cstddef>

using namespace mlir;
using namespace braid;

// All fields of the call are 8 bytes wide, the arena three of them.
static_assert(offsetof(braid_call, weights) == 8 * CallFrame::Weights);
static_assert(offsetof(braid_call, arena) == 8 * CallFrame::Arena);
static_assert(offsetof(braid_call, tokens) == 8 * (CallFrame::Tokens + 2));
static_assert(offsetof(braid_call, pages_per_slot) == 8 * (CallFrame::PagesPerSlot + 2));
static_assert(offsetof(braid_call, longest_row) == 8 * (CallFrame::LongestRow + 2));
static_assert(offsetof(braid_call, page_count) == 8 * (CallFrame::PageCount + 2));
static_assert(sizeof(braid_call) == 8 * (CallFrame::Results + 3));
static_assert(offsetof(braid_host_api, context) == 16 && offsetof(braid_host_api, parallel_for) == 24 &&
              offsetof(braid_host_api, launch) == 32);

LLVM::LLVMStructType CallFrame::getCallType(MLIRContext *context) {
  Type pointer = LLVM::LLVMPointerType::get(context), i64 = IntegerType::get(context, 64);
  return LLVM::LLVMStructType::getLiteral(
      context, {i64, pointer, pointer, LLVM::LLVMArrayType::get(pointer, 3), pointer, pointer, pointer, pointer,
                pointer, i64, i64, i64, i64, pointer, i64, i64, pointer, pointer});
}

LLVM::LLVMStructType CallFrame::getApiType(MLIRContext *context) {
  Type pointer = LLVM::LLVMPointerType::get(context), i32 = IntegerType::get(context, 32);
  return LLVM::LLVMStructType::getLiteral(context, {IntegerType::get(context, 64), i32, i32, pointer, pointer, pointer});
}

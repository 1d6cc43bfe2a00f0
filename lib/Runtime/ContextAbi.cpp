//===- ContextAbi.cpp - The C interface of functions ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AbiSupport.h"
#include "Context.h"

using namespace braid;

struct braid_context {
  std::unique_ptr<Context> context;
};

static braid_tensor_info infoOf(const Manifest::Tensor &tensor) {
  return {0,
          nameOf(tensor.dtype).data(),
          tensor.shape.data(),
          tensor.shape.size(),
          tensor.bytes,
          static_cast<braid_axis>(tensor.axis),
          0};
}

/// Shared by arguments and results of a function.
static braid_status *writeTensorInfo(const braid_program *program, int32_t entry, int32_t index, const char *kind,
                                     std::vector<Manifest::Tensor> Manifest::Entry::*tensors, braid_tensor_info *info) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(program, "program"));
    if (entry < 0 || entry >= braid_program_entry_count(program))
      return Status::usage(
          cat("expected an entry point below ", braid_program_entry_count(program), ", found ", entry));
    const auto &list = program->program->manifest().entries[static_cast<size_t>(entry)].*tensors;
    if (index < 0 || static_cast<size_t>(index) >= list.size())
      return Status::usage(cat("expected ", kind, " below ", list.size(), ", found ", index));
    return writeInfo(infoOf(list[static_cast<size_t>(index)]), info);
  });
}

extern "C" {

braid_status *braid_program_argument(const braid_program *program, int32_t entry, int32_t index,
                                     braid_tensor_info *info) {
  return writeTensorInfo(program, entry, index, "an argument", &Manifest::Entry::arguments, info);
}

braid_status *braid_program_result(const braid_program *program, int32_t entry, int32_t index,
                                   braid_tensor_info *info) {
  return writeTensorInfo(program, entry, index, "a result", &Manifest::Entry::results, info);
}

int32_t braid_program_state_count(const braid_program *program) {
  return program ? static_cast<int32_t>(program->program->manifest().states.size()) : 0;
}

braid_status *braid_program_state(const braid_program *program, int32_t index, braid_state_info *info) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(program, "program"));
    if (index < 0 || index >= braid_program_state_count(program))
      return Status::usage(cat("expected a state below ", braid_program_state_count(program), ", found ", index));
    const Manifest::State &state = program->program->manifest().states[static_cast<size_t>(index)];
    return writeInfo({0, state.name.c_str(), nameOf(state.kind).data(), nameOf(state.dtype).data(), state.shape.data(),
                      state.shape.size(), state.bytes},
                     info);
  });
}

braid_status *braid_context_create(const braid_program *program, const braid_context_options *given,
                                   braid_context **result) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(program, "program"));
    BRAID_TRY(expectPointer(result, "context"));
    braid_context_options options;
    BRAID_TRY(readOptions(given, "options", sizeof options, options));
    BRAID_TRY_ASSIGN(
        std::unique_ptr<Context> context,
        Context::create(program->program,
                        {options.threads, options.device ? options.device->device : nullptr, options.stream}));
    *result = new braid_context{std::move(context)};
    return {};
  });
}

void braid_context_destroy(braid_context *context) { delete context; }

braid_status *braid_arena_bytes(const braid_program *program, int32_t entry, int64_t tokens, int64_t rows,
                                uint64_t *bytes) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(program, "program"));
    BRAID_TRY(expectPointer(bytes, "bytes"));
    BRAID_TRY_ASSIGN(*bytes, Context::arenaBytes(program->program->manifest(), entry, tokens, rows));
    return {};
  });
}

braid_status *braid_call_function(braid_context *context, const braid_function_call *given) {
  return guard([&]() -> Status {
    Claim<Context> claim(context ? context->context.get() : nullptr, "context");
    BRAID_TRY(claim.status());
    braid_function_call call;
    BRAID_TRY(readOptions(given, "call", sizeof call, call));
    return claim->call(call);
  });
}

} // extern "C"

//===- Handles.h - Owners of what the C interface hands out ---- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_COMMON_HANDLES_H
#define BRAID_TOOLS_COMMON_HANDLES_H

#include "braid/Formats/Status.h"
#include "braid/Runtime/braid.h"

#include <memory>

namespace braid::tool {

template <auto destroy> struct Destroy {
  template <typename T> void operator()(T *handle) const { destroy(handle); }
};
using ContextHandle = std::unique_ptr<braid_context, Destroy<braid_context_destroy>>;
using DeviceHandle = std::unique_ptr<braid_device, Destroy<braid_device_destroy>>;
using EventHandle = std::unique_ptr<braid_event, Destroy<braid_event_destroy>>;
using ProgramHandle = std::unique_ptr<braid_program, Destroy<braid_program_destroy>>;
using SamplerHandle = std::unique_ptr<braid_sampler, Destroy<braid_sampler_destroy>>;
using SessionHandle = std::unique_ptr<braid_session, Destroy<braid_session_destroy>>;

/// A status of the C interface as one of ours; destroys the handle.
inline Status take(braid_status *status) {
  if (!status)
    return {};
  // The codes of the C interface are those of StatusCode.
  Status taken(static_cast<StatusCode>(braid_status_code(status)), braid_status_message(status));
  braid_status_destroy(status);
  return taken;
}

} // namespace braid::tool

#endif // BRAID_TOOLS_COMMON_HANDLES_H

//===- CudaDriver.h - The CUDA driver, opened at run time ----- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_CUDADRIVER_H
#define BRAID_RUNTIME_CUDADRIVER_H

#include "CudaApi.h"
#include "braid/Formats/Status.h"

#include <string>

namespace braid {

class CudaDriver {
public:
  /// Opens and initialises the driver that the environment variable
  /// BRAID_CUDA_DRIVER names, or libcuda.so.1. The library stays open until the
  /// process ends: threads of its own may run in it.
  static Result<CudaDriver> open();
  /// The same for a library of this name or path.
  static Result<CudaDriver> open(const std::string &library);

  const cuda::Functions *operator->() const { return &functions; }

  Result<int> deviceCount() const;
  /// "the driver's description (CUDA_ERROR_NAME)".
  std::string describe(cuda::Result code) const;
  /// "cannot WHAT: DESCRIPTION"; ok for success.
  Status check(cuda::Result code, std::string_view what) const;
  /// 12040 stands for 12.4.
  int version() const { return versionNumber; }

private:
  Status initialise();
  Status stub() const;

  cuda::Functions functions;
  std::string name;
  int versionNumber = 0;
};

/// "12.4" for 12040.
std::string cudaVersionText(int version);

} // namespace braid

#endif // BRAID_RUNTIME_CUDADRIVER_H

//===- CudaDriver.cpp - The CUDA driver, opened at run time ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"

#include <cstdlib>
#include <dlfcn.h>

namespace braid {

/// The first driver with tensor maps and launches of clusters.
constexpr int oldestVersion = 12000;

std::string cudaVersionText(int version) { return cat(version / 1000, ".", version % 1000 / 10); }

Result<CudaDriver> CudaDriver::open() {
  const char *chosen = ::secure_getenv("BRAID_CUDA_DRIVER");
  return open(chosen && *chosen ? chosen : "libcuda.so.1");
}

Result<CudaDriver> CudaDriver::open(const std::string &library) {
  CudaDriver driver;
  driver.name = library;
  void *handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = ::dlerror();
    return Status::unsupported(cat("expected the CUDA driver ", inQuotes(library), ", found none: ",
                                   reason ? reason : "no reason given"));
  }
  auto find = [&](auto &function, const char *symbol) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(::dlsym(handle, symbol));
    return function != nullptr;
  };
  // The version comes first: it is what explains a function that is not there.
  if (!find(driver.functions.cuDriverGetVersion, "cuDriverGetVersion"))
    return Status::unsupported(
        cat("expected the CUDA driver in ", inQuotes(library), ", found a library without 'cuDriverGetVersion'"));
  if (driver->cuDriverGetVersion(&driver.versionNumber) == cuda::StubLibrary)
    return driver.stub();
  const char *missing = nullptr;
#define BRAID_CUDA_FIND(function, parameters)                                                                          \
  if (!find(driver.functions.function, #function))                                                                     \
    missing = #function;
  BRAID_CUDA_FUNCTIONS(BRAID_CUDA_FIND)
#undef BRAID_CUDA_FIND
#define BRAID_CUDA_TRY(function, parameters) find(driver.functions.function, #function);
  BRAID_CUDA_OPTIONAL_FUNCTIONS(BRAID_CUDA_TRY)
#undef BRAID_CUDA_TRY
  if (driver.versionNumber < oldestVersion || missing)
    return Status::unsupported(cat("expected a driver of CUDA ", cudaVersionText(oldestVersion), " or later in ",
                                   inQuotes(library), ", found ", cudaVersionText(driver.versionNumber),
                                   missing ? cat(" without '", missing, "'") : ""));
  BRAID_TRY(driver.initialise());
  return driver;
}

Status CudaDriver::stub() const {
  return Status::unsupported(
      cat("expected the CUDA driver in ", inQuotes(name), ", found a stub that programs are linked against"));
}

Status CudaDriver::initialise() {
  switch (cuda::Result code = functions.cuInit(0)) {
  case cuda::Success:
    return {};
  case cuda::NoDevice:
    return Status::unsupported("expected a CUDA device, found none on this machine");
  case cuda::StubLibrary:
    return stub();
  case cuda::SystemDriverMismatch:
  case cuda::CompatNotSupportedOnDevice:
    return Status::unsupported(cat("expected a CUDA driver that fits the kernel's module, found version ",
                                   cudaVersionText(versionNumber), " in ", inQuotes(name), ": ", describe(code)));
  default:
    return check(code, "initialise the CUDA driver");
  }
}

Result<int> CudaDriver::deviceCount() const {
  int count = 0;
  BRAID_TRY(check(functions.cuDeviceGetCount(&count), "count CUDA devices"));
  if (count == 0)
    return Status::unsupported("expected a CUDA device, found none on this machine");
  return count;
}

std::string CudaDriver::describe(cuda::Result code) const {
  const char *symbol = nullptr, *text = nullptr;
  if (functions.cuGetErrorName(code, &symbol) != cuda::Success || !symbol)
    return cat("error ", code, " of the CUDA driver");
  if (functions.cuGetErrorString(code, &text) != cuda::Success || !text)
    return symbol;
  return cat(text, " (", symbol, ")");
}

Status CudaDriver::check(cuda::Result code, std::string_view what) const {
  if (code == cuda::Success)
    return {};
  StatusCode kind = code == cuda::OutOfMemory    ? StatusCode::OutOfMemory
                    : code == cuda::InvalidValue ? StatusCode::Usage
                    : code == cuda::NoDevice     ? StatusCode::Unsupported
                                                 : StatusCode::Internal;
  return {kind, cat("cannot ", what, ": ", describe(code))};
}

} // namespace braid

//===- TestSupport.h - What unit tests share ------------------ -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_UNIT_TESTSUPPORT_H
#define BRAID_TEST_UNIT_TESTSUPPORT_H

#include "braid/Formats/Status.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace braid::test {

/// A folder that is gone after the test.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern = ::testing::TempDir() + "braid-test-XXXXXX";
    folder = ::mkdtemp(pattern.data()) ? pattern : "";
  }
  ~TemporaryFolder() { std::filesystem::remove_all(folder); }
  std::string path(const std::string &name) const { return folder + "/" + name; }
  const std::string &path() const { return folder; }
  std::string write(const std::string &name, std::string_view contents) const {
    std::ofstream(path(name), std::ios::binary) << contents;
    return path(name);
  }
  std::string read(const std::string &name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

private:
  std::string folder;
};

inline ::testing::AssertionResult isOk(const Status &status) {
  return status.ok() ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << status.message();
}
template <typename T>::testing::AssertionResult isOk(const Result<T> &result) { return isOk(result.status()); }

/// The status is of this kind and its one line of text holds every fragment.
inline ::testing::AssertionResult fails(const Status &status, StatusCode code,
                                        const std::vector<std::string> &fragments) {
  if (status.code() != code)
    return ::testing::AssertionFailure() << "code " << static_cast<int>(status.code()) << ": " << status.message();
  if (status.message().find('\n') != std::string::npos)
    return ::testing::AssertionFailure() << "more than one line: " << status.message();
  for (const std::string &fragment : fragments)
    if (status.message().find(fragment) == std::string::npos)
      return ::testing::AssertionFailure() << "no '" << fragment << "' in: " << status.message();
  return ::testing::AssertionSuccess();
}
template <typename T>
::testing::AssertionResult fails(const Result<T> &result, StatusCode code, const std::vector<std::string> &fragments) {
  return fails(result.status(), code, fragments);
}

} // namespace braid::test

#endif // BRAID_TEST_UNIT_TESTSUPPORT_H

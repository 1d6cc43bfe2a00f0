//===- TempFolder.h - A folder that lives as long as a test ----*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_UNIT_IMPORT_TEMPFOLDER_H
#define BRAID_TEST_UNIT_IMPORT_TEMPFOLDER_H

#include "braid/Formats/File.h"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

class TempFolder {
public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "braid-import-XXXXXX").string();
    if (const char *made = ::mkdtemp(pattern.data()))
      root = made;
  }
  ~TempFolder() { std::filesystem::remove_all(root); }

  std::string path(const std::string &name = "") const { return name.empty() ? root : root + "/" + name; }
  void write(const std::string &name, const std::string &contents) const {
    braid::Status status = braid::writeFile(path(name), contents);
    ASSERT_TRUE(status.ok()) << status.message();
  }

private:
  std::string root;
};

#endif // BRAID_TEST_UNIT_IMPORT_TEMPFOLDER_H

//===- Assemble.cpp - Machine code from PTX -------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/File.h"
#include "braid/Formats/Sha256.h"
#include "braid/Target/NVPTX/Emit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include <algorithm>
#include <optional>

using namespace llvm;

namespace braid::nvptx {

static std::string environment(StringRef name) { return sys::Process::GetEnv(name).value_or(""); }

static Result<std::string> findPtxas() {
  SmallVector<std::string> candidates;
  if (std::string given = environment("BRAID_PTXAS"); !given.empty()) {
    if (sys::fs::can_execute(given))
      return given;
    return Status::io(cat("BRAID_PTXAS: expected a program, found '", given, "'"));
  }
  if (auto found = sys::findProgramByName("ptxas"))
    candidates.push_back(*found);
  if (std::string home = environment("CUDA_HOME"); !home.empty())
    candidates.push_back(home + "/bin/ptxas");
  if (std::string venv = environment("VIRTUAL_ENV"); !venv.empty()) {
    std::error_code error;
    for (sys::fs::directory_iterator at(venv + "/lib", error), end; at != end && !error; at.increment(error))
      for (StringRef package : {"cu13", "cuda_nvcc"})
        candidates.push_back(at->path() + "/site-packages/nvidia/" + package.str() + "/bin/ptxas");
  }
  for (const std::string &path : candidates)
    if (sys::fs::can_execute(path))
      return path;
  return Status::io("expected ptxas of CUDA 13 in BRAID_PTXAS, PATH, CUDA_HOME or VIRTUAL_ENV, found none");
}

/// Runs a program and returns what it printed; its exit status in `status`.
static Result<std::string> output(StringRef program, ArrayRef<StringRef> arguments, int &status) {
  SmallString<128> log;
  if (sys::fs::createTemporaryFile("braid-ptxas", "log", log))
    return Status::io("cannot create a temporary file");
  FileRemover remove(log);
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(log), StringRef(log)};
  std::string error;
  status = sys::ExecuteAndWait(program, arguments, std::nullopt, redirects, /*SecondsToWait=*/600, 0, &error);
  if (status < 0)
    return Status::io(cat("cannot run ", std::string_view(program), ": ", error));
  auto buffer = MemoryBuffer::getFile(log);
  return buffer ? Result<std::string>((*buffer)->getBuffer().str()) : Status::io("cannot read ptxas' messages");
}

/// What ptxas says of a kernel that makes it slow: spills, and products it could not leave under way.
static std::optional<std::string> complaint(StringRef messages) {
  SmallVector<StringRef> lines;
  messages.split(lines, '\n');
  for (StringRef line : lines) {
    bool spills = line.contains("spill stores") && !line.contains(" 0 bytes spill stores, 0 bytes spill loads");
    if (spills || line.contains("C75"))
      return line.trim().str();
  }
  return std::nullopt;
}

/// Where the result of this key is kept; nowhere if the environment names no folder.
static std::optional<std::string> cacheFile(const std::string &key) {
  std::string root = environment("XDG_CACHE_HOME"), home = environment("HOME");
  if (root.empty() && home.empty())
    return std::nullopt;
  return (root.empty() ? home + "/.cache" : root) + "/braid/" + key + ".cubin";
}

/// The digest that stands behind a kept result. Where it does not fit, disk or user changed the file, and it counts for
/// nothing.
static std::string digestOf(StringRef bytes) {
  Sha256Digest digest = sha256(bytes.data(), bytes.size());
  return std::string(digest.begin(), digest.end());
}

static std::optional<std::string> readCache(const std::string &path) {
  auto kept = MemoryBuffer::getFile(path);
  if (!kept)
    return std::nullopt;
  StringRef file = (*kept)->getBuffer(), bytes = file.drop_back(std::min(file.size(), sizeof(Sha256Digest)));
  if (file.drop_front(bytes.size()) != digestOf(bytes))
    return std::nullopt;
  return bytes.str();
}

/// A cache that cannot be written costs time alone.
static void writeCache(const std::string &path, const std::string &bytes) {
  if (!sys::fs::create_directories(sys::path::parent_path(path)))
    (void)writeFile(path, bytes + digestOf(bytes));
}

Result<std::string> assemble(const std::string &ptx) {
  BRAID_TRY_ASSIGN(std::string ptxas, findPtxas());
  int status = 0;
  BRAID_TRY_ASSIGN(std::string version, output(ptxas, {ptxas, "--version"}, status));
  std::string archFlag = ("-arch=" + arch).str();
  std::string key = version + archFlag + ptx;
  std::optional<std::string> cached = cacheFile(toHex(sha256(key.data(), key.size())));
  if (cached)
    if (std::optional<std::string> kept = readCache(*cached))
      return *kept;

  SmallString<128> input, cubin;
  if (sys::fs::createTemporaryFile("braid", "ptx", input) || sys::fs::createTemporaryFile("braid", "cubin", cubin))
    return Status::io("cannot create a temporary file");
  FileRemover removeInput(input), removeCubin(cubin);
  BRAID_TRY(writeFile(input.str().str(), ptx));
  BRAID_TRY_ASSIGN(std::string messages, output(ptxas, {ptxas, archFlag, "-v", "-o", cubin, input}, status));
  if (status != 0)
    return Status::internal(cat("ptxas refuses the kernels with exit code ", status, ": ",
                                StringRef(messages).trim().split('\n').first.str()));
  if (auto slow = complaint(messages))
    return Status::internal(cat("ptxas makes the kernels slow: ", *slow));
  auto buffer = MemoryBuffer::getFile(cubin);
  if (!buffer)
    return Status::io("cannot read what ptxas wrote");
  std::string bytes = (*buffer)->getBuffer().str();
  if (!StringRef(bytes).starts_with("\x7f" "ELF"))
    return Status::io(cat("expected machine code from '", ptxas, "', found ", bytes.size(), " other bytes"));
  if (cached)
    writeCache(*cached, bytes);
  return bytes;
}

} // namespace braid::nvptx

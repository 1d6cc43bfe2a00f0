//===- LoadedObject.cpp - An artifact's code in memory --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoadedObject.h"

#include "braid/Formats/File.h"

#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

namespace braid {

#if defined(__x86_64__)
constexpr uint16_t hostMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t hostMachine = EM_AARCH64;
#else
#error "the machine number of this architecture is missing here"
#endif

static Status checkHeader(std::string_view bytes, const std::string &file) {
  Elf64_Ehdr header;
  if (bytes.size() < sizeof header)
    return Status::badInput(cat(file, ": expected a shared object, found ", bytes.size(), " bytes"));
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_type != ET_DYN)
    return Status::badInput(cat(file, ": expected a 64-bit ELF shared object, found something else"));
  if (header.e_machine != hostMachine)
    return Status::unsupported(
        cat(file, ": expected code for ELF machine ", hostMachine, ", found machine ", header.e_machine));
  return {};
}

Result<LoadedObject> LoadedObject::load(std::string_view bytes, const std::string &file) {
  BRAID_TRY(checkHeader(bytes, file));
  LoadedObject object;
  object.descriptor = ::memfd_create("braid-artifact", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (object.descriptor < 0 && errno == EINVAL) // kernels before 6.3 do not know MFD_EXEC
    object.descriptor = ::memfd_create("braid-artifact", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (object.descriptor < 0)
    return systemError("cannot make room in memory for the code of", file, errno);
  for (size_t done = 0; done < bytes.size();) {
    ssize_t written = ::write(object.descriptor, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return systemError("cannot copy the code of", file, written < 0 ? errno : EIO);
    done += static_cast<size_t>(written);
  }
  if (::fcntl(object.descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return systemError("cannot seal the code of", file, errno);
  // The descriptor stays open as long as the object is loaded: the loader knows
  // objects by name, and an open descriptor's number names no other one.
  object.handle = ::dlopen(cat("/proc/self/fd/", object.descriptor).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!object.handle) {
    const char *reason = ::dlerror();
    return Status::badInput(cat(file, ": expected a loadable shared object, found: ", reason ? reason : "no reason"));
  }
  object.entryTable = static_cast<const braid_artifact_table *>(::dlsym(object.handle, "braid_artifact"));
  if (!object.entryTable)
    return Status::badInput(cat(file, ": expected the symbol 'braid_artifact', found no such symbol"));
  if (object.entryTable->version != BRAID_ARTIFACT_VERSION)
    return Status::unsupported(cat(file, ": expected a table of version ", BRAID_ARTIFACT_VERSION, ", found version ",
                                   object.entryTable->version));
  return object;
}

LoadedObject::~LoadedObject() {
  if (handle)
    ::dlclose(handle);
  if (descriptor >= 0)
    ::close(descriptor);
}

} // namespace braid

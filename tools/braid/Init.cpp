//===- Init.cpp - braid init ----------------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "braid/Formats/File.h"
#include "braid/Formats/Safetensors.h"

#include <cerrno>
#include <sys/stat.h>

namespace braid::tool {

namespace {
struct Options {
  ProgramOptions program;
  std::string output;
};

Status init(const Options &options) {
  BRAID_TRY_ASSIGN(ProgramHandle program, options.program.load());
  std::vector<TensorToWrite> tensors;
  for (int32_t i = 0; i < braid_program_weight_count(program.get()); ++i) {
    braid_weight_info info = {};
    info.size = sizeof info;
    BRAID_TRY(take(braid_program_weight(program.get(), i, &info)));
    std::optional<DType> dtype = dtypeFromName(info.dtype);
    if (!dtype)
      return Status::internal(cat("weight ", inQuotes(info.name), ": expected a dtype, found ", inQuotes(info.dtype)));
    tensors.push_back({info.name, *dtype, {info.shape, info.shape + info.rank}, info.data});
  }
  if (::mkdir(options.output.c_str(), 0777) != 0 && errno != EEXIST)
    return systemError("cannot create the folder", options.output, errno);
  return writeSafetensors(options.output + "/model.safetensors", std::move(tensors), {{"format", "pt"}});
}
} // namespace

Command addInit(CLI::App &app) {
  auto options = std::make_shared<Options>();
  options->program.addTo(app, /*withWeights=*/false);
  app.add_option("-o,--output", options->output, "Folder for model.safetensors")->required()->type_name("DIR");
  return [options] { return init(*options); };
}

} // namespace braid::tool

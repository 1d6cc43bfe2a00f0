//===- KernelTable.cpp - Kernels for a GPU in an artifact -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/KernelTable.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace braid {

namespace {
constexpr int64_t maxExtent = int64_t{1} << 40;
constexpr int64_t maxImageBytes = int64_t{1} << 31;
// What the hardware's tensor maps can express.
constexpr int64_t maxBox = 256, mapAlignment = 16;

Status readArgument(JsonValue object, GpuKernel::Argument &argument) {
  BRAID_TRY_ASSIGN(JsonValue dtypeValue, object.get("dtype"));
  BRAID_TRY_ASSIGN(std::string_view name, dtypeValue.asString());
  std::optional<DType> dtype = dtypeFromName(name);
  if (!dtype)
    return dtypeValue.expected("'f64', 'f32', 'f16', 'bf16', 'i32' or 'i64'");
  argument.dtype = *dtype;
  if (!object.find("shape"))
    return object.find("strides") ? object.error("expected key 'shape' beside 'strides', found none") : Status();
  BRAID_TRY_ASSIGN(argument.shape, object.getInts("shape", GpuKernel::dynamic, maxExtent));
  if (argument.shape.empty() || argument.shape.size() > GpuKernel::maxRank)
    return object.error(cat("expected a shape of 1 to ", GpuKernel::maxRank, " sizes, found ", listed(argument.shape)));
  for (int64_t size : argument.shape)
    if (size == 0)
      return object.error(cat("expected sizes of at least 1, or -1, found shape ", listed(argument.shape)));
  BRAID_TRY_ASSIGN(argument.strides, object.getInts("strides", 1, maxExtent));
  if (argument.strides.size() != argument.shape.size() || argument.strides.back() != 1)
    return object.error(cat("expected a stride for each of ", argument.shape.size(), " sizes, the last 1, found ",
                            listed(argument.strides)));
  return {};
}

/// What can be known of a tensor map before there is a pointer.
Status checkTensorMap(JsonValue object, const GpuKernel::Argument &view, const GpuKernel::TensorMap &map) {
  uint64_t elementBytes = sizeOf(view.dtype);
  for (size_t d = 0; d + 1 < view.strides.size(); ++d)
    if (uint64_t bytes = static_cast<uint64_t>(view.strides[d]) * elementBytes; bytes % mapAlignment != 0)
      return object.error(cat("expected strides of a multiple of ", mapAlignment, " bytes, found ", bytes,
                              " in dimension ", d, " of argument ", map.argument));
  uint64_t innerBytes = map.box.back() * elementBytes;
  if (innerBytes % mapAlignment != 0)
    return object.error(
        cat("expected a box whose last size is a multiple of ", mapAlignment, " bytes, found ", innerBytes));
  if (map.swizzle != 0 && innerBytes > map.swizzle)
    return object.error(cat("expected a box whose last size is at most the swizzle's ", map.swizzle, " bytes, found ",
                            innerBytes));
  return {};
}

Status readTensorMap(JsonValue object, const std::vector<GpuKernel::Argument> &arguments, GpuKernel::TensorMap &map) {
  BRAID_TRY_ASSIGN(int64_t argument, object.getInt("argument", 0, static_cast<int64_t>(arguments.size()) - 1));
  map.argument = static_cast<uint32_t>(argument);
  const GpuKernel::Argument &view = arguments[map.argument];
  if (!view.isView())
    return object.error(cat("expected a view as argument ", argument, ", found a number"));
  BRAID_TRY_ASSIGN(std::vector<int64_t> box, object.getInts("box", 1, maxBox));
  if (box.size() != view.shape.size())
    return object.error(cat("expected a box of ", view.shape.size(), " sizes, found ", listed(box)));
  map.box.assign(box.begin(), box.end());
  BRAID_TRY_ASSIGN(int64_t swizzle, object.getInt("swizzle", 0, 128));
  if (swizzle != 0 && swizzle != 32 && swizzle != 64 && swizzle != 128)
    return object.error(cat("expected a swizzle of 0, 32, 64 or 128 bytes, found ", swizzle));
  map.swizzle = static_cast<uint32_t>(swizzle);
  return checkTensorMap(object, view, map);
}

Status readImage(JsonValue object, GpuKernel::Image &image) {
  BRAID_TRY_ASSIGN(JsonValue archValue, object.get("arch"));
  BRAID_TRY_ASSIGN(std::string_view arch, archValue.asString());
  if (!GpuArch::parse(arch))
    return archValue.expected("an architecture such as 'sm_90a'");
  image.arch = std::string(arch);
  BRAID_TRY_ASSIGN(int64_t offset, object.getInt("offset", 0, maxImageBytes));
  BRAID_TRY_ASSIGN(int64_t bytes, object.getInt("bytes", 1, maxImageBytes));
  image.offset = static_cast<uint64_t>(offset);
  image.bytes = static_cast<uint64_t>(bytes);
  return {};
}

Status readLaunch(JsonValue object, GpuKernel &kernel) {
  BRAID_TRY_ASSIGN(int64_t threads, object.getInt("threads", 1, 1024));
  BRAID_TRY_ASSIGN(int64_t sharedBytes, object.getInt("shared_bytes", 0, 1 << 20));
  BRAID_TRY_ASSIGN(int64_t cluster, object.getInt("cluster", 1, 16));
  kernel.threads = static_cast<uint32_t>(threads);
  kernel.sharedBytes = static_cast<uint32_t>(sharedBytes);
  kernel.cluster = static_cast<uint32_t>(cluster);
  BRAID_TRY_ASSIGN(kernel.persistent, object.getBool("persistent"));
  return {};
}
} // namespace

Status readGpuKernel(JsonValue object, GpuKernel &kernel) {
  BRAID_TRY_ASSIGN(std::string_view name, object.getString("name"));
  kernel.name = std::string(name);
  if (name.empty() || name.find('\0') != name.npos)
    return object.error(cat("expected the name of a symbol, found ", inQuotes(name)));
  BRAID_TRY(readLaunch(object, kernel));
  BRAID_TRY_ASSIGN(JsonValue arguments, object.getArray("arguments"));
  kernel.arguments.resize(arguments.size());
  for (size_t i = 0; i < arguments.size(); ++i)
    BRAID_TRY(readArgument(arguments.at(i), kernel.arguments[i]));
  if (uint32_t bytes = kernel.layout().bytes; bytes > GpuKernel::maxStructBytes)
    return arguments.error(
        cat("expected arguments of at most ", GpuKernel::maxStructBytes, " bytes, found ", bytes, " bytes"));
  BRAID_TRY_ASSIGN(JsonValue maps, object.getArray("tensor_maps"));
  if (maps.size() > GpuKernel::maxTensorMaps)
    return maps.error(cat("expected at most ", GpuKernel::maxTensorMaps, " tensor maps, found ", maps.size()));
  kernel.tensorMaps.resize(maps.size());
  for (size_t i = 0; i < maps.size(); ++i)
    BRAID_TRY(readTensorMap(maps.at(i), kernel.arguments, kernel.tensorMaps[i]));
  BRAID_TRY_ASSIGN(JsonValue images, object.getArray("images"));
  if (images.size() == 0)
    return images.error("expected at least one image, found none");
  kernel.images.resize(images.size());
  for (size_t i = 0; i < images.size(); ++i)
    BRAID_TRY(readImage(images.at(i), kernel.images[i]));
  return {};
}

GpuKernel::Layout GpuKernel::layout() const {
  Layout layout;
  uint64_t end = 0;
  // Saturates, so that a table of absurd length is found to be too long.
  auto place = [&](uint64_t bytes, uint64_t alignment) {
    uint64_t start = (end + alignment - 1) / alignment * alignment;
    end = std::min<uint64_t>(start + bytes, UINT32_MAX / 2);
    return static_cast<uint32_t>(start);
  };
  for (const Argument &argument : arguments) {
    uint64_t bytes = argument.isView() ? 8 : sizeOf(argument.dtype);
    layout.offsets.push_back(place(bytes, bytes));
    for (int64_t size : argument.shape)
      if (size == dynamic)
        place(8, 8);
  }
  layout.grid = place(24, 8);
  layout.bytes = static_cast<uint32_t>(end);
  return layout;
}

static std::string formatKernel(const GpuKernel &kernel) {
  std::string out = cat("{\"name\": ", jsonQuoted(kernel.name), ", \"threads\": ", kernel.threads,
                        ", \"shared_bytes\": ", kernel.sharedBytes, ", \"cluster\": ", kernel.cluster,
                        ", \"persistent\": ", kernel.persistent ? "true" : "false", ",\n     \"arguments\": [");
  const char *separator = "";
  auto next = [&] { return std::exchange(separator, ", "); };
  for (const GpuKernel::Argument &argument : kernel.arguments) {
    out += cat(next(), "{\"dtype\": ", jsonQuoted(nameOf(argument.dtype)));
    if (argument.isView())
      out += cat(", \"shape\": ", listed(argument.shape), ", \"strides\": ", listed(argument.strides));
    out += "}";
  }
  out += "],\n     \"tensor_maps\": [";
  separator = "";
  for (const GpuKernel::TensorMap &map : kernel.tensorMaps)
    out += cat(next(), "{\"argument\": ", map.argument, ", \"box\": ", listed(map.box), ", \"swizzle\": ", map.swizzle,
               "}");
  out += "],\n     \"images\": [";
  separator = "";
  for (const GpuKernel::Image &image : kernel.images)
    out += cat(next(), "{\"arch\": ", jsonQuoted(image.arch), ", \"offset\": ", image.offset,
               ", \"bytes\": ", image.bytes, "}");
  return out + "]}";
}

std::string formatGpuKernels(const std::vector<GpuKernel> &kernels) {
  std::string out = "[";
  for (const GpuKernel &kernel : kernels)
    out += cat(out.size() > 1 ? ",\n    " : "\n    ", formatKernel(kernel));
  return out + (kernels.empty() ? "]" : "\n  ]");
}

std::string kernelManifest(const std::vector<GpuKernel> &kernels) {
  return cat("{\n  \"format\": 1,\n  \"target\": {\"kind\": \"cuda\", \"cpu\": \"\", \"features\": []},\n",
             "  \"gpu_kernels\": ", formatGpuKernels(kernels), "\n}\n");
}

std::optional<GpuArch> GpuArch::parse(std::string_view name) {
  constexpr std::string_view prefix = "sm_";
  if (name.substr(0, prefix.size()) != prefix)
    return std::nullopt;
  GpuArch arch;
  const char *end = name.data() + name.size();
  auto [stop, code] = std::from_chars(name.data() + prefix.size(), end, arch.number);
  if (code != std::errc() || arch.number < 10 || arch.number > 999)
    return std::nullopt;
  if (stop != end && (*stop == 'a' || *stop == 'f'))
    arch.suffix = *stop++;
  return stop == end ? std::optional(arch) : std::nullopt;
}

bool GpuArch::runsOn(int device) const {
  return suffix == 'a' ? device == number : device / 10 == number / 10 && device >= number;
}

} // namespace braid

//===- Versions.cpp - The code of a module, for each of its CPUs -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Pipelines/Versions.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace braid {

/// The `cpu` of a module's options: a name, or a list of names.
static Attribute cpuOf(ModuleOp module) {
  auto options = module->getAttrOfType<DictionaryAttr>(kOptionsAttr);
  return options ? options.get("cpu") : Attribute();
}

static Result<cpu::TargetInfo> targetNamed(Attribute attribute, const std::string &file) {
  auto name = dyn_cast_or_null<StringAttr>(attribute);
  cpu::TargetInfo info = cpu::TargetInfo::get(name ? name.getValue() : "");
  if (info.features.empty())
    return Status::badInput(cat(file, ": attribute ", std::string_view(kOptionsAttr),
                                ": key 'cpu': expected an x86-64 CPU with AVX2, found ", inQuotes(info.name)));
  return info;
}

Result<std::vector<Version>> versionsOf(ModuleOp module, Phase phase, const std::string &file) {
  Attribute cpu = cpuOf(module);
  auto list = dyn_cast_or_null<ArrayAttr>(cpu);
  if (list && list.empty())
    return Status::badInput(cat(file, ": attribute ", std::string_view(kOptionsAttr),
                                ": key 'cpu': expected at least one CPU, found none"));
  if (!list || phase < Phase::Schedule) {
    BRAID_TRY_ASSIGN(cpu::TargetInfo target, targetNamed(list ? list[0] : cpu, file));
    return std::vector<Version>{{module, std::move(target)}};
  }
  auto parts = llvm::to_vector(module.getOps<ModuleOp>());
  if (parts.size() != list.size())
    return Status::badInput(
        cat(file, ": expected a module for each of ", list.size(), " CPUs, found ", parts.size()));
  std::vector<Version> versions;
  for (auto [part, name] : llvm::zip_equal(parts, list)) {
    BRAID_TRY_ASSIGN(cpu::TargetInfo target, targetNamed(name, file));
    if (cpuOf(part) != name)
      return Status::badInput(cat(file, ": module ", versions.size(), ": attribute ", std::string_view(kOptionsAttr),
                                  ": key 'cpu': expected ", inQuotes(target.name), " as the whole says, found another"));
    versions.push_back({part, std::move(target)});
  }
  return versions;
}

} // namespace braid

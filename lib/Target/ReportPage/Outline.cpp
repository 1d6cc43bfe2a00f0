//===- Outline.cpp - Groups, launches, buffers and kernels as JSON ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Outline.h"
#include "Layers.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Host/IR/Host.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include <string>

using namespace mlir;

namespace braid {

template <typename Printed> static std::string textOf(Printed printed) {
  std::string text;
  llvm::raw_string_ostream(text) << printed;
  return text;
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

llvm::json::Object outlineGroups(ModuleOp module) {
  llvm::json::Object entries;
  for (auto entry : module.getOps<func::FuncOp>()) {
    if (entry.isExternal())
      continue;
    llvm::json::Array groups;
    LayerWalk walk;
    for (Operation &op : entry.getBody().front()) {
      int64_t layer = walk.next(op);
      auto fused = dyn_cast<FusedOp>(op);
      if (!fused)
        continue;
      fused->setLoc(FusedLoc::get(module.getContext(), {fused.getLoc()},
                                  IntegerAttr::get(IndexType::get(module.getContext()), groups.size())));
      llvm::json::Array ops;
      for (Operation &inner : fused.getBody().front().without_terminator())
        ops.push_back(inner.getName().stripDialect());
      groups.push_back(llvm::json::Object{{"layer", layer},
                                          {"ops", std::move(ops)},
                                          {"anchor", fused.getAnchor() ? fused.getAnchor()->getName().stripDialect() : ""}});
    }
    entries[entry.getSymName()] = std::move(groups);
  }
  return entries;
}

/// The place that outlineGroups gave the region of a launch; -1 where it saw none.
static int64_t groupOf(host::LaunchOp launch) {
  auto marked = dyn_cast<FusedLoc>(launch.getLoc());
  auto number = marked ? dyn_cast_or_null<IntegerAttr>(marked.getMetadata()) : IntegerAttr();
  return number ? number.getInt() : -1;
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

namespace {

/// The launches and buffers of one program, in order.
class ProgramOutline {
public:
  explicit ProgramOutline(host::ProgramOp program) : program(program) {}

  llvm::json::Object run() {
    LayerWalk walk;
    llvm::json::Array launches;
    program.walk([&](host::LaunchOp launch) { launches.push_back(addLaunch(launch, walk.next(*launch))); });
    llvm::json::Array buffers;
    for (auto &[buffer, life] : lives)
      buffers.push_back(describe(cast<host::BufferOp>(buffer), life));
    return llvm::json::Object{{"launches", std::move(launches)}, {"buffers", std::move(buffers)}};
  }

private:
  struct Life {
    int64_t first, last; // launches
  };

  llvm::json::Object addLaunch(host::LaunchOp launch, int64_t layer) {
    int64_t number = count++;
    llvm::SetVector<int64_t> from;
    llvm::SetVector<Value> results;
    auto text = SymbolTable::lookupNearestSymbolFrom<tile::KernelOp>(launch, launch.getKernelAttr());
    for (auto [index, argument] : llvm::enumerate(launch.getArguments())) {
      Value root = rootOf(argument);
      if (auto writer = writers.find(root); writer != writers.end())
        from.insert(writer->second);
      if (text && writes(text, index))
        results.insert(root);
      if (root.getDefiningOp<host::BufferOp>())
        lives.try_emplace(root.getDefiningOp(), Life{number, number}).first->second.last = number;
    }
    for (Value root : results)
      writers[root] = number;
    llvm::json::Array names;
    for (StringAttr name : llvm::SetVector<StringAttr>(llvm::from_range, namesIn(*launch)))
      names.push_back(name.getValue());
    return llvm::json::Object{{"kernel", launch.getKernel().getLeafReference().getValue()},
            {"group", groupOf(launch)},
            {"layer", layer},
            {"from", llvm::json::Array(from)},
            {"names", std::move(names)}};
  }

  bool writes(tile::KernelOp text, size_t argument) {
    auto known = written.find(text);
    if (known != written.end())
      return known->second.contains(argument);
    llvm::DenseSet<size_t> &arguments = written[text];
    text.walk([&](MemoryEffectOpInterface op) {
      SmallVector<MemoryEffects::EffectInstance> effects;
      op.getEffects(effects);
      for (MemoryEffects::EffectInstance &effect : effects)
        if (auto view = dyn_cast_or_null<BlockArgument>(effect.getValue()); view && isa<MemoryEffects::Write>(effect.getEffect()))
          arguments.insert(view.getArgNumber());
    });
    return arguments.contains(argument);
  }

  static llvm::json::Object describe(host::BufferOp buffer, const Life &life) {
    return llvm::json::Object{{"axis", host::stringifyAxis(buffer.getAxis())},
            {"offset", int64_t(buffer.getOffset().value_or(0))},
            {"bytes", buffer.getBytes()},
            {"first", life.first},
            {"last", life.last},
            {"type", textOf(buffer.getResult().getType())}};
  }

  host::ProgramOp program;
  int64_t count = 0;
  llvm::DenseMap<Value, int64_t> writers; // the last launch that wrote what lies there
  llvm::MapVector<Operation *, Life> lives;
  llvm::DenseMap<Operation *, llvm::DenseSet<size_t>> written; // arguments, by kernel
};

} // namespace

llvm::json::Object outlinePrograms(ModuleOp module) {
  llvm::json::Object programs;
  for (auto program : module.getOps<host::ProgramOp>())
    programs[program.getSymName()] = ProgramOutline(program).run();
  return programs;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// Each parameter of a config with its value, in the attribute's order, those with their default too.
static llvm::json::Array parametersOf(Attribute config) {
  llvm::json::Array parameters;
  auto add = [&](StringRef name, llvm::json::Value value) {
    parameters.push_back(llvm::json::Array{name, std::move(value)});
  };
  if (auto contraction = dyn_cast<tile::ContractionConfigAttr>(config)) {
    add("rows", contraction.getRows());
    add("columns", contraction.getColumns());
    add("depth", contraction.getDepth());
    add("regime", tile::stringifyRegime(contraction.getRegime()));
    add("stages", contraction.getStages());
    add("groups", contraction.getGroups());
    add("raster", contraction.getRaster());
  } else if (auto attention = dyn_cast<tile::AttentionConfigAttr>(config)) {
    add("queries", attention.getQueries());
    add("keys", attention.getKeys());
    add("stages", attention.getStages());
    add("groups", attention.getGroups());
    add("raster", attention.getRaster());
  } else if (auto scan = dyn_cast<tile::SSDScanConfigAttr>(config)) {
    add("chunk", scan.getChunk());
    add("segments", scan.getSegments());
    add("stages", scan.getStages());
    add("heads", scan.getHeads());
  } else {
    add("config", textOf(config));
  }
  return parameters;
}

/// The op's attributes but those that say what it is called and what it takes; a dictionary's entries one by one.
static llvm::json::Object attributesOf(Operation *op) {
  llvm::json::Object attributes;
  for (NamedAttribute attribute : op->getDiscardableAttrs()) {
    std::string name = attribute.getName().str();
    if (auto dictionary = dyn_cast<DictionaryAttr>(attribute.getValue()))
      for (NamedAttribute entry : dictionary)
        attributes[name + "." + entry.getName().str()] = textOf(entry.getValue());
    else if (name != tile::kConfigAttr)
      attributes[name] = textOf(attribute.getValue());
  }
  return attributes;
}

static void outlineText(tile::KernelOp text, llvm::json::Object &kernel) {
  kernel["attributes"] = attributesOf(text);
  if (Attribute config = text->getAttr(tile::kConfigAttr))
    kernel["config"] = parametersOf(config);
  llvm::json::Array arguments;
  for (Type type : text.getArgumentTypes())
    arguments.push_back(textOf(type));
  kernel["arguments"] = std::move(arguments);
}

void outlineKernels(ModuleOp module, llvm::json::Object &kernels) {
  auto named = [&](StringRef name) -> llvm::json::Object & {
    return *kernels.try_emplace(name, llvm::json::Object()).first->second.getAsObject();
  };
  module.walk([&](Operation *op) {
    if (auto text = dyn_cast<tile::KernelOp>(op))
      outlineText(text, named(text.getSymName()));
    else if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op); function && kernels.get(function.getSymName()))
      named(function.getSymName())["lowered"] = attributesOf(function);
  });
}

} // namespace braid

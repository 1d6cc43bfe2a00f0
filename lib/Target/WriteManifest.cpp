//===- WriteManifest.cpp - What the runtime must know, as JSON -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Host/IR/Host.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "braid/Runtime/artifact.h"
#include "braid/Target/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/JSON.h"

using namespace mlir;

namespace braid {
#define GEN_PASS_DEF_WRITEMANIFESTPASS
#include "braid/Target/Passes.h.inc"

namespace {

/// Attributes that JSON has a word for.
llvm::json::Value toJSON(Attribute attribute) {
  if (auto text = dyn_cast<StringAttr>(attribute))
    return text.getValue();
  if (auto flag = dyn_cast<BoolAttr>(attribute))
    return flag.getValue();
  if (auto integer = dyn_cast<IntegerAttr>(attribute))
    return integer.getInt();
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  llvm::json::Array array;
  if (auto numbers = dyn_cast<DenseI64ArrayAttr>(attribute))
    for (int64_t number : numbers.asArrayRef())
      array.push_back(number);
  if (auto list = dyn_cast<ArrayAttr>(attribute))
    for (Attribute element : list)
      array.push_back(toJSON(element));
  if (auto dictionary = dyn_cast<DictionaryAttr>(attribute)) {
    llvm::json::Object object;
    for (NamedAttribute entry : dictionary)
      object[entry.getName().getValue()] = toJSON(entry.getValue());
    return object;
  }
  return array;
}

std::string typeName(Type element) {
  std::string name;
  llvm::raw_string_ostream(name) << element;
  return name;
}

llvm::json::Array toJSON(ArrayRef<int64_t> shape) {
  llvm::json::Array array;
  for (int64_t extent : shape)
    array.push_back(extent);
  return array;
}

llvm::json::Array weightsOf(ModuleOp module) {
  llvm::json::Array weights;
  for (auto weight : module.getOps<WeightOp>()) {
    RankedTensorType type = weight.getTensorType();
    weights.push_back(llvm::json::Object{{"name", weight.getSymName()},
                                         {"dtype", typeName(type.getElementType())},
                                         {"shape", toJSON(type.getShape())},
                                         {"init", toJSON(weight.getInit())}});
  }
  return weights;
}

llvm::json::Array statesOf(ModuleOp module) {
  llvm::json::Array states;
  for (auto state : module.getOps<StateOp>()) {
    RankedTensorType type = state.getTensorType();
    SmallVector<int64_t> shape(type.getShape());
    if (state.getKind() == StateKind::KV) // one page: [kv_heads, 128, head_dim]
      shape = {shape[1], BRAID_PAGE_TOKENS, shape[2]};
    states.push_back(llvm::json::Object{{"name", state.getSymName()},
                                        {"kind", stringifyStateKind(state.getKind())},
                                        {"dtype", typeName(type.getElementType())},
                                        {"shape", toJSON(shape)}});
  }
  return states;
}

/// Extents, with "tokens" or "rows" where the leading one is the call's.
llvm::json::Object tensorOf(tile::ViewType view, host::Axis axis) {
  llvm::json::Array shape = toJSON(view.getShape());
  if (axis != host::Axis::Fixed)
    shape.front() = host::stringifyAxis(axis);
  return llvm::json::Object{{"dtype", typeName(view.getElementType())}, {"shape", std::move(shape)}};
}

/// Arguments or results, by their number, which is their order in the program.
template <typename TensorOp> llvm::json::Array tensorsOf(host::ProgramOp program) {
  llvm::json::Array tensors;
  for (auto op : program.getBody().front().getOps<TensorOp>())
    tensors.push_back(tensorOf(op.getResult().getType(), op.getAxis()));
  return tensors;
}

llvm::json::Object entryOf(host::ProgramOp program) {
  ArrayRef<int64_t> arena = *program.getArena();
  llvm::json::Object entry{{"name", program.getSymName()},
                           {"arena", llvm::json::Object{{"tokens", arena[0]}, {"rows", arena[1]}, {"fixed", arena[2]}}},
                           {"one_token_rows", program.getStep()}};
  if (std::optional<host::Axis> logits = program.getLogits()) {
    entry["logits"] = *logits == host::Axis::Tokens ? "token" : "row";
    return entry;
  }
  entry["ragged"] = program.getRagged();
  entry["arguments"] = tensorsOf<host::ArgumentOp>(program);
  entry["results"] = tensorsOf<host::ResultOp>(program);
  llvm::SetVector<StringRef> states;
  program.walk([&](host::StateOp state) { states.insert(state.getName()); });
  entry["states"] = llvm::json::Array(states);
  return entry;
}

llvm::json::Object costOf(ArrayRef<int64_t> cost) {
  return llvm::json::Object{{"tokens", cost[0]}, {"rows", cost[1]}, {"fixed", cost[2]}, {"context", cost[3]}};
}

/// The type whose arithmetic bounds a kernel: of its matrix products, else of its element-wise work.
std::string mathOf(ModuleOp module, StringRef kernel, StringRef model) {
  std::string type = model == "f64" ? "f64" : "f32";
  if (auto text = module.lookupSymbol<tile::KernelOp>(kernel))
    text.walk([&](tile::MmaOp product) { type = typeName(product.getA().getType().getElementType()); });
  return type;
}

/// The kernels of one entry with the summed cost of their launches, in order of first launch.
void appendKernels(host::ProgramOp program, StringRef dtype, llvm::json::Array &kernels) {
  struct Sum {
    int64_t calls = 0;
    std::array<int64_t, 4> flops{}, bytes{}, exponentials{};
  };
  llvm::MapVector<StringRef, Sum> sums;
  program.walk([&](host::LaunchOp launch) {
    Sum &sum = sums[launch.getKernel().getLeafReference()];
    ++sum.calls;
    for (unsigned i = 0; i < 4; ++i)
      sum.flops[i] += launch.getFlops()[i], sum.bytes[i] += launch.getBytes()[i];
    if (std::optional<ArrayRef<int64_t>> exponentials = launch.getExponentials())
      for (unsigned i = 0; i < 4; ++i)
        sum.exponentials[i] += (*exponentials)[i];
  });
  for (auto &[name, sum] : sums) {
    llvm::json::Object kernel{{"name", name},
                              {"entry", program.getSymName()},
                              {"calls", sum.calls},
                              {"math", mathOf(program->getParentOfType<ModuleOp>(), name, dtype)},
                              {"flops", costOf(sum.flops)},
                              {"bytes", costOf(sum.bytes)}};
    if (llvm::any_of(sum.exponentials, [](int64_t count) { return count != 0; }))
      kernel["exponentials"] = costOf(sum.exponentials);
    kernels.push_back(std::move(kernel));
  }
}

struct WriteManifest : impl::WriteManifestPassBase<WriteManifest> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto model = module->getAttrOfType<DictionaryAttr>(kModelAttr);
    auto options = module->getAttrOfType<DictionaryAttr>(kOptionsAttr);
    bool ofModel = llvm::any_of(module.getOps<host::ProgramOp>(),
                                [](host::ProgramOp program) { return program.getLogits().has_value(); });
    if (!options || (ofModel && !model)) {
      module.emitError() << "expects module attribute " << (options ? kModelAttr : kOptionsAttr) << ", found none";
      return signalPassFailure();
    }
    auto recorded = options.getAs<StringAttr>("dtype");
    StringRef dtype = recorded ? recorded.getValue() : "bf16";
    llvm::json::Array entries, kernels;
    for (auto program : module.getOps<host::ProgramOp>()) {
      if (!program.getArena() || program.getArena()->size() != 3) {
        program.emitOpError() << "expects planned memory, found a program without 'arena' of three sizes";
        return signalPassFailure();
      }
      entries.push_back(entryOf(program));
      appendKernels(program, dtype, kernels);
    }
    llvm::json::Object target;
    for (StringRef key : {"kind", "cpu", "features"})
      if (Attribute value = options.get(key == "kind" ? "target" : key))
        target[key] = toJSON(value);
    llvm::json::Object manifest{{"format", 1},
                                {"target", std::move(target)},
                                {"dtype", dtype},
                                {"weights", weightsOf(module)},
                                {"states", statesOf(module)},
                                {"entries", std::move(entries)},
                                {"kernels", std::move(kernels)}};
    if (model)
      manifest["model"] = toJSON(model);
    std::string text;
    llvm::raw_string_ostream(text) << llvm::json::Value(std::move(manifest));
    module->setAttr(kManifestAttr, StringAttr::get(&getContext(), text));
  }
};

} // namespace
} // namespace braid

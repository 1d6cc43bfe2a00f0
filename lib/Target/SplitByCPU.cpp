//===- SplitByCPU.cpp - One module for each CPU ----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Target/CPU/TargetInfo.h"
#include "braid/Target/Passes.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace braid {
#define GEN_PASS_DEF_BRAIDSPLITBYCPUPASS
#include "braid/Target/Passes.h.inc"

namespace {

struct SplitByCPU : impl::BraidSplitByCPUPassBase<SplitByCPU> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto options = module->getAttrOfType<DictionaryAttr>(kOptionsAttr);
    auto names = options ? options.getAs<ArrayAttr>("cpu") : ArrayAttr();
    if (!names)
      return;
    SmallVector<OwningOpRef<ModuleOp>> parts;
    for (Attribute name : names) {
      auto text = dyn_cast<StringAttr>(name);
      cpu::TargetInfo target = cpu::TargetInfo::get(text ? text.getValue() : "");
      if (target.features.empty()) {
        module.emitError() << "attribute " << kOptionsAttr << ": expects an x86-64 CPU with AVX2, found " << name;
        return signalPassFailure();
      }
      parts.push_back(partFor(module, options, target));
    }
    Block *body = module.getBody();
    body->clear();
    for (OwningOpRef<ModuleOp> &part : parts)
      body->push_back(part.release());
    module->removeAttr(kModelAttr);
  }

private:
  static OwningOpRef<ModuleOp> partFor(ModuleOp module, DictionaryAttr options, const cpu::TargetInfo &target) {
    OwningOpRef<ModuleOp> part = module.clone();
    Builder builder(module.getContext());
    NamedAttrList own(options);
    own.set("cpu", builder.getStringAttr(target.name));
    own.set("features", builder.getStrArrayAttr(llvm::to_vector_of<StringRef>(target.features)));
    NamedAttrList attributes;
    attributes.set(kOptionsAttr, own.getDictionary(module.getContext()));
    if (Attribute model = module->getAttr(kModelAttr))
      attributes.set(kModelAttr, model);
    part.get()->setAttrs(attributes.getDictionary(module.getContext()));
    part->setSymName(target.name);
    return part;
  }
};

} // namespace
} // namespace braid

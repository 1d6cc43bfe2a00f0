//===- OutlineLines.cpp - Where in a module's text its parts are -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"
#include "Outline.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Host/IR/Host.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/TypeSwitch.h"
#include <string>

using namespace mlir;

namespace braid {

namespace {

/// Of a lowered program's function; the name behind it is the entry's.
constexpr llvm::StringLiteral kEntryPrefix = "braid_entry_";

class LineOutline {
public:
  explicit LineOutline(const AsmState::LocationMap &places) : places(places) {}

  llvm::json::Object run(ModuleOp module) {
    for (Operation &op : *module.getBody())
      llvm::TypeSwitch<Operation *>(&op)
          .Case([&](func::FuncOp entry) {
            if (!entry.isExternal())
              addEntry(entry.getSymName(), entry, entry.getBody().front());
          })
          .Case([&](host::ProgramOp program) { addEntry(program.getSymName(), program, program.getBody().front()); })
          .Default([](Operation *) {});
    module.walk([&](Operation *op) {
      if (auto text = dyn_cast<tile::KernelOp>(op))
        kernels[text.getSymName()] = line(op);
      if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op); function && !function.isExternal())
        addLowered(function.getSymName(), op);
    });
    return llvm::json::Object{{"entries", std::move(entries)}, {"kernels", std::move(kernels)}};
  }

private:
  int64_t line(Operation *op) const { return places.lookup(op).first; }

  void addLowered(StringRef name, Operation *op) {
    if (name.consume_front(kEntryPrefix))
      entries[name] = llvm::json::Object{{"line", line(op)}};
    else
      kernels[name] = line(op);
  }

  void addEntry(StringRef name, Operation *entry, Block &block) {
    llvm::json::Object layers;
    llvm::json::Array parts;
    LayerWalk walk;
    for (Operation &op : block) {
      if (int64_t layer = walk.next(op); layer != LayerWalk::none)
        layers.try_emplace(std::to_string(layer), line(&op));
      op.walk<WalkOrder::PreOrder>([&](Operation *part) {
        if (isa<FusedOp, host::LaunchOp>(part))
          parts.push_back(line(part));
      });
    }
    entries[name] =
        llvm::json::Object{{"line", line(entry)}, {"layers", std::move(layers)}, {"parts", std::move(parts)}};
  }

  const AsmState::LocationMap &places;
  llvm::json::Object entries, kernels;
};

} // namespace

llvm::json::Object outlineLines(ModuleOp module, const AsmState::LocationMap &places) {
  return LineOutline(places).run(module);
}

} // namespace braid

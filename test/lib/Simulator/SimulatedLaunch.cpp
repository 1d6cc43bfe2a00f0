//===- SimulatedLaunch.cpp - Launches for a CPU, run by the simulator -----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SimulatedLaunch.h"
#include "braid/Conversion/TileToNVVM/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir;

namespace braid::test {

LogicalResult scheduleForHopper(ModuleOp module) {
  PassManager pm(module.getContext());
  pm.addPass(createCSEPass());
  pm.addPass(tile::createTileScheduleHopperPass());
  pm.addPass(tile::createTileVerifySchedulePass());
  return pm.run(module);
}

template <typename T> static void append(std::vector<char> &bytes, T field) {
  bytes.resize(llvm::alignTo(bytes.size(), sizeof(T)) + sizeof(T));
  std::memcpy(bytes.data() + bytes.size() - sizeof(T), &field, sizeof(T));
}

std::vector<char> packArguments(tile::KernelOp kernel, ArrayRef<simulator::Argument> arguments,
                                std::array<int64_t, 3> grid) {
  std::vector<char> bytes;
  for (auto [type, argument] : llvm::zip(kernel.getArgumentTypes(), arguments)) {
    if (auto view = dyn_cast<tile::ViewType>(type)) {
      append(bytes, argument.data);
      for (auto [size, value] : llvm::zip(view.getShape(), argument.shape))
        if (ShapedType::isDynamic(size))
          append(bytes, value);
    } else if (type.isF64()) {
      append(bytes, argument.number);
    } else if (type.isF32()) {
      append(bytes, float(argument.number));
    } else if (type.isInteger(32)) {
      append(bytes, int32_t(argument.integer));
    } else {
      append(bytes, argument.integer);
    }
  }
  for (int64_t size : grid)
    append(bytes, size);
  return bytes;
}

namespace {
/// Reads the fields of a struct one after the other.
class Fields {
public:
  explicit Fields(const void *memory) : memory(static_cast<const char *>(memory)) {}
  template <typename T> T next() {
    at = llvm::alignTo(at, sizeof(T));
    T value;
    std::memcpy(&value, memory + at, sizeof value);
    at += sizeof value;
    return value;
  }

private:
  const char *memory;
  size_t at = 0;
};
} // namespace

LogicalResult simulateLaunch(tile::KernelOp kernel, const void *arguments, simulator::Options options) {
  Fields fields(arguments);
  SmallVector<simulator::Argument> values;
  for (Type type : kernel.getArgumentTypes()) {
    simulator::Argument &value = values.emplace_back();
    if (auto view = dyn_cast<tile::ViewType>(type)) {
      value.data = fields.next<void *>();
      for (int64_t size : view.getShape())
        value.shape.push_back(ShapedType::isDynamic(size) ? fields.next<int64_t>() : size);
    } else if (type.isF64()) {
      value.number = fields.next<double>();
    } else if (type.isF32()) {
      value.number = fields.next<float>();
    } else {
      value.integer = type.isInteger(32) ? fields.next<int32_t>() : fields.next<int64_t>();
    }
  }
  std::array<int64_t, 3> grid;
  for (int64_t &size : grid)
    size = fields.next<int64_t>();
  return simulator::simulate(kernel, values, grid, options);
}

} // namespace braid::test

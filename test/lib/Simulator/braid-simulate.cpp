//===- braid-simulate.cpp - A kernel's schedule against its text ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a kernel's scheduled form in the simulator on random numbers, under many
// orders of events, and holds what it leaves in memory against what the text
// leaves on this CPU. A module of texts is scheduled for Hopper first.
//
//===----------------------------------------------------------------------===//

#include "KernelRunner.h"
#include "SimulatedLaunch.h"
#include "braid/Pipelines/Register.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SourceMgr.h"

#include "CLI/CLI.hpp"
#include <algorithm>
#include <cmath>
#include <iostream>
#include <random>
#include <sstream>

using namespace mlir;
using namespace braid;
using namespace braid::test;

namespace {

struct Options {
  std::string file, text, kernel;
  std::vector<int64_t> sizes, grid;
  std::vector<std::string> integers;
  int64_t seeds = 4, firstSeed = 0, workers = 0;
  // What is stored as bf16 differs where the order of a sum tips a rounding: less than every element rounded once more.
  // Where a schedule rounds factors of a product otherwise than its text, as attention does in long rows, it is twice that.
  double tolerance = 0x1p-9;
};

DType dtypeOf(Type element) {
  std::string name;
  llvm::raw_string_ostream(name) << element;
  return *dtypeFromName(name);
}

/// Whether the options are what the kernel's arguments take.
Status checkArguments(tile::KernelOp kernel, const Options &options) {
  constexpr int64_t mostElements = int64_t(1) << 28;
  std::string name = "'" + kernel.getSymName().str() + "'";
  ArrayRef<int64_t> left = options.sizes;
  size_t taken = 0, lists = 0;
  auto next = [&] {
    int64_t size = taken < left.size() ? left[taken] : 0;
    ++taken;
    return size;
  };
  for (auto [number, type] : llvm::enumerate(kernel.getArgumentTypes())) {
    auto view = dyn_cast<tile::ViewType>(type);
    if (!view) {
      if (type.isIntOrIndex())
        next();
      continue;
    }
    lists += isa<IntegerType>(view.getElementType());
    for (auto [size, stride] : llvm::zip(view.getShape(), view.getStrides()))
      if (int64_t given = ShapedType::isDynamic(size) ? next() : 0; given > mostElements / std::max<int64_t>(stride, 1))
        return Status::usage("--sizes: expected a view of at most " + std::to_string(mostElements) + " elements, found " +
                             std::to_string(given) + " times " + std::to_string(stride) + " in argument " +
                             std::to_string(number) + " of " + name);
  }
  if (taken != left.size())
    return Status::usage("--sizes: expected " + std::to_string(taken) + " numbers for " + name + ", found " +
                         std::to_string(left.size()));
  if (options.integers.size() > lists)
    return Status::usage("--integers: expected at most " + std::to_string(lists) + " lists for " + name + ", found " +
                         std::to_string(options.integers.size()));
  for (StringRef list : options.integers)
    for (StringRef text : llvm::split(list, ','))
      if (int64_t value; text.getAsInteger(10, value))
        return Status::usage("--integers: expected integers, found '" + text.str() + "'");
  return Status();
}

/// The memory of a kernel's arguments.
class Memory {
public:
  /// Dynamic sizes and numbers of type index or integer come from `sizes`, in the order of the arguments; elements of
  /// views of integers from `integers`, a list with commas for each. A work counter without one is zero.
  Memory(tile::KernelOp kernel, ArrayRef<int64_t> sizes, ArrayRef<std::string> integers) {
    std::mt19937 random(1);
    auto next = [&] {
      int64_t size = sizes.front();
      sizes = sizes.drop_front();
      return size;
    };
    auto counter = kernel->getAttrOfType<IntegerAttr>(tile::kWorkCounterAttr);
    for (auto [number, type] : llvm::enumerate(kernel.getArgumentTypes())) {
      simulator::Argument &argument = arguments.emplace_back();
      auto view = dyn_cast<tile::ViewType>(type);
      if (!view) {
        argument.number = std::normal_distribution<>()(random);
        argument.integer = type.isIntOrIndex() ? next() : 0;
        continue;
      }
      int64_t elements = 1;
      for (auto [size, stride] : llvm::zip(view.getShape(), view.getStrides())) {
        argument.shape.push_back(ShapedType::isDynamic(size) ? next() : size);
        elements += (argument.shape.back() - 1) * stride;
      }
      if (llvm::is_contained(argument.shape, 0))
        elements = 0;
      DType dtype = dtypeOf(view.getElementType());
      bool isCounter = counter && counter.getInt() == int64_t(number);
      std::vector<char> &bytes = memory.emplace_back(size_t(elements) * sizeOf(dtype));
      for (size_t i = 0; i < size_t(elements); ++i)
        storeElement(dtype, bytes.data(), i, isCounter ? 0 : std::normal_distribution<>()(random));
      if (isa<IntegerType>(view.getElementType()) && !integers.empty()) {
        SmallVector<StringRef> listed;
        StringRef(integers.front()).split(listed, ',');
        integers = integers.drop_front();
        for (auto [i, text] : llvm::enumerate(ArrayRef(listed).take_front(size_t(elements)))) {
          int64_t value = 0;
          text.getAsInteger(10, value);
          storeElement(dtype, bytes.data(), i, double(value));
        }
      }
      argument.data = bytes.data();
      types.push_back(dtype);
      isResult.push_back(!isCounter);
    }
  }
  Memory(const Memory &) = delete;

  void assign(const Memory &other) {
    for (auto [to, from] : llvm::zip(memory, other.memory))
      std::copy(from.begin(), from.end(), to.begin());
  }

  /// The largest relative difference of a view's elements. What is left in the work counter means nothing.
  double difference(const Memory &other) const {
    double worst = 0;
    for (auto [type, counts, found, expected] : llvm::zip(types, isResult, memory, other.memory)) {
      if (!counts)
        continue;
      double error = 0, norm = 0;
      for (size_t i = 0; i < found.size() / sizeOf(type); ++i) {
        double a = loadElement(type, found.data(), i), b = loadElement(type, expected.data(), i);
        error += (a - b) * (a - b), norm += b * b;
      }
      error = error == 0 ? 0 : std::sqrt(error / norm);
      worst = error <= worst ? worst : error; // keeps a NaN
    }
    return worst;
  }

  std::vector<simulator::Argument> arguments;

private:
  std::vector<std::vector<char>> memory; // of the views
  std::vector<DType> types;
  std::vector<bool> isResult; // not the work counter
};

int fail(const std::string &message) {
  std::cerr << "error: " << message << "\n";
  return 1;
}

/// The kernel of this name, or the only one; everything else is dropped.
tile::KernelOp keepKernel(ModuleOp module, StringRef name) {
  tile::KernelOp kept;
  for (Operation &op : llvm::make_early_inc_range(module.getBody()->getOperations())) {
    auto kernel = dyn_cast<tile::KernelOp>(op);
    if (!kernel || (!name.empty() && kernel.getSymName() != name))
      op.erase();
    else if (kept)
      return {};
    else
      kept = kernel;
  }
  return kept;
}

/// Runs the text; its module is consumed.
Status runText(ModuleOp module, const Memory &memory, std::array<int64_t, 3> grid) {
  tile::KernelOp kernel = *module.getOps<tile::KernelOp>().begin();
  std::string name = kernel.getSymName().str();
  std::vector<char> packed = packArguments(kernel, memory.arguments, grid);
  BRAID_TRY_ASSIGN(std::unique_ptr<KernelRunner> runner, KernelRunner::compile(module, cpu::TargetInfo::get("host")));
  const CompiledKernel &compiled = *runner->find(name);
  BRAID_TRY_ASSIGN(std::unique_ptr<ThreadPool> pool, ThreadPool::create(1, uint64_t(compiled.scratchBytes)));
  pool->run(compiled.function, packed.data(), grid[0] * grid[1] * grid[2]);
  return Status();
}

/// A file's module with one kernel; null, with an error, where there is none.
OwningOpRef<ModuleOp> parseKernel(const std::string &file, const std::string &name, MLIRContext &context) {
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(file, &context);
  if (!module || keepKernel(*module, name))
    return module;
  fail("expected " + (name.empty() ? "one kernel" : "a kernel '" + name + "'") + " in '" + file + "'");
  return {};
}

int run(const Options &options, MLIRContext &context) {
  OwningOpRef<ModuleOp> scheduled = parseKernel(options.file, options.kernel, context), text;
  if (!scheduled)
    return 1;
  tile::KernelOp kernel = *scheduled->getOps<tile::KernelOp>().begin();
  if (!options.text.empty()) {
    text = parseKernel(options.text, options.kernel, context);
    if (!text)
      return 1;
  } else if (!kernel->hasAttr("tile.schedule")) {
    text = scheduled->clone();
    if (failed(scheduleForHopper(*scheduled)))
      return 1;
    kernel = *scheduled->getOps<tile::KernelOp>().begin();
  }

  std::array<int64_t, 3> grid = {1, 1, 1};
  llvm::copy(options.grid, grid.begin());
  if (Status status = checkArguments(kernel, options); !status.ok())
    return fail(status.message());
  Memory initial(kernel, options.sizes, options.integers), expected(kernel, options.sizes, options.integers),
      found(kernel, options.sizes, options.integers);
  if (text)
    if (Status status = runText(*text, expected, grid); !status.ok())
      return fail(status.message());
  double worst = 0;
  for (int64_t seed = options.firstSeed; seed < options.firstSeed + options.seeds; ++seed) {
    found.assign(initial);
    if (failed(simulator::simulate(kernel, found.arguments, grid, {uint64_t(seed), options.workers})))
      return fail("seed " + std::to_string(seed) + " ends here");
    if (text) {
      double difference = found.difference(expected);
      worst = difference <= worst ? worst : difference;
    }
  }
  std::cout << kernel.getSymName().str() << ": " << options.seeds << " seeds";
  if (text)
    std::cout << ", largest difference from the text " << worst;
  std::cout << "\n";
  if (worst <= options.tolerance)
    return 0;
  std::ostringstream message;
  message << "expected a difference of at most " << options.tolerance << " from the text, found " << worst;
  return fail(message.str());
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  constexpr int64_t most = int64_t(1) << 40;
  CLI::App app("Runs a kernel's schedule in the simulator and holds it against the kernel's text");
  app.add_option("file", options.file, "A module with the kernel: a text, or its scheduled form")->required();
  app.add_option("--kernel", options.kernel, "Its name, where the module has several");
  app.add_option("--text", options.text, "The text of a kernel that is given in scheduled form");
  app.add_option("--sizes", options.sizes, "Dynamic sizes and integer arguments, in the order of the arguments")
      ->delimiter(',')
      ->check(CLI::Range(int64_t(0), most));
  app.add_option("--integers", options.integers, "Elements of each view of integers, as \"0,33,66\"")->delimiter(';');
  app.add_option("--grid", options.grid, "Blocks along each dimension of the grid")
      ->delimiter(',')
      ->expected(1, 3)
      ->check(CLI::Range(int64_t(1), most))
      ->required();
  app.add_option("--seeds", options.seeds, "Runs, each with another order of events")
      ->check(CLI::Range(int64_t(1), most))
      ->capture_default_str();
  app.add_option("--seed", options.firstSeed, "The first seed")->capture_default_str();
  app.add_option("--workers", options.workers, "Blocks of a persistent kernel; by default drawn from the seed")
      ->check(CLI::Range(int64_t(1), most));
  app.add_option("--tolerance", options.tolerance, "Most relative difference from the text")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler(sources, &context);
  return run(options, context);
}

//===- DeviceContextTest.cpp - Tests of functions on a device --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeDevice.h"
#include "braid/Formats/File.h"
#include "braid/Formats/KernelTable.h"

using namespace braid;
using namespace braid::test;

namespace {
using ContextHandle = std::unique_ptr<braid_context, Destroy<braid_context_destroy>>;

/// What tiny's `accumulate` starts on a GPU: a view of its argument and one of its result.
GpuKernel accumulateKernel() {
  GpuKernel kernel;
  kernel.name = "accumulate";
  kernel.threads = 128;
  kernel.arguments = {{DType::F32, {GpuKernel::dynamic, 4}, {4, 1}}, {DType::F32, {GpuKernel::dynamic, 4}, {4, 1}}};
  kernel.images = {{"sm_90a", 0, fakeCubin().size()}};
  return kernel;
}

struct AccumulateArguments {
  const void *x;
  int64_t tokens;
  void *y;
  int64_t resultTokens, grid[3];
};

/// The tiny artifact as if it was compiled for a GPU, on the fake one.
class DeviceContext : public FakeDevice {
protected:
  void SetUp() override {
    FakeDevice::SetUp();
    addKernel(accumulateKernel());
    auto contents = readFile(BRAID_TINY_ARTIFACT, artifactMaxBytes);
    ASSERT_TRUE(isOk(contents));
    bytes = *contents;
    auto parts = parseArtifact(bytes, "tiny");
    ASSERT_TRUE(isOk(parts));
    object = std::string(parts->object);
    manifest = std::string(parts->manifestText);
    replace("\"kind\": \"cpu\"", "\"kind\": \"cuda\"");
    size_t start = manifest.find("\"weights\": ["), end = manifest.find("],\n  \"states\"");
    ASSERT_TRUE(start != std::string::npos && end != std::string::npos);
    weights = manifest.substr(start, end + 1 - start);
    replace(weights, "\"weights\": []");
    replace("\"dtype\"", "\"gpu_kernels\": " + formatGpuKernels({accumulateKernel()}) + ", \"dtype\"");
    ASSERT_TRUE(isOk(open()));
  }
  void TearDown() override {
    context.reset();
    program.reset();
    FakeDevice::TearDown();
  }
  void replace(const std::string &from, const std::string &to) {
    size_t at = manifest.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    manifest.replace(at, from.size(), to);
  }
  Status loadProgram() {
    BRAID_TRY(writeArtifact(folder.path("a.so"), object, manifest, fakeCubin()));
    braid_program_options options = seedOptions(1);
    braid_program *loaded = nullptr;
    BRAID_TRY(take(braid_program_load(folder.path("a.so").c_str(), &options, &loaded)));
    program.reset(loaded);
    return {};
  }
  Status createContext(braid_device *where) {
    braid_context_options options = {sizeof options, where, &stream, 0, 0};
    braid_context *created = nullptr;
    BRAID_TRY(take(braid_context_create(program.get(), &options, &created)));
    context.reset(created);
    return {};
  }
  /// Two rows of 5 and 1 tokens on addresses that are the device's own.
  Status call(int64_t longestRow) {
    auto at = [](uint64_t address) { return reinterpret_cast<void *>(address); };
    const void *arguments[] = {at(0x10000), at(0x20000)};
    void *results[] = {at(0x30000)}, *states[] = {nullptr, at(0x40000), nullptr};
    braid_function_call function = {};
    function.size = sizeof function;
    function.entry = braid_program_find_entry(program.get(), "accumulate");
    function.tokens = 6;
    function.rows = 2;
    function.arguments = arguments;
    function.results = results;
    function.arena = at(0x50000);
    function.row_start = static_cast<const int64_t *>(at(0x60000));
    function.slot = static_cast<const int32_t *>(at(0x70000));
    function.length = static_cast<const int64_t *>(at(0x80000));
    function.states = states;
    function.slots = 2;
    function.longest_row = longestRow;
    return take(braid_call_function(context.get(), &function));
  }

  std::string bytes, object, manifest, weights;
  int stream = 0;
  ProgramHandle program;
  ContextHandle context;
};
} // namespace

TEST_F(DeviceContext, StartsKernelsOnTheCallersMemoryAndStream) {
  ASSERT_TRUE(isOk(loadProgram()));
  ASSERT_TRUE(isOk(createContext(device.get())));
  ASSERT_TRUE(isOk(call(5)));
  ASSERT_EQ(fake->launchCount, 1);
  AccumulateArguments last;
  std::memcpy(&last, lastLaunch().arguments, sizeof last);
  EXPECT_EQ(last.x, reinterpret_cast<void *>(0x10000));
  EXPECT_EQ(last.y, reinterpret_cast<void *>(0x30000));
  EXPECT_EQ(last.tokens, 6);
  EXPECT_EQ(lastLaunch().grid[0], 10u) << "rows times longest row";
  EXPECT_EQ(lastLaunch().stream, &stream);
}

TEST_F(DeviceContext, TheLongestRowIsTheCallersWordWithinBounds) {
  ASSERT_TRUE(isOk(loadProgram()));
  ASSERT_TRUE(isOk(createContext(device.get())));
  for (int64_t wrong : {0, -1, 7})
    EXPECT_TRUE(fails(call(wrong), StatusCode::Usage, {"longest_row: expected 1 to 6", cat("found ", wrong)}));
  EXPECT_EQ(fake->launchCount, 0);
}

TEST_F(DeviceContext, AFailedLaunchIsTheCallsStatus) {
  ASSERT_TRUE(isOk(loadProgram()));
  ASSERT_TRUE(isOk(createContext(device.get())));
  fail("cuLaunchKernelEx", 701);
  EXPECT_TRUE(fails(call(5), StatusCode::Internal, {"cannot start kernel 'accumulate'"}));
}

TEST_F(DeviceContext, TheDeviceMustBeTheProgramsKind) {
  ASSERT_TRUE(isOk(loadProgram()));
  EXPECT_TRUE(fails(createContext(nullptr), StatusCode::Usage, {"expected a device for 'cuda', found 'cpu'"}));
  braid_session_options limits = tinyLimits();
  braid_session *session = nullptr;
  EXPECT_TRUE(fails(take(braid_session_create(program.get(), &limits, &session)), StatusCode::Unsupported,
                    {"expected a model for the CPU, found code for a GPU"}));
  program = loadTiny();
  EXPECT_TRUE(fails(createContext(device.get()), StatusCode::Usage, {"expected a device for 'cpu', found 'cuda:0'"}));
}

TEST_F(DeviceContext, WeightsOnAGpuAreNotThereYet) {
  replace("\"weights\": []", weights);
  EXPECT_TRUE(fails(loadProgram(), StatusCode::Unsupported, {"without weights", "'embedding.weight'"}));
}

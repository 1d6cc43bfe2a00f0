//===- CausalMaskTest.cpp - Products under masks against plain loops ------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// y = mask(q k^T) v + 1 with masks of every kind that the lowering knows of and
// one that it does not. All numbers are small integers, so results are exact.
//
//===----------------------------------------------------------------------===//

#include "ContractionEntry.h"
#include "GuardedArray.h"
#include "braid/Dialect/Tile/IR/Builder.h"
#include "braid/Formats/DType.h"
#include "gtest/gtest.h"
#include <random>

using namespace braid;
using namespace braid::test;
using namespace braid::tile;

namespace {

enum class Mask { UpTo, Before, Shared, DiagonalApart, From, Other };

/// What element (i, j) of the masked product is.
double masked(Mask mask, int64_t first, int64_t i, int64_t j, double value) {
  int64_t last = first + i;
  switch (mask) {
  case Mask::UpTo:
    return j <= last ? value : 0;
  case Mask::Before:
    return j < last ? value : 0;
  case Mask::Shared:
    return j <= first ? value : 0;
  case Mask::DiagonalApart:
    return j < last ? value : j == last ? value + 1 : 0;
  case Mask::From:
    return j >= last ? value : 0;
  case Mask::Other:
    return j + i <= first ? value : 0;
  }
  return 0;
}

Scalar masked(Mask mask, Scalar first, Args e) {
  Scalar value = e[0], i = e[1], j = e[2], last = first + i;
  switch (mask) {
  case Mask::UpTo:
    return select(j <= last, value, 0.0);
  case Mask::Before:
    return select(last > j, value, 0.0);
  case Mask::Shared:
    return select(j - first <= 0, value, 0.0);
  case Mask::DiagonalApart:
    return select(j < last, value, select(j == last, value + 1.0, 0.0));
  case Mask::From:
    return select(j >= last, value, 0.0);
  case Mask::Other:
    return select(j + i <= first, value, 0.0);
  }
  return value;
}

struct Sizes {
  int64_t queries, keys, depth, columns;
};

/// Small integers of the wanted type in memory that must not be left.
class Integers {
public:
  Integers(DType type, int64_t count, unsigned seed) : type(type), bytes(size_t(count) * sizeOf(type)) {
    std::mt19937 generator(seed);
    std::uniform_int_distribution<int> uniform(-3, 3);
    for (int64_t i = 0; i < count; ++i)
      storeElement(type, bytes.data(), size_t(i), uniform(generator));
  }
  double operator[](int64_t i) const { return loadElement(type, bytes.data(), size_t(i)); }
  char *data() { return bytes.data(); }

private:
  DType type;
  GuardedArray<char> bytes;
};

class CausalMaskTest : public testing::Test {
protected:
  CausalMaskTest() { loadDialects(context); }

  std::unique_ptr<KernelRunner> compile(Sizes s, Mask mask, DType type, const std::string &cpu) {
    mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
    KernelBuilder k(*module, module->getLoc(), "masked");
    mlir::Type element = type == DType::BF16 ? k.bf16() : type == DType::F64 ? k.f64() : k.f32();
    mlir::Type compute = type == DType::F64 ? k.f64() : k.f32();
    View q = k.view({s.queries, s.depth}, element), keys = k.view({s.keys, s.depth}, element);
    View v = k.view({s.keys, s.columns}, element), y = k.view({s.queries, s.columns}, compute);
    Scalar first = k.index();
    Tile product = k.mma(k.load(q, {0, 0}, {s.queries, s.depth}), k.load(keys, {0, 0}, {s.keys, s.depth}),
                         k.zeros({s.queries, s.keys}, compute), {false, /*transposeB=*/true});
    Tile weights = k.mapAt({product}, [&](Args e) { return masked(mask, first, e).to(element); });
    Tile one = k.splat(k.constant(1.0, compute), {s.queries, s.columns});
    k.store(k.mma(weights, k.load(v, {0, 0}, {s.keys, s.columns}), one), y, {0, 0});
    k.finish();
    auto runner = KernelRunner::compile(*module, cpu::TargetInfo::get(cpu));
    EXPECT_TRUE(runner.ok()) << runner.status().message();
    return runner.ok() ? std::move(*runner) : nullptr;
  }

  void check(Sizes s, Mask mask, DType type, const std::string &cpu) {
    auto runner = compile(s, mask, type, cpu);
    ASSERT_TRUE(runner);
    const CompiledKernel &kernel = *runner->find("masked");
    // What no product has written is NaN.
    std::vector<char> scratch(size_t(kernel.scratchBytes) + 64);
    char *aligned = scratch.data() + 64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64;
    Integers q(type, s.queries * s.depth, 1), keys(type, s.keys * s.depth, 2), v(type, s.keys * s.columns, 3);
    DType wide = type == DType::F64 ? DType::F64 : DType::F32;
    for (int64_t first : {int64_t(-200), -s.queries, int64_t(-7), int64_t(-1), int64_t(0), int64_t(1), s.keys / 2,
                          s.keys - 1, int64_t(1000)}) {
      Integers y(wide, s.queries * s.columns, 4);
      std::fill(scratch.begin(), scratch.end(), char(0xff));
      struct {
        const void *q, *k, *v, *y;
        int64_t first, grid[3];
      } arguments{q.data(), keys.data(), v.data(), y.data(), first, {1, 1, 1}};
      kernel.function(&arguments, 0, aligned);
      for (int64_t i = 0; i < s.queries; ++i)
        for (int64_t c = 0; c < s.columns; ++c) {
          double expected = 1;
          for (int64_t j = 0; j < s.keys; ++j) {
            double product = 0;
            for (int64_t d = 0; d < s.depth; ++d)
              product += q[i * s.depth + d] * keys[j * s.depth + d];
            expected += masked(mask, first, i, j, product) * v[j * s.columns + c];
          }
          ASSERT_EQ(y[i * s.columns + c], expected)
              << "mask " << int(mask) << " from " << first << ", element " << i << ", " << c << " of " << s.queries << "x"
              << s.keys << "x" << s.depth << "x" << s.columns;
        }
    }
  }

  mlir::MLIRContext context;
};

TEST_F(CausalMaskTest, everyMask) {
  for (Mask mask : {Mask::UpTo, Mask::Before, Mask::Shared, Mask::DiagonalApart, Mask::From, Mask::Other})
    check({64, 64, 16, 32}, mask, DType::F32, "host");
  check({64, 64, 16, 32}, Mask::UpTo, DType::BF16, "host");
}

TEST_F(CausalMaskTest, sizesThatNothingDivides) {
  for (DType type : {DType::F64, DType::F32, DType::BF16})
    check({13, 37, 5, 9}, Mask::DiagonalApart, type, "host");
  check({1, 128, 8, 64}, Mask::DiagonalApart, DType::BF16, "host");
  check({65, 47, 24, 1}, Mask::DiagonalApart, DType::F32, "host");
  check({5, 1, 3, 2}, Mask::DiagonalApart, DType::BF16, "host");
}

TEST_F(CausalMaskTest, narrowVectors) {
  check({33, 64, 16, 24}, Mask::UpTo, DType::F32, "x86-64-v3");
  check({33, 64, 16, 24}, Mask::UpTo, DType::BF16, "x86-64-v3");
}

} // namespace

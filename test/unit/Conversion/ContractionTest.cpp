//===- ContractionTest.cpp - Texts of the contraction against plain loops ===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionEntry.h"
#include "GuardedArray.h"
#include "braid/Formats/DType.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>
#include <random>

using namespace braid;
using namespace braid::test;

namespace {

using Form = ContractionForm;

struct Sizes {
  int64_t m, n, k;
};

/// A config that a test asks for; zeros: what the target chooses.
struct Asked {
  int64_t rows = 0, columns = 0, depth = 0;
  bool step = false;
};

/// Numbers of the wanted type in memory that must not be left.
class Matrix {
public:
  Matrix(DType type, int64_t count) : type(type), bytes(size_t(count) * sizeOf(type)), count(count) {}

  void fill(unsigned seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < count; ++i)
      set(i, normal(generator));
  }
  void set(int64_t i, float value) {
    if (type == DType::F64) {
      double wide = value;
      std::memcpy(bytes.data() + i * 8, &wide, 8);
    } else if (type == DType::F32) {
      std::memcpy(bytes.data() + i * 4, &value, 4);
    } else {
      uint32_t bits;
      std::memcpy(&bits, &value, 4);
      uint16_t rounded = uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
      std::memcpy(bytes.data() + i * 2, &rounded, 2);
    }
  }
  double operator[](int64_t i) const { return loadElement(type, bytes.data(), size_t(i)); }
  char *data() { return bytes.data(); }
  std::string all() const { return std::string(bytes.data(), bytes.size()); }

  DType type;

private:
  GuardedArray<char> bytes;
  int64_t count;
};

class ContractionTest : public testing::Test {
protected:
  ContractionTest() { loadDialects(context); }

  std::unique_ptr<KernelRunner> compile(const ContractionEntry &entry) {
    auto runner = entry.compile(context);
    EXPECT_TRUE(runner.ok()) << runner.status().message() << ": " << entry.text;
    return runner.ok() ? std::move(*runner) : nullptr;
  }

  /// Runs the only kernel over a product of m x n.
  void launch(const KernelRunner &runner, int64_t m, int64_t n, const std::function<void(KernelArguments &)> &fill) {
    ASSERT_EQ(runner.all().size(), 1u);
    const CompiledKernel &kernel = runner.all().begin()->second;
    auto pool = ThreadPool::create(2, uint64_t(kernel.scratchBytes));
    ASSERT_TRUE(pool.ok());
    KernelArguments arguments(kernel);
    fill(arguments);
    int64_t rows = kernel.config.getRows(), columns = kernel.config.getColumns();
    arguments.launch(**pool, (m + rows - 1) / rows, (n + columns - 1) / columns);
  }

  /// One form of the product of random matrices; checked against a loop in double precision.
  std::string product(Form form, Sizes s, const std::string &type, const Asked &asked, const std::string &cpu = "host") {
    DType dtype = *dtypeFromName(type);
    std::string out = type == "f64" ? "f64" : "f32";
    bool weightGradient = form == Form::WeightGradient;
    ContractionEntry entry = contractionEntry(form, s.m, s.n, s.k, type, out);
    entry.rows = asked.rows, entry.columns = asked.columns, entry.depth = asked.depth, entry.step = asked.step;
    entry.cpu = cpu;
    auto runner = compile(entry);
    if (!runner)
      return {};

    Matrix a(dtype, s.m * s.k), b(dtype, s.k * s.n), y(out == "f64" ? DType::F64 : DType::F32, s.m * s.n);
    a.fill(1), b.fill(2);
    for (int64_t i = 0; i < s.m * s.n; ++i)
      y.set(i, NAN);
    launch(*runner, s.m, s.n, [&](KernelArguments &arguments) {
      if (weightGradient)
        arguments.view(a.data(), {s.k}).view(b.data(), {s.k}).view(y.data());
      else
        arguments.view(a.data(), {s.m}).view(b.data()).view(y.data(), {s.m});
    });
    double error = 0, norm = 0;
    for (int64_t i = 0; i < s.m; ++i)
      for (int64_t j = 0; j < s.n; ++j) {
        double sum = 0;
        for (int64_t k = 0; k < s.k; ++k)
          sum += a[weightGradient ? k * s.m + i : i * s.k + k] * b[form == Form::Linear ? j * s.k + k : k * s.n + j];
        double difference = y[i * s.n + j] - sum;
        error += difference * difference, norm += sum * sum;
      }
    EXPECT_LE(std::sqrt(error), (type == "f64" ? 1e-14 : 1e-6) * std::sqrt(norm))
        << entry.text << " " << type << " m " << s.m << " n " << s.n << " k " << s.k << " on " << cpu;
    return y.all();
  }

  mlir::MLIRContext context;
};

const Form everyForm[] = {Form::Linear, Form::InputGradient, Form::WeightGradient};

// Every tail: of rows, of columns (of a vector, of a register block, of a block), of the contracted axis (odd, of a step).
TEST_F(ContractionTest, EverySize) {
  for (Form form : everyForm)
    for (const char *type : {"f32", "bf16"})
      for (Sizes s : {Sizes{1, 1, 1}, {3, 17, 31}, {13, 97, 130}, {70, 33, 515}})
        product(form, s, type, {});
  product(Form::Linear, {5, 9, 33}, "f64", {});
}

TEST_F(ContractionTest, OtherVectors) {
  for (Form form : everyForm)
    for (const char *cpu : {"x86-64-v3", "x86-64-v4"})
      for (const char *type : {"f32", "bf16"})
        product(form, {7, 41, 67}, type, {}, cpu);
}

// Few rows have a text of their own; a row's bits are those of the other one.
TEST_F(ContractionTest, StepHasTheBitsOfSegment) {
  for (const char *type : {"f32", "bf16"})
    for (Sizes s : {Sizes{1, 100, 130}, {6, 65, 515}}) {
      std::string segment = product(Form::Linear, s, type, {});
      EXPECT_EQ(segment, product(Form::Linear, s, type, {0, 0, 0, true})) << type;
    }
}

TEST_F(ContractionTest, EveryConfigHasTheSameBits) {
  for (Form form : everyForm)
    for (const char *type : {"f32", "bf16"}) {
      Sizes s{37, 75, 323};
      std::string bits = product(form, s, type, {});
      for (Asked asked : {Asked{128, 256, 64}, Asked{64, 128, 64}, Asked{5, 7, 10}, Asked{1, 1, 2}})
        EXPECT_EQ(bits, product(form, s, type, asked)) << asked.rows << "x" << asked.columns << "x" << asked.depth;
    }
}

// A row depends on no other: the first rows of a larger product have the same bits.
TEST_F(ContractionTest, RowsAreIndependent) {
  for (const char *type : {"f32", "bf16"}) {
    std::string many = product(Form::Linear, {65, 50, 200}, type, {});
    std::string few = product(Form::Linear, {2, 50, 200}, type, {});
    EXPECT_EQ(many.substr(0, few.size()), few) << type;
  }
}

TEST_F(ContractionTest, Epilogue) {
  const int64_t m = 19, n = 45, k = 33;
  const std::string wide = "tensor<?x45xf32>";
  ContractionEntry entry;
  entry.inputs = {{"x", "tensor<?x33xf32>"}, {"w", "tensor<45x33xf32>"}, {"b", "tensor<45xf32>"}, {"s", "tensor<?x1xf32>"}, {"g", wide}, {"res", wide}};
  entry.text = R"(
      %y = braid.fused(%0 = %x, %1 = %w, %2 = %b, %3 = %s, %4 = %g, %5 = %res)
         : (tensor<?x33xf32>, tensor<45x33xf32>, tensor<45xf32>, tensor<?x1xf32>, tensor<?x45xf32>, tensor<?x45xf32>) -> tensor<?x45xf32> {
        %p = braid.linear %0, %1 bias(%2) : (tensor<?x33xf32>, tensor<45x33xf32>, tensor<45xf32>) -> tensor<?x45xf32>
        %q = braid.scale_rows %p, %3 : (tensor<?x45xf32>, tensor<?x1xf32>) -> tensor<?x45xf32>
        %t = braid.gate <silu> %4, %q : tensor<?x45xf32>
        %u = braid.activation <relu2> %t : tensor<?x45xf32>
        %v = braid.add %5, %u : (tensor<?x45xf32>, tensor<?x45xf32>) -> tensor<?x45xf32>
        braid.yield %v : tensor<?x45xf32>
      })";
  entry.result = wide;
  auto runner = compile(entry);
  ASSERT_TRUE(runner);
  Matrix x(DType::F32, m * k), w(DType::F32, n * k), b(DType::F32, n), s(DType::F32, m), g(DType::F32, m * n),
      residual(DType::F32, m * n), y(DType::F32, m * n);
  unsigned seed = 0;
  for (Matrix *matrix : {&x, &w, &b, &s, &g, &residual})
    matrix->fill(++seed);
  launch(*runner, m, n, [&](KernelArguments &arguments) {
    arguments.view(x.data(), {m}).view(w.data()).view(b.data()).view(s.data(), {m}).view(g.data(), {m});
    arguments.view(residual.data(), {m}).view(y.data(), {m});
  });
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = b[j];
      for (int64_t c = 0; c < k; ++c)
        sum += x[i * k + c] * w[j * k + c];
      double gate = g[i * n + j];
      double positive = std::max(0.0, sum * s[i] * gate / (1 + std::exp(-gate)));
      double expected = residual[i * n + j] + positive * positive;
      EXPECT_NEAR(y[i * n + j], expected, 1e-4 * (1 + std::abs(expected))) << i << ", " << j;
    }
}

} // namespace

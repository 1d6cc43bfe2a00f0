//===- bench-contraction.cpp - The contraction beside OpenBLAS -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Times y = x W^T, random data, in rounds: our kernel, then OpenBLAS's sgemm on
// the same sizes and threads where that is installed, and so on. Prints medians
// and best rounds. With few rows it is the rate at which weights are read that
// counts: then the runtime's own read kernel takes the peer's place.
//
//===----------------------------------------------------------------------===//

#include "Bandwidth.h"
#include "ContractionEntry.h"
#include "Memory.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <dlfcn.h>
#include <random>

using namespace braid;
using namespace braid::test;

namespace {

struct Options {
  std::string element = "f32", cpu = "host";
  int threads = 0, rounds = 15;
  int64_t rows = 0, columns = 0, depth = 0;
  bool step = false, threadTime = false;
  std::vector<std::string> shapes;
};

using SGEMM = void (*)(int order, int transA, int transB, int m, int n, int k, float alpha, const float *a, int lda,
                       const float *b, int ldb, float beta, float *c, int ldc);

/// OpenBLAS, opened at run time; null where it is not installed.
SGEMM openBLAS(int count) {
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return nullptr;
  if (auto setThreads = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads")))
    setThreads(count);
  return reinterpret_cast<SGEMM>(dlsym(library, "cblas_sgemm"));
}

/// Time that passes, or, on a machine that others use too, time of the one thread that computes.
double now(bool threadTime) {
  timespec time;
  clock_gettime(threadTime ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + double(time.tv_nsec) * 1e-9;
}

struct Times {
  explicit Times(bool threadTime) : threadTime(threadTime) {}
  bool threadTime;
  std::vector<double> seconds;

  template <typename F> void measure(F &&body) {
    double start = now(threadTime);
    body();
    seconds.push_back(now(threadTime) - start);
  }
  double best() const { return *std::min_element(seconds.begin(), seconds.end()); }
  double median() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

/// Random numbers of the type that is measured, in memory as the runtime's: from a line's beginning on, in huge pages.
Result<HostBuffer> randomMatrix(int64_t count, unsigned seed, bool wide) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  BRAID_TRY_ASSIGN(HostBuffer bytes, HostBuffer::allocate(uint64_t(count) * (wide ? 4 : 2), "a matrix"));
  for (int64_t i = 0; i < count; ++i) {
    float value = uniform(generator);
    const char *from = reinterpret_cast<const char *>(&value);
    std::memcpy(bytes.data() + i * (wide ? 4 : 2), wide ? from : from + 2, wide ? 4 : 2);
  }
  return bytes;
}

Status measure(const std::string &shape, const Options &options, mlir::MLIRContext &context) {
  bool wide = options.element == "f32";
  long long m = 0, n = 0, k = 0;
  if (sscanf(shape.c_str(), "%lldx%lldx%lld", &m, &n, &k) != 3 || m < 1 || n < 1 || k < 1)
    return Status::usage(cat("expected MxNxK, found ", inQuotes(shape)));
  ContractionEntry entry = contractionEntry(ContractionForm::Linear, m, n, k, options.element, "f32");
  entry.cpu = options.cpu;
  entry.rows = options.rows, entry.columns = options.columns, entry.depth = options.depth, entry.step = options.step;
  BRAID_TRY_ASSIGN(auto runner, entry.compile(context));
  const CompiledKernel &kernel = runner->all().begin()->second;
  BRAID_TRY_ASSIGN(auto pool, ThreadPool::create(options.threadTime ? 1 : options.threads, uint64_t(kernel.scratchBytes)));

  // Weights larger than the caches together, so that each call of a step reads them from memory.
  int64_t copies = options.step ? std::max<int64_t>(1, (int64_t(256) << 20) / (n * k * 4)) : 1;
  BRAID_TRY_ASSIGN(HostBuffer x, randomMatrix(m * k, 1, wide));
  BRAID_TRY_ASSIGN(HostBuffer w, randomMatrix(copies * n * k, 2, wide));
  std::vector<float> y(size_t(m * n)), expected(size_t(m * n));
  int64_t weightBytes = n * k * (wide ? 4 : 2);
  SGEMM sgemm = wide && !options.step ? openBLAS(pool->size()) : nullptr;
  Times ours(options.threadTime), peer(options.threadTime);
  double bandwidth = 0;
  for (int round = 0; round < options.rounds; ++round) {
    ours.measure([&] {
      for (int64_t copy = 0; copy < copies; ++copy)
        KernelArguments(kernel)
            .view(x.data(), {m})
            .view(w.data() + copy * weightBytes)
            .view(y.data(), {m})
            .launch(*pool, (m + kernel.config.getRows() - 1) / kernel.config.getRows(),
                    (n + kernel.config.getColumns() - 1) / kernel.config.getColumns());
    });
    if (sgemm)
      peer.measure([&] {
        sgemm(/*row major*/ 101, /*as is*/ 111, /*transposed*/ 112, int(m), int(n), int(k), 1.0f,
              reinterpret_cast<const float *>(x.data()), int(k), reinterpret_cast<const float *>(w.data()), int(k), 0.0f,
              expected.data(), int(n));
      });
    if (options.step) {
      BRAID_TRY_ASSIGN(double rate, measureReadBandwidth(*pool, uint64_t(copies * weightBytes), 1));
      bandwidth = std::max(bandwidth, rate);
    }
  }
  double flops = 2.0 * double(m) * double(n) * double(k) * 1e-9;
  if (options.step) {
    double bytes = double(copies * weightBytes) * 1e-9;
    printf("%-16s %4s %d threads: median %7.2f GB/s, best %7.2f; read kernel's best %7.2f; share %.2f\n", shape.c_str(),
           options.element.c_str(), pool->size(), bytes / ours.median(), bytes / ours.best(), bandwidth * 1e-9,
           bytes / ours.best() / (bandwidth * 1e-9));
    return {};
  }
  printf("%-16s %4s %d threads: median %7.1f GFLOP/s, best %7.1f", shape.c_str(), options.element.c_str(), pool->size(),
         flops / ours.median(), flops / ours.best());
  if (sgemm)
    printf("; OpenBLAS median %7.1f, best %7.1f; ratio %.2f of medians, %.2f of best", flops / peer.median(),
           flops / peer.best(), peer.median() / ours.median(), peer.best() / ours.best());
  printf("\n");
  return {};
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("The contraction y = x W^T beside OpenBLAS");
  app.add_option("shapes", options.shapes, "MxNxK, any number of them")->required();
  app.add_option("--dtype", options.element, "Type of x and W")->check(CLI::IsMember({"f32", "bf16"}));
  app.add_option("--cpu", options.cpu, "CPU to compile for");
  app.add_option("--threads", options.threads, "Threads of each side; 0: all");
  app.add_option("--rounds", options.rounds, "Rounds of both sides")->check(CLI::PositiveNumber);
  app.add_option("--block-rows", options.rows, "Rows of a block; 0: the target chooses");
  app.add_option("--block-columns", options.columns, "Columns of a block");
  app.add_option("--depth", options.depth, "Contracted elements of a step");
  app.add_flag("--step", options.step, "The text for few rows, beside the read kernel of the runtime");
  app.add_flag("--thread-time", options.threadTime, "One thread, and its time instead of the clock's");
  CLI11_PARSE(app, argc, argv);
  mlir::MLIRContext context;
  loadDialects(context);
  for (const std::string &shape : options.shapes)
    if (Status status = measure(shape, options, context); !status.ok()) {
      fprintf(stderr, "error: %s\n", status.message().c_str());
      return 2;
    }
  return 0;
}

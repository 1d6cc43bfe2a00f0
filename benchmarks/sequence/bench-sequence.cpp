//===- bench-sequence.cpp - Sequence operators beside the contraction -----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Times the segment forms of attention and of the SSD scan on one row of random
// tokens, and in turns with them our own contraction of 512 x 1024 x 4384 of the
// same type on the same threads. What is counted are the products that the
// operator is made of, the masked half of a square left out; all else that it
// does is time without FLOPs.
//
// The selective scan has no such products. It is held against the floor that the
// roofline report computes, at rates measured in turns with it, and against its
// own step form, called for one token after the other.
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "Bandwidth.h"
#include "FunctionRunner.h"
#include "ContractionEntry.h"
#include "braid/Formats/Roofline.h"
#include "braid/Target/CPU/KernelConfig.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <random>

using namespace braid;
using namespace braid::test;

namespace {

struct Options {
  std::string element = "bf16", stateElement = "f32", cpu = "host";
  int threads = 0, rounds = 15;
  int64_t tokens = 2048;
  std::vector<std::string> operators;
};

/// A tensor of uniform random numbers: of tokens, or fixed.
struct Input {
  std::string name;
  int64_t width;
  double low = -1, high = 1;
  bool fixed = false; // of f32, for each head or channel
  int64_t depth = 1;  // of a fixed one, numbers for each
};

/// One operator: a function around it and the operations of its products.
struct Operator {
  std::string states, op; // declarations, and what defines %y from the inputs; TYPES stands for the inputs' types
  std::vector<Input> inputs;
  int64_t resultWidth = 0;
  double flops = 0;
};

/// attention:HEADS/KV_HEADSxHEAD_DIM
bool readAttention(const std::string &text, const Options &options, Operator &op) {
  long long heads = 0, kvHeads = 0, headDim = 0;
  if (sscanf(text.c_str(), "attention:%lld/%lldx%lld", &heads, &kvHeads, &headDim) != 3 || heads < 1 || kvHeads < 1 ||
      heads % kvHeads || headDim < 1)
    return false;
  for (const char *name : {"key", "value"})
    op.states += cat("braid.state @", name, " kv : tensor<?x", kvHeads, "x", headDim, "x", options.element, ">\n");
  op.op = cat("braid.attention %q, %k, %v rows(%rows) state(@key, @value) {heads = ", heads, " : i64, kv_heads = ", kvHeads,
              " : i64, head_dim = ", headDim, " : i64, scale = ", 1 / std::sqrt(double(headDim)), " : f64}");
  op.inputs = {{"q", heads * headDim}, {"k", kvHeads * headDim}, {"v", kvHeads * headDim}};
  op.resultWidth = heads * headDim;
  op.flops = 4.0 * double(op.resultWidth) * double(options.tokens) * double(options.tokens + 1) / 2;
  return true;
}

/// ssd:HEADSxHEAD_DIM,STATE,GROUPS,CHUNK
bool readSSD(const std::string &text, const Options &options, Operator &op) {
  long long heads = 0, headDim = 0, state = 0, groups = 0, chunk = 0;
  if (sscanf(text.c_str(), "ssd:%lldx%lld,%lld,%lld,%lld", &heads, &headDim, &state, &groups, &chunk) != 5 || heads < 1 ||
      headDim < 1 || state < 1 || groups < 1 || heads % groups || chunk < 1)
    return false;
  op.states = cat("braid.state @ssm recurrent : tensor<", heads, "x", headDim, "x", state, "x", options.stateElement, ">\n");
  op.op = cat("braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@ssm) {heads = ", heads,
              " : i64, head_dim = ", headDim, " : i64, groups = ", groups, " : i64, state_size = ", state,
              " : i64, chunk = ", chunk, " : i64, dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}");
  op.inputs = {{"x", heads * headDim}, {"dt", heads, -6, -2}, {"b", groups * state},         {"c", groups * state},
               {"a_log", heads, 0, 2.7, true}, {"d", heads, -1, 1, true}, {"dt_bias", heads, -1, 1, true}};
  op.resultWidth = heads * headDim;
  // Of a chunk of q tokens and each head: C B^T and its product with x, half of each masked; the state read and added to.
  for (int64_t done = 0; done < options.tokens; done += chunk) {
    double q = double(std::min<int64_t>(chunk, options.tokens - done));
    op.flops += double(heads) * (q * (q + 1) * double(state + headDim) + 4 * q * double(state * headDim));
  }
  return true;
}

/// selective:CHANNELS,STATE
bool readSelective(const std::string &text, const Options &options, Operator &op) {
  long long channels = 0, state = 0;
  if (sscanf(text.c_str(), "selective:%lld,%lld", &channels, &state) != 2 || channels < 1 || state < 1)
    return false;
  op.states = cat("braid.state @ssm recurrent : tensor<", channels, "x", state, "x", options.stateElement, ">\n");
  op.op = "braid.selective_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@ssm)";
  op.inputs = {{"x", channels}, {"dt", channels, -6, -2}, {"b", state}, {"c", state},
               {"a_log", channels, 0, 2.7, true, state}, {"d", channels, -1, 1, true}, {"dt_bias", channels, -1, 1, true}};
  op.resultWidth = channels;
  return true;
}

std::string functionText(const Operator &op, const Options &options, const char *name, const char *form) {
  std::string arguments, types;
  for (const Input &input : op.inputs) {
    std::string type = cat("tensor<", input.fixed ? "" : "?x", input.width, "x", input.depth > 1 ? cat(input.depth, "x") : "",
                           input.fixed ? "f32" : options.element, ">");
    arguments += cat("%", input.name, ": ", type, ", ");
    types += type + ", ";
  }
  std::string result = cat("tensor<?x", op.resultWidth, "x", options.element, ">");
  std::string rows = cat("!braid.rows<", form, ">");
  return cat("func.func @", name, "(", arguments, "%rows: ", rows, ") -> ", result, " {\n%y = ", op.op, " : (", types, rows,
             ") -> ", result, "\nreturn %y : ", result, "\n}\n");
}

/// `count` random numbers as f32, or as the upper half of one.
Result<HostBuffer> randomNumbers(int64_t count, double low, double high, bool wide, unsigned seed) {
  BRAID_TRY_ASSIGN(HostBuffer buffer, HostBuffer::allocate(uint64_t(count) * 4 + 64, "random numbers"));
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform{float(low), float(high)};
  for (int64_t i = 0; i < count; ++i) {
    float value = uniform(generator);
    const char *bytes = reinterpret_cast<const char *>(&value);
    std::memcpy(buffer.data() + i * (wide ? 4 : 2), wide ? bytes : bytes + 2, wide ? 4 : 2);
  }
  return buffer;
}

/// Seconds of each round.
struct Times {
  std::vector<double> seconds;

  template <typename F> void measure(F &&body) {
    auto start = std::chrono::steady_clock::now();
    body();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  double best() const { return *std::min_element(seconds.begin(), seconds.end()); }
  double median() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

/// The contraction that others are held against, and its arrays.
struct Contraction {
  static constexpr int64_t m = 512, n = 4384, k = 1024;
  std::unique_ptr<KernelRunner> runner;
  HostBuffer x, w, y;

  static Result<Contraction> create(const Options &options, mlir::MLIRContext &context) {
    Contraction c;
    ContractionEntry entry = contractionEntry(ContractionForm::Linear, m, n, k, options.element, "f32");
    entry.cpu = options.cpu;
    BRAID_TRY_ASSIGN(c.runner, entry.compile(context));
    bool wide = options.element == "f32";
    BRAID_TRY_ASSIGN(c.x, randomNumbers(m * k, -1, 1, wide, 1));
    BRAID_TRY_ASSIGN(c.w, randomNumbers(n * k, -1, 1, wide, 2));
    BRAID_TRY_ASSIGN(c.y, HostBuffer::allocate(m * n * 4, "the product"));
    return c;
  }
  const CompiledKernel &kernel() const { return runner->all().begin()->second; }
  void run(ThreadPool &pool) {
    tile::ContractionConfigAttr config = kernel().config;
    KernelArguments(kernel())
        .view(x.data(), {m})
        .view(w.data())
        .view(y.data(), {m})
        .launch(pool, (m + config.getRows() - 1) / config.getRows(), (n + config.getColumns() - 1) / config.getColumns());
  }
};

/// An operator compiled, in both forms where it is asked for, and its arrays.
struct Prepared {
  std::unique_ptr<FunctionRunner> runner;
  std::unique_ptr<ThreadPool> pool;
  std::vector<HostBuffer> arrays;
  std::vector<const void *> arguments;
  HostBuffer y;

  static Result<Prepared> create(const Operator &op, const Options &options, int64_t scratch, bool withStep,
                                 mlir::MLIRContext &context) {
    Prepared p;
    std::string text = op.states + functionText(op, options, "f", "segment");
    if (withStep)
      text += functionText(op, options, "step", "step");
    BRAID_TRY_ASSIGN(p.runner, FunctionRunner::compile(text, cpu::TargetInfo::get(options.cpu), context));
    BRAID_TRY(p.runner->prepare(options.tokens));
    scratch = std::max(p.runner->scratchBytes(), scratch);
    BRAID_TRY_ASSIGN(p.pool, ThreadPool::create(options.threads, uint64_t(scratch)));
    for (const Input &input : op.inputs) {
      int64_t count = input.width * input.depth * (input.fixed ? 1 : options.tokens);
      bool wide = input.fixed || options.element == "f32";
      BRAID_TRY_ASSIGN(HostBuffer array, randomNumbers(count, input.low, input.high, wide, unsigned(p.arrays.size())));
      p.arrays.push_back(std::move(array));
      p.arguments.push_back(p.arrays.back().data());
    }
    BRAID_TRY_ASSIGN(p.y, HostBuffer::allocate(uint64_t(op.resultWidth * options.tokens * 4), "the result"));
    return p;
  }
};

/// The floor of @f's kernels as the report computes it.
double floorOfCall(const FunctionRunner &runner, double tokens, const Rates &rates) {
  double seconds = 0;
  for (const Manifest::Kernel &kernel : runner.manifest().kernels)
    if (kernel.entry == "f")
      seconds += floorOf(kernel, tokens, 1, tokens * (tokens + 1) / 2, rates).seconds;
  return seconds;
}

Status measureSelective(const std::string &name, const Operator &op, const Options &options, mlir::MLIRContext &context) {
  BRAID_TRY_ASSIGN(Prepared p, Prepared::create(op, options, 0, /*withStep=*/true, context));
  int64_t bytes = options.element == "f32" ? 4 : 2;
  Times ours, steps, floors;
  for (int round = 0; round <= options.rounds; ++round) {
    ours.measure([&] { p.runner->call("f", *p.pool, p.arguments, {p.y.data()}); });
    steps.measure([&] {
      for (int64_t t = 0; t < options.tokens; ++t) {
        std::vector<const void *> at = p.arguments;
        for (size_t i = 0; i < at.size(); ++i)
          if (!op.inputs[i].fixed)
            at[i] = static_cast<const char *>(at[i]) + t * op.inputs[i].width * bytes;
        p.runner->step("step", *p.pool, at, {p.y.data() + t * op.resultWidth * bytes}, t);
      }
    });
    ArithmeticRates arithmetic = measureArithmetic(*p.pool);
    BRAID_TRY_ASSIGN(double bandwidth, measureReadBandwidth(*p.pool, uint64_t{1} << 28, /*repeats=*/1));
    Rates rates{bandwidth, arithmetic.f64, arithmetic.f32, arithmetic.bf16, arithmetic.exp};
    floors.seconds.push_back(floorOfCall(*p.runner, double(options.tokens), rates));
    if (round == 0) // touches memory for the first time
      ours.seconds.clear(), steps.seconds.clear(), floors.seconds.clear();
  }
  printf("%-24s %4s %d threads: median %8.3f ms, floor %.3f ms, ratio %.2f (of best rounds %.2f); "
         "token by token %.1f ms, %.1f times as long\n",
         name.c_str(), options.element.c_str(), p.pool->size(), ours.median() * 1e3, floors.median() * 1e3,
         ours.median() / floors.median(), ours.best() / floors.best(), steps.median() * 1e3, steps.median() / ours.median());
  return {};
}

Status measure(const std::string &name, const Options &options, Contraction &contraction, mlir::MLIRContext &context) {
  Operator op;
  if (readSelective(name, options, op))
    return measureSelective(name, op, options, context);
  if (!readAttention(name, options, op) && !readSSD(name, options, op))
    return Status::usage(cat("expected attention:HEADS/KV_HEADSxHEAD_DIM, ssd:HEADSxHEAD_DIM,STATE,GROUPS,CHUNK or "
                             "selective:CHANNELS,STATE, found ", inQuotes(name)));
  BRAID_TRY_ASSIGN(Prepared p, Prepared::create(op, options, contraction.kernel().scratchBytes, /*withStep=*/false, context));
  Times ours, peer;
  for (int round = 0; round <= options.rounds; ++round) {
    ours.measure([&] { p.runner->call("f", *p.pool, p.arguments, {p.y.data()}); });
    peer.measure([&] { contraction.run(*p.pool); });
    if (round == 0) // touches memory for the first time
      ours.seconds.clear(), peer.seconds.clear();
  }
  double flops = 2.0 * double(Contraction::m * Contraction::n) * double(Contraction::k);
  double rate = op.flops / ours.median() * 1e-9, peerRate = flops / peer.median() * 1e-9;
  double bestRate = op.flops / ours.best() * 1e-9, bestPeer = flops / peer.best() * 1e-9;
  printf("%-24s %4s %d threads: median %8.3f ms, %6.1f GFLOP/s, contraction %6.1f, share %.2f (of best rounds %.2f)\n",
         name.c_str(), options.element.c_str(), p.pool->size(), ours.median() * 1e3, rate, peerRate, rate / peerRate,
         bestRate / bestPeer);
  return {};
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Sequence operators, segments of one row, beside the contraction or their own floor");
  app.add_option("operators", options.operators, "attention:HEADS/KV_HEADSxHEAD_DIM, ssd:HEADSxHEAD_DIM,STATE,GROUPS,CHUNK, selective:CHANNELS,STATE")
      ->required();
  app.add_option("--tokens", options.tokens, "Tokens of the row")->check(CLI::PositiveNumber);
  app.add_option("--dtype", options.element, "Type of the tokens")->check(CLI::IsMember({"f32", "bf16"}));
  app.add_option("--state-dtype", options.stateElement, "Type of the scan's state")->check(CLI::IsMember({"f32", "bf16"}));
  app.add_option("--cpu", options.cpu, "CPU to compile for");
  app.add_option("--threads", options.threads, "Threads of both; 0: all");
  app.add_option("--rounds", options.rounds, "Rounds of both")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  mlir::MLIRContext context;
  loadDialects(context);
  Result<Contraction> contraction = Contraction::create(options, context);
  Status status = contraction.status();
  for (size_t i = 0; status.ok() && i < options.operators.size(); ++i)
    status = measure(options.operators[i], options, *contraction, context);
  if (status.ok())
    return 0;
  fprintf(stderr, "error: %s\n", status.message().c_str());
  return 2;
}

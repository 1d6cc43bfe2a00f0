//===- Bench.cpp - braid bench --------------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "braid/Formats/Json.h"
#include "braid/Formats/Manifest.h"

#include <algorithm>
#include <chrono>

namespace braid::tool {

namespace {
struct Options {
  ProgramOptions program;
  std::string entry = "decode";
  int64_t rows = 1, tokens = 512, context = 0, chunk = 512, repeats = 0;
  bool kernels = false, json = false;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Runs one shape of call again and again.
class Bench {
public:
  explicit Bench(const Options &options) : options(options) {}

  Status run() {
    BRAID_TRY_ASSIGN(program, options.program.load());
    size_t bytes = 0;
    const char *text = braid_program_manifest(program.get(), &bytes);
    BRAID_TRY_ASSIGN(manifest, parseManifest({text, bytes}, options.program.artifact + ": manifest"));
    BRAID_TRY_ASSIGN(entry, findEntry(*program, options.program, options.entry));
    const Manifest::Entry &measured = manifest.entries[static_cast<size_t>(entry)];
    if (measured.isFunction)
      return Status::usage(cat("--entry: expected an entry point of a model, found the function ",
                               inQuotes(measured.name)));
    tokensPerRow = measured.oneTokenRows ? 1 : options.tokens;
    int64_t perCall = std::max(options.rows * tokensPerRow, std::min(options.chunk, std::max<int64_t>(options.context, 1)));
    steps = options.repeats != 0 ? options.repeats : measured.oneTokenRows ? 64 : 7;
    // Each measured call goes on from the same context, so one step is all the room needed.
    braid_session_options limits = {sizeof limits, options.rows, perCall, options.context + tokensPerRow,
                                    options.rows, options.program.threads, 0, 0, 0};
    BRAID_TRY_ASSIGN(session, createSession(*program, limits));
    uint64_t outputs = static_cast<uint64_t>(measured.logitsPerToken ? perCall : options.rows);
    logits.resize(outputs * static_cast<uint64_t>(manifest.model->vocabSize));
    BRAID_TRY(measure());
    return report();
  }

private:
  static constexpr int64_t turns = 5;

  Status call(int32_t which, int64_t firstRow, int64_t rows, int64_t count) {
    std::vector<int64_t> rowStart;
    std::vector<int32_t> slot, tokens;
    for (int64_t i = 0; i <= rows; ++i)
      rowStart.push_back(i * count);
    for (int64_t i = 0; i < rows; ++i)
      slot.push_back(static_cast<int32_t>(firstRow + i));
    for (int64_t i = 0; i < rows * count; ++i)
      tokens.push_back(static_cast<int32_t>(mixBits(static_cast<uint64_t>(++drawn)) %
                                            static_cast<uint64_t>(manifest.model->vocabSize)));
    braid_batch batch = {sizeof batch, which, 0, rows, rowStart.data(), slot.data(), tokens.data()};
    auto start = std::chrono::steady_clock::now();
    BRAID_TRY(take(braid_session_run(session.get(), &batch, logits.data(), logits.size())));
    lastSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return {};
  }

  /// Brings every slot to the wanted context; a snapshot brings it back there.
  Status fillContext() {
    if (options.context == 0)
      return {};
    BRAID_TRY_ASSIGN(int32_t prefill, findEntry(*program, options.program, "prefill"));
    for (int64_t at = 0; at < options.context; at += options.chunk)
      BRAID_TRY(call(prefill, 0, 1, std::min(options.chunk, options.context - at)));
    snapshot.resize(braid_slot_snapshot_bytes(session.get(), 0));
    return take(braid_slot_snapshot(session.get(), 0, snapshot.data(), snapshot.size()));
  }

  Status rewind() {
    for (int64_t slot = 0; slot < options.rows; ++slot) {
      if (options.context == 0)
        BRAID_TRY(take(braid_slot_reset(session.get(), slot)));
      else
        BRAID_TRY(take(braid_slot_restore(session.get(), slot, snapshot.data(), snapshot.size())));
    }
    return {};
  }

  /// The machine's rates are measured in turns with the calls: a machine whose CPUs are moved about or shared gives both of
  /// them the same of it.
  Status measure() {
    BRAID_TRY(fillContext());
    std::vector<Rates> seen;
    const int64_t warmUp = std::max<int64_t>(1, steps / 8), perTurn = (steps + turns - 1) / turns;
    for (int64_t i = -warmUp; i < steps; ++i) {
      if (i >= 0 && i % perTurn == 0) {
        BRAID_TRY_ASSIGN(Rates measured, measureRates(options.program.threads));
        seen.push_back(measured);
      }
      BRAID_TRY(rewind());
      BRAID_TRY(call(entry, 0, options.rows, tokensPerRow));
      if (i < 0)
        continue;
      seconds.push_back(lastSeconds);
      if (options.kernels)
        BRAID_TRY(callKernels());
    }
    for (double Rates::*rate : {&Rates::bytes, &Rates::bf16, &Rates::f32, &Rates::f64, &Rates::exp}) {
      std::vector<double> values;
      for (const Rates &measured : seen)
        values.push_back(measured.*rate);
      rates.*rate = median(values);
    }
    return {};
  }

  /// One more call, of which each kernel is timed: calls that are timed as a whole are not to be charged with it.
  Status callKernels() {
    BRAID_TRY(rewind());
    BRAID_TRY(take(braid_session_time_kernels(session.get(), 1)));
    BRAID_TRY(call(entry, 0, options.rows, tokensPerRow));
    std::vector<braid_kernel_time> times(braid_session_kernel_times(session.get(), nullptr, 0));
    braid_session_kernel_times(session.get(), times.data(), times.size());
    BRAID_TRY(take(braid_session_time_kernels(session.get(), 0)));
    size_t place = 0;
    for (const Manifest::Kernel &kernel : manifest.kernels) {
      if (kernel.entry != options.entry)
        continue;
      if (place >= times.size() || times[place].launches != kernel.calls)
        return Status::badInput(cat(options.program.artifact, ": kernel ", inQuotes(kernel.name), ": expected ", kernel.calls,
                                    " launches in a call, found ", place < times.size() ? times[place].launches : 0));
      kernelSeconds.resize(std::max(kernelSeconds.size(), place + 1));
      kernelSeconds[place] += times[place].seconds / static_cast<double>(steps);
      ++place;
    }
    return {};
  }

  /// A kernel's measured time in one call and its floor, as `print` writes them.
  template <typename Print> std::string listKernels(double n, double b, double positions, Print print) const {
    std::string list;
    size_t place = 0;
    for (const Manifest::Kernel &kernel : manifest.kernels)
      if (kernel.entry == options.entry && place < kernelSeconds.size()) {
        list += print(kernel, kernelSeconds[place], floorOf(kernel, n, b, positions, rates).seconds, place == 0);
        ++place;
      }
    return list;
  }

  Status report() {
    double n = static_cast<double>(options.rows * tokensPerRow), b = static_cast<double>(options.rows);
    double c = static_cast<double>(options.context), t = static_cast<double>(tokensPerRow);
    double positions = b * (t * c + t * (t + 1) / 2), bytes = 0, flops = 0, floorTime = 0;
    for (const Manifest::Kernel &kernel : manifest.kernels)
      if (kernel.entry == options.entry) {
        KernelFloor floor = floorOf(kernel, n, b, positions, rates);
        bytes += floor.bytes;
        flops += floor.flops;
        floorTime += floor.seconds;
      }
    double time = median(seconds), rate = n / time;
    double best = *std::min_element(seconds.begin(), seconds.end());
    if (options.json)
      return print(cat("{\"entry\": \"", options.entry, "\", \"rows\": ", options.rows, ", \"tokens\": ", tokensPerRow,
                       ", \"context\": ", options.context, ", \"calls\": ", steps, ", \"median_s\": ", time,
                       ", \"best_s\": ", best, ", \"tokens_per_s\": ", rate, ", \"bytes\": ", bytes, ", \"flops\": ",
                       flops, ", \"bytes_per_s\": ", bytes / time, ", \"flops_per_s\": ", flops / time,
                       ", \"read_bandwidth\": ", rates.bytes, ", \"rates\": {\"bytes\": ", rates.bytes, ", \"bf16\": ",
                       rates.bf16, ", \"f32\": ", rates.f32, ", \"f64\": ", rates.f64, ", \"exp\": ", rates.exp, "}, \"floor_s\": ", floorTime, kernelSeconds.empty() ? "" : ", \"kernels\": [",
                       listKernels(n, b, positions, [](const Manifest::Kernel &kernel, double took, double floor, bool first) {
                         return cat(first ? "" : ", ", "{\"name\": ", jsonQuoted(kernel.name), ", \"calls\": ", kernel.calls,
                                    ", \"seconds\": ", took, ", \"floor_s\": ", floor, "}");
                       }),
                       kernelSeconds.empty() ? "" : "]", "}\n"));
    return print(cat(options.entry, ": ", options.rows, " rows of ", tokensPerRow, " tokens after ", options.context,
                     ": median ", time * 1e3, " ms, best ", best * 1e3, " ms of ", steps, " calls, ", rate,
                     " tokens/s\n", "moved: ", bytes / 1e6, " MB, ", bytes / time / 1e9, " GB/s; this machine reads ",
                     rates.bytes / 1e9, " GB/s; share ", bytes / time / rates.bytes, "\n", "computed: ", flops / 1e9,
                     " GFLOP, ", flops / time / 1e9, " GFLOP/s; this machine reaches bf16 ", rates.bf16 / 1e9, ", f32 ",
                     rates.f32 / 1e9, ", f64 ", rates.f64 / 1e9, "\n", "floor by the kernels' roofline: ", floorTime * 1e3,
                     " ms; share ", floorTime / time, "\n",
                     listKernels(n, b, positions, [](const Manifest::Kernel &kernel, double took, double floor, bool) {
                       return cat(kernel.name, ": ", took * 1e6, " us in ", kernel.calls, " launches, floor ", floor * 1e6,
                                  " us; share ", floor / took, "\n");
                     })));
  }

  const Options &options;
  ProgramHandle program;
  SessionHandle session;
  Manifest manifest;
  int32_t entry = 0;
  int64_t tokensPerRow = 1, steps = 0, drawn = 0;
  std::vector<float> logits;
  std::vector<char> snapshot;
  std::vector<double> seconds, kernelSeconds;
  double lastSeconds = 0;
  Rates rates;
};
} // namespace

Command addBench(CLI::App &app) {
  auto options = std::make_shared<Options>();
  options->program.addTo(app);
  app.add_option("--entry", options->entry, "Entry point to measure")->capture_default_str();
  app.add_option("--rows", options->rows, "Rows in a call")->check(between(1, 4096))->capture_default_str();
  app.add_option("--tokens", options->tokens, "Tokens in a row, unless the entry takes one")
      ->check(between(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--context", options->context, "Tokens in a slot before the call")
      ->check(between(0, 1 << 24))
      ->capture_default_str();
  app.add_option("--chunk", options->chunk, "Tokens in a call while the context is filled")
      ->check(between(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--repeats", options->repeats, "Measured calls; 0 chooses")->check(between(0, 1 << 20));
  app.add_flag("--kernels", options->kernels, "Each kernel's time too, in calls between those");
  app.add_flag("--json", options->json, "Print one JSON object");
  return [options] { return Bench(*options).run(); };
}

} // namespace braid::tool

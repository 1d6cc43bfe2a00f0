//===- Test.cpp - braid-check test -----------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "PreparedCall.h"
#include "Values.h"
#include "braid/Formats/CallFiles.h"

#include <atomic>
#include <chrono>
#include <regex>
#include <thread>

namespace braid::check {

namespace {
struct Options {
  std::string list, device = "cuda:0", filter;
  int64_t repeat = 2;
  double seconds = 30;
  bool reduced = false, load = false, unpoisoned = false;
};

/// Keeps the device busy with the same function on other memory while it lives.
class Load {
public:
  Load(const Case &item, const CaseList &list, braid_device *device)
      : thread([&item, &list, device, this] {
          // Its own failures do not matter: the case beside it is what is tested.
          auto call = PreparedCall::create(item, list, device);
          while (call.ok() && !stop && (*call)->start().ok() && (*call)->synchronize().ok()) {
          }
        }) {}
  ~Load() {
    stop = true;
    thread.join();
  }
  Load(const Load &) = delete;
  Load &operator=(const Load &) = delete;

private:
  std::atomic<bool> stop{false};
  std::thread thread;
};

/// Every result and every compared state, as bytes.
using Outputs = std::vector<std::vector<uint8_t>>;

class CaseTest {
public:
  CaseTest(const Case &item, const CaseList &list, braid_device *device, const Options &options)
      : item(item), list(list), device(device), options(options) {}

  /// What stands behind the name on the case's line.
  Result<std::string> run() {
    BRAID_TRY_ASSIGN(call, PreparedCall::create(item, list, device, !options.unpoisoned));
    std::optional<Load> load;
    if (options.load)
      load.emplace(item, list, device);
    BRAID_TRY_ASSIGN(Outputs first, runOnce());
    BRAID_TRY(call->checkGuards());
    const Manifest::Entry &entry = call->shapes().entry();
    for (size_t i = 0; i < entry.results.size(); ++i) {
      DType dtype = entry.results[i].dtype;
      BRAID_TRY(compareTensor(item.results[i], cat("result ", i), dtype,
                              item.results[i].holdsStates ? arithmeticOf(dtype) : dtype, call->shapes().result(i),
                              first[i]));
    }
    for (size_t i = 0; i < item.finalStates.size(); ++i) {
      BRAID_TRY_ASSIGN(const Manifest::State *state, call->shapes().state(item.finalStates[i]));
      BRAID_TRY(compareTensor(item.finalStates[i], cat("state ", inQuotes(state->name)), state->dtype,
                              arithmeticOf(state->dtype), call->shapes().stateAfter(*state),
                              first[entry.results.size() + i]));
    }
    BRAID_TRY_ASSIGN(int64_t runs, repeat(first));
    BRAID_TRY(call->checkGuards());
    return cat(summary, ", ", runs, " runs with the same bits", options.load ? " under load" : "");
  }

private:
  Result<Outputs> runOnce() {
    BRAID_TRY(call->reset());
    BRAID_TRY(call->start());
    BRAID_TRY(call->synchronize());
    Outputs outputs;
    for (size_t i = 0; i < item.results.size(); ++i) {
      BRAID_TRY_ASSIGN(std::vector<uint8_t> bytes, call->result(i));
      outputs.push_back(std::move(bytes));
    }
    for (const CaseTensor &tensor : item.finalStates) {
      BRAID_TRY_ASSIGN(const Manifest::State *state, call->shapes().state(tensor));
      BRAID_TRY_ASSIGN(std::vector<uint8_t> bytes, call->state(*state));
      outputs.push_back(std::move(bytes));
    }
    return outputs;
  }

  /// A state is as exact as the arithmetic that it comes from, which may be coarser than its own type.
  DType arithmeticOf(DType state) const {
    DType result = call->shapes().entry().results.front().dtype;
    return sizeOf(result) < sizeOf(state) ? result : state;
  }

  Status compareTensor(const CaseTensor &tensor, const std::string &what, DType dtype, DType arithmetic,
                       const std::vector<int64_t> &shape, const std::vector<uint8_t> &bytes) {
    if (int64_t place = findNotFinite(dtype, bytes); place >= 0)
      return Status::internal(cat(what, ": expected finite numbers, found none in element ", place));
    if (tensor.expected.empty())
      return {};
    BRAID_TRY_ASSIGN(Sample sample, Sample::of(tensor, item, shape));
    BRAID_TRY_ASSIGN(NpyArray array, readNpy(list.path(tensor.expected)));
    if (array.shape != sample.shape)
      return Status::badInput(
          cat(tensor.expected, ": expected shape ", listed(sample.shape), ", found ", listed(array.shape)));
    std::vector<double> found;
    for (uint64_t place : sample.places)
      found.push_back(loadElement(dtype, bytes.data(), place));
    Errors errors = compare(found, valuesOf(array), arithmetic);
    double most = allowed(item, arithmetic, errors);
    if (!(errors.found <= most))
      return Status::internal(cat(what, ": expected an error of at most ", most, ", found ", errors.found));
    summary += cat(summary.empty() ? "" : "; ", what, ": error ", errors.found, " of ", most);
    return {};
  }

  /// Runs again and again; every bit must come back.
  Result<int64_t> repeat(const Outputs &first) {
    auto start = std::chrono::steady_clock::now();
    int64_t runs = 1;
    for (; runs < options.repeat; ++runs) {
      if (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > options.seconds)
        break;
      BRAID_TRY_ASSIGN(Outputs again, runOnce());
      for (size_t i = 0; i < first.size(); ++i)
        if (again[i] != first[i])
          return Status::internal(
              cat("output ", i, ": expected the bits of the first run, found others in run ", runs + 1));
    }
    return runs;
  }

  const Case &item;
  const CaseList &list;
  braid_device *device;
  const Options &options;
  std::unique_ptr<PreparedCall> call;
  std::string summary;
};

Status test(const Options &options) {
  BRAID_TRY_ASSIGN(CaseList list, CaseList::load(options.list));
  std::regex filter;
  try {
    filter = std::regex(options.filter);
  } catch (const std::regex_error &) {
    return Status::usage(cat("--filter: expected a regular expression, found ", inQuotes(options.filter)));
  }
  braid_device *opened = nullptr;
  BRAID_TRY(tool::take(braid_device_open(options.device.c_str(), &opened)));
  tool::DeviceHandle device(opened);
  int64_t passed = 0, failed = 0;
  for (const Case &item : list.cases) {
    if ((options.reduced && !item.reduced) || !std::regex_search(item.name, filter))
      continue;
    Result<std::string> found = guardMemory([&] { return CaseTest(item, list, device.get(), options).run(); });
    ++(found.ok() ? passed : failed);
    std::printf("%s %s: %s\n", found.ok() ? "ok  " : "FAIL", item.name.c_str(),
                found.ok() ? (*found).c_str() : found.status().message().c_str());
    std::fflush(stdout);
  }
  std::printf("%lld passed, %lld failed\n", static_cast<long long>(passed), static_cast<long long>(failed));
  if (failed != 0)
    return Status::badInput(cat(failed, " cases failed"));
  return passed != 0 ? Status() : Status::usage("expected cases to test, found none");
}
} // namespace

tool::Command addTest(CLI::App &app) {
  auto options = std::make_shared<Options>();
  app.add_option("list", options->list, "cases.json")->required()->type_name("FILE");
  app.add_option("--device", options->device, "cpu or cuda:N")->capture_default_str();
  app.add_option("--filter", options->filter, "Only cases whose name holds this regular expression");
  app.add_option("--repeat", options->repeat, "Runs of each case, whose bits must agree")
      ->check(tool::between(1, 1000000))
      ->capture_default_str();
  app.add_option("--seconds", options->seconds, "Most seconds for the repeated runs of one case")
      ->capture_default_str();
  app.add_flag("--reduced", options->reduced, "Only the small cases, as under a sanitizer");
  app.add_flag("--load", options->load, "Keep the device busy with the same function on other memory");
  app.add_flag("--unpoisoned", options->unpoisoned, "Leave results and working memory as they come");
  return [options] { return test(*options); };
}

} // namespace braid::check

//===- Bench.cpp - braid-check bench ---------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "PreparedCall.h"
#include "braid/Formats/File.h"
#include "braid/Formats/Json.h"

#include <algorithm>
#include <chrono>
#include <regex>
#include <thread>

namespace braid::check {

namespace {
struct Options {
  std::string list, device = "cuda:0", filter, json;
  int64_t rounds = 20;
  double pause = 0.25, heat = 2;
};

struct Times {
  double median = 0, low = 0, high = 0; // milliseconds: of the middle half
};

Times summarise(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto at = [&](double share) {
    return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {at(0.5), at(0.25), at(0.75)};
}

/// Times one case when the device is cool, each call after a pause, and when it has been busy for a while.
class Stopwatch {
public:
  Stopwatch(PreparedCall &call, braid_device *device, const Options &options)
      : call(call), device(device), options(options) {}

  Status run() {
    for (tool::EventHandle *event : {&before, &behind}) {
      braid_event *created = nullptr;
      BRAID_TRY(tool::take(braid_event_create(device, &created)));
      event->reset(created);
    }
    BRAID_TRY_ASSIGN(double once, time(1)); // the first call loads code
    std::vector<double> values;
    for (int64_t i = 0; i < options.rounds; ++i) {
      std::this_thread::sleep_for(std::chrono::duration<double>(options.pause));
      BRAID_TRY_ASSIGN(once, time(1));
      values.push_back(once);
    }
    cool = summarise(values);
    int64_t batch = std::clamp<int64_t>(static_cast<int64_t>(20 / std::max(cool.median, 1e-3)), 1, 1000);
    auto start = std::chrono::steady_clock::now();
    while (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < options.heat)
      BRAID_TRY(time(batch).status());
    values.clear();
    for (int64_t i = 0; i < options.rounds; ++i) {
      BRAID_TRY_ASSIGN(once, time(batch));
      values.push_back(once);
    }
    sustained = summarise(values);
    return {};
  }

  Times cool, sustained;

private:
  /// Milliseconds of one call, of `count` in a row. A call before them keeps the device busy while they are started.
  Result<double> time(int64_t count) {
    BRAID_TRY(call.start());
    BRAID_TRY(tool::take(braid_event_record(before.get(), streamOfThread())));
    for (int64_t i = 0; i < count; ++i)
      BRAID_TRY(call.start());
    BRAID_TRY(tool::take(braid_event_record(behind.get(), streamOfThread())));
    double milliseconds = 0;
    BRAID_TRY(tool::take(braid_event_elapsed(before.get(), behind.get(), &milliseconds)));
    return milliseconds / static_cast<double>(count);
  }

  PreparedCall &call;
  braid_device *device;
  const Options &options;
  tool::EventHandle before, behind;
};

std::string toJson(const char *name, const Times &times) {
  return cat("\"", name, "\": {\"median_ms\": ", times.median, ", \"low_ms\": ", times.low,
             ", \"high_ms\": ", times.high, "}");
}

Result<std::string> benchCase(const Case &item, const CaseList &list, braid_device *device, const Options &options) {
  BRAID_TRY_ASSIGN(std::unique_ptr<PreparedCall> call, PreparedCall::create(item, list, device));
  Stopwatch watch(*call, device, options);
  BRAID_TRY(watch.run());
  auto rate = [&](const Times &times) { return call->flops() / times.median * 1e-9; };
  std::printf("%-44s cool %9.4f ms %7.1f TFLOP/s   sustained %9.4f ms %7.1f TFLOP/s\n", item.name.c_str(),
              watch.cool.median, rate(watch.cool), watch.sustained.median, rate(watch.sustained));
  std::fflush(stdout);
  return cat("{\"name\": ", jsonQuoted(item.name), ", \"flops\": ", call->flops(), ", \"bytes\": ", call->bytes(), ", ",
             toJson("cool", watch.cool), ", ", toJson("sustained", watch.sustained), "}");
}

Status bench(const Options &options) {
  BRAID_TRY_ASSIGN(CaseList list, CaseList::load(options.list));
  std::regex filter;
  try {
    filter = std::regex(options.filter);
  } catch (const std::regex_error &) {
    return Status::usage(cat("--filter: expected a regular expression, found ", inQuotes(options.filter)));
  }
  if (!options.json.empty()) // better known before the work than after it
    BRAID_TRY(AtomicFile::create(options.json).status());
  braid_device *opened = nullptr;
  BRAID_TRY(tool::take(braid_device_open(options.device.c_str(), &opened)));
  tool::DeviceHandle device(opened);
  braid_device_info info = {};
  info.size = sizeof info;
  BRAID_TRY(tool::take(braid_device_properties(device.get(), &info)));
  std::string rows;
  for (const Case &item : list.bench) {
    if (!std::regex_search(item.name, filter))
      continue;
    BRAID_TRY_ASSIGN(std::string row, benchCase(item, list, device.get(), options));
    rows += cat(rows.empty() ? "" : ",\n  ", row);
  }
  if (rows.empty())
    return Status::usage("expected cases to time, found none");
  if (options.json.empty())
    return {};
  return writeFile(options.json, cat("{\"device\": ", jsonQuoted(info.name), ", \"rounds\": ", options.rounds,
                                     ", \"rows\": [\n  ", rows, "]}\n"));
}
} // namespace

tool::Command addBench(CLI::App &app) {
  auto options = std::make_shared<Options>();
  app.add_option("list", options->list, "cases.json")->required()->type_name("FILE");
  app.add_option("--device", options->device, "cpu or cuda:N")->capture_default_str();
  app.add_option("--filter", options->filter, "Only cases whose name holds this regular expression");
  app.add_option("--json", options->json, "Where the times go too")->type_name("FILE");
  app.add_option("--rounds", options->rounds, "Measurements of each kind")
      ->check(tool::between(1, 100000))
      ->capture_default_str();
  app.add_option("--pause", options->pause, "Seconds of rest before each cool measurement")->capture_default_str();
  app.add_option("--heat", options->heat, "Seconds of work before the sustained ones")->capture_default_str();
  return [options] { return bench(*options); };
}

} // namespace braid::check

//===- braid-property-test.cpp - Random cases of every operator -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For tests alone: draws cases for each operator and type from a seed that changes
// each day, runs them on this machine in pieces, whole and alone, and holds them
// against the evaluator. A failure is shrunk, and the line that repeats it printed.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "Draw.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "braid/Pipelines/Register.h"

#include "CLI/CLI.hpp"
#include <chrono>
#include <iostream>

using namespace braid;
using namespace braid::property;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto shrinkTime = std::chrono::seconds(60);

struct Options {
  std::vector<std::string> ops, dtypes{"f64", "f32", "bf16"};
  int64_t cases = 100;
  uint64_t seed = uint64_t(std::chrono::duration_cast<std::chrono::hours>(
                               std::chrono::system_clock::now().time_since_epoch()).count() / 24);
  int64_t part = 0, parts = 1; // of the operators
  CompileOptions compile;
  std::string repeat;
  bool verbose = false;

  /// Threads that take turns are a thousand times slower than code. A simulation goes by tiles, and costs by the call.
  Limits limits() const {
    if (compile.threads)
      return {400'000, 2};
    return compile.simulate ? Limits{6'000'000, 2} : Limits{};
  }
  /// Cases that share one compiled module. Where few cases are run, they are to have several.
  int casesPerModule() const { return compile.simulate || compile.threads ? 2 : 10; }
};

class Campaign {
public:
  explicit Campaign(const Options &options) : options(options) {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    for (const Operator *op : allOperators())
      if (op->registerDialect)
        op->registerDialect(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    context.getDiagEngine().registerHandler([&](mlir::Diagnostic &diagnostic) { diagnostics.push_back(diagnostic.str()); });
  }

  /// Checks one case on a module that fits it.
  Verdict run(const Case &c) {
    diagnostics.clear();
    if (!compiled || c.op != compiledFor.op || c.dtype != compiledFor.dtype || c.sizes != compiledFor.sizes) {
      compiled.reset();
      auto created = Compiled::create(c, context, options.compile);
      if (!created.ok())
        return {cat(created.status().message(), diagnostics.empty() ? "" : ": ", diagnostics.empty() ? "" : diagnostics[0]),
                INFINITY};
      compiled = std::move(*created);
      compiledFor = c;
    }
    return isSkipped() ? Verdict() : check(c, *compiled);
  }

  /// Whether the target has no config for the operator, so that its texts are those of the CPU.
  bool isSkipped() const {
    return options.compile.hopperConfigs && !options.compile.simulate && !options.compile.threads && compiled && !compiled->hasConfig();
  }

  bool inRoles() const { return compiled && compiled->runsInRoles(); }

  int repeat() {
    std::optional<Case> c = Case::parse(options.repeat);
    if (!c || !findOperator(c->op)) {
      std::cerr << "error: --case: expected a line that a failure printed, found '" << options.repeat << "'\n";
      return 2;
    }
    Verdict verdict = run(*c);
    if (options.verbose && compiled)
      std::cout << compiled->text.text();
    std::cout << (verdict.fault.empty() ? "holds" : verdict.fault) << ", worst error " << verdict.worst
              << " of the tolerance" << (inRoles() ? ", in roles" : "") << "\n";
    return verdict.fault.empty() ? 0 : 1;
  }

  /// Whether every case of the operator in this type holds.
  bool runAll(const Operator &op, DType dtype) {
    double worst = 0;
    int64_t unscheduled = 0, scheduledInRoles = 0;
    for (int64_t done = 0; done < options.cases;) {
      Random random(options.seed, op.name.str() + std::string(nameOf(dtype)), uint64_t(done));
      Sizes sizes = drawSizes(op, random, options.limits());
      for (int i = 0; i < options.casesPerModule() && done < options.cases; ++i, ++done) {
        Case c = drawCase(op, dtype, sizes, random, options.limits());
        Verdict verdict = run(c);
        if (isSkipped()) {
          std::cout << op.name.str() << " " << nameOf(dtype) << ": no config of its own" << std::endl;
          return true;
        }
        if (options.verbose)
          std::cout << verdict.worst << "  " << c.print() << (inRoles() ? "  (in roles)" : "") << std::endl;
        if (!verdict.fault.empty()) {
          report(c, verdict);
          return false;
        }
        worst = std::max(worst, verdict.worst);
        unscheduled += compiled && compiled->countUnscheduled() > 0;
        scheduledInRoles += inRoles();
      }
    }
    std::cout << op.name.str() << " " << nameOf(dtype) << ": " << options.cases << " cases hold, worst error " << worst
              << " of the tolerance"
              << (scheduledInRoles ? ", " + std::to_string(scheduledInRoles) + " in roles" : "")
              << (unscheduled ? ", " + std::to_string(unscheduled) + " with a kernel that has no schedule" : "")
              << std::endl;
    return true;
  }

private:
  void report(Case c, Verdict verdict) {
    std::cout << c.op << " " << nameOf(c.dtype) << " fails: " << verdict.fault << "\n  case: " << c.print() << std::endl;
    auto end = Clock::now() + shrinkTime;
    for (bool smaller = true; smaller && Clock::now() < end;) {
      smaller = false;
      for (const Case &candidate : smallerCases(c)) {
        if (Clock::now() >= end)
          break;
        Verdict found = run(candidate);
        // A smaller module that is no module any more is no smaller case.
        if (found.fault.empty() || found.fault.find("does not parse") != std::string::npos)
          continue;
        c = candidate, verdict = found, smaller = true;
        break;
      }
    }
    std::cout << "  shrunk: " << verdict.fault << "\n  repeat: braid-property-test --case '" << c.print() << "'" << std::endl;
  }

  const Options &options;
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  std::vector<std::string> diagnostics;
  std::unique_ptr<Compiled> compiled;
  Case compiledFor;
};

int runCampaign(const Options &options) {
  std::cout << "seed " << options.seed << ", " << options.cases << " cases for each operator and type" << std::endl;
  Campaign campaign(options);
  int failures = 0;
  std::vector<const Operator *> operators = allOperators();
  for (size_t i = 0; i < operators.size(); ++i)
    if (options.ops.empty() ? int64_t(i % size_t(options.parts)) == options.part
                            : llvm::is_contained(options.ops, operators[i]->name))
      for (const std::string &dtype : options.dtypes)
        failures += !campaign.runAll(*operators[i], *dtypeFromName(dtype));
  return failures ? 1 : 0;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  if (const char *cases = std::getenv("BRAID_PROPERTY_CASES"))
    options.cases = std::max(1, std::atoi(cases));
  if (const char *seed = std::getenv("BRAID_PROPERTY_SEED"))
    options.seed = std::strtoull(seed, nullptr, 10);
  std::string target = "cpu";
  CLI::App app("Random cases of every operator against the evaluator");
  std::vector<std::string> names;
  for (const Operator *op : allOperators())
    names.push_back(op->name.str());
  app.add_option("--op", options.ops, "Operators; all by default")->check(CLI::IsMember(names));
  app.add_option("--dtype", options.dtypes, "Types; all by default")->check(CLI::IsMember({"f64", "f32", "bf16"}));
  app.add_option("--cases", options.cases, "Cases for each operator and type")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--seed", options.seed, "Seed of the campaign; by default the number of the day");
  app.add_option("--part", options.part, "Without --op: one part of the operators, from 0");
  app.add_option("--parts", options.parts, "Parts in all")->check(CLI::PositiveNumber);
  app.add_option("--case", options.repeat, "Repeat one case");
  app.add_option("--target-config", target, "Operators with a config for this target, cut as it would cut them")
      ->check(CLI::IsMember({"cpu", "sm_90a"}));
  app.add_flag("--simulate", options.compile.simulate, "Kernels that have a schedule for the target run in the simulator")
      ->needs("--target-config");
  app.add_flag("--threads", options.compile.threads, "Kernels run as the threads of the target's general schedule")
      ->needs("--target-config");
  app.add_flag("--verbose", options.verbose, "Print every case");
  CLI11_PARSE(app, argc, argv);
  options.compile.hopperConfigs = target == "sm_90a";
  if ((options.compile.simulate || options.compile.threads) && app.count("--dtype") == 0)
    options.dtypes = {"f32", "bf16"}; // in f64 some functions have no lowering to a GPU
  return options.repeat.empty() ? runCampaign(options) : Campaign(options).repeat();
}

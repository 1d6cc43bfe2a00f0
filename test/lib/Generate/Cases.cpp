//===- Cases.cpp - One case of a campaign ---------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cases.h"
#include "FunctionCheck.h"
#include "IRText.h"
#include "ModelGenerator.h"
#include "Mutate.h"
#include "RoundTrip.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Formats/File.h"
#include "braid/Pipelines/Phases.h"
#include "braid/Pipelines/Register.h"
#include "braid/Target/CPU/Emit.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;

namespace braid::generate {

/// Seconds of the CPU's time that a case may take, however busy the machine is.
constexpr rlim_t mostSeconds = 60;
constexpr int mutationsOfModule = 10;

StringRef nameOf(Mode mode) {
  return mode == Mode::Run ? "run" : mode == Mode::Mutate ? "mutate" : "round-trip";
}

void Tally::add(const CaseOutcome &outcome) {
  ++cases, faults += !outcome.fault.empty(), taken += outcome.taken, refused += outcome.refused;
  worst = std::max(worst, outcome.worst);
}

std::string Tally::text() const {
  std::string line = cat(cases, " modules, ", faults, " with a fault");
  if (worst > 0)
    line += ", worst error " + std::to_string(worst) + " of the tolerance";
  return taken + refused ? cat(line, "; spoilt: ", taken, " compiled, ", refused, " refused") : line;
}

//===----------------------------------------------------------------------===//
// Miscompiles
//===----------------------------------------------------------------------===//

/// The norm of a sum forgets what was added.
static void forgetResidual(ModuleOp module) {
  module.walk([](RMSNormOp norm) {
    if (auto add = norm.getX().getDefiningOp<AddOp>(); add && add.getA().getType() == norm.getX().getType())
      norm.getXMutable().assign(add.getA());
  });
}

/// A gate takes its operands the wrong way round where one comes from a product.
static void swapGate(ModuleOp module) {
  module.walk([](GateOp gate) {
    if (gate.getGate().getDefiningOp<LinearOp>()) {
      Value first = gate.getGate();
      gate.getGateMutable().assign(gate.getX());
      gate.getXMutable().assign(first);
    }
  });
}

static const std::pair<const char *, void (*)(ModuleOp)> plants[] = {{"forget-residual", forgetResidual},
                                                                     {"swap-gate", swapGate}};

std::vector<std::string> plantNames() {
  std::vector<std::string> names;
  for (auto [name, plant] : plants)
    names.push_back(name);
  return names;
}

//===----------------------------------------------------------------------===//
// In the case's process
//===----------------------------------------------------------------------===//

namespace {

/// A context and what it had to say.
class Session {
public:
  Session() {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    context.printOpOnDiagnostic(false);
    context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        errors.push_back(diagnostic.str());
    });
  }
  CaseOutcome check(ModuleOp module, const CaseOptions &options, uint64_t seed);

  MLIRContext context{MLIRContext::Threading::DISABLED};

private:
  CaseOutcome compileSpoilt(ModuleOp module, const CaseOptions &options, Random random);
  std::string compileText(const std::string &text, bool &taken);
  std::string firstError() const { return errors.empty() ? "" : ": " + errors.front(); }

  std::vector<std::string> errors;
};

} // namespace

CaseOutcome Session::check(ModuleOp module, const CaseOptions &options, uint64_t seed) {
  if (options.print && options.mode != Mode::Mutate)
    std::cout << printed(module) << std::endl;
  CaseOutcome outcome;
  if (options.mode == Mode::Mutate)
    return compileSpoilt(module, options, Random(seed, "mutations"));
  outcome.fault = checkRoundTrip(module);
  if (outcome.fault.empty() && options.mode == Mode::Run) {
    CheckOptions check{seed, nullptr};
    for (auto [name, plant] : plants)
      if (options.plant == name)
        check.plant = plant;
    bool isModel = module.lookupSymbol("forward");
    CheckResult result = isModel ? checkModel(module, seed) : checkFunctions(module, check);
    outcome.fault = result.fault, outcome.worst = result.worst;
  }
  if (!outcome.fault.empty())
    outcome.fault += firstError();
  return outcome;
}

CaseOutcome Session::compileSpoilt(ModuleOp module, const CaseOptions &options, Random random) {
  CaseOutcome outcome;
  for (int i = 0; i < mutationsOfModule; ++i) {
    OwningOpRef<ModuleOp> spoilt = module.clone();
    for (int64_t edits = random.pick<int64_t>({1, 1, 1, 2, 4}); edits > 0; --edits)
      mutate(*spoilt, random);
    bool taken = false;
    std::string text = printed(*spoilt, /*generic=*/true);
    if (options.print)
      std::cout << "// " << i << "\n" << text << std::endl;
    std::string fault = compileText(text, taken);
    ++(taken ? outcome.taken : outcome.refused);
    if (!fault.empty() && outcome.fault.empty())
      outcome.fault = cat("mutation ", i, ": ", fault);
  }
  return outcome;
}

/// As braidc takes a text: it refuses it with a diagnostic, or makes code of it.
std::string Session::compileText(const std::string &text, bool &taken) {
  errors.clear();
  if (!checkIRText(text, "text").ok())
    return "";
  auto module = parseSourceString<ModuleOp>(text, &context);
  if (!module)
    return errors.empty() ? "refused without a diagnostic" : "";
  (*module)->setAttr(kOptionsAttr, DictionaryAttr::get(&context));
  cpu::TargetInfo target = cpu::TargetInfo::get("host");
  for (const PhaseInfo &info : allPhases()) {
    if (info.phase == Phase::Import || info.phase == Phase::Emit)
      continue;
    PassManager pm(&context);
    addCPUPhase(pm, info.phase, target);
    if (succeeded(pm.run(*module)))
      continue;
    // Functions are checked first; what is refused later must be an op that the text has.
    bool blamesInput = !errors.empty() && (info.phase == Phase::Specialize ||
                                           StringRef(errors.front()).starts_with("'braid.") ||
                                           StringRef(errors.front()).starts_with("'func."));
    if (!blamesInput)
      return cat("phase ", std::string_view(info.name), " fails", firstError());
    return "";
  }
  auto object = cpu::emit(*module, target, cpu::Output::SharedObject);
  taken = object.ok();
  return object.ok() ? "" : "emit: " + object.status().message();
}

//===----------------------------------------------------------------------===//
// Processes
//===----------------------------------------------------------------------===//

static uint64_t seedOf(uint64_t seed, int64_t index) { return mixBits(seed * 0x9e3779b97f4a7c15u + uint64_t(index)); }

/// Runs `body` in a child and brings its outcome back.
template <typename Body> static CaseOutcome inChild(Body body) {
  std::cout.flush();
  int ends[2];
  if (::pipe(ends) != 0)
    return {"cannot open a pipe"};
  pid_t child = ::fork();
  if (child < 0)
    return {"cannot fork"};
  if (child == 0) {
    ::close(ends[0]);
    rlimit limit{mostSeconds, mostSeconds + 5};
    ::setrlimit(RLIMIT_CPU, &limit);
    CaseOutcome outcome = body();
    std::string fault = outcome.fault.substr(0, 2000);
    std::replace(fault.begin(), fault.end(), '\n', ' ');
    std::string text = cat(outcome.taken, " ", outcome.refused, " ") + std::to_string(outcome.worst) + " " + fault;
    size_t sent = 0;
    while (sent < text.size()) {
      ssize_t written = ::write(ends[1], text.data() + sent, text.size() - sent);
      if (written <= 0)
        break;
      sent += size_t(written);
    }
    std::cout.flush();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t count; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, size_t(count));
  ::close(ends[0]);
  int state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR)
    ;
  if (WIFSIGNALED(state))
    return {WTERMSIG(state) == SIGXCPU ? cat("no answer within ", mostSeconds, " s of the CPU's time")
                                       : cat("crashed: ", ::strsignal(WTERMSIG(state)))};
  if (WEXITSTATUS(state) != 0)
    return {cat("ended with code ", WEXITSTATUS(state))};
  CaseOutcome outcome;
  int used = 0;
  std::sscanf(text.c_str(), "%ld %ld %lf %n", &outcome.taken, &outcome.refused, &outcome.worst, &used);
  outcome.fault = text.substr(size_t(used));
  return outcome;
}

/// Every few modules one is a model.
static OwningOpRef<ModuleOp> generate(MLIRContext &context, const CaseOptions &options, uint64_t seed, int64_t index) {
  Random random(seedOf(seed, index));
  if (index % 8 == 7)
    return importDescription(generateDescription(random), context);
  return generateModule(context, random, options.limits);
}

CaseOutcome runCase(const CaseOptions &options, uint64_t seed, int64_t index) {
  return inChild([&]() -> CaseOutcome {
    Session session;
    OwningOpRef<ModuleOp> module = generate(session.context, options, seed, index);
    if (!module)
      return {"the description is refused"};
    return session.check(*module, options, seedOf(seed, index));
  });
}

CaseOutcome runFile(const CaseOptions &options, const std::string &path, uint64_t seed) {
  Result<std::string> text = readFile(path, uint64_t{1} << 30);
  if (!text.ok())
    return {text.status().message()};
  return inChild([&]() -> CaseOutcome {
    Session session;
    auto module = parseSourceString<ModuleOp>(*text, &session.context, path);
    if (!module)
      return {"does not parse"};
    return session.check(*module, options, seed);
  });
}

void keepModule(const CaseOptions &options, uint64_t seed, int64_t index, const std::string &folder) {
  Session session;
  OwningOpRef<ModuleOp> module = generate(session.context, options, seed, index);
  if (!module)
    return;
  std::string path = cat(folder, "/module-", seed, "-", index, ".mlir");
  std::error_code error;
  std::filesystem::create_directories(folder, error); // or writing fails, and says why
  if (Status status = writeFile(path, printed(*module) + "\n"); !status.ok())
    std::cout << "  " << status.message() << std::endl;
  else
    std::cout << "  kept: --file " << path << " --seed " << seedOf(seed, index) << std::endl;
}

} // namespace braid::generate

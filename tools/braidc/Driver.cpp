//===- Driver.cpp - Takes a model through the phases ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"
#include "IRText.h"
#include "ReferenceRun.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"
#include "braid/Import/Import.h"
#include "braid/Pipelines/Artifact.h"
#include "braid/Pipelines/Register.h"
#include "braid/Target/NVPTX/Emit.h"
#include "braid/Target/NVPTX/Rates.h"
#include "braid/Target/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"
#include <unistd.h>

namespace braid {

/// The module option `target` of a module for a GPU, and its manifest's `target.kind`.
static constexpr llvm::StringLiteral kCudaTarget = "cuda";

Driver::Driver(const Options &options, CrashGuard &guard) : options(options), guard(guard) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false); // a whole module, where that is the op
  guard.messages().attach(context);
}

int Driver::run() {
  Status status = compile();
  // What the importer makes goes through every phase; only IR that was written or edited by hand may not.
  if (module && !options.isIR() && !options.isReference() && status.code() == StatusCode::BadInput)
    status = Status::internal(status.message());
  if (!status.ok())
    guard.messages().error(status.code() == StatusCode::Internal ? "internal: " + status.message() : status.message());
  return exitCodeOf(status.code());
}

/// What is better known before the work than after it.
Status Driver::prepare() {
  for (const std::string &file : {options.output, options.reportTo})
    if (!file.empty() && file != "-")
      BRAID_TRY(AtomicFile::create(file).status());
  if (options.report == Options::ReportKind::HTML)
    page.emplace();
  if (options.reportTimes.empty())
    return {};
  BRAID_TRY_ASSIGN(times, readTimes(options.reportTimes));
  return {};
}

Status Driver::compile() {
  BRAID_TRY(prepare());
  guardPhase("import");
  BRAID_TRY(readModel());
  BRAID_TRY(checkCPUs());
  if (options.isReference()) {
    if (done != Phase::Import)
      return Status::badInput(cat(options.model, ": expected a model or IR of phase import for --target=reference, found ",
                                  inQuotes(std::string_view(nameOf(done)))));
    guardPhase("evaluate");
    if (options.isReferenceCall())
      return callReferenceOnFiles(*module, options.entries.front(), options.call, options.roundToBF16);
    return runReferenceOnFiles(*module, {options.weights, options.tokens, options.logits, options.roundToBF16});
  }
  // A report needs no more than the plan, but its page shows each phase's IR.
  Phase last = !options.output.empty() ? options.to : page ? std::min(options.to, Phase::Lower) : Phase::Plan;
  BRAID_TRY(checkOperators(last));
  for (const PhaseInfo &info : allPhases())
    if (info.phase > done && info.phase <= last && info.phase != Phase::Emit)
      BRAID_TRY(runPhase(info));
  if (!options.output.empty())
    BRAID_TRY(last < Phase::Emit ? writeOutput(printed()) : emit());
  return options.report == Options::ReportKind::None ? Status() : writeReport();
}

Status Driver::readModel() {
  if (options.isIR())
    return readIR();
  ImportOptions import{options.dtype, options.stateDType, options.noWeights};
  auto warn = [&](llvm::StringRef line) { guard.messages().warning(line); };
  auto imported = importModel(options.model, import, &context, warn);
  BRAID_TRY(imported.status());
  module = std::move(*imported);
  BRAID_TRY(recordOptions());
  return finishPhase(allPhases().front());
}

Status Driver::readIR() {
  BRAID_TRY_ASSIGN(std::string text, readFile(options.model, uint64_t{1} << 30));
  BRAID_TRY(checkIRText(text, options.model));
  module = mlir::parseSourceString<mlir::ModuleOp>(text, &context, options.model);
  if (!module)
    return Status::badInput(cat(options.model, ": the IR does not parse"));
  mlir::Attribute marked = (*module)->getAttr(kPhaseAttr);
  auto name = mlir::dyn_cast_or_null<mlir::StringAttr>(marked);
  std::optional<Phase> phase = name ? phaseNamed(name.getValue()) : std::nullopt;
  if (marked && (!phase || *phase == Phase::Emit)) {
    std::string found;
    llvm::raw_string_ostream(found) << marked;
    return Status::badInput(cat(options.model, ": attribute ", std::string_view(kPhaseAttr),
                                ": expected a phase before emit, found ", inQuotes(found)));
  }
  if (phase && options.from && *phase != *options.from)
    return Status::badInput(cat(options.model, ": attribute ", std::string_view(kPhaseAttr), ": expected ",
                                inQuotes(std::string_view(nameOf(*options.from))), " as --compile-from says, found ",
                                inQuotes(std::string_view(name.getValue()))));
  done = phase ? *phase : options.from.value_or(Phase::Import);
  if (options.to < done)
    return Status::badInput(cat(options.model, ": expected IR of a phase up to ",
                                inQuotes(std::string_view(nameOf(options.to))), ", found phase ",
                                inQuotes(std::string_view(nameOf(done)))));
  if (page)
    page->addPhase(nameOf(done), *module, ModuleText(*module));
  bool chosen = !options.cpus.empty() || !options.entries.empty();
  if (phase && done != Phase::Import && chosen)
    return Status::usage(cat("--cpu and --entry: expected a model or IR of phase import, found phase ",
                             inQuotes(std::string_view(nameOf(done))), ", which has them recorded"));
  return phase && !chosen ? Status() : recordOptions();
}

static Result<std::vector<cpu::TargetInfo>> targetsNamed(const std::vector<std::string> &names) {
  std::vector<cpu::TargetInfo> targets;
  for (const std::string &name : names) {
    targets.push_back(cpu::TargetInfo::get(name));
    const std::string &found = targets.back().name;
    if (targets.back().features.empty())
      return Status::usage(cat("--cpu: expected an x86-64 CPU with AVX2 by LLVM's name, found ", inQuotes(found)));
    if (llvm::count_if(targets, [&](const cpu::TargetInfo &target) { return target.name == found; }) > 1)
      return Status::usage(cat("--cpu: expected each CPU once, found ", inQuotes(found), " again"));
  }
  return targets;
}

/// What the command line chose goes into the module, so that a dump resumes to the same artifact.
Status Driver::recordOptions() {
  auto recorded = (*module)->getAttrOfType<mlir::DictionaryAttr>(kOptionsAttr);
  mlir::NamedAttrList list(recorded);
  mlir::Builder builder(&context);
  auto strings = [&](llvm::ArrayRef<std::string> names) {
    return builder.getStrArrayAttr(llvm::to_vector_of<llvm::StringRef>(names));
  };
  if (!options.cpus.empty() || !list.get("cpu")) {
    bool gpu = options.target == nvptx::arch;
    // The host that a GPU will hang on is not this one: its programs take what every such host has.
    std::vector<std::string> names{gpu ? "x86-64-v3" : "host"};
    BRAID_TRY_ASSIGN(std::vector<cpu::TargetInfo> targets, targetsNamed(options.cpus.empty() ? names : options.cpus));
    list.set("target", builder.getStringAttr(gpu ? kCudaTarget : "cpu"));
    if (targets.size() == 1) {
      list.set("cpu", builder.getStringAttr(targets.front().name));
      list.set("features", strings(targets.front().features));
    } else { // phase schedule gives each its features
      list.set("cpu", strings(llvm::map_to_vector(targets, [](const cpu::TargetInfo &t) { return t.name; })));
      list.erase("features");
    }
  }
  if (!options.entries.empty())
    list.set("entries", strings(options.entries));
  (*module)->setAttr(kOptionsAttr, list.getDictionary(&context));
  return {};
}

/// A listing and a report speak of one CPU.
Status Driver::checkCPUs() {
  auto recorded = (*module)->getAttrOfType<mlir::DictionaryAttr>(kOptionsAttr);
  auto list = recorded ? recorded.getAs<mlir::ArrayAttr>("cpu") : mlir::ArrayAttr();
  bool reports = options.report != Options::ReportKind::None;
  bool lists = options.emit != Options::Output::Artifact && options.emit != Options::Output::MLIR;
  if (!list || list.size() < 2 || !(reports || lists))
    return {};
  return Status::usage(cat(reports ? "--report" : "--emit", ": expected a module for one CPU, found one for ", list.size()));
}

bool Driver::isForGPU() {
  auto recorded = (*module)->getAttrOfType<mlir::DictionaryAttr>(kOptionsAttr);
  auto target = recorded ? recorded.getAs<mlir::StringAttr>("target") : mlir::StringAttr();
  return target && target.getValue() == kCudaTarget;
}

/// Operators have kernels for a GPU in functions; in a model's entry points none has one.
Status Driver::checkOperators(Phase last) {
  if (!isForGPU() || !(*module)->hasAttr(kModelAttr) || last < Phase::Schedule)
    return {};
  std::string first;
  (*module)->walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *op) {
    if (!mlir::isa<BraidDialect>(op->getDialect()) || mlir::isa<WeightOp, StateOp, GetWeightOp, FusedOp>(op))
      return mlir::WalkResult::advance();
    first = op->getName().getStringRef().str();
    return mlir::WalkResult::interrupt();
  });
  std::string found = first.empty() ? "" : cat(": its first operator without a kernel there is ", inQuotes(first));
  return Status::unsupported(cat(options.model, ": expected a module of functions for ", std::string_view(nvptx::arch),
                                 ", found a model", found));
}

Status Driver::runPhase(const PhaseInfo &info) {
  guardPhase(info.name);
  auto run = [&](mlir::ModuleOp part, llvm::function_ref<void(mlir::PassManager &)> addPasses) -> Status {
    mlir::PassManager pm(&context);
    addPasses(pm);
    return failed(pm.run(part)) ? Status::badInput(cat(options.model, ": phase ", std::string_view(info.name),
                                                       " does not take this module"))
                                : Status();
  };
  if (info.phase == Phase::Schedule)
    BRAID_TRY(run(*module, [](mlir::PassManager &pm) { pm.addPass(createBraidSplitByCPUPass()); }));
  BRAID_TRY_ASSIGN(std::vector<Version> versions, versionsOf(*module, info.phase, options.model));
  if (page && info.phase == Phase::Tile)
    page->addGroups(versions.front().module);
  for (const Version &version : versions)
    BRAID_TRY(run(version.module, [&](mlir::PassManager &pm) {
      if (beforePhase)
        beforePhase(info.phase, pm);
      if (isForGPU())
        addNVPTXPhase(pm, info.phase);
      else
        addCPUPhase(pm, info.phase, version.target);
    }));
  return finishPhase(info);
}

/// Marks the module, and keeps its text where that was asked for.
Status Driver::finishPhase(const PhaseInfo &info) {
  done = info.phase;
  (*module)->setAttr(kPhaseAttr, mlir::StringAttr::get(&context, info.name));
  if (options.dumpTo.empty() && !page)
    return {};
  ModuleText dump(*module);
  if (!options.dumpTo.empty()) {
    if (std::error_code error = llvm::sys::fs::create_directories(options.dumpTo))
      return systemError("cannot create", options.dumpTo, error.value());
    BRAID_TRY(writeFile(cat(options.dumpTo, "/0", int(info.phase), "-", std::string_view(info.name), ".mlir"), dump.text));
  }
  if (page)
    page->addPhase(info.name, *module, std::move(dump));
  return {};
}

std::string Driver::printed() { return ModuleText(*module).text; }

static Status writeToStandardOutput(llvm::StringRef text) {
  while (!text.empty()) {
    ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR)
      return Status::io(cat("cannot write to standard output: ", std::strerror(errno)));
    text = text.drop_front(std::max<ssize_t>(written, 0));
  }
  return {};
}

Status Driver::writeOutput(llvm::StringRef text) {
  return options.output == "-" ? writeToStandardOutput(text) : writeFile(options.output, text);
}

Status Driver::emit() {
  guardPhase("emit");
  context.enableMultithreading(); // no fork comes after this one
  if (beforePhase) {
    mlir::PassManager pm(&context);
    beforePhase(Phase::Emit, pm);
    if (failed(pm.run(*module)))
      return Status::badInput("phase emit does not take this module");
  }
  BRAID_TRY_ASSIGN(std::vector<Version> versions, versionsOf(*module, done, options.model));
  if (options.emit == Options::Output::Artifact) {
    BRAID_TRY_ASSIGN(ArtifactContents artifact, emitArtifact(versions, options.model));
    BRAID_TRY_ASSIGN(std::string bytes,
                     buildArtifact(artifact.object, artifact.manifest, options.model, artifact.images));
    return writeOutput(bytes);
  }
  Listing listing = options.emit == Options::Output::LLVM       ? Listing::LLVM
                    : options.emit == Options::Output::Assembly ? Listing::Assembly
                                                                : Listing::PTX;
  BRAID_TRY_ASSIGN(std::string text, emitListing(versions.front().module, versions.front().target, listing));
  return writeOutput(text);
}

Status Driver::writeReport() {
  BRAID_TRY_ASSIGN(std::vector<Version> versions, versionsOf(*module, done, options.model));
  BRAID_TRY_ASSIGN(std::string text, finishManifest(versions.front().module, options.model));
  BRAID_TRY_ASSIGN(Manifest manifest, parseManifest(text, options.model + ": manifest"));
  SourcedRates rates = isForGPU() ? nvptx::rates() : versions.front().target.rates(llvm::get_cpus());
  BRAID_TRY(checkTimes(times, manifest, "--report-times"));
  if (!options.reportRates.empty()) {
    BRAID_TRY(parseRates(options.reportRates, "--report-rates", rates));
    for (MeasuredCall &call : times)
      call.rates = rates;
  }
  Report report = makeReport(manifest, options.reportAt, rates, times);
  std::string shown = page                                           ? asPage(report, manifest, *page)
                      : options.report == Options::ReportKind::JSON ? asJSON(report)
                                                                     : asTable(report);
  return options.reportTo.empty() ? writeToStandardOutput(shown) : writeFile(options.reportTo, shown);
}

void Driver::guardPhase(llvm::StringRef phase) {
  guard.enter(phase, [&, phase] { return writeReproducer(phase); });
}

/// The module as it was before `phase`, or what it is made of where there is none yet, under the command line.
Result<std::string> Driver::writeReproducer(llvm::StringRef phase) {
  std::string text = cat("// A fault in phase ", std::string_view(phase), " of:\n//   ", options.commandLine, "\n");
  if (module) {
    text += printed();
  } else {
    bool folder = llvm::sys::fs::is_directory(options.model);
    BRAID_TRY_ASSIGN(std::string input, readFile(folder ? options.model + "/config.json" : options.model, 1 << 30));
    for (llvm::StringRef line : llvm::split(input, '\n'))
      text += cat(options.isIR() ? "" : "// ", std::string_view(line), "\n");
  }
  llvm::SmallString<128> path(options.dumpTo);
  if (path.empty())
    llvm::sys::path::system_temp_directory(/*erasedOnReboot=*/true, path);
  llvm::sys::path::append(path, "braidc-" + phase + "-%%%%%%.mlir");
  llvm::SmallString<128> unique;
  llvm::sys::fs::createUniquePath(path, unique, /*MakeAbsolute=*/false);
  BRAID_TRY(writeFile(unique.str().str(), text));
  return unique.str().str();
}

int compile(int argc, char **argv, std::function<void(Phase, mlir::OpPassManager &)> beforePhase) {
  Result<std::optional<Options>> options = parseOptions(argc, argv);
  if (options.ok() && !*options)
    return Success;
  CrashGuard guard(options.ok() && !(*options)->oneProcess);
  if (!options.ok()) {
    guard.messages().error(options.status().message());
    return exitCodeOf(options.status().code());
  }
  Driver driver(**options, guard);
  driver.beforePhase = std::move(beforePhase);
  return driver.run();
}

} // namespace braid

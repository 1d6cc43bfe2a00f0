//===- braidc.cpp - From a model to an artifact ----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceRun.h"
#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"
#include "braid/Import/Import.h"
#include "braid/Pipelines/Artifact.h"
#include "braid/Pipelines/Phases.h"
#include "braid/Pipelines/Register.h"
#include "braid/Target/NVPTX/Emit.h"
#include "braid/Target/Passes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"

using namespace braid;
namespace cl = llvm::cl;

namespace {

/// The module option `target` of a module for a GPU, and its manifest's `target.kind`.
constexpr llvm::StringLiteral kCudaTarget = "cuda";

/// Exit codes of the project's tools.
enum Exit { Success = 0, BadUsage = 2, BadInput = 3, NoMemory = 4, IOError = 5, InternalError = 70 };

struct Options {
  cl::OptionCategory category{"braidc options"};
  cl::opt<std::string> model{cl::Positional, cl::desc("MODEL: a description, a Hugging Face folder, or .mlir of any phase"),
                             cl::Required, cl::cat(category)};
  cl::opt<std::string> output{"o", cl::desc("Where the result goes; '-' is standard output"), cl::value_desc("FILE"),
                              cl::cat(category)};
  cl::opt<std::string> target{"target", cl::desc("cpu (default), sm_90a or reference"), cl::init("cpu"), cl::cat(category)};
  cl::opt<std::string> cpu{"cpu", cl::desc("The CPU to compile for, by LLVM's name; default the host"),
                           cl::init("host"), cl::cat(category)};
  cl::opt<std::string> dtype{"dtype", cl::desc("Arithmetic: bf16, f32 or f64; default the model's"), cl::cat(category)};
  cl::opt<std::string> stateDType{"state-dtype", cl::desc("Type of recurrent states: f32 (default) or bf16"),
                                  cl::cat(category)};
  cl::list<std::string> entries{"entry", cl::CommaSeparated, cl::desc("Entry points of a model: prefill,decode,score; or functions of the module (default all)"),
                                cl::cat(category)};
  cl::opt<std::string> compileTo{"compile-to", cl::desc("Stop after this phase and print the IR"), cl::cat(category)};
  cl::opt<std::string> dumpTo{"dump-intermediates-to", cl::desc("Write the IR after each phase into this folder"),
                              cl::value_desc("DIR"), cl::cat(category)};
  cl::opt<std::string> emit{"emit", cl::desc("Instead of an artifact: mlir, llvm, asm or ptx"), cl::cat(category)};
  cl::opt<bool> noWeights{"no-weights", cl::desc("Read no safetensors beside config.json"), cl::cat(category)};
  cl::opt<std::string> round{"round", cl::desc("With --target=reference: bf16 rounds the result of every op"),
                             cl::cat(category)};
  cl::opt<std::string> weights{"weights", cl::desc("With --target=reference: folder of safetensors"), cl::cat(category)};
  cl::opt<std::string> tokens{"tokens", cl::desc("With --target=reference: int32 [B, T] .npy"), cl::cat(category)};
  cl::opt<std::string> logits{"logits", cl::desc("With --target=reference: float32 [B, T, V] .npy to write"),
                              cl::cat(category)};
  // One call of a function by the reference evaluator; the same words as those of `braid call`.
  cl::list<std::string> arguments{"arguments", cl::CommaSeparated, cl::value_desc("FILE,..."), cl::cat(category),
                                  cl::desc("With --target=reference --entry NAME: .npy of each argument")};
  cl::list<std::string> results{"results", cl::CommaSeparated, cl::value_desc("FILE,..."), cl::cat(category),
                                cl::desc("With --arguments: .npy of each result to write")};
  cl::list<int64_t> rows{"rows", cl::CommaSeparated, cl::value_desc("N,..."), cl::cat(category),
                         cl::desc("With --arguments: tokens in each row")};
  cl::list<int64_t> slots{"slots", cl::CommaSeparated, cl::value_desc("N,..."), cl::cat(category),
                          cl::desc("With --rows: each row's slot, negative for padding; default 0,1,...")};
  cl::list<int64_t> lengths{"lengths", cl::CommaSeparated, cl::value_desc("N,..."), cl::cat(category),
                            cl::desc("With --rows: tokens in each slot before the call; default 0")};
  cl::list<std::string> states{"states", cl::CommaSeparated, cl::value_desc("NAME=FILE,..."), cl::cat(category),
                               cl::desc("With --rows: .npy [slots, shape...] of states before the call; default zero")};
  cl::list<std::string> finalStates{"final-states", cl::CommaSeparated, cl::value_desc("NAME=FILE,..."),
                                    cl::cat(category), cl::desc("With --rows: .npy of states after the call to write")};

  bool isReferenceCall() const { return target == "reference" && !arguments.empty(); }
  CallFiles callFiles() const {
    auto copy = [](const auto &list) { return std::vector(list.begin(), list.end()); };
    return {copy(arguments), copy(results), copy(rows), copy(slots), copy(lengths), copy(states), copy(finalStates)};
  }
};

int exitCodeOf(StatusCode code) {
  switch (code) {
  case StatusCode::Ok:
    return Success;
  case StatusCode::Usage:
    return BadUsage;
  case StatusCode::OutOfMemory:
    return NoMemory;
  case StatusCode::IO:
    return IOError;
  case StatusCode::Internal:
    return InternalError;
  default:
    return BadInput;
  }
}

class Driver {
public:
  explicit Driver(Options &options) : options(options) {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    context.printOpOnDiagnostic(false); // a whole module, where that is the op
    context.getDiagEngine().registerHandler([&](mlir::Diagnostic &diagnostic) { report(diagnostic); });
  }

  Status run() {
    BRAID_TRY(readOptions());
    BRAID_TRY(readModel());
    if (options.isReferenceCall())
      return callReferenceOnFiles(*module, options.entries.front(), options.callFiles(), options.round == "bf16");
    if (options.target == "reference")
      return runReferenceOnFiles(*module, {options.weights, options.tokens, options.logits, options.round == "bf16"});
    for (const PhaseInfo &info : allPhases()) {
      if (info.phase <= done || info.phase == Phase::Emit || info.phase > last)
        continue;
      BRAID_TRY(runPhase(info));
    }
    return last < Phase::Emit ? writeOutput(printed()) : emit();
  }

private:
  /// One line for each diagnostic; an MLIR location stands in front of its message.
  void report(mlir::Diagnostic &diagnostic) {
    auto print = [](mlir::Diagnostic &d, llvm::StringRef kind) {
      llvm::errs() << kind << ": ";
      if (!llvm::isa<mlir::UnknownLoc>(d.getLocation()))
        llvm::errs() << d.getLocation() << ": ";
      llvm::errs() << d << "\n";
    };
    bool isError = diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
    print(diagnostic, isError && !reported ? "error" : "note");
    reported |= isError;
    for (mlir::Diagnostic &note : diagnostic.getNotes())
      print(note, "note");
  }

  Status usage(llvm::StringRef flag, llvm::StringRef expected, llvm::StringRef found) {
    return Status::usage(cat("--", std::string_view(flag), ": expected ", std::string_view(expected), ", found ",
                             inQuotes(std::string_view(found))));
  }

  Status readOptions() {
    auto readType = [&](cl::opt<std::string> &flag, std::optional<DType> &type, llvm::StringRef expected,
                        std::initializer_list<DType> allowed) {
      if (flag.empty())
        return Status();
      type = dtypeFromName(flag.getValue());
      return type && llvm::is_contained(allowed, *type) ? Status() : usage(flag.ArgStr, expected, flag);
    };
    BRAID_TRY(readType(options.dtype, import.dtype, "bf16, f32 or f64", {DType::BF16, DType::F32, DType::F64}));
    BRAID_TRY(readType(options.stateDType, import.stateDType, "f32 or bf16", {DType::F32, DType::BF16}));
    import.noWeights = options.noWeights;
    // What a module of functions calls its entries is checked against the module.
    for (const std::string &entry : options.entries)
      if (entry != "prefill" && entry != "decode" && entry != "score" &&
          !llvm::StringRef(options.model).ends_with(".mlir"))
        return usage("entry", "prefill, decode or score", entry);
    if (options.target != "cpu" && options.target != "reference" && options.target != nvptx::arch)
      return usage("target", "cpu, sm_90a or reference", options.target);
    if (!options.round.empty() && options.round != "bf16")
      return usage("round", "bf16", options.round);
    if (options.isReferenceCall())
      return options.entries.size() == 1 ? Status()
                                         : Status::usage(cat("--arguments: expected one function as --entry, found ",
                                                             options.entries.size()));
    if (options.target == "reference") {
      if (options.weights.empty() || options.tokens.empty() || options.logits.empty())
        return Status::usage("--target=reference: expected --weights, --tokens and --logits, or --entry, --arguments and --results, found fewer");
      return Status();
    }
    if (options.output.empty())
      return Status::usage("expected -o FILE, found no output");
    if (!options.compileTo.empty()) {
      std::optional<Phase> phase = phaseNamed(options.compileTo);
      if (!phase)
        return usage("compile-to", "import, specialize, fuse, schedule, tile, plan, lower or emit", options.compileTo);
      last = *phase;
    }
    if (options.emit == "mlir")
      last = std::min(last, Phase::Lower);
    else if (!options.emit.empty() && options.emit != "llvm" && options.emit != "asm" && options.emit != "ptx")
      return usage("emit", "mlir, llvm, asm or ptx", options.emit);
    return Status();
  }

  Status readModel() {
    llvm::StringRef path = options.model;
    if (!path.ends_with(".mlir")) {
      auto warn = [](llvm::StringRef line) { llvm::errs() << "warning: " << line << "\n"; };
      auto imported = importModel(path, import, &context, warn);
      BRAID_TRY(imported.status());
      module = std::move(*imported);
      BRAID_TRY(recordOptions());
      return finishPhase(allPhases().front());
    }
    BRAID_TRY_ASSIGN(std::string text, readFile(path.str(), uint64_t{1} << 30));
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context, path);
    if (!module)
      return Status::badInput(cat(std::string_view(path), ": the IR does not parse"));
    auto name = (*module)->getAttrOfType<mlir::StringAttr>(kPhaseAttr);
    std::optional<Phase> phase = name ? phaseNamed(name.getValue()) : Phase::Import;
    if (!phase)
      return Status::badInput(cat(std::string_view(path), ": attribute ", std::string_view(kPhaseAttr),
                                  ": expected a phase, found ", inQuotes(std::string_view(name.getValue()))));
    done = *phase;
    return name ? Status() : recordOptions();
  }

  /// What the command line chose goes into the module, so that a dump resumes to the same artifact.
  Status recordOptions() {
    bool gpu = options.target == nvptx::arch;
    // The host that a GPU will hang on is not this one: its programs take what every such host has.
    cpu::TargetInfo target = cpu::TargetInfo::get(gpu && options.cpu == "host" ? "x86-64-v3" : options.cpu.getValue());
    if (target.features.empty())
      return usage("cpu", "an x86-64 CPU with AVX2 by LLVM's name", target.name);
    mlir::Builder builder(&context);
    mlir::NamedAttrList list((*module)->getAttrOfType<mlir::DictionaryAttr>(kOptionsAttr));
    auto strings = [&](llvm::ArrayRef<std::string> names) {
      return builder.getStrArrayAttr(llvm::to_vector_of<llvm::StringRef>(names));
    };
    list.set("target", builder.getStringAttr(gpu ? kCudaTarget : "cpu"));
    list.set("cpu", builder.getStringAttr(target.name));
    list.set("features", strings(target.features));
    if (!options.entries.empty())
      list.set("entries", strings(std::vector<std::string>(options.entries.begin(), options.entries.end())));
    (*module)->setAttr(kOptionsAttr, list.getDictionary(&context));
    return Status();
  }

  Result<cpu::TargetInfo> target() {
    auto recorded = (*module)->getAttrOfType<mlir::DictionaryAttr>(kOptionsAttr);
    auto name = recorded ? recorded.getAs<mlir::StringAttr>("cpu") : mlir::StringAttr();
    cpu::TargetInfo info = cpu::TargetInfo::get(name ? name.getValue() : llvm::StringRef("host"));
    if (info.features.empty())
      return Status::badInput(cat(options.model.getValue(), ": braid.options: cpu: expected an x86-64 CPU with AVX2, found ",
                                  inQuotes(info.name)));
    return info;
  }

  Status runPhase(const PhaseInfo &info) {
    BRAID_TRY_ASSIGN(cpu::TargetInfo machine, target());
    mlir::PassManager pm(&context);
    auto recorded = (*module)->getAttrOfType<mlir::DictionaryAttr>(kOptionsAttr);
    auto kind = recorded ? recorded.getAs<mlir::StringAttr>("target") : mlir::StringAttr();
    if (kind && kind.getValue() == kCudaTarget)
      addNVPTXPhase(pm, info.phase);
    else
      addCPUPhase(pm, info.phase, machine);
    if (failed(pm.run(*module)))
      return Status::badInput(cat("phase ", std::string_view(info.name), " failed"));
    return finishPhase(info);
  }

  /// Marks the module and writes its dump.
  Status finishPhase(const PhaseInfo &info) {
    done = info.phase;
    (*module)->setAttr(kPhaseAttr, mlir::StringAttr::get(&context, info.name));
    if (options.dumpTo.empty())
      return Status();
    if (std::error_code error = llvm::sys::fs::create_directories(options.dumpTo))
      return Status::io(cat("cannot create ", options.dumpTo.getValue(), ": ", error.message()));
    return writeFile(cat(options.dumpTo.getValue(), "/0", int(info.phase), "-", std::string_view(info.name), ".mlir"),
                     printed());
  }

  std::string printed() {
    std::string text;
    llvm::raw_string_ostream(text) << *module << "\n";
    return text;
  }

  Status writeOutput(const std::string &text) {
    if (options.output != "-")
      return writeFile(options.output, text);
    llvm::outs() << text;
    return Status();
  }

  Status emit() {
    BRAID_TRY_ASSIGN(cpu::TargetInfo machine, target());
    if (!options.emit.empty()) {
      Listing listing = options.emit == "llvm"  ? Listing::LLVM
                        : options.emit == "asm" ? Listing::Assembly
                                                : Listing::PTX;
      BRAID_TRY_ASSIGN(std::string text, emitListing(*module, machine, listing));
      return writeOutput(text);
    }
    std::string path = options.output; // lld sets every option back to its default
    BRAID_TRY_ASSIGN(ArtifactContents artifact, emitArtifact(*module, machine));
    return writeArtifact(path, artifact.object, artifact.manifest, artifact.images);
  }

  Options &options;
  ImportOptions import;
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Phase done = Phase::Import, last = Phase::Emit;

public:
  bool reported = false;
};

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  cl::HideUnrelatedOptions(options.category);
  std::string complaint;
  llvm::raw_string_ostream complaints(complaint);
  if (!cl::ParseCommandLineOptions(argc, argv, "Braid compiler\n", &complaints)) {
    auto line = llvm::StringRef(complaint).split('\n').first;
    llvm::errs() << "error: " << line.substr(line.find(": ") == llvm::StringRef::npos ? 0 : line.find(": ") + 2) << "\n";
    return BadUsage;
  }
  Driver driver(options);
  Status status = driver.run();
  if (!status.ok())
    llvm::errs() << (driver.reported ? "note: " : "error: ") << status.message() << "\n";
  return exitCodeOf(status.code());
}

//===- Options.cpp - What the command line chose ----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "common/Words.h"
#include "braid/Target/NVPTX/Emit.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <iostream>

using llvm::StringRef;

namespace braid {

bool Options::isIR() const { return StringRef(model).ends_with(".mlir"); }

namespace {

constexpr const char *kFooter = R"(
Phases: import, specialize, fuse, schedule, tile, plan, lower, emit (docs/Architecture.md).
Exit codes: 0, 2 usage, 3 bad input, 4 memory, 5 input or output, 70 internal.

  braidc hybrid.json -o hybrid.so                  an artifact for this machine
  braidc hybrid.json --report                      its kernels against the roofline
  braidc hybrid.json --report=html --report-to=hybrid.html   the same as a page, with graph, memory and IR
  braidc hybrid.json --compile-to=tile -o -        the IR after a phase
  braidc ir/04-tile.mlir -o hybrid.so              on from a dump
)";

/// The flags as text; what they mean is checked afterwards, so that each error says what was expected.
struct Text {
  std::string cpus, entries, dtype, stateDType, compileFrom, compileTo, emit, report, reportAt, round;
};

Status expected(StringRef flag, StringRef expected, StringRef found) {
  return Status::usage(cat(std::string_view(flag), ": expected ", std::string_view(expected), ", found ",
                           inQuotes(std::string_view(found))));
}

/// Without the "{default}" that CLI11 shows behind a flag whose value may be left out.
struct Formatter : CLI::Formatter {
  std::string make_option_name(const CLI::Option *option, bool positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, positional);
    return name.substr(0, name.find('{'));
  }
};

void addOptions(CLI::App &app, Options &options, Text &text) {
  app.add_option("MODEL", options.model, "A description (.json), a Hugging Face folder, or IR of any phase (.mlir)")
      ->required()
      ->type_name("");
  app.add_option("-o", options.output, "Where the result goes; - is standard output")->type_name("FILE");

  auto add = [&](const char *group, const char *flag, auto &value, const char *help, const char *type = "") {
    return app.add_option(flag, value, help)->group(group)->type_name(type);
  };
  const char *model = "What is compiled";
  add(model, "--target", options.target, "cpu (default), sm_90a for IR of functions, or reference", "NAME");
  add(model, "--cpu", text.cpus, "The CPU, by LLVM's name (default host), or several to choose from at load", "NAME,...");
  add(model, "--dtype", text.dtype, "Arithmetic: bf16, f32 or f64 (default the model's)", "TYPE");
  add(model, "--state-dtype", text.stateDType, "Recurrent states: f32 or bf16 (default f32; f64 with f64)", "TYPE");
  add(model, "--entry", text.entries, "Entry points prefill,decode,score of a model, or functions of IR (default all)", "NAMES");
  app.add_flag("--no-weights", options.noWeights, "Read no safetensors beside config.json")->group(model);

  const char *phases = "Phases";
  add(phases, "--compile-from", text.compileFrom, "The phase that MODEL, as .mlir, has been through", "PHASE");
  add(phases, "--compile-to", text.compileTo, "Stop after this phase; the result is its IR", "PHASE");
  add(phases, "--dump-intermediates-to", options.dumpTo, "Write the IR after each phase there", "DIR");
  add(phases, "--emit", text.emit, "Instead of an artifact: mlir, llvm, asm or ptx", "KIND");
  app.add_flag("--one-process", options.oneProcess, "Let a crash end this process, for a debugger")->group(phases);

  const char *report = "Report";
  app.add_flag("--report{table}", text.report, "Each kernel's cost and predicted time: --report, =json or =html")
      ->group(report);
  add(report, "--report-to", options.reportTo, "Where it goes (default standard output)", "FILE");
  add(report, "--report-at", text.reportAt, "The call (default rows=1,tokens=4096,context=4096)", "SIZES");
  add(report, "--report-rates", options.reportRates, "The machine: bytes=,bf16=,f32=,f64=,exp= per second", "RATES");
  add(report, "--report-times", options.reportTimes, "Lines of braid bench --json to hold the prediction against", "FILE");

  const char *reference = "With --target=reference";
  add(reference, "--weights", options.weights, "Folder of safetensors", "DIR");
  add(reference, "--tokens", options.tokens, "int32 [B, T] to score", "NPY");
  add(reference, "--logits", options.logits, "float32 [B, T, V] to write", "NPY");
  add(reference, "--round", text.round, "bf16 rounds the result of every op", "TYPE");
  // One call of a function: the same words as those of `braid call`.
  auto addList = [&](const char *flag, auto &values, const char *help, const char *type) {
    CLI::Option *option = app.add_option(flag, values, help);
    return option->group(reference)->type_name(type)->delimiter(',')->allow_extra_args(false);
  };
  addList("--arguments", options.call.arguments, "With --entry NAME: .npy of each argument", "NPY,...");
  addList("--results", options.call.results, "With --arguments: .npy of each result to write", "NPY,...");
  addList("--rows", options.call.rows, "With --arguments: tokens in each row", "N,...")->check(tool::wholeNumber());
  addList("--slots", options.call.slots, "With --rows: each row's slot, negative for padding; default 0,1,...", "N,...")
      ->check(tool::wholeNumber());
  addList("--lengths", options.call.lengths, "With --rows: tokens in each slot before the call; default 0", "N,...")
      ->check(tool::wholeNumber());
  addList("--states", options.call.states, "With --rows: .npy [slots, shape...] before the call; default zero", "NAME=NPY,...");
  addList("--final-states", options.call.finalStates, "With --rows: .npy of states after the call to write", "NAME=NPY,...");
}

Status readType(StringRef flag, const std::string &text, std::initializer_list<DType> allowed, StringRef names,
                std::optional<DType> &type) {
  if (text.empty())
    return {};
  type = dtypeFromName(text);
  return type && llvm::is_contained(allowed, *type) ? Status() : expected(flag, names, text);
}

/// The functions of IR are checked against the module.
Status readEntries(const std::string &text, bool ofIR, std::vector<std::string> &entries) {
  for (StringRef entry : llvm::split(text, ',')) {
    bool known = ofIR ? !entry.empty() : llvm::is_contained({"prefill", "decode", "score"}, entry);
    if (!known || llvm::is_contained(entries, entry))
      return expected("--entry", "prefill, decode or score once each", entry);
    entries.push_back(entry.str());
  }
  return {};
}

std::string phaseNames() {
  std::string names;
  for (const PhaseInfo &info : allPhases())
    names += (names.empty() ? "" : ", ") + info.name.str();
  return names;
}

Status readPhases(const Text &text, Options &options) {
  if (!text.compileFrom.empty()) {
    options.from = phaseNamed(text.compileFrom);
    if (!options.from || *options.from == Phase::Emit)
      return expected("--compile-from", cat("one of ", phaseNames(), " but emit"), text.compileFrom);
    if (!options.isIR())
      return expected("--compile-from", "IR as a file .mlir", options.model);
  }
  if (!text.compileTo.empty()) {
    std::optional<Phase> phase = phaseNamed(text.compileTo);
    if (!phase)
      return expected("--compile-to", cat("one of ", phaseNames()), text.compileTo);
    options.to = *phase;
  }
  if (options.from && options.to < *options.from)
    return expected("--compile-to", cat(nameOf(*options.from).str(), " or a later phase"), text.compileTo);
  if (text.emit.empty())
    return {};
  if (text.emit != "mlir" && text.emit != "llvm" && text.emit != "asm" && text.emit != "ptx")
    return expected("--emit", "mlir, llvm, asm or ptx", text.emit);
  if (options.to != Phase::Emit)
    return Status::usage("--emit: expected no --compile-to beside it, found both");
  options.emit = text.emit == "mlir"   ? Options::Output::MLIR
                 : text.emit == "llvm" ? Options::Output::LLVM
                 : text.emit == "asm"  ? Options::Output::Assembly
                                       : Options::Output::PTX;
  if (text.emit == "mlir")
    options.to = Phase::Lower;
  return {};
}

Status readReport(const Text &text, Options &options) {
  if (text.report.empty()) {
    if (!text.reportAt.empty() || !options.reportRates.empty() || !options.reportTimes.empty() || !options.reportTo.empty())
      return Status::usage("--report-at, --report-rates, --report-times and --report-to: expected --report, found none");
    return {};
  }
  if (text.report != "table" && text.report != "json" && text.report != "html")
    return expected("--report", "table, json or html", text.report);
  options.report = text.report == "json"   ? Options::ReportKind::JSON
                   : text.report == "html" ? Options::ReportKind::HTML
                                           : Options::ReportKind::Table;
  if (options.to < Phase::Plan)
    return expected("--report", "--compile-to=plan or a later phase", nameOf(options.to));
  if (options.reportTo == "-")
    options.reportTo.clear();
  if (options.output == "-" && options.reportTo.empty())
    return Status::usage("--report: expected a file for -o, found standard output, where the report goes");
  if (!options.reportTo.empty() && options.reportTo == options.output)
    return expected("--report-to", "another file than -o", options.reportTo);
  if (!text.reportAt.empty())
    BRAID_TRY(parseWorkload(text.reportAt, "--report-at", options.reportAt));
  SourcedRates checked;
  return options.reportRates.empty() ? Status() : parseRates(options.reportRates, "--report-rates", checked);
}

/// A flag that would change nothing is a mistake of the user's, and silence would hide it.
Status checkTogether(const CLI::App &app, const Options &options) {
  auto refuse = [&](std::initializer_list<const char *> flags, StringRef why) -> Status {
    for (const char *flag : flags)
      if (app.count(flag) != 0)
        return Status::usage(cat(flag, ": expected ", std::string_view(why)));
    return {};
  };
  if (!options.isReference()) {
    BRAID_TRY(refuse({"--weights", "--tokens", "--logits", "--round", "--arguments", "--results", "--rows", "--slots",
                      "--lengths", "--states", "--final-states"},
                     cat("--target=reference beside it, found ", options.target)));
    if (options.output.empty() && options.report == Options::ReportKind::None)
      return Status::usage("expected -o FILE or --report, found neither");
    return {};
  }
  if (options.isReferenceCall()) {
    if (options.entries.size() != 1)
      return Status::usage(cat("--arguments: expected one function as --entry, found ", options.entries.size()));
    BRAID_TRY(refuse({"--weights", "--tokens", "--logits"}, "no --arguments beside it, found some"));
  } else {
    if (options.weights.empty() || options.tokens.empty() || options.logits.empty())
      return Status::usage("--target=reference: expected --weights, --tokens and --logits, or --entry, --arguments and "
                           "--results, found fewer");
    BRAID_TRY(refuse({"--entry"}, "--arguments beside it, found none"));
  }
  return refuse({"-o", "--cpu", "--compile-from", "--compile-to", "--dump-intermediates-to", "--emit",
                 "--report"},
                "--target=cpu, found reference");
}

Status check(const CLI::App &app, const Text &text, Options &options) {
  BRAID_TRY(readType("--dtype", text.dtype, {DType::BF16, DType::F32, DType::F64}, "bf16, f32 or f64", options.dtype));
  BRAID_TRY(readType("--state-dtype", text.stateDType, {DType::F32, DType::BF16}, "f32 or bf16", options.stateDType));
  if (app.count("--cpu") != 0)
    for (StringRef cpu : llvm::split(text.cpus, ','))
      options.cpus.push_back(cpu.str());
  if (options.cpus.size() > 1 && options.target != "cpu")
    return expected("--cpu", cat("one CPU beside --target=", options.target), text.cpus);
  if (app.count("--entry") != 0)
    BRAID_TRY(readEntries(text.entries, options.isIR(), options.entries));
  if (options.target != "cpu" && options.target != nvptx::arch && !options.isReference())
    return expected("--target", "cpu, sm_90a or reference", options.target);
  if (!text.round.empty() && text.round != "bf16")
    return expected("--round", "bf16", text.round);
  options.roundToBF16 = !text.round.empty();
  if (options.model.empty())
    return expected("MODEL", "a path", "");
  if (options.isIR() && (options.dtype || options.stateDType || options.noWeights))
    return expected("--dtype, --state-dtype and --no-weights", "a model; IR has its types already", options.model);
  BRAID_TRY(readPhases(text, options));
  BRAID_TRY(readReport(text, options));
  return checkTogether(app, options);
}

/// As a shell would read it.
std::string quoted(StringRef word) {
  StringRef plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=:,./@%";
  if (!word.empty() && word.find_first_not_of(plain) == StringRef::npos)
    return word.str();
  std::string out = "'";
  for (char c : word)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c == '\n' ? ' ' : c);
  return out + "'";
}

} // namespace

Result<std::optional<Options>> parseOptions(int argc, char **argv) {
  Options options;
  Text text;
  CLI::App app("Compiles a hybrid sequence model to one artifact that `braid` and libbraid_runtime run.", "braidc");
  app.set_version_flag("--version", cat("braidc ", BRAID_VERSION));
  app.footer(kFooter);
  auto formatter = std::make_shared<Formatter>();
  formatter->column_width(34);
  app.formatter(formatter);
  addOptions(app, options, text);
  for (int i = 0; i < argc; ++i)
    options.commandLine += (i ? " " : "") + quoted(i ? argv[i] : "braidc");
  BRAID_TRY(tool::refuseEmptyValues(argc, argv));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &e) {
    if (e.get_exit_code() != 0)
      return Status::usage(e.what());
    app.exit(e); // help and version
    if (!std::cout.flush())
      return Status::io(cat("cannot write to standard output: ", std::strerror(errno)));
    return std::optional<Options>();
  }
  BRAID_TRY(check(app, text, options));
  return std::optional<Options>(std::move(options));
}

} // namespace braid

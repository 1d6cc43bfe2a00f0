//===- Options.h - What the command line chose ------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDC_OPTIONS_H
#define BRAID_TOOLS_BRAIDC_OPTIONS_H

#include "braid/Formats/CallFiles.h"
#include "braid/Formats/DType.h"
#include "braid/Formats/Status.h"
#include "braid/Pipelines/Phases.h"
#include "braid/Target/Report.h"
#include <optional>
#include <string>
#include <vector>

namespace braid {

struct Options {
  std::string model, output;
  std::string target = "cpu";
  std::vector<std::string> cpus; // empty: this machine's
  std::vector<std::string> entries;
  std::optional<DType> dtype, stateDType;
  bool noWeights = false;

  std::optional<Phase> from;
  Phase to = Phase::Emit;
  std::string dumpTo;
  enum class Output { Artifact, MLIR, LLVM, Assembly, PTX } emit = Output::Artifact;
  bool oneProcess = false;

  enum class ReportKind { None, Table, JSON, HTML } report = ReportKind::None;
  std::string reportTo; // empty: standard output
  Workload reportAt;
  std::string reportRates, reportTimes;

  bool roundToBF16 = false;
  std::string weights, tokens, logits;
  /// One call of a function by the evaluator, instead of a model's logits.
  CallFiles call;

  /// As the user wrote it, for reproducers.
  std::string commandLine;

  bool isReference() const { return target == "reference"; }
  bool isReferenceCall() const { return isReference() && !call.arguments.empty(); }
  bool isIR() const;
};

/// Reads and checks the command line. An empty option means that help or the version was asked for and printed.
Result<std::optional<Options>> parseOptions(int argc, char **argv);

} // namespace braid

#endif // BRAID_TOOLS_BRAIDC_OPTIONS_H

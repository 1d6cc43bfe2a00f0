//===- ReportPage.cpp - The report as a page that people look at -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/ReportPage.h"
#include "Outline.h"
#include "ReportPageSource.inc"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/Compression.h"

using namespace mlir;

namespace braid {

ModuleText::ModuleText(ModuleOp module) {
  llvm::raw_string_ostream stream(text);
  AsmState state(module, OpPrintingFlags().useLocalScope(), &places);
  module->print(stream, state);
  stream << "\n";
}

static std::string packed(StringRef text) {
  SmallVector<uint8_t, 0> deflated;
  llvm::compression::zlib::compress(llvm::arrayRefFromStringRef(text), deflated);
  return llvm::encodeBase64(deflated);
}

void PageContents::addGroups(ModuleOp module) { groups = outlineGroups(module); }

void PageContents::addPhase(StringRef name, ModuleOp module, ModuleText text) {
  phases.push_back(llvm::json::Object{{"name", name},
                                      {"bytes", text.text.size()},
                                      {"lines", outlineLines(module, text.places)}});
  texts.push_back({name.str(), packed(text.text)});
  // A later phase has more to say, or nothing any more.
  if (llvm::json::Object found = outlinePrograms(module); !found.empty())
    programs = std::move(found);
  outlineKernels(module, kernels);
}

/// Names come from files of other people. In a script's text, only "<" can end it or begin a comment, and in JSON it can only
/// stand in a string.
static std::string asScript(const llvm::json::Value &value) {
  std::string plain, safe;
  llvm::raw_string_ostream(plain) << value;
  for (char c : plain)
    safe += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return safe;
}

static std::string escaped(StringRef text) {
  std::string html;
  llvm::raw_string_ostream stream(html);
  llvm::printHTMLEscaped(text, stream);
  return html;
}

static llvm::json::Array statesOf(const Manifest &manifest) {
  llvm::json::Array states;
  for (const Manifest::State &state : manifest.states)
    states.push_back(llvm::json::Object{{"name", state.name},
                                        {"kind", llvm::StringRef(nameOf(state.kind))},
                                        {"dtype", llvm::StringRef(nameOf(state.dtype))},
                                        {"shape", llvm::json::Array(state.shape)},
                                        {"bytes", state.bytes}});
  return states;
}

static llvm::json::Array weightsOf(const Manifest &manifest) {
  llvm::json::Array weights;
  for (const Manifest::Weight &weight : manifest.weights)
    weights.push_back(llvm::json::Object{{"name", weight.name},
                                         {"dtype", llvm::StringRef(nameOf(weight.dtype))},
                                         {"shape", llvm::json::Array(weight.shape)},
                                         {"elements", weight.elements},
                                         {"bytes", weight.bytes}});
  return weights;
}

static llvm::json::Object arenasOf(const Manifest &manifest) {
  llvm::json::Object arenas;
  for (const Manifest::Entry &entry : manifest.entries)
    arenas[entry.name] = llvm::json::Object{
        {"tokens", entry.arenaBytes[0]}, {"rows", entry.arenaBytes[1]}, {"fixed", entry.arenaBytes[2]}};
  return arenas;
}

std::string asPage(const Report &report, const Manifest &manifest, const PageContents &contents) {
  llvm::json::Value model = nullptr;
  if (manifest.model)
    model = llvm::json::Object{{"name", manifest.model->name},
                               {"architecture", manifest.model->architecture},
                               {"layers", manifest.model->layers},
                               {"parameters", manifest.model->parameters},
                               {"vocabSize", manifest.model->vocabSize}};
  llvm::json::Value data = llvm::json::Object{{"report", llvm::cantFail(llvm::json::parse(asJSON(report)))},
                                              {"model", std::move(model)},
                                              {"dtype", llvm::StringRef(nameOf(manifest.dtype))},
                                              {"features", llvm::json::Array(manifest.target.features)},
                                              {"weights", weightsOf(manifest)},
                                              {"states", statesOf(manifest)},
                                              {"arenas", arenasOf(manifest)},
                                              {"phases", llvm::json::Array(contents.phases)},
                                              {"groups", llvm::json::Object(contents.groups)},
                                              {"programs", llvm::json::Object(contents.programs)},
                                              {"kernels", llvm::json::Object(contents.kernels)}};
  std::string page;
  llvm::raw_string_ostream out(page);
  out << llvm::StringRef(kPageHead, sizeof kPageHead) << "<title>" << escaped(report.model) << " - Braid report</title>\n"
      << llvm::StringRef(kPageBody, sizeof kPageBody) << "<script type=\"application/json\" id=\"data\">"
      << asScript(data) << "</script>\n";
  for (const PageContents::Phase &phase : contents.texts)
    out << "<script type=\"text/plain\" class=\"phase\" data-phase=\"" << escaped(phase.name) << "\">" << phase.packed
        << "</script>\n";
  out << llvm::StringRef(kPageScript, sizeof kPageScript);
  return page;
}

} // namespace braid

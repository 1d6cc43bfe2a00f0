//===- Draw.cpp - braid-check draw -----------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes what the reference evaluator needs to compute a case's samples: the
// sampled elements of every argument and initial state, as .npy.
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "PreparedCall.h"
#include "Values.h"
#include "braid/Formats/CallFiles.h"

namespace braid::check {

namespace {
struct Options {
  std::string list, name, folder;
};

Status writeSample(const CaseTensor &tensor, const Case &item, const std::string &name, DType dtype,
                   const std::vector<int64_t> &shape, const std::string &path) {
  BRAID_TRY_ASSIGN(Sample sample, Sample::of(tensor, item, shape));
  std::vector<double> values(sample.places.size());
  uint64_t element = 0; // room for any type
  for (size_t i = 0; i < values.size(); ++i) {
    drawWeights(tensor.init, item.seed, name, dtype, sample.places[i], 1, &element);
    values[i] = loadElement(dtype, &element, 0);
  }
  return writeValues(path, dtype, sample.shape, values);
}

Status drawCase(const Options &options) {
  BRAID_TRY_ASSIGN(CaseList list, CaseList::load(options.list));
  for (const Case &item : list.cases) {
    if (item.name != options.name)
      continue;
    BRAID_TRY_ASSIGN(CaseShapes shapes, CaseShapes::of(item, list));
    for (size_t i = 0; i < item.arguments.size(); ++i)
      BRAID_TRY(writeSample(item.arguments[i], item, argumentName(i), shapes.entry().arguments[i].dtype,
                            shapes.argument(i), cat(options.folder, "/argument", i, ".npy")));
    for (size_t i = 0; i < item.states.size(); ++i) {
      BRAID_TRY_ASSIGN(const Manifest::State *state, shapes.state(item.states[i]));
      BRAID_TRY(writeSample(item.states[i], item, stateName(state->name), state->dtype, shapes.stateBefore(*state),
                            cat(options.folder, "/state", i, ".npy")));
    }
    return {};
  }
  return Status::usage(cat(options.list, ": expected a case ", inQuotes(options.name), ", found none"));
}
} // namespace

tool::Command addDraw(CLI::App &app) {
  auto options = std::make_shared<Options>();
  app.add_option("list", options->list, "cases.json")->required()->type_name("FILE");
  app.add_option("case", options->name, "Name of a case")->required()->type_name("NAME");
  app.add_option("folder", options->folder, "Where argumentN.npy and stateN.npy go")->required()->type_name("DIR");
  return [options] { return drawCase(*options); };
}

} // namespace braid::check

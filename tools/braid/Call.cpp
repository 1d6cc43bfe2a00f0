//===- Call.cpp - braid call ----------------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "braid/Formats/CallFiles.h"
#include "common/PagedState.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace braid::tool {

namespace {
struct Options {
  ProgramOptions program;
  std::string entry;
  CallFiles files;
};

/// Memory as the runtime likes it, full of NaN, so that what no kernel writes shows.
class Buffer {
public:
  static Result<Buffer> create(uint64_t bytes) {
    uint64_t rounded = (bytes + BRAID_ALIGNMENT - 1) / BRAID_ALIGNMENT * BRAID_ALIGNMENT;
    Buffer buffer(rounded >= bytes ? std::aligned_alloc(BRAID_ALIGNMENT, std::max<uint64_t>(rounded, BRAID_ALIGNMENT))
                                   : nullptr);
    if (!buffer.data())
      return Status::outOfMemory(cat("out of memory: expected room for ", bytes, " bytes"));
    std::memset(buffer.data(), 0xff, bytes);
    return buffer;
  }
  void *data() const { return memory.get(); }

private:
  explicit Buffer(void *memory) : memory(memory, std::free) {}
  std::unique_ptr<void, void (*)(void *)> memory;
};

int64_t productOf(const std::vector<int64_t> &extents) {
  int64_t product = 1;
  for (int64_t extent : extents)
    product *= extent;
  return product;
}

/// One call of a function on arrays in files.
class FunctionCall {
public:
  explicit FunctionCall(const Options &options) : options(options), files(options.files) {}

  Status run() {
    BRAID_TRY_ASSIGN(program, options.program.loadFunctions());
    size_t bytes = 0;
    const char *text = braid_program_manifest(program.get(), &bytes);
    BRAID_TRY_ASSIGN(manifest, parseManifest({text, bytes}, options.program.artifact + ": manifest"));
    BRAID_TRY_ASSIGN(call.entry, findEntry(*program, options.program, options.entry));
    function = &manifest.entries[static_cast<size_t>(call.entry)];
    BRAID_TRY(checkCounts());
    BRAID_TRY_ASSIGN(rows, rowsOf(files));
    if (function->ragged)
      call.tokens = rows.start.back(), call.rows = rows.count();
    BRAID_TRY(readArguments());
    BRAID_TRY(makeStates());
    BRAID_TRY(makeResults());
    BRAID_TRY(callFunction());
    BRAID_TRY(writeResults());
    return writeStates();
  }

private:
  Status checkCounts() const {
    if (!function->isFunction)
      return Status::usage(
          cat("--entry: expected a function of tensors, found the model's entry ", inQuotes(options.entry)));
    auto check = [](const char *flag, size_t expected, size_t found) {
      return expected == found ? Status() : Status::usage(cat(flag, ": expected ", expected, " files, found ", found));
    };
    BRAID_TRY(check("--arguments", function->arguments.size(), files.arguments.size()));
    BRAID_TRY(check("--results", function->results.size(), files.results.size()));
    if (function->ragged == files.rows.empty())
      return Status::usage(cat("--rows: expected ",
                               function->ragged ? "the tokens of each row" : "none, since the function takes no rows",
                               ", found ", function->ragged ? "none" : "some"));
    return {};
  }

  /// Reads an array as the type of a tensor. Its leading extent, where that grows, must be the call's, or becomes it.
  Result<Buffer> readTensor(const std::string &path, const Manifest::Tensor &tensor, const std::string &what) {
    BRAID_TRY_ASSIGN(NpyArray array, readNpy(path));
    std::vector<int64_t> expected = tensor.shape;
    if (tensor.axis != Manifest::Tensor::Axis::Fixed && !array.shape.empty()) {
      int64_t &extent = tensor.axis == Manifest::Tensor::Axis::Tokens ? call.tokens : call.rows;
      if (extent == 0)
        extent = array.shape[0];
      if (extent == 0)
        return Status::badInput(cat(path, ": ", what, ": expected a leading extent of at least 1, found shape ",
                                    listed(array.shape)));
      expected[0] = extent;
    }
    if (array.shape != expected)
      return Status::badInput(
          cat(path, ": ", what, ": expected shape ", listed(expected), ", found ", listed(array.shape)));
    if ((tensor.dtype == DType::I32) != (array.dtype == DType::I32))
      return Status::badInput(
          cat(path, ": ", what, ": expected ", nameOf(tensor.dtype), ", found ", nameOf(array.dtype)));
    BRAID_TRY_ASSIGN(Buffer buffer, Buffer::create(array.elements() * sizeOf(tensor.dtype)));
    convertElements(array.dtype, array.bytes.data(), tensor.dtype, buffer.data(), array.elements());
    return buffer;
  }

  Status readArguments() {
    for (size_t i = 0; i < function->arguments.size(); ++i) {
      BRAID_TRY_ASSIGN(Buffer buffer, readTensor(files.arguments[i], function->arguments[i], cat("argument ", i)));
      argumentPointers.push_back(buffer.data());
      buffers.push_back(std::move(buffer));
    }
    call.arguments = argumentPointers.data();
    return {};
  }

  std::vector<int64_t> shapeOf(const Manifest::Tensor &tensor) const {
    std::vector<int64_t> shape = tensor.shape;
    if (tensor.axis != Manifest::Tensor::Axis::Fixed)
      shape[0] = tensor.axis == Manifest::Tensor::Axis::Tokens ? call.tokens : call.rows;
    return shape;
  }

  Status makeResults() {
    for (const Manifest::Tensor &tensor : function->results) {
      BRAID_TRY_ASSIGN(Buffer buffer,
                       Buffer::create(static_cast<uint64_t>(productOf(shapeOf(tensor))) * sizeOf(tensor.dtype)));
      resultPointers.push_back(buffer.data());
      buffers.push_back(std::move(buffer));
    }
    call.results = resultPointers.data();
    return {};
  }

  //===- States ----------------------------------------------------------===//

  const Manifest::State &stateAt(int32_t index) const { return manifest.states[static_cast<size_t>(index)]; }
  Status makeStates() {
    if (!function->ragged)
      return {};
    after = rows.lengthAfter();
    pages.emplace(rows.slots(), *std::max_element(after.begin(), after.end()));
    call.pages_per_slot = pages->pagesPerSlot();
    call.page_count = pages->pageCount();
    BRAID_TRY_ASSIGN(auto initial, namedFiles(files.states, "--states"));
    statePointers.assign(manifest.states.size(), nullptr);
    for (int32_t index : function->states) {
      const Manifest::State &state = stateAt(index);
      uint64_t blocks = static_cast<uint64_t>(isPaged(state) ? call.page_count : rows.slots());
      BRAID_TRY_ASSIGN(Buffer buffer, Buffer::create(blocks * state.bytes));
      auto file = initial.find(state.name);
      if (file != initial.end()) {
        BRAID_TRY(isPaged(state) ? fillPages(state, file->second, buffer) : fillBlocks(state, file->second, buffer));
        initial.erase(file);
      } else if (std::any_of(rows.length.begin(), rows.length.end(), [](int64_t length) { return length > 0; })) {
        if (isPaged(state))
          return Status::usage(
              cat("--states: expected state ", inQuotes(state.name), ", since a slot holds tokens; found none"));
        std::memset(buffer.data(), 0, blocks * state.bytes);
      }
      statePointers[static_cast<size_t>(index)] = buffer.data();
      buffers.push_back(std::move(buffer));
    }
    if (!initial.empty())
      return Status::usage(cat("--states: expected a state of the function, found ", inQuotes(initial.begin()->first)));
    call.row_start = rows.start.data();
    call.slot = rows.slot.data();
    call.length = rows.length.data();
    call.slots = rows.slots();
    call.states = statePointers.data();
    call.pages = pages->table().data();
    return {};
  }

  /// [slots, shape...] as it is; a slot without tokens keeps its NaN.
  Status fillBlocks(const Manifest::State &state, const std::string &path, const Buffer &buffer) {
    Manifest::Tensor all{state.dtype, Manifest::Tensor::Axis::Fixed, state.shape, 0};
    all.shape.insert(all.shape.begin(), rows.slots());
    BRAID_TRY_ASSIGN(Buffer given, readTensor(path, all, cat("state ", inQuotes(state.name))));
    for (int64_t slot = 0; slot < rows.slots(); ++slot)
      if (rows.length[static_cast<size_t>(slot)] != 0)
        std::memcpy(static_cast<char *>(buffer.data()) + static_cast<uint64_t>(slot) * state.bytes,
                    static_cast<char *>(given.data()) + static_cast<uint64_t>(slot) * state.bytes, state.bytes);
    return {};
  }

  /// [slots, tokens, kv_heads, head_dim] into pages.
  Status fillPages(const Manifest::State &state, const std::string &path, const Buffer &buffer) {
    BRAID_TRY_ASSIGN(NpyArray array, readNpy(path));
    int64_t least = *std::max_element(rows.length.begin(), rows.length.end());
    bool fits = array.shape.size() == 4 && array.shape[0] == rows.slots() && array.shape[1] >= least &&
                array.shape[2] == state.shape[0] && array.shape[3] == state.shape[2];
    if (!fits)
      return Status::badInput(cat(path, ": state ", inQuotes(state.name), ": expected shape [", rows.slots(),
                                  ", at least ", least, ", ", state.shape[0], ", ", state.shape[2], "], found ",
                                  listed(array.shape)));
    pages->forEachRun(state, rows.length, array.shape[1], [&](size_t from, size_t to, size_t count) {
      for (size_t i = 0; i < count; ++i)
        storeElement(state.dtype, buffer.data(), to + i, loadElement(array.dtype, array.bytes.data(), from + i));
    });
    return {};
  }

  Status writeStates() {
    BRAID_TRY_ASSIGN(auto named, namedFiles(files.finalStates, "--final-states"));
    for (const auto &[name, path] : named) {
      auto found = std::find_if(function->states.begin(), function->states.end(),
                                [&, &name = name](int32_t index) { return stateAt(index).name == name; });
      if (found == function->states.end())
        return Status::usage(cat("--final-states: expected a state of the function, found ", inQuotes(name)));
      BRAID_TRY(writeState(stateAt(*found), statePointers[static_cast<size_t>(*found)], path));
    }
    return {};
  }

  /// What a slot has not reached is zero.
  Status writeState(const Manifest::State &state, const void *data, const std::string &path) {
    int64_t longest = *std::max_element(after.begin(), after.end());
    std::vector<int64_t> shape = state.shape;
    if (isPaged(state))
      shape = {longest, state.shape[0], state.shape[2]};
    int64_t block = productOf(shape);
    shape.insert(shape.begin(), rows.slots());
    std::vector<double> values(static_cast<size_t>(productOf(shape)));
    if (isPaged(state))
      pages->forEachRun(state, after, longest, [&](size_t to, size_t from, size_t count) {
        for (size_t i = 0; i < count; ++i)
          values[to + i] = loadElement(state.dtype, data, from + i);
      });
    else
      for (size_t i = 0; i < values.size(); ++i)
        if (after[i / static_cast<size_t>(block)] != 0)
          values[i] = loadElement(state.dtype, data, i);
    return writeValues(path, state.dtype, shape, values);
  }

  //===- The call --------------------------------------------------------===//

  Status callFunction() {
    braid_context_options contextOptions = {sizeof contextOptions, nullptr, nullptr, options.program.threads, 0};
    braid_context *created = nullptr;
    BRAID_TRY(take(braid_context_create(program.get(), &contextOptions, &created)));
    ContextHandle context(created);
    uint64_t bytes = 0;
    BRAID_TRY(take(braid_arena_bytes(program.get(), call.entry, call.tokens, call.rows, &bytes)));
    BRAID_TRY_ASSIGN(Buffer arena, Buffer::create(bytes));
    call.arena = arena.data();
    call.size = sizeof call;
    return take(braid_call_function(context.get(), &call));
  }

  Status writeResults() {
    for (size_t i = 0; i < function->results.size(); ++i) {
      const Manifest::Tensor &tensor = function->results[i];
      std::vector<int64_t> shape = shapeOf(tensor);
      std::vector<double> values(static_cast<size_t>(productOf(shape)));
      convertElements(tensor.dtype, resultPointers[i], DType::F64, values.data(), values.size());
      BRAID_TRY(writeValues(files.results[i], tensor.dtype, shape, values));
    }
    return {};
  }

  const Options &options;
  const CallFiles &files;
  ProgramHandle program;
  Manifest manifest;
  const Manifest::Entry *function = nullptr;
  braid_function_call call = {};
  CallRows rows;
  std::vector<int64_t> after; // tokens in each slot after the call
  std::optional<PageTable> pages;
  std::vector<Buffer> buffers;
  std::vector<const void *> argumentPointers;
  std::vector<void *> resultPointers, statePointers;
};
} // namespace

Command addCall(CLI::App &app) {
  auto options = std::make_shared<Options>();
  options->program.addTo(app);
  CallFiles &files = options->files;
  app.add_option("--entry", options->entry, "Function to call")->required();
  app.add_option(
         "--arguments", files.arguments,
         "NumPy files of the arguments, in order: float32 or float64 for floating-point tensors of any type, each "
         "element rounded to the tensor's type; int32 for i32 (what it indexes is not checked)")
      ->delimiter(',')
      ->type_name("FILE,...");
  app.add_option("--results", files.results, "NumPy files to write: float64 for f64, else float32")
      ->required()
      ->delimiter(',')
      ->type_name("FILE,...");
  app.add_option("--rows", files.rows, "Tokens in each row")->delimiter(',')->check(wholeNumber())->type_name("N,...");
  app.add_option("--slots", files.slots, "Each row's slot, negative for padding; default 0,1,...")
      ->delimiter(',')
      ->check(wholeNumber())
      ->type_name("N,...");
  app.add_option("--lengths", files.lengths, "Tokens in each slot before the call; default 0")
      ->delimiter(',')
      ->check(wholeNumber())
      ->type_name("N,...");
  app.add_option("--states", files.states,
                 "States before the call: [slots, shape...], for kv [slots, tokens, kv_heads, head_dim]; default zero")
      ->delimiter(',')
      ->type_name("NAME=FILE,...");
  app.add_option("--final-states", files.finalStates, "States after the call, to write")
      ->delimiter(',')
      ->type_name("NAME=FILE,...");
  return [options] { return FunctionCall(*options).run(); };
}

} // namespace braid::tool

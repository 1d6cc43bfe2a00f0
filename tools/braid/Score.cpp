//===- Score.cpp - braid score --------------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "braid/Formats/Npy.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

namespace braid::tool {

namespace {
struct Options {
  ProgramOptions program;
  std::string tokens, rowStart, documents, logits, logprobs;
  int64_t piece = 0, rows = 0;
  bool poison = false;
};

/// Documents, one behind the other.
struct Documents {
  std::vector<int32_t> ids;
  std::vector<int64_t> start{0}; // document d holds ids [start[d], start[d + 1])
  bool sameLength = false;       // they came as an array [B, T], and so do the results

  int64_t count() const { return static_cast<int64_t>(start.size()) - 1; }
  int64_t tokens() const { return start.back(); }
  int64_t length(int64_t document) const { return start[static_cast<size_t>(document) + 1] - start[static_cast<size_t>(document)]; }
  int64_t longest() const {
    int64_t most = 0;
    for (int64_t d = 0; d < count(); ++d)
      most = std::max(most, length(d));
    return most;
  }
};

/// Rising from 0 to `end`.
Result<std::vector<int64_t>> readRowStart(const std::string &path, int64_t end) {
  BRAID_TRY_ASSIGN(NpyArray array, readNpy(path));
  if (array.dtype != DType::I32 || array.shape.size() != 1 || array.elements() < 2)
    return Status::badInput(cat(path, ": expected int32 of shape [B + 1], found ", nameOf(array.dtype), " of shape ",
                                listed(array.shape)));
  std::vector<int64_t> start;
  for (size_t i = 0; i < array.elements(); ++i) {
    start.push_back(array.at<int32_t>(i));
    if (i == 0 ? start[0] != 0 : start[i] <= start[i - 1])
      return Status::badInput(cat(path, ": expected 0 and then rising numbers, found ", start[i], " in place ", i));
  }
  if (start.back() != end)
    return Status::badInput(cat(path, ": expected the last to be ", end, ", the number of tokens, found ", start.back()));
  return start;
}

Result<Documents> readArrays(const Options &options) {
  BRAID_TRY_ASSIGN(NpyArray array, readNpy(options.tokens));
  Documents documents;
  bool packed = !options.rowStart.empty();
  if (array.dtype != DType::I32 || array.shape.size() != (packed ? 1 : 2) || array.elements() == 0)
    return Status::badInput(cat(options.tokens, ": expected int32 of shape ", packed ? "[n]" : "[B, T]", ", found ",
                                nameOf(array.dtype), " of shape ", listed(array.shape)));
  documents.ids.resize(array.elements());
  std::memcpy(documents.ids.data(), array.bytes.data(), array.bytes.size());
  if (packed) {
    BRAID_TRY_ASSIGN(documents.start, readRowStart(options.rowStart, array.shape[0]));
    return documents;
  }
  documents.sameLength = true;
  for (int64_t row = 1; row <= array.shape[0]; ++row)
    documents.start.push_back(row * array.shape[1]);
  return documents;
}

Result<Documents> readDocuments(const Options &options) {
  if (options.tokens.empty() == options.documents.empty())
    return Status::usage(cat("expected one of --tokens and --documents, found ", options.tokens.empty() ? "neither" : "both"));
  if (options.documents.empty())
    return readArrays(options);
  if (!options.rowStart.empty())
    return Status::usage("--row-start: expected --tokens beside it, found --documents");
  BRAID_TRY_ASSIGN(std::vector<std::vector<int32_t>> lines, tool::readDocuments(options.documents));
  Documents documents;
  for (const std::vector<int32_t> &line : lines) {
    documents.ids.insert(documents.ids.end(), line.begin(), line.end());
    documents.start.push_back(static_cast<int64_t>(documents.ids.size()));
  }
  return documents;
}

/// The largest power of two that is not above `most`.
int64_t powerUpTo(int64_t most) {
  int64_t power = 1;
  while (power <= most / 2)
    power *= 2;
  return power;
}

/// log softmax(logits)[token], in double precision.
double logProbability(const float *logits, int64_t vocabSize, int32_t token) {
  double largest = *std::max_element(logits, logits + vocabSize), sum = 0;
  for (int64_t i = 0; i < vocabSize; ++i)
    sum += std::exp(logits[i] - largest);
  return logits[token] - largest - std::log(sum);
}

/// Tokens [from, from + count) of a document: a row of a call.
struct Piece {
  int64_t document, from, count;
};

class Scorer {
public:
  Scorer(const Options &options, Documents documents) : options(options), documents(std::move(documents)) {}

  Status run() {
    BRAID_TRY_ASSIGN(program, options.program.load());
    BRAID_TRY_ASSIGN(braid_model_info model, modelOf(*program));
    vocabSize = model.vocab_size;
    BRAID_TRY_ASSIGN(entry, findEntry(*program, options.program, "score"));
    BRAID_TRY(checkIds());
    choosePieces();
    BRAID_TRY(openSession());
    BRAID_TRY(openOutputs());
    std::vector<Piece> call;
    int64_t room = mostTokens;
    for (int64_t document = 0; document < documents.count(); ++document)
      for (int64_t from = 0, length = documents.length(document); from < length; from += mostTokens) {
        Piece piece{document, from, std::min(mostTokens, length - from)};
        // Pieces of one document follow each other; rows of a call are different documents.
        bool fits = piece.count <= room && static_cast<int64_t>(call.size()) < mostRows;
        if (!call.empty() && (!fits || call.back().document == document)) {
          BRAID_TRY(runCall(call));
          call.clear(), room = mostTokens;
        }
        call.push_back(piece), room -= piece.count;
      }
    BRAID_TRY(runCall(call));
    if (logitsFile)
      BRAID_TRY(logitsFile->finish());
    return logprobsFile ? logprobsFile->finish() : Status();
  }

private:
  /// All of them before the first call: a log probability reads the logit of a token that may be in a later one.
  Status checkIds() const {
    if (options.documents.empty())
      return checkTokens(documents.ids.data(), documents.tokens(), vocabSize, options.tokens);
    for (int64_t d = 0; d < documents.count(); ++d)
      BRAID_TRY(checkTokens(documents.ids.data() + documents.start[static_cast<size_t>(d)], documents.length(d), vocabSize,
                            cat(options.documents, ":", d + 1)));
    return {};
  }

  /// Logits take about 64 MiB. A document is cut by its own length alone, whatever shares its calls; by a power of two, so
  /// that cuts fall on the chunks of scans where there is room for a chunk.
  void choosePieces() {
    mostTokens = options.piece != 0 ? options.piece : powerUpTo(std::clamp<int64_t>((int64_t{16} << 20) / vocabSize, 16, 1024));
    int64_t mean = std::max<int64_t>(1, documents.tokens() / documents.count());
    mostRows = options.rows != 0 ? options.rows : std::max<int64_t>(1, mostTokens / mean);
    mostRows = std::min({mostRows, documents.count(), mostTokens});
    mostTokens = std::min(mostTokens, documents.tokens());
  }

  Status openSession() {
    braid_session_options limits = {sizeof limits, mostRows, mostTokens, documents.longest(), mostRows,
                                    options.program.threads, options.poison ? BRAID_SESSION_POISON : 0, 0, 0};
    BRAID_TRY_ASSIGN(session, createSession(*program, limits));
    logits.resize(static_cast<size_t>(mostTokens * vocabSize));
    return {};
  }

  Status openOutputs() {
    int64_t rows = documents.count(), tokens = documents.tokens();
    auto shapeOf = [&](int64_t fewer) { // tokens that have no result in each document
      return documents.sameLength ? std::vector<int64_t>{rows, tokens / rows - fewer} : std::vector<int64_t>{tokens - fewer * rows};
    };
    if (!options.logits.empty()) {
      std::vector<int64_t> shape = shapeOf(0);
      shape.push_back(vocabSize);
      BRAID_TRY_ASSIGN(logitsFile, NpyWriter::create(options.logits, DType::F32, shape));
    }
    if (!options.logprobs.empty()) {
      BRAID_TRY_ASSIGN(logprobsFile, NpyWriter::create(options.logprobs, DType::F32, shapeOf(1)));
    }
    return {};
  }

  /// Pieces of different documents that follow each other; so do their results.
  Status runCall(const std::vector<Piece> &pieces) {
    std::vector<int64_t> rowStart{0};
    std::vector<int32_t> slot;
    for (const Piece &piece : pieces) {
      slot.push_back(static_cast<int32_t>(piece.document % mostRows));
      rowStart.push_back(rowStart.back() + piece.count);
      if (piece.from == 0)
        BRAID_TRY(take(braid_slot_reset(session.get(), slot.back())));
    }
    const int32_t *ids = documents.ids.data() + documents.start[static_cast<size_t>(pieces.front().document)] + pieces.front().from;
    braid_batch batch = {sizeof batch, entry, 0, static_cast<int64_t>(pieces.size()), rowStart.data(), slot.data(), ids};
    BRAID_TRY(take(braid_session_run(session.get(), &batch, logits.data(), logits.size())));
    if (logitsFile)
      BRAID_TRY(logitsFile->append(logits.data(), static_cast<size_t>(rowStart.back() * vocabSize)));
    return logprobsFile ? appendLogprobs(pieces, ids) : Status();
  }

  /// The log probability of each token that has a successor in its document.
  Status appendLogprobs(const std::vector<Piece> &pieces, const int32_t *ids) {
    std::vector<float> values;
    int64_t at = 0;
    for (const Piece &piece : pieces)
      for (int64_t i = 0; i < piece.count; ++i, ++at)
        if (piece.from + i + 1 < documents.length(piece.document))
          values.push_back(static_cast<float>(logProbability(logits.data() + at * vocabSize, vocabSize, ids[at + 1])));
    return logprobsFile->append(values.data(), values.size());
  }

  const Options &options;
  Documents documents;
  ProgramHandle program;
  SessionHandle session;
  int32_t entry = 0;
  int64_t vocabSize = 0, mostRows = 1, mostTokens = 1;
  std::vector<float> logits;
  std::optional<NpyWriter> logitsFile, logprobsFile;
};

Status score(const Options &options) {
  if (options.logits.empty() && options.logprobs.empty())
    return Status::usage("expected --logits or --logprobs, found neither");
  if (options.logits == options.logprobs)
    return Status::usage(cat("--logprobs: expected another file than --logits, found ", inQuotes(options.logprobs)));
  BRAID_TRY_ASSIGN(Documents documents, readDocuments(options));
  return Scorer(options, std::move(documents)).run();
}
} // namespace

Command addScore(CLI::App &app) {
  auto options = std::make_shared<Options>();
  options->program.addTo(app);
  app.add_option("--tokens", options->tokens, "NumPy file, int32 [B, T]; [n] with --row-start")->type_name("FILE");
  app.add_option("--row-start", options->rowStart,
                 "NumPy file, int32 [B + 1]: where each document begins in --tokens, and the end")
      ->type_name("FILE");
  app.add_option("--documents", options->documents, "Text file with the ids of one document in each line")
      ->type_name("FILE");
  app.add_option("--logits", options->logits, "NumPy file to write, float32 [B, T, V]; [n, V] of documents of any length")
      ->type_name("FILE");
  app.add_option("--logprobs", options->logprobs,
                 "NumPy file to write, float32 [B, T-1], or [n - B]: log probability of each next token")
      ->type_name("FILE");
  app.add_option("--piece", options->piece, "Most tokens in one call; 0 chooses by memory")
      ->check(between(0, 1 << 20))
      ->capture_default_str();
  app.add_option("--rows", options->rows, "Most documents in one call; 0 chooses by --piece and their mean length")
      ->check(between(0, 1 << 16))
      ->capture_default_str();
  app.add_flag("--poison", options->poison, "Fill unwritten memory with NaN: a check of the artifact");
  return [options] { return score(*options); };
}

} // namespace braid::tool

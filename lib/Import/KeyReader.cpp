//===- KeyReader.cpp - Reading a JSON object's keys ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KeyReader.h"

#include <algorithm>

namespace braid {

/// Whether two values say the same. Documents are bounded in depth.
static bool areEqual(JsonValue a, JsonValue b) {
  if (a.kind() != b.kind() || a.size() != b.size() || a.describe() != b.describe())
    return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a.at(i).key() != b.at(i).key() || !areEqual(a.at(i), b.at(i)))
      return false;
  return true;
}

void KeyReader::alias(std::string_view olderKey, std::string_view key) {
  std::optional<JsonValue> value = object.find(olderKey), other = find(key);
  if (!value)
    return;
  read.emplace(olderKey);
  if (value->isNull() && other)
    return;
  if (other && !other->isNull() && !areEqual(*value, *other))
    fail(value->error(
        cat("expected what key ", inQuotes(key), " says, ", other->describe(), ", found ", value->describe())));
  read.emplace(key);
  older.emplace(key, olderKey);
}

std::optional<JsonValue> KeyReader::find(std::string_view key) const {
  auto other = older.find(key);
  return object.find(other == older.end() ? key : other->second);
}

std::optional<JsonValue> KeyReader::take(std::string_view key) {
  std::optional<JsonValue> value = find(key);
  if (!value)
    return std::nullopt;
  read.emplace(key);
  return value->isNull() ? std::nullopt : value;
}

std::optional<JsonValue> KeyReader::require(std::string_view key) {
  if (std::optional<JsonValue> value = find(key)) {
    read.emplace(key);
    return value;
  }
  fail(object.error(cat("expected key ", inQuotes(key), ", found no such key")));
  return std::nullopt;
}

bool KeyReader::has(std::string_view key) const {
  std::optional<JsonValue> value = find(key);
  return value && !value->isNull();
}

namespace {
int64_t boundedInt(KeyReader &keys, JsonValue value, int64_t low, int64_t high, int64_t fallback) {
  Result<int64_t> found = value.asInt(low, high);
  if (found.ok())
    return *found;
  keys.fail(found.status());
  return fallback;
}

/// A number; also in the form in which newer versions of transformers write what JSON has no number for.
Result<double> asNumber(JsonValue value) {
  std::optional<JsonValue> tag = value.size() == 1 ? value.find("__float__") : std::nullopt;
  if (!tag)
    return value.asDouble();
  BRAID_TRY_ASSIGN(std::string_view text, tag->asString());
  if (text == "NaN")
    return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity" || text == "-Infinity")
    return (text[0] == '-' ? -1 : 1) * std::numeric_limits<double>::infinity();
  return tag->expected("Infinity, -Infinity or NaN");
}

double boundedNumber(KeyReader &keys, JsonValue value, double low, double high, double fallback) {
  Result<double> found = asNumber(value);
  if (!found.ok()) {
    keys.fail(found.status());
    return fallback;
  }
  // Not a negation of the comparison alone: NaN must fail.
  if (*found >= low && *found <= high)
    return *found;
  keys.fail(value.expected(cat("a number from ", low, " to ", high)));
  return fallback;
}

std::string boundedText(KeyReader &keys, JsonValue value) {
  Result<std::string_view> found = value.asString();
  if (found.ok())
    return std::string(*found);
  keys.fail(found.status());
  return {};
}
} // namespace

int64_t KeyReader::size(std::string_view key, int64_t most) {
  std::optional<JsonValue> value = require(key);
  return value ? boundedInt(*this, *value, 1, most, 1) : 1;
}

int64_t KeyReader::sizeOr(std::string_view key, int64_t fallback, int64_t most) {
  return intOr(key, fallback, 1, most);
}

int64_t KeyReader::intOr(std::string_view key, int64_t fallback, int64_t low, int64_t high) {
  std::optional<JsonValue> value = take(key);
  return value ? boundedInt(*this, *value, low, high, fallback) : fallback;
}

double KeyReader::number(std::string_view key, double low, double high) {
  std::optional<JsonValue> value = require(key);
  return value ? boundedNumber(*this, *value, low, high, low) : low;
}

double KeyReader::numberOr(std::string_view key, double fallback, double low, double high) {
  std::optional<JsonValue> value = take(key);
  return value ? boundedNumber(*this, *value, low, high, fallback) : fallback;
}

bool KeyReader::flagOr(std::string_view key, bool fallback) {
  std::optional<JsonValue> value = take(key);
  if (!value)
    return fallback;
  Result<bool> found = value->asBool();
  if (found.ok())
    return *found;
  fail(found.status());
  return fallback;
}

std::string KeyReader::text(std::string_view key) {
  std::optional<JsonValue> value = require(key);
  return value ? boundedText(*this, *value) : std::string();
}

std::string KeyReader::textOr(std::string_view key, std::string_view fallback) {
  std::optional<JsonValue> value = take(key);
  return value ? boundedText(*this, *value) : std::string(fallback);
}

std::optional<KeyReader> KeyReader::nested(std::string_view key) {
  std::optional<JsonValue> value = take(key);
  if (!value)
    return std::nullopt;
  if (value->isObject())
    return KeyReader(*value, error);
  fail(value->expected("an object"));
  return std::nullopt;
}

void KeyReader::ignore(std::initializer_list<std::string_view> keys) {
  for (std::string_view key : keys)
    read.emplace(key);
}

std::vector<JsonValue> KeyReader::unread() const {
  std::vector<JsonValue> values;
  for (size_t i = 0; i < object.size(); ++i)
    if (JsonValue value = object.at(i); !read.count(value.key()))
      values.push_back(value);
  return values;
}

void readTokenIds(KeyReader &keys, ModelSpec &spec) {
  int64_t last = spec.vocabSize - 1;
  if (std::optional<JsonValue> bos = keys.take("bos_token_id"))
    spec.bosTokenId = boundedInt(keys, *bos, 0, last, 0);
  std::optional<JsonValue> eos = keys.take("eos_token_id");
  if (!eos)
    return;
  if (!eos->isArray()) {
    spec.eosTokenIds = {boundedInt(keys, *eos, 0, last, 0)};
    return;
  }
  Result<std::vector<int64_t>> ids = eos->asInts(0, last);
  if (ids.ok())
    spec.eosTokenIds = std::move(*ids);
  else
    keys.fail(ids.status());
}

void readTimeStepLimit(KeyReader &keys, Mamba2Spec &mamba2) {
  std::optional<JsonValue> limit = keys.take("time_step_limit");
  if (!limit)
    return;
  if (!limit->isArray() || limit->size() != 2) {
    keys.fail(limit->expected("a pair of numbers"));
    return;
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (JsonValue low = limit->at(0); !low.isNull())
    mamba2.dtMin = boundedNumber(keys, low, 0, std::numeric_limits<double>::max(), 0);
  if (JsonValue high = limit->at(1); !high.isNull())
    mamba2.dtMax = boundedNumber(keys, high, mamba2.dtMin, infinity, infinity);
}

void readRopeScaling(KeyReader &keys, std::string_view type, std::string_view typeKey, std::string_view types,
                     RopeSpec &rope) {
  if (type != "linear" && type != "llama3") {
    if (std::optional<JsonValue> value = keys.take(typeKey))
      keys.fail(value->expected(types));
    return;
  }
  rope.factor = keys.number("factor", 1, 1e6);
  if (type == "linear")
    return;
  RopeSpec::Bands bands;
  bands.low = keys.number("low_freq_factor", 0, 1e6);
  bands.high = keys.number("high_freq_factor", 0, 1e6);
  bands.context = keys.size("original_max_position_embeddings", std::numeric_limits<int32_t>::max());
  if (!(bands.low < bands.high))
    keys.fail(keys.value().error(
        cat("expected high_freq_factor above low_freq_factor ", bands.low, ", found ", bands.high)));
  rope.bands = bands;
}

Nonlinearity readActivation(KeyReader &keys, std::string_view key, std::string_view fallback) {
  struct Entry {
    std::string_view name;
    Nonlinearity activation;
  };
  static constexpr Entry entries[] = {
      {"silu", Nonlinearity::SiLU},         {"swish", Nonlinearity::SiLU},
      {"gelu", Nonlinearity::GELU},         {"gelu_tanh", Nonlinearity::GELUTanh},
      {"gelu_new", Nonlinearity::GELUTanh}, {"gelu_pytorch_tanh", Nonlinearity::GELUTanh},
      {"relu", Nonlinearity::ReLU},         {"relu2", Nonlinearity::ReLU2},
  };
  std::string name = keys.textOr(key, fallback);
  for (const Entry &entry : entries)
    if (entry.name == name)
      return entry.activation;
  if (std::optional<JsonValue> value = keys.take(key))
    keys.fail(value->expected("silu, gelu, gelu_tanh, relu or relu2"));
  return Nonlinearity::SiLU;
}

} // namespace braid

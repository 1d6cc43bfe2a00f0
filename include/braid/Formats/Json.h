//===- Json.h - Bounded reading of JSON ----------------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every JSON text that Braid reads comes from outside. A document is parsed
// whole, within limits, into a flat tree; values are looked up through typed
// getters whose errors name the file, the line, the key, what was expected and
// what was found.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_JSON_H
#define BRAID_FORMATS_JSON_H

#include "braid/Formats/Status.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace braid {

enum class JsonKind : uint8_t { Null, Bool, Integer, Double, String, Array, Object };

struct JsonLimits {
  uint64_t maxBytes = 100'000'000;
  uint32_t maxDepth = 64;
  uint32_t maxValues = 8'000'000;
  /// Accept the tokens Infinity, -Infinity and NaN, which Python writes.
  bool allowNonFinite = false;
};

namespace detail {
struct JsonTree;
}

/// A value of a document; valid as long as the document lives.
class JsonValue {
public:
  JsonKind kind() const;
  bool isNull() const { return kind() == JsonKind::Null; }
  bool isObject() const { return kind() == JsonKind::Object; }
  bool isArray() const { return kind() == JsonKind::Array; }
  bool isString() const { return kind() == JsonKind::String; }
  bool isBool() const { return kind() == JsonKind::Bool; }
  bool isInteger() const { return kind() == JsonKind::Integer; }
  bool isNumber() const { return kind() == JsonKind::Integer || kind() == JsonKind::Double; }

  /// The number of elements or members; 0 for other kinds.
  size_t size() const;
  /// Element or member `i` < size(), in the file's order.
  JsonValue at(size_t i) const;
  /// The key under which an object holds this value; empty otherwise.
  std::string_view key() const;
  uint32_t line() const;
  /// "model.layers[3].name"; empty for the root.
  std::string path() const;

  /// The member of an object, if there is one. A null member counts as one.
  std::optional<JsonValue> find(std::string_view key) const;
  /// The member, or an error that names it.
  Result<JsonValue> get(std::string_view key) const;

  // The value as a type, within a range, or an error.
  Result<bool> asBool() const;
  Result<int64_t> asInt(int64_t low = std::numeric_limits<int64_t>::min(),
                        int64_t high = std::numeric_limits<int64_t>::max()) const;
  /// Any number. Infinities and NaN only if the document's limits allowed them.
  Result<double> asDouble() const;
  Result<std::string_view> asString() const;
  Result<JsonValue> asArray() const;
  Result<JsonValue> asObject() const;
  /// An array of integers in a range.
  Result<std::vector<int64_t>> asInts(int64_t low = std::numeric_limits<int64_t>::min(),
                                      int64_t high = std::numeric_limits<int64_t>::max()) const;

  // get() and as...() in one.
  Result<bool> getBool(std::string_view key) const;
  Result<int64_t> getInt(std::string_view key, int64_t low = std::numeric_limits<int64_t>::min(),
                         int64_t high = std::numeric_limits<int64_t>::max()) const;
  Result<double> getDouble(std::string_view key) const;
  Result<std::string_view> getString(std::string_view key) const;
  Result<JsonValue> getArray(std::string_view key) const;
  Result<JsonValue> getObject(std::string_view key) const;
  Result<std::vector<int64_t>> getInts(std::string_view key, int64_t low = std::numeric_limits<int64_t>::min(),
                                       int64_t high = std::numeric_limits<int64_t>::max()) const;

  /// "FILE:LINE: key 'PATH': expected EXPECTED, found WHAT THIS VALUE IS".
  Status expected(std::string_view what) const;
  /// "FILE:LINE: key 'PATH': MESSAGE".
  Status error(std::string_view message) const;
  /// The value as an error message shows it: "the string 'x'", "an array of 3".
  std::string describe() const;

private:
  friend class JsonDocument;
  JsonValue(const detail::JsonTree *tree, uint32_t node) : tree(tree), node(node) {}

  const detail::JsonTree *tree;
  uint32_t node;
};

class JsonDocument {
public:
  /// Parses a text; `file` is the name for messages.
  static Result<JsonDocument> parse(std::string_view text, std::string file, const JsonLimits &limits = {});
  static Result<JsonDocument> load(const std::string &path, const JsonLimits &limits = {});

  JsonDocument(JsonDocument &&) noexcept;
  JsonDocument &operator=(JsonDocument &&) noexcept;
  ~JsonDocument();

  JsonValue root() const;
  const std::string &file() const;

private:
  explicit JsonDocument(std::unique_ptr<detail::JsonTree> tree);

  std::unique_ptr<detail::JsonTree> tree;
};

/// The text as a JSON string, with its quotes.
std::string jsonQuoted(std::string_view text);

} // namespace braid

#endif // BRAID_FORMATS_JSON_H

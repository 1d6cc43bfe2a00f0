//===- KeyReader.h - Reading a JSON object's keys --------------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_IMPORT_KEYREADER_H
#define BRAID_LIB_IMPORT_KEYREADER_H

#include "braid/Formats/Json.h"
#include "braid/Import/ModelSpec.h"

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace braid {

/// Reads keys of one object, remembers which were read, and keeps the first error. After an error the getters go on
/// and give values within their bounds, so that a reader is a straight list of keys with one check at its end. Readers
/// of nested objects share the error. A key whose value is null counts as absent, as it does for Python's None.
class KeyReader {
public:
  KeyReader(JsonValue object, Status &error) : object(object), error(error) {}

  /// Lets an object say `older` in place of `key`; both may stand there if they say the same or one is null.
  void alias(std::string_view older, std::string_view key);

  std::optional<JsonValue> take(std::string_view key);
  /// The value of a key that must be there; reports its absence.
  std::optional<JsonValue> require(std::string_view key);
  bool has(std::string_view key) const;

  /// A number of things: from 1 to `most`.
  int64_t size(std::string_view key, int64_t most = maxSize);
  int64_t sizeOr(std::string_view key, int64_t fallback, int64_t most = maxSize);
  int64_t intOr(std::string_view key, int64_t fallback, int64_t low, int64_t high);
  /// A finite number in [low, high].
  double number(std::string_view key, double low, double high);
  double numberOr(std::string_view key, double fallback, double low, double high);
  bool flagOr(std::string_view key, bool fallback);
  std::string text(std::string_view key);
  std::string textOr(std::string_view key, std::string_view fallback);
  /// The reader of a nested object, if there is one.
  std::optional<KeyReader> nested(std::string_view key);

  /// Counts keys as read: they say nothing that the compiler needs.
  void ignore(std::initializer_list<std::string_view> keys);
  /// The values whose keys were not read, in the file's order.
  std::vector<JsonValue> unread() const;

  void fail(Status status) {
    if (error.ok())
      error = std::move(status);
  }
  bool ok() const { return error.ok(); }
  JsonValue value() const { return object; }

private:
  std::optional<JsonValue> find(std::string_view key) const;

  JsonValue object;
  Status &error;
  std::set<std::string, std::less<>> read;
  std::map<std::string, std::string, std::less<>> older; // names that the object uses in place of others
};

// Values that descriptions and config.json share.

/// bos_token_id (an integer) and eos_token_id (an integer or a list), both in [0, vocabSize).
void readTokenIds(KeyReader &keys, ModelSpec &spec);
/// [low, high] of the time step; null in place of a bound, or of the pair, leaves that side open.
void readTimeStepLimit(KeyReader &keys, Mamba2Spec &mamba2);
/// How a model's positions are stretched: `type` linear or llama3, and the keys of that type. Any other type is an error
/// that says it expected `types`.
void readRopeScaling(KeyReader &keys, std::string_view type, std::string_view typeKey, std::string_view types,
                     RopeSpec &rope);
/// An activation by one of its names.
Nonlinearity readActivation(KeyReader &keys, std::string_view key, std::string_view fallback);

} // namespace braid

#endif // BRAID_LIB_IMPORT_KEYREADER_H

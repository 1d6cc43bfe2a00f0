//===- Json.cpp - Bounded reading of JSON, by RapidJSON -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RapidJSON's event reader checks the grammar; the tree is ours, flat and without
// recursion. RapidJSON reports a broken precondition with RAPIDJSON_ASSERT and
// ignores failed allocations; both become exceptions here, which do not leave
// this file. Numbers are converted here too: RapidJSON 1.1's own conversion reads
// out of bounds for a fraction of 100,000 zeros.
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/Json.h"

#include "braid/Formats/File.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <exception>

namespace {
struct JsonReaderFault : std::exception {};
} // namespace

// A namespace of our own: another copy of RapidJSON in the same program may have other settings.
#define RAPIDJSON_NAMESPACE braid::detail::rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN namespace braid::detail::rapidjson {
#define RAPIDJSON_NAMESPACE_END }
#define RAPIDJSON_ASSERT(condition)                                                                                    \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      throw JsonReaderFault();                                                                                         \
  } while (0)
#define RAPIDJSON_NOEXCEPT_ASSERT(condition)
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace braid {

namespace detail {
struct JsonNode {
  JsonKind kind = JsonKind::Null;
  bool boolean = false;
  uint32_t line = 0;
  uint32_t parent = 0;
  uint32_t position = 0; // among the parent's children
  uint64_t keyStart = 0; // into JsonTree::text
  uint32_t keyBytes = 0;
  union {
    int64_t integer;
    double number;
    struct {
      uint32_t start, count; // into JsonTree::children
    } list;
    uint64_t stringStart; // into JsonTree::text
  };
  uint32_t stringBytes = 0;

  JsonNode() : integer(0) {}
};

struct JsonTree {
  std::string file;
  std::string text; // keys and strings, unescaped
  std::vector<JsonNode> nodes;
  /// An array's children in order; an object's children in order, then again sorted by key.
  std::vector<uint32_t> children;

  std::string_view keyOf(uint32_t node) const {
    return std::string_view(text).substr(nodes[node].keyStart, nodes[node].keyBytes);
  }
};
} // namespace detail

using detail::JsonNode;
using detail::JsonTree;

namespace {
/// malloc that throws: RapidJSON does not look at what it gets.
struct ThrowingAllocator {
  [[maybe_unused]] static const bool kNeedFree = true;
  void *Malloc(size_t bytes) { return bytes == 0 ? nullptr : orThrow(std::malloc(bytes)); }
  void *Realloc(void *old, size_t, size_t bytes) {
    if (bytes != 0)
      return orThrow(std::realloc(old, bytes));
    std::free(old);
    return nullptr;
  }
  static void Free(void *memory) { std::free(memory); }

private:
  static void *orThrow(void *memory) {
    if (!memory)
      throw std::bad_alloc();
    return memory;
  }
};

/// Receives RapidJSON's events and builds the tree. A method that returns false
/// ends the parse; `complaint` says why.
class TreeBuilder {
public:
  TreeBuilder(JsonTree &tree, const JsonLimits &limits, std::string_view source,
              const detail::rapidjson::MemoryStream &stream)
      : tree(tree), limits(limits), source(source), stream(stream) {}

  bool Null() { return add(JsonKind::Null) != nullptr; }
  bool Bool(bool value) {
    JsonNode *node = add(JsonKind::Bool);
    return node && (node->boolean = value, true);
  }
  bool RawNumber(const char *bytes, unsigned count, bool) {
    JsonNode *node = add(JsonKind::Integer);
    return node && readNumber({bytes, count}, *node);
  }
  // Numbers arrive as text.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }
  bool String(const char *bytes, unsigned count, bool) {
    JsonNode *node = add(JsonKind::String);
    if (!node)
      return false;
    node->stringStart = tree.text.size();
    node->stringBytes = count;
    tree.text.append(bytes, count);
    return true;
  }
  bool Key(const char *bytes, unsigned count, bool) {
    keyStart = tree.text.size();
    keyBytes = count;
    tree.text.append(bytes, count);
    return true;
  }
  bool StartObject() { return open(JsonKind::Object); }
  bool StartArray() { return open(JsonKind::Array); }
  bool EndObject(unsigned) {
    uint32_t object = close();
    JsonNode &node = tree.nodes[object];
    // The sorted half makes lookups fast and puts equal keys side by side.
    size_t start = tree.children.size();
    tree.children.resize(start + node.list.count);
    std::copy_n(tree.children.begin() + node.list.start, node.list.count, tree.children.begin() + start);
    auto keyLess = [&](uint32_t a, uint32_t b) { return std::pair(tree.keyOf(a), a) < std::pair(tree.keyOf(b), b); };
    std::sort(tree.children.begin() + start, tree.children.end(), keyLess);
    auto twice = std::adjacent_find(tree.children.begin() + start, tree.children.end(),
                                    [&](uint32_t a, uint32_t b) { return tree.keyOf(a) == tree.keyOf(b); });
    if (twice == tree.children.end())
      return true;
    complaint = cat("key ", inQuotes(tree.keyOf(*twice)), ": expected once, found again on line ",
                    tree.nodes[*(twice + 1)].line);
    return false;
  }
  bool EndArray(unsigned) {
    close();
    return true;
  }

  std::string complaint;

private:
  /// Integers that fit 64 bits stay exact; all else is the nearest double.
  bool readNumber(std::string_view text, JsonNode &node) {
    const char *end = text.data() + text.size();
    if (text.find_first_of(".eEIN") == text.npos &&
        std::from_chars(text.data(), end, node.integer).ec == std::errc())
      return true;
    node.kind = JsonKind::Double;
    double sign = text[0] == '-' ? -1 : 1;
    if (text.find('N') != text.npos) {
      node.number = std::numeric_limits<double>::quiet_NaN();
    } else if (text.find('I') != text.npos) {
      node.number = sign * std::numeric_limits<double>::infinity();
    } else if (std::from_chars(text.data(), end, node.number).ec != std::errc()) {
      if (isLarge(text)) {
        complaint = cat("expected a number of at most 1.8e308, found ", inQuotes(text));
        return false;
      }
      node.number = sign * 0.0;
    }
    return true;
  }

  /// For a number beyond the range of a double: whether it is too large rather than too small.
  static bool isLarge(std::string_view text) {
    size_t digits = text.find_first_of("123456789"), mark = text.find_first_of("eE");
    if (digits == text.npos || digits > mark)
      return false;
    size_t point = std::min(text.find('.'), std::min(mark, text.size()));
    // The decimal exponent of the first digit that counts.
    int64_t magnitude = static_cast<int64_t>(point) - static_cast<int64_t>(digits), exponent = 0;
    if (mark != text.npos) {
      const char *start = text.data() + mark + 1;
      bool negative = *start == '-';
      if (std::from_chars(start + (*start == '+'), text.data() + text.size(), exponent).ec != std::errc())
        return !negative;
    }
    return exponent > -magnitude; // their sum may overflow
  }

  uint32_t currentLine() {
    size_t here = std::min(stream.Tell(), source.size());
    line += static_cast<uint32_t>(std::count(source.begin() + counted, source.begin() + here, '\n'));
    counted = here;
    return line;
  }

  JsonNode *add(JsonKind kind) {
    if (tree.nodes.size() >= limits.maxValues) {
      complaint = cat("expected at most ", limits.maxValues, " values, found more");
      return nullptr;
    }
    JsonNode &node = tree.nodes.emplace_back();
    node.kind = kind;
    node.line = currentLine();
    node.keyStart = keyStart;
    node.keyBytes = keyBytes;
    if (!enclosing.empty()) {
      node.parent = enclosing.back();
      pending.push_back(static_cast<uint32_t>(tree.nodes.size() - 1));
    }
    keyStart = keyBytes = 0;
    return &node;
  }

  bool open(JsonKind kind) {
    if (enclosing.size() >= limits.maxDepth) {
      complaint = cat("expected at most ", limits.maxDepth, " levels of nesting, found more");
      return false;
    }
    if (!add(kind))
      return false;
    enclosing.push_back(static_cast<uint32_t>(tree.nodes.size() - 1));
    firstPending.push_back(pending.size());
    return true;
  }

  /// Moves the children of the innermost container from `pending` to the tree.
  uint32_t close() {
    uint32_t container = enclosing.back();
    size_t first = firstPending.back(), count = pending.size() - first;
    JsonNode &node = tree.nodes[container];
    node.list.start = static_cast<uint32_t>(tree.children.size());
    node.list.count = static_cast<uint32_t>(count);
    for (size_t i = 0; i < count; ++i)
      tree.nodes[pending[first + i]].position = static_cast<uint32_t>(i);
    tree.children.insert(tree.children.end(), pending.begin() + first, pending.end());
    pending.resize(first);
    enclosing.pop_back();
    firstPending.pop_back();
    return container;
  }

  JsonTree &tree;
  const JsonLimits &limits;
  std::string_view source;
  const detail::rapidjson::MemoryStream &stream;
  std::vector<uint32_t> enclosing, pending;
  std::vector<size_t> firstPending;
  size_t counted = 0;
  uint32_t line = 1;
  uint64_t keyStart = 0;
  uint32_t keyBytes = 0;
};

uint32_t lineAt(std::string_view text, size_t offset) {
  return 1 + static_cast<uint32_t>(std::count(text.begin(), text.begin() + std::min(offset, text.size()), '\n'));
}

Status parseInto(JsonTree &tree, std::string_view text, const JsonLimits &limits) {
  using namespace detail::rapidjson;
  MemoryStream stream(text.data(), text.size());
  TreeBuilder builder(tree, limits, text, stream);
  GenericReader<UTF8<>, UTF8<>, ThrowingAllocator> reader;
  constexpr unsigned flags = kParseNumbersAsStringsFlag | kParseValidateEncodingFlag;
  ParseResult result;
  try {
    result = limits.allowNonFinite ? reader.Parse<flags | kParseNanAndInfFlag>(stream, builder)
                                   : reader.Parse<flags>(stream, builder);
  } catch (const JsonReaderFault &) {
    return Status::badInput(
        cat(tree.file, ":", lineAt(text, stream.Tell()), ": expected JSON, found a text that cannot be read"));
  }
  if (result.IsError()) {
    std::string where = cat(tree.file, ":", lineAt(text, result.Offset()), ": ");
    if (result.Code() == kParseErrorTermination)
      return Status::badInput(where + builder.complaint);
    std::string reason = GetParseError_En(result.Code());
    if (!reason.empty() && reason.back() == '.')
      reason.pop_back();
    return Status::badInput(
        cat(where, "expected JSON, found at byte ", static_cast<uint64_t>(result.Offset()), ": ", reason));
  }
  if (stream.Tell() != text.size()) // a zero byte ends the text for RapidJSON
    return Status::badInput(cat(tree.file, ":", lineAt(text, stream.Tell()),
                                ": expected the end of the text, found at byte ", static_cast<uint64_t>(stream.Tell()),
                                ": a zero byte"));
  return {};
}
} // namespace

Result<JsonDocument> JsonDocument::parse(std::string_view text, std::string file, const JsonLimits &limits) {
  return guardMemory([&]() -> Result<JsonDocument> {
    // Offsets into the text are kept in 32 bits by RapidJSON in places; no file of ours comes near.
    uint64_t maxBytes = std::min<uint64_t>(limits.maxBytes, 1u << 30);
    if (text.size() > maxBytes)
      return Status::badInput(cat(file, ": expected at most ", maxBytes, " bytes of JSON, found ", text.size()));
    auto tree = std::make_unique<JsonTree>();
    tree->file = std::move(file);
    BRAID_TRY(parseInto(*tree, text, limits));
    return JsonDocument(std::move(tree));
  });
}

Result<JsonDocument> JsonDocument::load(const std::string &path, const JsonLimits &limits) {
  BRAID_TRY_ASSIGN(std::string text, readFile(path, limits.maxBytes));
  return parse(text, path, limits);
}

JsonDocument::JsonDocument(std::unique_ptr<JsonTree> tree) : tree(std::move(tree)) {}
JsonDocument::JsonDocument(JsonDocument &&) noexcept = default;
JsonDocument &JsonDocument::operator=(JsonDocument &&) noexcept = default;
JsonDocument::~JsonDocument() = default;
JsonValue JsonDocument::root() const { return JsonValue(tree.get(), 0); }
const std::string &JsonDocument::file() const { return tree->file; }

JsonKind JsonValue::kind() const { return tree->nodes[node].kind; }
std::string_view JsonValue::key() const { return tree->keyOf(node); }
uint32_t JsonValue::line() const { return tree->nodes[node].line; }

size_t JsonValue::size() const { return isArray() || isObject() ? tree->nodes[node].list.count : 0; }

JsonValue JsonValue::at(size_t i) const { return {tree, tree->children[tree->nodes[node].list.start + i]}; }

std::string JsonValue::path() const {
  std::vector<uint32_t> chain;
  for (uint32_t at = node; at != 0; at = tree->nodes[at].parent)
    chain.push_back(at);
  std::string out;
  for (auto it = chain.rbegin(); it != chain.rend(); ++it) {
    const JsonNode &step = tree->nodes[*it];
    if (tree->nodes[step.parent].kind == JsonKind::Array)
      out += cat("[", step.position, "]");
    else
      out += cat(out.empty() ? "" : ".", tree->keyOf(*it));
  }
  return out;
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  if (!isObject())
    return std::nullopt;
  const JsonNode &object = tree->nodes[node];
  auto first = tree->children.begin() + object.list.start + object.list.count, last = first + object.list.count;
  auto found = std::lower_bound(first, last, key,
                                [&](uint32_t child, std::string_view wanted) { return tree->keyOf(child) < wanted; });
  if (found == last || tree->keyOf(*found) != key)
    return std::nullopt;
  return JsonValue(tree, *found);
}

Status JsonValue::error(std::string_view message) const {
  std::string where = cat(tree->file, ":", line(), ": ");
  return Status::badInput(node == 0 ? cat(where, message) : cat(where, "key ", inQuotes(path()), ": ", message));
}

Status JsonValue::expected(std::string_view what) const { return error(cat("expected ", what, ", found ", describe())); }

std::string JsonValue::describe() const {
  const JsonNode &value = tree->nodes[node];
  switch (value.kind) {
  case JsonKind::Null:
    return "null";
  case JsonKind::Bool:
    return value.boolean ? "true" : "false";
  case JsonKind::Integer:
    return cat(value.integer);
  case JsonKind::Double:
    return cat("the number ", value.number);
  case JsonKind::String:
    return cat("the string ", inQuotes(std::string_view(tree->text).substr(value.stringStart, value.stringBytes)));
  case JsonKind::Array:
    return cat("an array of ", value.list.count);
  case JsonKind::Object:
    return cat("an object of ", value.list.count);
  }
  return "nothing";
}

Result<JsonValue> JsonValue::get(std::string_view key) const {
  if (!isObject())
    return expected(cat("an object with key ", inQuotes(key)));
  if (std::optional<JsonValue> member = find(key))
    return *member;
  return error(cat("expected key ", inQuotes(key), ", found no such key"));
}

Result<bool> JsonValue::asBool() const {
  if (!isBool())
    return expected("true or false");
  return tree->nodes[node].boolean;
}

Result<int64_t> JsonValue::asInt(int64_t low, int64_t high) const {
  const JsonNode &value = tree->nodes[node];
  if (value.kind == JsonKind::Integer && value.integer >= low && value.integer <= high)
    return value.integer;
  bool bounded = low != std::numeric_limits<int64_t>::min() || high != std::numeric_limits<int64_t>::max();
  return expected(bounded ? cat("an integer from ", low, " to ", high) : "an integer");
}

Result<double> JsonValue::asDouble() const {
  const JsonNode &value = tree->nodes[node];
  if (value.kind == JsonKind::Integer)
    return static_cast<double>(value.integer);
  if (value.kind != JsonKind::Double)
    return expected("a number");
  return value.number;
}

Result<std::string_view> JsonValue::asString() const {
  const JsonNode &value = tree->nodes[node];
  if (value.kind != JsonKind::String)
    return expected("a string");
  return std::string_view(tree->text).substr(value.stringStart, value.stringBytes);
}

Result<JsonValue> JsonValue::asArray() const {
  if (!isArray())
    return expected("an array");
  return *this;
}

Result<JsonValue> JsonValue::asObject() const {
  if (!isObject())
    return expected("an object");
  return *this;
}

Result<std::vector<int64_t>> JsonValue::asInts(int64_t low, int64_t high) const {
  if (!isArray())
    return expected("an array of integers");
  std::vector<int64_t> values;
  values.reserve(size());
  for (size_t i = 0; i < size(); ++i) {
    BRAID_TRY_ASSIGN(int64_t value, at(i).asInt(low, high));
    values.push_back(value);
  }
  return values;
}

Result<bool> JsonValue::getBool(std::string_view key) const {
  BRAID_TRY_ASSIGN(JsonValue value, get(key));
  return value.asBool();
}
Result<int64_t> JsonValue::getInt(std::string_view key, int64_t low, int64_t high) const {
  BRAID_TRY_ASSIGN(JsonValue value, get(key));
  return value.asInt(low, high);
}
Result<double> JsonValue::getDouble(std::string_view key) const {
  BRAID_TRY_ASSIGN(JsonValue value, get(key));
  return value.asDouble();
}
Result<std::string_view> JsonValue::getString(std::string_view key) const {
  BRAID_TRY_ASSIGN(JsonValue value, get(key));
  return value.asString();
}
Result<JsonValue> JsonValue::getArray(std::string_view key) const {
  BRAID_TRY_ASSIGN(JsonValue value, get(key));
  return value.asArray();
}
Result<JsonValue> JsonValue::getObject(std::string_view key) const {
  BRAID_TRY_ASSIGN(JsonValue value, get(key));
  return value.asObject();
}
Result<std::vector<int64_t>> JsonValue::getInts(std::string_view key, int64_t low, int64_t high) const {
  BRAID_TRY_ASSIGN(JsonValue value, get(key));
  return value.asInts(low, high);
}

std::string jsonQuoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

} // namespace braid

//===- JsonTest.cpp - Tests of the JSON reader ----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "braid/Formats/Json.h"

#include <cmath>

using namespace braid;
using namespace braid::test;

static Result<JsonDocument> parse(std::string_view text, JsonLimits limits = {}) {
  return JsonDocument::parse(text, "f.json", limits);
}

TEST(Json, ReadsEveryKind) {
  auto document = parse(R"({"a": 1, "b": [true, null, -2.5, "x\u00e9\n"], "c": {}, "d": 18446744073709551615})");
  ASSERT_TRUE(isOk(document));
  JsonValue root = document->root();
  ASSERT_EQ(root.size(), 4u);
  EXPECT_EQ(*root.getInt("a"), 1);
  JsonValue b = *root.getArray("b");
  ASSERT_EQ(b.size(), 4u);
  EXPECT_TRUE(*b.at(0).asBool());
  EXPECT_TRUE(b.at(1).isNull());
  EXPECT_EQ(*b.at(2).asDouble(), -2.5);
  EXPECT_EQ(*b.at(3).asString(), "x\xc3\xa9\n");
  EXPECT_EQ(root.getObject("c")->size(), 0u);
  EXPECT_EQ(*root.getDouble("d"), 18446744073709551615.0);
  EXPECT_EQ(root.at(2).key(), "c");
  EXPECT_FALSE(root.find("e"));
  EXPECT_EQ(*root.getDouble("a"), 1.0);
}

TEST(Json, ErrorsNameFileLineKeyExpectedAndFound) {
  auto document = parse("{\n\"model\": {\n\"layers\": [{\"n\": \"five\"}]}}");
  ASSERT_TRUE(isOk(document));
  JsonValue layer = document->root().getObject("model")->getArray("layers")->at(0);
  EXPECT_EQ(layer.getInt("n").status().message(),
            "f.json:3: key 'model.layers[0].n': expected an integer, found the string 'five'");
  EXPECT_EQ(layer.getInt("m").status().message(),
            "f.json:3: key 'model.layers[0]': expected key 'm', found no such key");
  EXPECT_TRUE(fails(document->root().getArray("model"), StatusCode::BadInput, {"an array", "an object of 1"}));
}

TEST(Json, RangesAreChecked) {
  auto document = parse(R"({"a": 7, "l": [1, 2, 9], "f": 1.5})");
  ASSERT_TRUE(isOk(document));
  EXPECT_EQ(*document->root().getInt("a", 0, 7), 7);
  EXPECT_TRUE(fails(document->root().getInt("a", 0, 6), StatusCode::BadInput, {"'a'", "from 0 to 6", "found 7"}));
  EXPECT_TRUE(fails(document->root().getInt("f"), StatusCode::BadInput, {"an integer", "1.5"}));
  EXPECT_EQ(document->root().getInts("l")->size(), 3u);
  EXPECT_TRUE(fails(document->root().getInts("l", 1, 8), StatusCode::BadInput, {"l[2]", "found 9"}));
}

TEST(Json, DuplicateKeysAreErrors) {
  EXPECT_TRUE(fails(parse("{\"a\": 1,\n\"b\": 2, \"a\": 3}"), StatusCode::BadInput, {"f.json", "'a'", "again on line 2"}));
  EXPECT_TRUE(isOk(parse(R"({"a": {"a": 1}})")));
  // The same key, spelled in two ways.
  EXPECT_TRUE(fails(parse(R"({"a": 1, "\u0061": 3})"), StatusCode::BadInput, {"'a'"}));
}

TEST(Json, LimitsAreKept) {
  std::string deep(65, '['), closed = deep.substr(1) + std::string(64, ']');
  EXPECT_TRUE(fails(parse(deep), StatusCode::BadInput, {"64 levels"}));
  EXPECT_TRUE(isOk(parse(closed)));
  EXPECT_TRUE(fails(parse(std::string(1000000, '[')), StatusCode::BadInput, {"64 levels"}));
  JsonLimits few;
  few.maxValues = 3;
  EXPECT_TRUE(isOk(parse("[1, 2]", few)));
  EXPECT_TRUE(fails(parse("[1, 2, 3]", few), StatusCode::BadInput, {"3 values"}));
  JsonLimits small;
  small.maxBytes = 4;
  EXPECT_TRUE(fails(parse("[1,2]", small), StatusCode::BadInput, {"4 bytes", "found 5"}));
}

TEST(Json, NonFiniteNumbersOnRequest) {
  JsonLimits python;
  python.allowNonFinite = true;
  auto document = parse("[Infinity, -Infinity, NaN]", python);
  ASSERT_TRUE(isOk(document));
  EXPECT_EQ(*document->root().at(0).asDouble(), INFINITY);
  EXPECT_EQ(*document->root().at(1).asDouble(), -INFINITY);
  EXPECT_TRUE(std::isnan(*document->root().at(2).asDouble()));
  EXPECT_TRUE(fails(parse("[Infinity]"), StatusCode::BadInput, {"f.json:1"}));
}

TEST(Json, MalformedTextsAreErrors) {
  std::vector<std::string_view> texts = {"", "{", "[1,]", "{\"a\"}", "{\"a\":}", "01", "1.", "1e", "+1", "\"", "\"\\x\"",
                                         "\"\\ud800\"", "\"\x80\"", "tru", "[1] 2", "1e400", "\"\n\"", "{a: 1}", "'a'", "//"};
  texts.push_back(std::string_view("[1]\0[2]", 7));
  texts.push_back(std::string_view("\"a\0b\"", 5));
  for (std::string_view text : texts)
    EXPECT_TRUE(fails(parse(text), StatusCode::BadInput, {"f.json:"})) << text;
}

TEST(Json, HardNumbers) {
  auto document = parse("[9223372036854775807, -9223372036854775808, 9223372036854775808, "
                        "0.1e-999999999999999999999, 1e308, 2.2250738585072011e-308]");
  ASSERT_TRUE(isOk(document));
  EXPECT_EQ(*document->root().at(0).asInt(), INT64_MAX);
  EXPECT_EQ(*document->root().at(1).asInt(), INT64_MIN);
  EXPECT_FALSE(document->root().at(2).asInt().ok());
  EXPECT_EQ(*document->root().at(3).asDouble(), 0.0);
  EXPECT_EQ(*document->root().at(5).asDouble(), 2.2250738585072011e-308);
  EXPECT_EQ(*parse("0." + std::string(100000, '0') + "1")->root().asDouble(), 0.0);
  EXPECT_EQ(*parse("0." + std::string(100000, '0') + "1e100001")->root().asDouble(), 1.0);
  EXPECT_EQ(*parse("0." + std::string(100000, '3') + "e1")->root().asDouble(), 10.0 / 3);
  EXPECT_EQ(*parse("-1e-400")->root().asDouble(), 0.0);
  EXPECT_EQ(*parse("0.01e-9223372036854775807")->root().asDouble(), 0.0); // so small that counting its places overflows
  for (const std::string &text : {std::string("123456789e305"), "-" + std::string(400, '9'), std::string("0.1e310")})
    EXPECT_TRUE(fails(parse(text), StatusCode::BadInput, {"f.json:1"})) << text;
}

TEST(Json, LargeObjectsAreFound) {
  std::string text = "{";
  for (int i = 0; i < 20000; ++i)
    text += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":" + std::to_string(i);
  auto document = parse(text + "}");
  ASSERT_TRUE(isOk(document));
  for (int i = 0; i < 20000; i += 997)
    EXPECT_EQ(*document->root().getInt("k" + std::to_string(i)), i);
}

TEST(Json, QuotedTextComesBack) {
  std::string text = "a\"\\\n\x01\xc3\xa9";
  auto document = parse(jsonQuoted(text));
  ASSERT_TRUE(isOk(document));
  EXPECT_EQ(*document->root().asString(), text);
}

//===- CheckpointTest.cpp - Weights that must be there, and refused -------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TempFolder.h"
#include "braid/Formats/Json.h"
#include "braid/Formats/Safetensors.h"
#include "braid/Import/Import.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"

#include <algorithm>

using namespace braid;

namespace {
/// Imports a path with an own context; collects warnings.
struct Outcome {
  Status status;
  std::vector<std::string> warnings;
  std::vector<TensorToWrite> weights; // of the module, all zeros, if there is one

  explicit Outcome(const std::string &path, const ImportOptions &options = {}) {
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    context.loadDialect<BraidDialect, mlir::func::FuncDialect>();
    auto module =
        importModel(path, options, &context, [&](llvm::StringRef warning) { warnings.push_back(warning.str()); });
    status = module.status();
    static const std::vector<uint8_t> zeros(1 << 16);
    if (module.ok())
      for (WeightOp weight : (*module)->getOps<WeightOp>())
        weights.push_back(
            {weight.getSymName().str(), DType::BF16, weight.getTensorType().getShape().vec(), zeros.data()});
  }
};

void expectError(const Outcome &outcome, StatusCode code, const std::string &text) {
  EXPECT_EQ(outcome.status.code(), code) << outcome.status.message();
  EXPECT_NE(outcome.status.message().find(text), std::string::npos) << outcome.status.message();
  EXPECT_EQ(outcome.status.message().find('\n'), std::string::npos) << outcome.status.message();
}

/// `text` with the first `from` turned into `to`.
std::string with(std::string text, const std::string &from, const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

const std::string mamba2Config = R"({"model_type": "mamba2", "hidden_size": 8, "vocab_size": 16,
"num_hidden_layers": 1, "num_heads": 2, "head_dim": 8, "state_size": 4, "n_groups": 1, "conv_kernel": 4,
"time_step_limit": [0.0, Infinity]})";

/// A folder with this config and, until a test changes them, all weights that it needs.
class Checkpoint : public testing::Test {
protected:
  void SetUp() override {
    folder.write("config.json", mamba2Config);
    ImportOptions options;
    options.noWeights = true;
    Outcome outcome(folder.path(), options);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
    weights = outcome.weights;
  }
  void save(const std::string &name = "model.safetensors") {
    Status status = writeSafetensors(folder.path(name), weights);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  TensorToWrite &weight(const std::string &name) {
    for (TensorToWrite &tensor : weights)
      if (tensor.name == name)
        return tensor;
    ADD_FAILURE() << name;
    return weights.front();
  }
  /// A safetensors file from a header's text and as many bytes.
  void saveRaw(const std::string &header, size_t bytes) {
    std::string contents;
    for (int i = 0; i < 8; ++i)
      contents += static_cast<char>(header.size() >> (8 * i) & 0xff);
    folder.write("model.safetensors", contents + header + std::string(bytes, '\0'));
  }

  TempFolder folder;
  std::vector<TensorToWrite> weights;
};
} // namespace

TEST_F(Checkpoint, Complete) {
  save();
  Outcome outcome(folder.path());
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_TRUE(outcome.warnings.empty());
  // The file itself names the folder too.
  EXPECT_TRUE(Outcome(folder.path("config.json")).status.ok());
}

TEST_F(Checkpoint, MissingTensor) {
  weight("backbone.layers.0.mixer.D").name = "backbone.layers.0.mixer.E";
  save();
  expectError(Outcome(folder.path()), StatusCode::BadInput,
              folder.path() + ": tensor 'backbone.layers.0.mixer.D': expected shape [2], found no such tensor");
}

TEST_F(Checkpoint, MisshapenTensor) {
  weight("backbone.layers.0.mixer.out_proj.weight").shape = {16, 8};
  save();
  expectError(Outcome(folder.path()), StatusCode::BadInput,
              "model.safetensors: tensor 'backbone.layers.0.mixer.out_proj.weight': expected shape [8, 16], "
              "found [16, 8]");
}

TEST_F(Checkpoint, IntegerTensor) {
  weight("lm_head.weight").dtype = DType::I32;
  save();
  expectError(Outcome(folder.path()), StatusCode::BadInput,
              "tensor 'lm_head.weight': expected F64, F32, F16 or BF16, found I32");
}

TEST_F(Checkpoint, ExtraTensorsAreOneWarning) {
  for (const char *name : {"a", "b", "c"}) {
    weights.push_back(weight("lm_head.weight"));
    weights.back().name = name;
  }
  weights.push_back(weight("lm_head.weight"));
  weights.back().name = "mtp.layers.0.mixer.weight";
  save();
  Outcome outcome(folder.path());
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  ASSERT_EQ(outcome.warnings.size(), 1u);
  EXPECT_NE(outcome.warnings[0].find("3 tensors are not part of the model and ignored"), std::string::npos)
      << outcome.warnings[0];
}

TEST_F(Checkpoint, MalformedHeaders) {
  folder.write("model.safetensors", "short");
  expectError(Outcome(folder.path()), StatusCode::BadInput, "model.safetensors: expected at least 8 bytes");
  saveRaw("{\"a\": ", 0);
  expectError(Outcome(folder.path()), StatusCode::BadInput, "model.safetensors");
  saveRaw(R"({"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]},
              "b": {"dtype": "BF16", "shape": [2], "data_offsets": [2, 6]}})",
          6);
  expectError(Outcome(folder.path()), StatusCode::BadInput,
              "tensor 'b': expected its bytes to begin at offset 4, found 2");
  saveRaw(R"({"a": {"dtype": "BF16", "shape": [4611686018427387904, 4], "data_offsets": [0, 4]}})", 4);
  expectError(Outcome(folder.path()), StatusCode::BadInput, "key 'a'");
  saveRaw(R"({"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}})", 2);
  expectError(Outcome(folder.path()), StatusCode::BadInput, "expected a file of");
}

TEST_F(Checkpoint, IndexedFiles) {
  std::vector<TensorToWrite> all = weights;
  std::string map;
  for (const TensorToWrite &tensor : all)
    map += (map.empty() ? "" : ", ") + jsonQuoted(tensor.name) + ": " +
           (tensor.name == "lm_head.weight" ? "\"two.safetensors\"" : "\"one.safetensors\"");
  std::string index = "{\"weight_map\": {" + map + "}}";
  weights = {weight("lm_head.weight")};
  save("two.safetensors");
  weights = all;
  weights.erase(std::remove_if(weights.begin(), weights.end(),
                               [](const TensorToWrite &tensor) { return tensor.name == "lm_head.weight"; }),
                weights.end());
  save("one.safetensors");
  folder.write("model.safetensors.index.json", index);
  EXPECT_TRUE(Outcome(folder.path()).status.ok());

  folder.write("model.safetensors.index.json", with(index, "two.safetensors", "three.safetensors"));
  expectError(Outcome(folder.path()), StatusCode::IO, "three.safetensors");
  folder.write("model.safetensors.index.json", with(index, "two.safetensors", "../two.safetensors"));
  expectError(Outcome(folder.path()), StatusCode::BadInput, "below the index's folder");
  folder.write("model.safetensors.index.json", with(index, "two.safetensors", "/etc/passwd"));
  expectError(Outcome(folder.path()), StatusCode::BadInput, "below the index's folder");
  folder.write("model.safetensors.index.json", with(index, "two.safetensors", "one.safetensors"));
  expectError(Outcome(folder.path()), StatusCode::BadInput, "tensor 'lm_head.weight'");
}

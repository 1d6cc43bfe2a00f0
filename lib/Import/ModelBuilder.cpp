//===- ModelBuilder.cpp - The module of a model ----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Import/Import.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

#include <cmath>

using namespace mlir;

namespace braid {

namespace {
class ModelBuilder {
public:
  ModelBuilder(const ModelSpec &spec, MLIRContext *context);
  OwningOpRef<ModuleOp> build();

private:
  // The mixers: [n, width] in the model's type to the same.
  Value mixer(Value x, const LayerSpec &layer);
  Value mamba(Value x, const LayerSpec &layer);
  Value mamba2(Value x, const LayerSpec &layer);
  Value attention(Value x, const LayerSpec &layer);
  Value mlp(Value x, const LayerSpec &layer);

  Value embedding();
  Value norm(Value x, const std::string &name);
  /// x W^T (+ bias), with weight and bias of these initialisers under `name`.
  Value linear(Value x, const std::string &name, int64_t outputs, DictionaryAttr init, bool bias);
  Value columns(Value x, int64_t &offset, int64_t count);
  Value convolution(Value x, const LayerSpec &layer, int64_t width, bool bias);
  Value headInputs(Value x, const LayerSpec &layer, StringRef name, int64_t heads);
  Value rope(Value x);

  /// Declares a weight on its first use.
  Value weight(const std::string &name, ArrayRef<int64_t> shape, FloatType type, DictionaryAttr init);
  FlatSymbolRefAttr state(const LayerSpec &layer, StringRef name, StateKind kind, ArrayRef<int64_t> shape,
                          FloatType type);
  DictionaryAttr init(StringRef kind, ArrayRef<std::pair<StringRef, double>> numbers);
  DictionaryAttr normal(double std) { return init("normal", {{"std", std}}); }
  DictionaryAttr constant(double value) { return init("constant", {{"value", value}}); }
  DictionaryAttr fanIn(int64_t inputs);
  DictionaryAttr timeSteps(double low, double high, double floor) {
    return init("dt_bias", {{"low", low}, {"high", high}, {"floor", floor}});
  }
  /// Of a projection into the residual stream: smaller, as `additions` of them meet there.
  DictionaryAttr residualInit(int64_t additions) { return normal(spec.initStd / std::sqrt(double(additions))); }

  RankedTensorType tokensBy(int64_t columns, FloatType type) {
    return RankedTensorType::get({ShapedType::kDynamic, columns}, type);
  }
  RankedTensorType activation(int64_t columns) { return tokensBy(columns, dtype); }
  FloatType typeOf(DType type);
  void setModuleAttributes();

  const ModelSpec &spec;
  OpBuilder builder, symbols;
  OwningOpRef<ModuleOp> module;
  Location loc;
  FloatType dtype, residualType, parameterType; // parameterType: of what enters the scan's decay
  Value tokens, rows, positions;
  Operation *firstState = nullptr; // weights are declared before states
  llvm::StringMap<RankedTensorType> declared;
  int64_t parameters = 0;
};
} // namespace

ModelBuilder::ModelBuilder(const ModelSpec &spec, MLIRContext *context)
    : spec(spec), builder(context), symbols(context), module(ModuleOp::create(UnknownLoc::get(context))),
      loc(UnknownLoc::get(context)), dtype(typeOf(spec.dtype)) {
  bool wide = spec.dtype == DType::F64;
  parameterType = wide ? builder.getF64Type() : FloatType(builder.getF32Type());
  residualType = spec.residualInF32 && !wide ? FloatType(builder.getF32Type()) : dtype;
}

FloatType ModelBuilder::typeOf(DType type) {
  switch (type) {
  case DType::F64:
    return builder.getF64Type();
  case DType::F32:
    return builder.getF32Type();
  case DType::F16:
    return builder.getF16Type();
  default:
    return builder.getBF16Type();
  }
}

//===----------------------------------------------------------------------===//
// Weights and states
//===----------------------------------------------------------------------===//

DictionaryAttr ModelBuilder::init(StringRef kind, ArrayRef<std::pair<StringRef, double>> numbers) {
  SmallVector<NamedAttribute> entries{builder.getNamedAttr("kind", builder.getStringAttr(kind))};
  for (auto [name, value] : numbers)
    entries.push_back(builder.getNamedAttr(name, builder.getF64FloatAttr(value)));
  return builder.getDictionaryAttr(entries);
}

DictionaryAttr ModelBuilder::fanIn(int64_t inputs) {
  double bound = 1 / std::sqrt(static_cast<double>(inputs));
  return init("uniform", {{"low", -bound}, {"high", bound}});
}

Value ModelBuilder::weight(const std::string &name, ArrayRef<int64_t> shape, FloatType type, DictionaryAttr init) {
  RankedTensorType &tensor = declared[name];
  if (!tensor) {
    tensor = RankedTensorType::get(shape, type);
    parameters += tensor.getNumElements();
    // Vectors (norms, biases, D, dt_bias) and A_log, which Mamba-1 has as a matrix, are not decayed.
    bool noDecay = shape.size() == 1 || StringRef(name).ends_with(".A_log");
    WeightOp op = WeightOp::create(symbols, loc, name, tensor, init, noDecay);
    if (firstState)
      op->moveBefore(firstState);
  }
  return GetWeightOp::create(builder, loc, tensor, name);
}

FlatSymbolRefAttr ModelBuilder::state(const LayerSpec &layer, StringRef name, StateKind kind, ArrayRef<int64_t> shape,
                                      FloatType type) {
  std::string symbol = cat("layers.", layer.index, ".", std::string_view(name));
  StateOp op = StateOp::create(symbols, loc, symbol, kind, RankedTensorType::get(shape, type));
  if (!firstState)
    firstState = op;
  return FlatSymbolRefAttr::get(builder.getContext(), symbol);
}

//===----------------------------------------------------------------------===//
// Pieces of layers
//===----------------------------------------------------------------------===//

Value ModelBuilder::linear(Value x, const std::string &name, int64_t outputs, DictionaryAttr init, bool bias) {
  int64_t inputs = cast<RankedTensorType>(x.getType()).getDimSize(1);
  Value w = weight(name + ".weight", {outputs, inputs}, dtype, init);
  Value b = bias ? weight(name + ".bias", {outputs}, dtype, constant(0)) : Value();
  return LinearOp::create(builder, loc, activation(outputs), x, w, b);
}

Value ModelBuilder::norm(Value x, const std::string &name) {
  const NormSpec &norm = spec.norm;
  Value w = weight(name + ".weight", {spec.width}, dtype, constant(norm.plusOne ? 0 : 1));
  llvm::APFloat eps(norm.eps);
  if (norm.kind == NormSpec::Kind::RMSNorm)
    return RMSNormOp::create(builder, loc, activation(spec.width), x, w, eps, norm.plusOne);
  Value bias = weight(name + ".bias", {spec.width}, dtype, constant(0));
  return LayerNormOp::create(builder, loc, activation(spec.width), x, w, bias, eps, norm.plusOne);
}

/// The next `count` columns from `offset`, which moves past them.
Value ModelBuilder::columns(Value x, int64_t &offset, int64_t count) {
  Value part = ColumnsOp::create(builder, loc, activation(count), x, offset);
  offset += count;
  return part;
}

Value ModelBuilder::embedding() {
  Value table = weight(spec.embedding, {spec.vocabSize, spec.width}, dtype, normal(spec.initStd));
  Value x = EmbeddingOp::create(builder, loc, activation(spec.width), table, tokens);
  return residualType == dtype ? x : CastOp::create(builder, loc, tokensBy(spec.width, residualType), x);
}

//===----------------------------------------------------------------------===//
// Mixers
//===----------------------------------------------------------------------===//

/// SiLU of the convolution, whose taps and tail are the layer's.
Value ModelBuilder::convolution(Value x, const LayerSpec &layer, int64_t width, bool bias) {
  int64_t channels = cast<RankedTensorType>(x.getType()).getDimSize(1);
  Value taps = weight(layer.mixer + ".conv1d.weight", {channels, 1, width}, dtype, fanIn(width));
  Value b = bias ? weight(layer.mixer + ".conv1d.bias", {channels}, dtype, fanIn(width)) : Value();
  // A convolution of width 1 looks at no earlier token and so has no state.
  FlatSymbolRefAttr tail;
  if (width > 1)
    tail = state(layer, "conv", StateKind::ConvTail, {width - 1, channels}, dtype);
  return CausalConv1dOp::create(builder, loc, activation(channels), Activation::SiLU, x, taps, b, rows, tail);
}

Value ModelBuilder::mamba(Value x, const LayerSpec &layer) {
  const MambaSpec &m = spec.mamba;
  int64_t inner = m.innerWidth, size = m.stateSize, offset = 0;
  Value projected = linear(x, layer.mixer + ".in_proj", 2 * inner, fanIn(spec.width), m.projectionBias);
  Value input = columns(projected, offset, inner);
  Value z = columns(projected, offset, inner);
  Value convolved = convolution(input, layer, m.convWidth, m.convBias);

  Value parameters = linear(convolved, layer.mixer + ".x_proj", m.rank + 2 * size, fanIn(inner), /*bias=*/false);
  offset = 0;
  Value low = columns(parameters, offset, m.rank);
  Value b = columns(parameters, offset, size);
  Value c = columns(parameters, offset, size);
  // The bias of dt_proj is added within the scan, in its precision.
  Value dt = linear(low, layer.mixer + ".dt_proj", inner, fanIn(m.rank), /*bias=*/false);
  Value dtBias = weight(layer.mixer + ".dt_proj.bias", {inner}, parameterType,
                        timeSteps(m.initDtLow, m.initDtHigh, m.initDtFloor));
  Value aLog = weight(layer.mixer + ".A_log", {inner, size}, parameterType,
                      init("log_uniform", {{"low", 1}, {"high", double(size)}}));
  Value d = weight(layer.mixer + ".D", {inner}, parameterType, constant(1));
  FlatSymbolRefAttr recurrent = state(layer, "ssm", StateKind::Recurrent, {inner, size}, typeOf(spec.stateDType));
  Value y = SelectiveScanOp::create(builder, loc, activation(inner), convolved, dt, b, c, aLog, d, dtBias, rows, recurrent);
  Value gated = GateOp::create(builder, loc, y.getType(), Activation::SiLU, z, y);
  return linear(gated, layer.mixer + ".out_proj", spec.width, residualInit(spec.blocks), m.projectionBias);
}

Value ModelBuilder::mamba2(Value x, const LayerSpec &layer) {
  const Mamba2Spec &m = spec.mamba2;
  int64_t inner = m.innerWidth(), channels = m.convChannels(), shared = m.groups * m.stateSize;
  Value projected = linear(x, layer.mixer + ".in_proj", m.projectedWidth(), fanIn(spec.width), m.projectionBias);
  int64_t offset = 0;
  Value z = columns(projected, offset, inner);
  Value xBC = columns(projected, offset, channels);
  Value dt = columns(projected, offset, m.heads);

  Value convolved = convolution(xBC, layer, m.convWidth, m.convBias);
  offset = 0;
  Value scanned = columns(convolved, offset, inner);
  Value b = columns(convolved, offset, shared);
  Value c = columns(convolved, offset, shared);

  Value dtBias = weight(layer.mixer + ".dt_bias", {m.heads}, parameterType,
                        timeSteps(m.initDtLow, m.initDtHigh, m.initDtFloor));
  Value aLog =
      weight(layer.mixer + ".A_log", {m.heads}, parameterType, init("log_uniform", {{"low", 1}, {"high", 16}}));
  Value d = weight(layer.mixer + ".D", {m.heads}, parameterType, constant(1));
  FlatSymbolRefAttr recurrent =
      state(layer, "ssm", StateKind::Recurrent, {m.heads, m.headDim, m.stateSize}, typeOf(spec.stateDType));
  Value y = SSDScanOp::create(builder, loc, activation(inner), /*chunk_states=*/Type(), scanned, dt, b, c, aLog, d, dtBias, rows, recurrent,
                              m.heads, m.headDim, m.groups, m.stateSize, m.chunk, llvm::APFloat(m.dtMin),
                              llvm::APFloat(m.dtMax))
                .getResult();
  Value scale = weight(layer.mixer + ".norm.weight", {inner}, dtype, constant(1));
  Value gated =
      GatedRMSNormOp::create(builder, loc, activation(inner), y, z, scale, llvm::APFloat(spec.norm.eps), m.groups);
  return linear(gated, layer.mixer + ".out_proj", spec.width, residualInit(spec.blocks), m.projectionBias);
}

Value ModelBuilder::mixer(Value x, const LayerSpec &layer) {
  switch (layer.kind) {
  case LayerKind::Mamba:
    return mamba(x, layer);
  case LayerKind::Mamba2:
    return mamba2(x, layer);
  case LayerKind::Attention:
    return attention(x, layer);
  case LayerKind::MLP:
    return mlp(x, layer);
  }
  llvm_unreachable("every kind is above");
}

/// q, k or v of `heads` heads.
Value ModelBuilder::headInputs(Value x, const LayerSpec &layer, StringRef name, int64_t heads) {
  const AttentionSpec &a = spec.attention;
  return linear(x, cat(layer.mixer, ".", std::string_view(name)), heads * a.headDim, normal(spec.initStd), a.bias);
}

Value ModelBuilder::rope(Value x) {
  const RopeSpec &r = *spec.attention.rope;
  FloatAttr factor, low, high;
  IntegerAttr context;
  if (r.factor != 1 || r.bands)
    factor = builder.getF64FloatAttr(r.factor);
  if (r.bands) {
    low = builder.getF64FloatAttr(r.bands->low);
    high = builder.getF64FloatAttr(r.bands->high);
    context = builder.getI64IntegerAttr(r.bands->context);
  }
  return RopeOp::create(builder, loc, x.getType(), x, positions, llvm::APFloat(r.base), spec.attention.headDim,
                        r.rotaryDim, factor, low, high, context);
}

Value ModelBuilder::attention(Value x, const LayerSpec &layer) {
  const AttentionSpec &a = spec.attention;
  Value q = headInputs(x, layer, "q_proj", a.heads);
  Value k = headInputs(x, layer, "k_proj", a.kvHeads);
  Value v = headInputs(x, layer, "v_proj", a.kvHeads);
  if (a.rope)
    q = rope(q), k = rope(k);
  SmallVector<int64_t> shape{ShapedType::kDynamic, a.kvHeads, a.headDim};
  FlatSymbolRefAttr keys = state(layer, "key", StateKind::KV, shape, dtype);
  FlatSymbolRefAttr values = state(layer, "value", StateKind::KV, shape, dtype);
  llvm::APFloat scale(1 / std::sqrt(static_cast<double>(a.headDim)));
  Value y = AttentionOp::create(builder, loc, q.getType(), /*log_sum_exp=*/Type(), q, k, v, rows, keys, values, a.heads,
                                a.kvHeads, a.headDim, scale)
                .getResult();
  return linear(y, layer.mixer + ".o_proj", spec.width, residualInit(2 * spec.blocks), a.bias);
}

static Activation activationOf(Nonlinearity kind) {
  switch (kind) {
  case Nonlinearity::SiLU:
    return Activation::SiLU;
  case Nonlinearity::GELU:
    return Activation::GELU;
  case Nonlinearity::GELUTanh:
    return Activation::GELUTanh;
  case Nonlinearity::ReLU:
    return Activation::ReLU;
  case Nonlinearity::ReLU2:
    return Activation::ReLU2;
  }
  llvm_unreachable("every kind is above");
}

Value ModelBuilder::mlp(Value x, const LayerSpec &layer) {
  const MLPSpec &m = spec.mlp;
  Value gate;
  if (m.gated)
    gate = linear(x, layer.mixer + ".gate_proj", m.width, normal(spec.initStd), m.bias);
  Value up = linear(x, layer.mixer + ".up_proj", m.width, normal(spec.initStd), m.bias);
  Activation kind = activationOf(m.activation);
  Value y = m.gated ? Value(GateOp::create(builder, loc, up.getType(), kind, gate, up))
                    : Value(ActivationOp::create(builder, loc, up.getType(), kind, up));
  return linear(y, layer.mixer + ".down_proj", spec.width, residualInit(2 * spec.blocks), m.bias);
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

void ModelBuilder::setModuleAttributes() {
  SmallVector<NamedAttribute> model{
      builder.getNamedAttr("name", builder.getStringAttr(spec.name)),
      builder.getNamedAttr("architecture", builder.getStringAttr(spec.architecture)),
      builder.getNamedAttr("vocab_size", builder.getI64IntegerAttr(spec.vocabSize)),
      builder.getNamedAttr("eos_token_id", builder.getI64ArrayAttr(spec.eosTokenIds)),
      builder.getNamedAttr("layers", builder.getI64IntegerAttr(spec.blocks)),
      builder.getNamedAttr("parameters", builder.getI64IntegerAttr(parameters)),
      builder.getNamedAttr("max_context", builder.getI64IntegerAttr(spec.maxContext))};
  if (spec.bosTokenId)
    model.push_back(builder.getNamedAttr("bos_token_id", builder.getI64IntegerAttr(*spec.bosTokenId)));
  module.get()->setAttr(kModelAttr, builder.getDictionaryAttr(model));
  module.get()->setAttr(
      kOptionsAttr, builder.getDictionaryAttr(
                        {builder.getNamedAttr("dtype", builder.getStringAttr(nameOf(spec.dtype))),
                         builder.getNamedAttr("state_dtype", builder.getStringAttr(nameOf(spec.stateDType)))}));
}

OwningOpRef<ModuleOp> ModelBuilder::build() {
  MLIRContext *context = builder.getContext();
  FloatType logitsType = spec.dtype == DType::F64 ? builder.getF64Type() : FloatType(builder.getF32Type());
  RankedTensorType logitsTensor = tokensBy(spec.vocabSize, logitsType);
  Type tokensType = RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
  Type rowsType = RowsType::get(context, Form::Segment);

  builder.setInsertionPointToEnd(module->getBody());
  auto forward = func::FuncOp::create(builder, loc, "forward",
                                      builder.getFunctionType({tokensType, rowsType}, {logitsTensor}));
  symbols.setInsertionPoint(forward);
  Block *body = forward.addEntryBlock();
  builder.setInsertionPointToEnd(body);
  tokens = body->getArgument(0);
  rows = body->getArgument(1);

  if (spec.has(LayerKind::Attention) && spec.attention.rope)
    positions = PositionsOp::create(builder, loc,
                                    RankedTensorType::get({ShapedType::kDynamic}, builder.getI64Type()), rows);
  Value residual = embedding();
  for (const LayerSpec &layer : spec.layers) {
    loc = NameLoc::get(builder.getStringAttr(layer.mixer));
    Value x = norm(residual, layer.norm);
    residual = AddOp::create(builder, loc, residual.getType(), residual, mixer(x, layer));
  }
  loc = UnknownLoc::get(context);
  Value x = norm(residual, spec.finalNorm);
  Value head =
      weight(spec.tied ? spec.embedding : spec.head, {spec.vocabSize, spec.width}, dtype, normal(spec.initStd));
  Value logits = LinearOp::create(builder, loc, logitsTensor, x, head, Value());
  func::ReturnOp::create(builder, loc, logits);
  setModuleAttributes();
  return std::move(module);
}

OwningOpRef<ModuleOp> buildModel(const ModelSpec &spec, MLIRContext *context) {
  return ModelBuilder(spec, context).build();
}

} // namespace braid

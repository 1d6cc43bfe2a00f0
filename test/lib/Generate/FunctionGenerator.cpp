//===- FunctionGenerator.cpp - One random function ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionGenerator.h"
#include <algorithm>

using namespace mlir;

namespace braid::generate {

/// Sizes around those of vectors, blocks and pages, and others.
static int64_t edgeSize(Random &random, int64_t most) {
  if (random.chance(0.4))
    return random.scale(1, most);
  int64_t block = random.pick<int64_t>({1, 2, 4, 8, 16, 32, 64, 128});
  return std::clamp<int64_t>(block + random.between(-1, 1), 1, most);
}

FunctionGenerator::FunctionGenerator(ModuleOp module, Random &random, StringRef name)
    : module(module), random(random), builder(module.getBodyRegion()) {
  builder.setInsertionPointToEnd(module.getBody());
  function = func::FuncOp::create(builder, builder.getUnknownLoc(), name, builder.getFunctionType({}, {}));
  builder.setInsertionPointToStart(function.addEntryBlock());
  axis = random.pick({Axis::Rows, Axis::Rows, Axis::Rows, Axis::Steps, Axis::Tokens, Axis::Fixed});
  fixedExtent = edgeSize(random, 140);
  Type f32 = builder.getF32Type(), bf16 = builder.getBF16Type();
  base = random.pick<Type>({f32, f32, bf16, bf16, builder.getF16Type(), builder.getF64Type()});
  mixed = random.chance(0.3);
}

void FunctionGenerator::generate(int64_t patterns) {
  if (isRagged() && random.chance(0.9))
    rows();
  for (int64_t i = 0; i < patterns; ++i)
    pattern();
  returnResults();
}

//===----------------------------------------------------------------------===//
// Draws
//===----------------------------------------------------------------------===//

int64_t FunctionGenerator::width() { return edgeSize(random, 130); }

Type FunctionGenerator::elementType() {
  if (mixed && random.chance(0.4))
    return random.pick<Type>({builder.getF32Type(), builder.getBF16Type(), builder.getF16Type(), builder.getF64Type()});
  if (base.getIntOrFloatBitWidth() == 16 && random.chance(0.15)) // a residual stream
    return builder.getF32Type();
  return base;
}

RankedTensorType FunctionGenerator::typeLike(Value like, int64_t width, Type element) {
  auto type = cast<RankedTensorType>(like.getType());
  return RankedTensorType::get({type.getDimSize(0), width}, element ? element : elementType(), type.getEncoding());
}

ActivationAttr FunctionGenerator::activationKind() {
  return ActivationAttr::get(builder.getContext(),
                             random.pick({Activation::None, Activation::SiLU, Activation::SiLU, Activation::GELU,
                                          Activation::GELUTanh, Activation::ReLU, Activation::ReLU2}));
}

NamedAttribute FunctionGenerator::number(StringRef name, int64_t value) {
  return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
}

bool FunctionGenerator::byToken(Value value) const {
  auto type = cast<RankedTensorType>(value.getType());
  return type.isDynamicDim(0) && !isPerRow(type);
}

Value FunctionGenerator::remember(Value value) {
  values.push_back(value);
  return value;
}

/// A value, late ones more likely; often enough a new argument.
Value FunctionGenerator::pick() {
  if (values.empty() || random.chance(0.1)) {
    int64_t extent = axis == Axis::Fixed ? fixedExtent : ShapedType::kDynamic;
    return activationArgument(RankedTensorType::get({extent, width()}, elementType()));
  }
  return values[values.size() - size_t(random.scale(1, int64_t(values.size())))];
}

Value FunctionGenerator::activationArgument(RankedTensorType type) {
  return remember(function.getBody().front().addArgument(type, builder.getUnknownLoc()));
}

Value FunctionGenerator::fitting(Value like, int64_t width, Type element) {
  SmallVector<Value> fit;
  for (Value value : values) {
    RankedTensorType type = typeLike(like, width, element ? element : getElementTypeOrSelf(value.getType()));
    if (value.getType() == type)
      fit.push_back(value);
  }
  if (!fit.empty() && random.chance(0.7))
    return fit[size_t(random.between(0, int64_t(fit.size()) - 1))];
  if (random.chance(0.4))
    return activationArgument(typeLike(like, width, element));
  return remember(buildLinear(like, width, element));
}

Value FunctionGenerator::parameter(ArrayRef<int64_t> shape, StringRef role, Type element) {
  auto type = RankedTensorType::get(shape, element ? element : elementType());
  if (random.chance(0.8))
    return function.getBody().front().addArgument(type, builder.getUnknownLoc());
  auto init = [&](StringRef kind, std::initializer_list<std::pair<StringRef, double>> numbers) {
    NamedAttrList list;
    list.set("kind", builder.getStringAttr(kind));
    for (auto [name, value] : numbers)
      list.set(name, builder.getF64FloatAttr(value));
    return list.getDictionary(builder.getContext());
  };
  DictionaryAttr drawn = role == "matrix"  ? init("normal", {{"std", 1 / std::sqrt(double(shape.back()))}})
                         : role == "norm"  ? init("uniform", {{"low", 0.5}, {"high", 1.5}})
                         : role == "decay" ? init("log_uniform", {{"low", 1}, {"high", 16}})
                                           : init("uniform", {{"low", -1}, {"high", 1}});
  std::string name = (function.getSymName() + ".weight." + Twine(names++)).str();
  OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
  WeightOp::create(top, top.getUnknownLoc(), builder.getStringAttr(name), TypeAttr::get(type), drawn, /*no_decay=*/UnitAttr());
  return make<GetWeightOp>(type, FlatSymbolRefAttr::get(builder.getContext(), name));
}

Value FunctionGenerator::rows() {
  if (!rowsArgument)
    rowsArgument = function.getBody().front().addArgument(
        RowsType::get(builder.getContext(), axis == Axis::Steps ? Form::Step : Form::Segment), builder.getUnknownLoc());
  return rowsArgument;
}

FlatSymbolRefAttr FunctionGenerator::state(StateKind kind, ArrayRef<int64_t> shape, Type element) {
  std::string name = (function.getSymName() + ".state." + Twine(names++)).str();
  OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
  StateOp::create(top, top.getUnknownLoc(), builder.getStringAttr(name), StateKindAttr::get(builder.getContext(), kind),
                  TypeAttr::get(RankedTensorType::get(shape, element)));
  return FlatSymbolRefAttr::get(builder.getContext(), name);
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

void FunctionGenerator::pattern() {
  using Pattern = void (FunctionGenerator::*)();
  static constexpr Pattern tokenwise[] = {
      &FunctionGenerator::linear,   &FunctionGenerator::linear,    &FunctionGenerator::norm,
      &FunctionGenerator::norm,     &FunctionGenerator::elementwise, &FunctionGenerator::elementwise,
      &FunctionGenerator::columns,  &FunctionGenerator::embedding, &FunctionGenerator::gatedMLP,
      &FunctionGenerator::residualBlock, &FunctionGenerator::gradients};
  static constexpr Pattern ragged[] = {&FunctionGenerator::conv,      &FunctionGenerator::ssdScan,
                                       &FunctionGenerator::attention, &FunctionGenerator::rope,
                                       &FunctionGenerator::lastToken, &FunctionGenerator::conv,
                                       &FunctionGenerator::selectiveScan};
  bool takesRows = isRagged() && random.chance(0.5);
  ArrayRef<Pattern> list = takesRows ? ArrayRef<Pattern>(ragged) : ArrayRef<Pattern>(tokenwise);
  (this->*list[size_t(random.between(0, int64_t(list.size()) - 1))])();
}

Value FunctionGenerator::buildLinear(Value x, int64_t width, Type element) {
  int64_t depth = cast<RankedTensorType>(x.getType()).getDimSize(1);
  Value weight;
  for (Value matrix : matrices)
    if (cast<RankedTensorType>(matrix.getType()).getShape() == ArrayRef<int64_t>{width, depth} && random.chance(0.5))
      weight = matrix;
  if (!weight)
    weight = parameter({width, depth}, "matrix");
  Value bias = random.chance(0.3) ? parameter({width}, "bias") : Value();
  return make<LinearOp>(typeLike(x, width, element), x, weight, bias);
}

Value FunctionGenerator::epilogue(Value x) {
  auto type = cast<RankedTensorType>(x.getType());
  int64_t width = type.getDimSize(1);
  auto beside = [&](Type element) { return random.chance(0.1) ? x : fitting(x, width, element); };
  switch (random.between(0, 5)) {
  case 0:
    return make<ActivationOp>(activationKind(), x);
  case 1:
    return make<GateOp>(activationKind(), x, beside(type.getElementType()));
  case 2:
    return make<GateOp>(activationKind(), beside(type.getElementType()), x);
  case 3: {
    Value other = random.chance(0.1) ? x : fitting(x, width);
    RankedTensorType result = typeLike(x, width);
    return random.chance(0.5) ? make<AddOp>(result, x, other) : make<AddOp>(result, other, x);
  }
  case 4:
    return make<ScaleRowsOp>(typeLike(x, width), x, fitting(x, 1));
  default:
    return make<CastOp>(typeLike(x, width), x);
  }
}

void FunctionGenerator::linear() {
  Value y = buildLinear(pick(), width());
  for (int64_t i = random.between(0, 3); i > 0; --i) {
    if (random.chance(0.1))
      remember(y); // read by others too
    y = epilogue(y);
  }
  remember(y);
}

Value FunctionGenerator::buildNorm(Value x, Type element) {
  int64_t width = cast<RankedTensorType>(x.getType()).getDimSize(1);
  RankedTensorType type = typeLike(x, width, element);
  Value weight = parameter({width}, "norm");
  FloatAttr eps = builder.getF64FloatAttr(random.pick({1e-5, 1e-6, 1e-3}));
  UnitAttr plusOne = random.chance(0.3) ? builder.getUnitAttr() : UnitAttr();
  switch (random.between(0, 2)) {
  case 0:
    return make<RMSNormOp>(type, x, weight, eps, plusOne);
  case 1:
    return make<LayerNormOp>(type, x, weight, parameter({width}, "bias"), eps, plusOne);
  default: {
    int64_t groups = random.scale(1, width);
    while (width % groups)
      --groups;
    return make<GatedRMSNormOp>(type, x, fitting(x, width), weight, eps, builder.getI64IntegerAttr(groups));
  }
  }
}

void FunctionGenerator::norm() { remember(buildNorm(pick(), elementType())); }

void FunctionGenerator::elementwise() { remember(epilogue(pick())); }

Value FunctionGenerator::columnsOf(Value x, int64_t from, int64_t width) {
  RankedTensorType type = typeLike(x, width, getElementTypeOrSelf(x.getType()));
  return make<ColumnsOp>(type, x, builder.getI64IntegerAttr(from));
}

void FunctionGenerator::columns() {
  Value x = pick();
  int64_t all = cast<RankedTensorType>(x.getType()).getDimSize(1), width = random.scale(1, all);
  remember(columnsOf(x, random.between(0, all - width), width));
}

void FunctionGenerator::embedding() {
  int64_t extent = axis == Axis::Fixed ? fixedExtent : ShapedType::kDynamic, width = this->width();
  Value table = parameter({edgeSize(random, 300), width}, "bias");
  Value tokens = function.getBody().front().addArgument(RankedTensorType::get({extent}, builder.getI32Type()),
                                                        builder.getUnknownLoc());
  remember(make<EmbeddingOp>(RankedTensorType::get({extent, width}, elementType()), table, tokens));
}

/// Two halves of one projection, or two projections, and the way back.
void FunctionGenerator::gatedMLP() {
  Value x = pick();
  int64_t width = this->width();
  Type element = elementType();
  Value gate, up;
  if (random.chance(0.5)) {
    Value both = buildLinear(x, 2 * width, element);
    gate = columnsOf(both, 0, width), up = columnsOf(both, width, width);
  } else {
    gate = buildLinear(x, width, element), up = buildLinear(x, width, element);
  }
  Value y = make<GateOp>(activationKind(), gate, up);
  remember(buildLinear(y, cast<RankedTensorType>(x.getType()).getDimSize(1)));
}

/// x + f(norm(x)), as a layer of a model.
void FunctionGenerator::residualBlock() {
  Value x = pick();
  auto type = cast<RankedTensorType>(x.getType());
  Value y = buildNorm(x, elementType());
  y = buildLinear(y, width());
  y = make<ActivationOp>(activationKind(), y);
  y = buildLinear(y, type.getDimSize(1));
  remember(make<AddOp>(random.chance(0.7) ? type : typeLike(x, type.getDimSize(1)), x, y));
}

/// The adjoints of a linear layer.
void FunctionGenerator::gradients() {
  Value dy = pick();
  auto type = cast<RankedTensorType>(dy.getType());
  int64_t outputs = type.getDimSize(1), inputs = width();
  if (random.chance(0.5)) {
    remember(make<LinearInputGradientOp>(typeLike(dy, inputs), dy, parameter({outputs, inputs}, "matrix")));
    return;
  }
  Value x = fitting(dy, inputs);
  matrices.push_back(make<LinearWeightGradientOp>(RankedTensorType::get({outputs, inputs}, elementType()), dy, x));
}

//===----------------------------------------------------------------------===//
// Patterns of sequences
//===----------------------------------------------------------------------===//

Value FunctionGenerator::buildRope(Value x, int64_t headDim) {
  if (!positions) {
    auto type = RankedTensorType::get({ShapedType::kDynamic}, builder.getI64Type());
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&function.getBody().front());
    positions = make<PositionsOp>(type, rows());
  }
  int64_t width = cast<RankedTensorType>(x.getType()).getDimSize(1);
  int64_t rotary = random.chance(0.5) ? headDim / 2 * 2 : 2 * random.between(1, headDim / 2);
  // Plain, stretched, or stretched by bands.
  bool stretched = random.chance(0.5), banded = stretched && random.chance(0.5);
  auto real = [&](bool there, double value) { return there ? builder.getF64FloatAttr(value) : mlir::FloatAttr(); };
  auto context = banded ? builder.getI64IntegerAttr(random.between(1, 8192)) : mlir::IntegerAttr();
  return make<RopeOp>(typeLike(x, width), x, positions,
                      builder.getF64FloatAttr(random.pick({10.0, 10000.0, 500000.0})),
                      builder.getI64IntegerAttr(headDim), builder.getI64IntegerAttr(rotary),
                      real(stretched, random.pick({1.0, 2.5, 8.0})), real(banded, 1.0), real(banded, 4.0), context);
}

void FunctionGenerator::rope() {
  Value x = pick();
  if (isPerRow(x.getType()))
    return;
  int64_t width = cast<RankedTensorType>(x.getType()).getDimSize(1), headDim = random.scale(1, width);
  while (width % headDim)
    --headDim;
  if (headDim < 2) { // no pairs to turn
    headDim = random.pick<int64_t>({2, 3, 8, 17, 64});
    x = buildLinear(x, headDim * random.between(1, 3));
  }
  remember(buildRope(x, headDim));
}

Value FunctionGenerator::buildConv(Value x, Type element) {
  int64_t channels = cast<RankedTensorType>(x.getType()).getDimSize(1);
  int64_t taps = random.pick<int64_t>({1, 2, 3, 4, 4, 5, 8, 17});
  Value weight = parameter({channels, 1, taps}, "matrix");
  Value bias = random.chance(0.6) ? parameter({channels}, "bias") : Value();
  FlatSymbolRefAttr tail;
  if (taps > 1 && random.chance(0.8))
    tail = state(StateKind::ConvTail, {taps - 1, channels}, mixed ? elementType() : getElementTypeOrSelf(x.getType()));
  return make<CausalConv1dOp>(typeLike(x, channels, element), activationKind(), x, weight, bias, rows(), tail);
}

void FunctionGenerator::conv() {
  Value x = pick();
  if (!isPerRow(x.getType()))
    remember(buildConv(x, elementType()));
}

Value FunctionGenerator::buildScan(Value x, Value dt, Value b, Value c, int64_t heads, int64_t groups, Type element) {
  auto widthOf = [](Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); };
  int64_t headDim = widthOf(x) / heads, stateSize = widthOf(b) / groups;
  Type wide = base.isF64() ? base : builder.getF32Type();
  Type parameters = mixed ? elementType() : wide;
  Value aLog = parameter({heads}, "decay", parameters), d = parameter({heads}, "bias", parameters),
        dtBias = parameter({heads}, "bias", parameters);
  FlatSymbolRefAttr recurrent;
  if (random.chance(0.8))
    recurrent = state(StateKind::Recurrent, {heads, headDim, stateSize}, random.chance(0.2) ? elementType() : wide);
  bool limited = random.chance(0.2);
  return make<SSDScanOp>(typeLike(x, heads * headDim, element), x, dt, b, c, aLog, d, dtBias, rows(), recurrent,
                         builder.getI64IntegerAttr(heads), builder.getI64IntegerAttr(headDim),
                         builder.getI64IntegerAttr(groups), builder.getI64IntegerAttr(stateSize),
                         builder.getI64IntegerAttr(edgeSize(random, 300)), builder.getF64FloatAttr(limited ? 0.002 : 0),
                         builder.getF64FloatAttr(limited ? 0.05 : INFINITY));
}

/// The result's type of an op that multiplies x by rounded numbers of its own: a wider one would hide from the evaluator
/// what that costs.
static Type noWider(Value x, Type element) {
  Type own = getElementTypeOrSelf(x.getType());
  return own.getIntOrFloatBitWidth() == 16 ? own : element;
}

/// The inner part of a Mamba-2 layer: what one projection gives, through the convolution or not.
void FunctionGenerator::ssdScan() {
  Value input = pick();
  if (isPerRow(input.getType()))
    return;
  int64_t groups = random.pick<int64_t>({1, 1, 2, 3}), heads = groups * random.between(1, 3);
  int64_t inner = heads * std::min<int64_t>(edgeSize(random, 70), 130 / heads);
  int64_t shared = groups * edgeSize(random, 65);
  Type element = elementType();
  Value x, b, c, dt = buildLinear(input, heads, elementType());
  if (random.chance(0.5)) {
    Value joined = buildLinear(input, inner + 2 * shared, element);
    if (random.chance(0.5))
      joined = buildConv(joined, element);
    x = columnsOf(joined, 0, inner), b = columnsOf(joined, inner, shared), c = columnsOf(joined, inner + shared, shared);
  } else {
    x = fitting(input, inner), b = fitting(input, shared), c = fitting(input, shared);
  }
  remember(buildScan(x, dt, b, c, heads, groups, noWider(x, elementType())));
}

/// The inner part of a Mamba-1 layer: x through the convolution or not, and of one projection of it B, C and the low
/// rank of the time steps; or all of them from elsewhere.
void FunctionGenerator::selectiveScan() {
  Value input = pick();
  if (isPerRow(input.getType()))
    return;
  int64_t inner = edgeSize(random, 130), stateSize = edgeSize(random, 65), rank = edgeSize(random, 20);
  Type element = elementType();
  Value x = fitting(input, inner), dt, b, c;
  if (random.chance(0.5))
    x = buildConv(x, element);
  if (random.chance(0.5)) {
    Value joined = buildLinear(x, rank + 2 * stateSize, element);
    dt = buildLinear(columnsOf(joined, 0, rank), inner, elementType());
    b = columnsOf(joined, rank, stateSize), c = columnsOf(joined, rank + stateSize, stateSize);
  } else {
    dt = fitting(input, inner), b = fitting(input, stateSize), c = fitting(input, stateSize);
  }
  Type wide = base.isF64() ? base : builder.getF32Type();
  Type parameters = mixed ? elementType() : wide;
  Value aLog = parameter({inner, stateSize}, "decay", parameters), d = parameter({inner}, "bias", parameters),
        dtBias = parameter({inner}, "bias", parameters);
  FlatSymbolRefAttr recurrent;
  if (random.chance(0.8))
    recurrent = state(StateKind::Recurrent, {inner, stateSize}, random.chance(0.2) ? elementType() : wide);
  remember(make<SelectiveScanOp>(typeLike(x, inner, noWider(x, elementType())), x, dt, b, c, aLog, d, dtBias, rows(),
                                 recurrent));
}

void FunctionGenerator::attention() {
  Value input = pick();
  if (isPerRow(input.getType()))
    return;
  int64_t kvHeads = random.between(1, 3), heads = kvHeads * random.between(1, 3);
  int64_t headDim = random.pick<int64_t>({1, 2, 3, 8, 15, 16, 17, 32, 33, 64});
  int64_t queries = heads * headDim, shared = kvHeads * headDim;
  Type element = elementType();
  Value q, k, v;
  if (random.chance(0.5)) {
    Value joined = buildLinear(input, queries + 2 * shared, element);
    q = columnsOf(joined, 0, queries), k = columnsOf(joined, queries, shared);
    v = columnsOf(joined, queries + shared, shared);
  } else {
    q = fitting(input, queries, element), k = fitting(input, shared, mixed ? Type() : element);
    v = fitting(input, shared, mixed ? Type() : element);
  }
  if (headDim > 1 && random.chance(0.5))
    q = buildRope(q, headDim), k = buildRope(k, headDim);
  auto cache = [&](Value x) {
    Type stored = mixed ? elementType() : getElementTypeOrSelf(x.getType());
    return state(StateKind::KV, {ShapedType::kDynamic, kvHeads, headDim}, stored);
  };
  FlatSymbolRefAttr key = cache(k), value = cache(v);
  RankedTensorType logSumExp;
  if (random.chance(0.2))
    logSumExp = typeLike(q, heads, getElementTypeOrSelf(q.getType()).isF64() ? builder.getF64Type() : builder.getF32Type());
  auto op = AttentionOp::create(builder, builder.getUnknownLoc(), typeLike(q, queries, noWider(q, elementType())),
                                logSumExp, q, k, v, rows(), key, value, builder.getI64IntegerAttr(heads),
                                builder.getI64IntegerAttr(kvHeads), builder.getI64IntegerAttr(headDim),
                                builder.getF64FloatAttr(1 / std::sqrt(double(headDim))));
  for (Value result : op->getResults())
    remember(result);
}

void FunctionGenerator::lastToken() {
  Value x = pick();
  auto type = cast<RankedTensorType>(x.getType());
  if (byToken(x))
    remember(make<LastTokenOp>(type.cloneWithEncoding(PerRowAttr::get(builder.getContext())), x, rows()));
}

//===----------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------===//

/// Returns what nobody reads, and some of what others read too. A few ops stay dead.
void FunctionGenerator::returnResults() {
  auto canReturn = [](Value value) {
    Operation *producer = value.getDefiningOp();
    return producer && !isa<GetWeightOp, ColumnsOp>(producer);
  };
  auto isReturnable = [&] { return llvm::any_of(values, canReturn) || !matrices.empty(); };
  while (!isReturnable())
    linear();
  SmallVector<Value> results;
  llvm::append_range(values, matrices);
  for (Value value : values)
    if (canReturn(value) && !llvm::is_contained(results, value) && random.chance(value.use_empty() ? 0.95 : 0.1))
      results.push_back(value);
  if (results.empty())
    results.push_back(*llvm::find_if(values, canReturn));
  func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
  Block &body = function.getBody().front();
  function.setFunctionType(builder.getFunctionType(body.getArgumentTypes(), ValueRange(results).getTypes()));
}

} // namespace braid::generate

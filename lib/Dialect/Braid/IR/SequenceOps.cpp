//===- SequenceOps.cpp - Verifiers, states and effects of the sequence operators ----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyShapes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid;
using EffectList = SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

//===----------------------------------------------------------------------===//
// What every sequence operator shares
//===----------------------------------------------------------------------===//

static SmallVector<FlatSymbolRefAttr> symbols(std::initializer_list<FlatSymbolRefAttr> refs) {
  SmallVector<FlatSymbolRefAttr> result;
  for (FlatSymbolRefAttr ref : refs)
    if (ref)
      result.push_back(ref);
  return result;
}

/// An op with states reads and writes its slots; one without depends on its operands alone.
static void stateEffects(SequenceOpInterface op, EffectList &effects) {
  if (op.getStateSymbols().empty())
    return;
  effects.emplace_back(MemoryEffects::Read::get(), StateResource::get());
  effects.emplace_back(MemoryEffects::Write::get(), StateResource::get());
}

/// A row's last token alone is no sequence.
static LogicalResult verifyTokenAxis(SequenceOpInterface op) {
  SmallVector<Value> values = op.getTokenInputs();
  llvm::append_range(values, op->getResults());
  // sequence_c1
  for (Value value : values)
    if (isPerRow(value.getType()))
      return op.emitOpError() << "expects tensors by token, found " << value.getType();
  return success();
}

/// Each symbol must name a `braid.state` of the kind and type that the op's step region carries.
static LogicalResult verifyStates(SequenceOpInterface op, ArrayRef<StateKind> kinds, SymbolTableCollection &tables) {
  // sequence_c2
  SmallVector<RankedTensorType> types = op.getStateTypes();
  for (auto [index, symbol] : llvm::enumerate(op.getStateSymbols())) {
    auto state = tables.lookupNearestSymbolFrom<StateOp>(op, symbol);
    if (!state)
      return op.emitOpError() << "refers to " << symbol << ", which is no braid.state";
    // The state's element type is the user's choice (`--state-dtype`); its kind and shape are the operator's.
    if (state.getKind() == kinds[index] && state.getTensorType().getShape() == types[index].getShape())
      continue;
    InFlightDiagnostic error = op.emitOpError() << "expects state " << symbol << " to be "
                                                << stringifyStateKind(kinds[index]) << " of shape [";
    llvm::interleaveComma(types[index].getShape(), error, [&](int64_t extent) {
      ShapedType::isDynamic(extent) ? (error << "?") : (error << extent);
    });
    error << "]";
    error.attachNote(state.getLoc()) << "declared as " << stringifyStateKind(state.getKind()) << " : "
                                     << state.getTensorType();
    return error;
  }
  return success();
}

/// A state's element type: the declared one where the op has a symbol, else `fallback`.
static Type stateElementType(Operation *op, FlatSymbolRefAttr symbol, Type fallback) {
  if (symbol)
    if (auto state = SymbolTable::lookupNearestSymbolFrom<StateOp>(op, symbol))
      return state.getTensorType().getElementType();
  return fallback;
}

/// States that accumulate are at least f32.
static Type atLeastF32(Type type) {
  return type.isF64() ? type : Float32Type::get(type.getContext());
}

static LogicalResult expectElement(Operation *op, StringRef what, Value value, Type element) {
  if (Type found = cast<RankedTensorType>(value.getType()).getElementType(); found != element)
    return op->emitOpError() << "expects " << what << " of " << element << ", found " << found;
  return success();
}

//===----------------------------------------------------------------------===//
// causal_conv1d
//===----------------------------------------------------------------------===//

SmallVector<Value> CausalConv1dOp::getTokenInputs() { return {getX()}; }
SmallVector<Value> CausalConv1dOp::getParameters() {
  SmallVector<Value> result{getWeight()};
  if (getBias())
    result.push_back(getBias());
  return result;
}
SmallVector<FlatSymbolRefAttr> CausalConv1dOp::getStateSymbols() { return symbols({getStateAttr()}); }
SmallVector<RankedTensorType> CausalConv1dOp::getStateTypes() {
  Type element = stateElementType(*this, getStateAttr(), getX().getType().getElementType());
  return {RankedTensorType::get({extent(getWeight(), 2) - 1, extent(getX(), 1)}, element)};
}
void CausalConv1dOp::getEffects(EffectList &effects) { stateEffects(*this, effects); }
LogicalResult CausalConv1dOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyStates(*this, {StateKind::ConvTail}, tables);
}

LogicalResult CausalConv1dOp::verify() {
  if (failed(verifyTokenAxis(*this)))
    return failure();
  int64_t channels = extent(getX(), 1), width = extent(getWeight(), 2);
  // causal_conv1d_c1
  if (width < 1)
    return emitOpError() << "expects a static width of at least 1, found " << getWeight().getType();
  if (failed(expectShape(*this, "weight", getWeight(), {channels, 1, width})) ||
      failed(expectShape(*this, "the result", getResult(), {extent(getX(), 0), channels})))
    return failure();
  // causal_conv1d_c2
  return getBias() ? expectShape(*this, "bias", getBias(), {channels}) : success();
}

//===----------------------------------------------------------------------===//
// ssd_scan
//===----------------------------------------------------------------------===//

SmallVector<Value> SSDScanOp::getTokenInputs() { return {getX(), getDt(), getB(), getC()}; }
SmallVector<Value> SSDScanOp::getParameters() { return {getALog(), getD(), getDtBias()}; }
SmallVector<FlatSymbolRefAttr> SSDScanOp::getStateSymbols() { return symbols({getStateAttr()}); }
SmallVector<RankedTensorType> SSDScanOp::getStateTypes() {
  Type element = stateElementType(*this, getStateAttr(), atLeastF32(getX().getType().getElementType()));
  return {RankedTensorType::get({int64_t(getHeads()), int64_t(getHeadDim()), int64_t(getStateSize())}, element)};
}
void SSDScanOp::getEffects(EffectList &effects) { stateEffects(*this, effects); }
LogicalResult SSDScanOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyStates(*this, {StateKind::Recurrent}, tables);
}

std::optional<SavedStates> SSDScanOp::getSavedStates() {
  return getChunkStates() ? std::optional(SavedStates{/*state=*/0, int64_t(getChunk())}) : std::nullopt;
}

LogicalResult SSDScanOp::verify() {
  if (failed(verifyTokenAxis(*this)))
    return failure();
  int64_t heads = getHeads(), headDim = getHeadDim(), groups = getGroups(), state = getStateSize();
  // ssd_scan_c3
  if (failed(expectPositive(*this, "heads", heads)) || failed(expectPositive(*this, "head_dim", headDim)) ||
      failed(expectPositive(*this, "groups", groups)) || failed(expectPositive(*this, "state_size", state)) ||
      failed(expectPositive(*this, "chunk", getChunk())))
    return failure();
  if (heads % groups != 0)
    return emitOpError() << "expects groups to divide " << heads << " heads, found " << groups;
  // ssd_scan_c1
  int64_t tokens = extent(getX(), 0);
  if (failed(expectShape(*this, "x", getX(), {tokens, heads * headDim})) ||
      failed(expectShape(*this, "dt", getDt(), {tokens, heads})) ||
      failed(expectShape(*this, "b", getB(), {tokens, groups * state})) ||
      failed(expectShape(*this, "c", getC(), {tokens, groups * state})) ||
      failed(expectShape(*this, "the result", getResult(), {tokens, heads * headDim})))
    return failure();
  // ssd_scan_c2
  if (failed(expectShape(*this, "a_log", getALog(), {heads})) || failed(expectShape(*this, "d", getD(), {heads})) ||
      failed(expectShape(*this, "dt_bias", getDtBias(), {heads})))
    return failure();
  // ssd_scan_c4
  if (!(getDtMin() <= getDtMax()))
    return emitOpError() << "expects dt_min <= dt_max, found " << getDtMinAttr() << " and " << getDtMaxAttr();
  // ssd_scan_c5
  if (!getChunkStates())
    return success();
  int64_t chunk = getChunk(), elements = 0;
  if (llvm::MulOverflow(heads * headDim, state, elements))
    return emitOpError() << "expects a state of fewer than 2^63 elements";
  if (elements % chunk != 0)
    return emitOpError() << "expects chunk to divide a state's " << elements << " elements, found " << chunk;
  if (failed(expectShape(*this, "chunk_states", getChunkStates(), {tokens, elements / chunk})))
    return failure();
  return expectElement(*this, "chunk_states", getChunkStates(), atLeastF32(getX().getType().getElementType()));
}

//===----------------------------------------------------------------------===//
// selective_scan
//===----------------------------------------------------------------------===//

SmallVector<Value> SelectiveScanOp::getTokenInputs() { return {getX(), getDt(), getB(), getC()}; }
SmallVector<Value> SelectiveScanOp::getParameters() { return {getALog(), getD(), getDtBias()}; }
SmallVector<FlatSymbolRefAttr> SelectiveScanOp::getStateSymbols() { return symbols({getStateAttr()}); }
SmallVector<RankedTensorType> SelectiveScanOp::getStateTypes() {
  Type element = stateElementType(*this, getStateAttr(), atLeastF32(getX().getType().getElementType()));
  return {RankedTensorType::get({extent(getX(), 1), extent(getB(), 1)}, element)};
}
void SelectiveScanOp::getEffects(EffectList &effects) { stateEffects(*this, effects); }
LogicalResult SelectiveScanOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyStates(*this, {StateKind::Recurrent}, tables);
}

LogicalResult SelectiveScanOp::verify() {
  if (failed(verifyTokenAxis(*this)))
    return failure();
  int64_t tokens = extent(getX(), 0), channels = extent(getX(), 1), state = extent(getB(), 1);
  // selective_scan_c1; the types see to c3
  if (failed(expectShape(*this, "dt", getDt(), {tokens, channels})) ||
      failed(expectShape(*this, "b", getB(), {tokens, state})) ||
      failed(expectShape(*this, "c", getC(), {tokens, state})) ||
      failed(expectShape(*this, "the result", getResult(), {tokens, channels})))
    return failure();
  // selective_scan_c2
  if (failed(expectShape(*this, "a_log", getALog(), {channels, state})) ||
      failed(expectShape(*this, "d", getD(), {channels})))
    return failure();
  return expectShape(*this, "dt_bias", getDtBias(), {channels});
}

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

SmallVector<Value> AttentionOp::getTokenInputs() { return {getQ(), getK(), getV()}; }
SmallVector<Value> AttentionOp::getParameters() { return {}; }
SmallVector<FlatSymbolRefAttr> AttentionOp::getStateSymbols() {
  return symbols({getKeyStateAttr(), getValueStateAttr()});
}
SmallVector<RankedTensorType> AttentionOp::getStateTypes() {
  SmallVector<int64_t> shape{ShapedType::kDynamic, int64_t(getKvHeads()), int64_t(getHeadDim())};
  return {RankedTensorType::get(shape, stateElementType(*this, getKeyStateAttr(), getK().getType().getElementType())),
          RankedTensorType::get(shape, stateElementType(*this, getValueStateAttr(), getV().getType().getElementType()))};
}
void AttentionOp::getEffects(EffectList &effects) { stateEffects(*this, effects); }
LogicalResult AttentionOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyStates(*this, {StateKind::KV, StateKind::KV}, tables);
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyTokenAxis(*this)))
    return failure();
  int64_t heads = getHeads(), kvHeads = getKvHeads(), headDim = getHeadDim();
  // attention_c2
  if (failed(expectPositive(*this, "heads", heads)) || failed(expectPositive(*this, "kv_heads", kvHeads)) ||
      failed(expectPositive(*this, "head_dim", headDim)))
    return failure();
  if (heads % kvHeads != 0)
    return emitOpError() << "expects kv_heads to divide " << heads << " heads, found " << kvHeads;
  // attention_c1
  int64_t tokens = extent(getQ(), 0);
  if (failed(expectShape(*this, "q", getQ(), {tokens, heads * headDim})) ||
      failed(expectShape(*this, "k", getK(), {tokens, kvHeads * headDim})) ||
      failed(expectShape(*this, "v", getV(), {tokens, kvHeads * headDim})) ||
      failed(expectShape(*this, "the result", getResult(), {tokens, heads * headDim})))
    return failure();
  // attention_c3
  if (bool(getKeyStateAttr()) != bool(getValueStateAttr()))
    return emitOpError() << "expects key and value states together, found one of them";
  // attention_c4
  if (!getLogSumExp())
    return success();
  if (failed(expectShape(*this, "log_sum_exp", getLogSumExp(), {tokens, heads})))
    return failure();
  return expectElement(*this, "log_sum_exp", getLogSumExp(), atLeastF32(getQ().getType().getElementType()));
}

//===----------------------------------------------------------------------===//
// last_token
//===----------------------------------------------------------------------===//

LogicalResult LastTokenOp::verify() {
  // last_token_c1
  if (failed(expectShape(*this, "the result", getResult(), {-1, extent(getX(), 1)})))
    return failure();
  if (!isPerRow(getResult().getType()) || isPerRow(getX().getType()) ||
      getResult().getType().getElementType() != getX().getType().getElementType())
    return emitOpError() << "expects a tensor by token and one by row of the same element type, found "
                         << getX().getType() << " and " << getResult().getType();
  return success();
}

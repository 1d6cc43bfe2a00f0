//===- ModelOps.cpp - Weights, states and fused regions --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyShapes.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace braid;

LogicalResult WeightOp::verify() {
  // weight_c1
  if (!getTensorType().hasStaticShape())
    return emitOpError() << "expects a static shape, found " << getType();
  // weight_c2
  static const std::pair<StringRef, SmallVector<StringRef>> kinds[] = {{"normal", {"std"}},
                                                                       {"uniform", {"low", "high"}},
                                                                       {"constant", {"value"}},
                                                                       {"log_uniform", {"low", "high"}},
                                                                       {"dt_bias", {"low", "high", "floor"}}};
  auto kind = getInit().getAs<StringAttr>("kind");
  const auto *found = kind ? llvm::find_if(kinds, [&](auto &k) { return k.first == kind.getValue(); }) : std::end(kinds);
  if (found == std::end(kinds))
    return emitOpError() << "expects init to have a kind of normal, uniform, constant, log_uniform or dt_bias, found "
                         << getInit();
  for (StringRef number : found->second)
    if (!getInit().getAs<FloatAttr>(number))
      return emitOpError() << "expects init of kind " << kind << " to have the number '" << number << "', found "
                           << getInit();
  return success();
}

LogicalResult StateOp::verify() {
  RankedTensorType type = getTensorType();
  // state_c2
  if (getKind() == StateKind::KV) {
    if (type.getRank() == 3 && type.isDynamicDim(0) && type.getNumDynamicDims() == 1)
      return success();
    return emitOpError() << "expects kv of shape [?, kv_heads, head_dim], found " << type;
  }
  // state_c1
  if (!type.hasStaticShape() || (getKind() == StateKind::ConvTail && type.getRank() != 2))
    return emitOpError() << "expects " << stringifyStateKind(getKind()) << " of a static shape"
                         << (getKind() == StateKind::ConvTail ? " [width - 1, channels]" : "") << ", found " << type;
  return success();
}

LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &tables) {
  // get_weight_c1
  auto weight = tables.lookupNearestSymbolFrom<WeightOp>(*this, getNameAttr());
  if (!weight)
    return emitOpError() << "refers to " << getNameAttr() << ", which is no braid.weight";
  if (weight.getTensorType() == getResult().getType())
    return success();
  InFlightDiagnostic error = emitOpError() << "expects the weight's type, found " << getResult().getType();
  error.attachNote(weight.getLoc()) << "declared as " << weight.getType();
  return error;
}

//===----------------------------------------------------------------------===//
// fused
//===----------------------------------------------------------------------===//

LogicalResult FusedOp::verifyRegions() {
  Block &block = getBody().front();
  // fused_c1
  if (block.getArgumentTypes() != getInputs().getTypes())
    return emitOpError() << "expects the region's arguments to have the operands' types";
  // fused_c2
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield)
    return emitOpError() << "expects the region to end in braid.yield";
  if (yield.getOperandTypes() != getResultTypes())
    return yield.emitOpError() << "expects the types of the fused op's results";
  return success();
}

Operation *FusedOp::getAnchor() {
  for (Operation &op : getBody().front().without_terminator())
    if (!isa<PositionsOp>(op))
      return &op;
  return nullptr;
}

SmallVector<Value> FusedOp::decompose(OpBuilder &builder) {
  IRMapping mapping;
  mapping.map(getBody().getArguments(), getInputs());
  for (Operation &op : getBody().front().without_terminator())
    builder.clone(op, mapping);
  SmallVector<Value> results;
  for (Value value : getBody().front().getTerminator()->getOperands())
    results.push_back(mapping.lookup(value));
  return results;
}

// braid.fused(%a = %x, ...) : (types) -> type attributes {...} { region }
void FusedOp::print(OpAsmPrinter &p) {
  p << "(";
  llvm::interleaveComma(llvm::zip(getBody().getArguments(), getInputs()), p, [&](auto pair) {
    p << std::get<0>(pair) << " = " << std::get<1>(pair);
  });
  p << ") : ";
  p.printFunctionalType(getOperation());
  p.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  p << " ";
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

ParseResult FusedOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  FunctionType type;
  SMLoc location = parser.getCurrentLocation();
  auto parsePair = [&]() {
    return failure(parser.parseArgument(arguments.emplace_back()) || parser.parseEqual() ||
                   parser.parseOperand(operands.emplace_back()));
  };
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parsePair) || parser.parseColonType(type) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  if (type.getNumInputs() != arguments.size())
    return parser.emitError(location) << "expects " << arguments.size() << " operand types, found "
                                      << type.getNumInputs();
  for (auto [argument, argumentType] : llvm::zip(arguments, type.getInputs()))
    argument.type = argumentType;
  result.addTypes(type.getResults());
  return failure(parser.resolveOperands(operands, type.getInputs(), location, result.operands) ||
                 parser.parseRegion(*result.addRegion(), arguments));
}

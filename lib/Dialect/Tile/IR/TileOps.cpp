//===- TileOps.cpp - Parsing, printing and constraints of tile operations -===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The numbers beside the checks are those of the constraints in TileOps.td.
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace braid::tile;

//===----------------------------------------------------------------------===//
// Kernel
//===----------------------------------------------------------------------===//

void KernelOp::build(OpBuilder &builder, OperationState &state, StringRef name, ArrayRef<Type> argumentTypes) {
  state.addAttribute(getSymNameAttrName(state.name), builder.getStringAttr(name));
  state.addAttribute(getFunctionTypeAttrName(state.name),
                     TypeAttr::get(builder.getFunctionType(argumentTypes, {})));
  Block &block = state.addRegion()->emplaceBlock();
  for (Type type : argumentTypes)
    block.addArgument(type, state.location);
}

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> inputs, ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag, std::string &) {
    return builder.getFunctionType(inputs, results);
  };
  return function_interface_impl::parseFunctionOp(parser, result, /*allowVariadic=*/false,
                                                  getFunctionTypeAttrName(result.name), buildType,
                                                  getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &p) {
  function_interface_impl::printFunctionOp(p, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
                                           getArgAttrsAttrName(), getResAttrsAttrName());
}

/// 4
static LogicalResult verifyWorkCounter(KernelOp kernel) {
  Attribute given = kernel->getAttr(kWorkCounterAttr);
  if (!given)
    return success();
  ArrayRef<Type> types = kernel.getArgumentTypes();
  auto number = dyn_cast<IntegerAttr>(given);
  if (!number || !number.getType().isSignlessInteger(64) || number.getInt() < 0 || number.getInt() >= int64_t(types.size()))
    return kernel.emitOpError("expects '") << kWorkCounterAttr << "' to be the number of an argument, found " << given;
  Type type = types[size_t(number.getInt())];
  auto view = dyn_cast<ViewType>(type);
  if (!view || view.getShape() != ArrayRef<int64_t>(1) || !view.getElementType().isInteger(64))
    return kernel.emitOpError("expects a work counter that is a view of one i64, found ") << type;
  return success();
}

bool braid::tile::isUnaligned(Value argument) {
  auto number = int64_t(cast<BlockArgument>(argument).getArgNumber());
  auto unaligned = argument.getParentBlock()->getParentOp()->getAttrOfType<DenseI64ArrayAttr>(kUnalignedAttr);
  return unaligned && llvm::is_contained(unaligned.asArrayRef(), number);
}

/// 5
static LogicalResult verifyUnaligned(KernelOp kernel) {
  Attribute given = kernel->getAttr(kUnalignedAttr);
  if (!given)
    return success();
  ArrayRef<Type> types = kernel.getArgumentTypes();
  auto numbers = dyn_cast<DenseI64ArrayAttr>(given);
  bool areViews = numbers && llvm::all_of(numbers.asArrayRef(), [&](int64_t number) {
    return number >= 0 && number < int64_t(types.size()) && isa<ViewType>(types[size_t(number)]);
  });
  if (!areViews)
    return kernel.emitOpError("expects '") << kUnalignedAttr << "' to be numbers of views, found " << given;
  return success();
}

LogicalResult KernelOp::verify() {
  for (auto [number, type] : llvm::enumerate(getArgumentTypes())) {
    bool isArgument = isa<ViewType, IndexType>(type) || type.isF64() || type.isF32() || type.isInteger(64) ||
                      type.isInteger(32);
    if (!isArgument) // 1
      return emitOpError("expects argument ") << number << " to be a view, index, f64, f32, i64 or i32, found " << type;
  }
  if (!getResultTypes().empty()) // 2
    return emitOpError("expects no results, found ") << getResultTypes().size();
  if (isExternal())
    return emitOpError("expects a body");
  return success(succeeded(verifyWorkCounter(*this)) && succeeded(verifyUnaligned(*this)));
}

LogicalResult KernelOp::verifyRegions() {
  if (!getBody().hasOneBlock() || getBlock().empty() || !isa<ReturnOp>(getBlock().back())) // 3
    return emitOpError("expects a body of one block that ends in 'tile.return'");
  return success();
}

LogicalResult DimOp::verify() {
  int64_t dimension = getDimension(), rank = getView().getType().getRank();
  if (dimension < 0 || dimension >= rank) // 1
    return emitOpError("expects a dimension below the view's rank ") << rank << ", found " << dimension;
  return success();
}

OpFoldResult DimOp::fold(FoldAdaptor) {
  int64_t size = getView().getType().getShape()[getDimension()];
  return ShapedType::isDynamic(size) ? OpFoldResult() : IntegerAttr::get(IndexType::get(getContext()), size);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static ParseResult parseValidRanges(OpAsmParser &parser, SmallVectorImpl<OpAsmParser::UnresolvedOperand> &lower,
                                    SmallVectorImpl<OpAsmParser::UnresolvedOperand> &upper,
                                    DenseI64ArrayAttr &validDims) {
  SmallVector<int64_t> dims;
  auto parseRange = [&]() -> ParseResult {
    return failure(parser.parseInteger(dims.emplace_back()) || parser.parseColon() ||
                   parser.parseOperand(lower.emplace_back()) || parser.parseKeyword("to") ||
                   parser.parseOperand(upper.emplace_back()));
  };
  if (succeeded(parser.parseOptionalKeyword("valid")) &&
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseRange))
    return failure();
  validDims = parser.getBuilder().getDenseI64ArrayAttr(dims);
  return success();
}

static void printValidRanges(OpAsmPrinter &p, Operation *, OperandRange lower, OperandRange upper,
                             DenseI64ArrayAttr validDims) {
  if (validDims.empty())
    return;
  p << "valid(";
  llvm::interleaveComma(llvm::seq<size_t>(0, validDims.size()), p,
                        [&](size_t n) { p << validDims[n] << " : " << lower[n] << " to " << upper[n]; });
  p << ')';
}

static LogicalResult verifyIndices(Operation *op, ViewType view, size_t indices) {
  if (indices != view.getRank()) // 1
    return op->emitOpError("expects ") << view.getRank() << " indices, one for each of the view's dimensions, found "
                                       << indices;
  return success();
}

static LogicalResult verifyElement(Operation *op, ViewType view, Type type) {
  if (type != view.getElementType()) // 2
    return op->emitOpError("expects the view's element type ") << view.getElementType() << ", found " << type;
  return success();
}

template <typename AccessOp> static LogicalResult verifyAccess(AccessOp op, ViewType view, TileType tile) {
  if (failed(verifyIndices(op, view, op.getIndices().size())) ||
      failed(verifyElement(op, view, tile.getElementType())))
    return failure();
  if (tile.getRank() > view.getRank()) // 3
    return op.emitOpError("expects a tile of at most the view's rank ") << view.getRank() << ", found "
                                                                        << tile.getRank();
  ArrayRef<int64_t> dims = op.getValidDims();
  bool rising = llvm::all_of(dims, [&](int64_t d) { return d >= 0 && d < view.getRank(); });
  for (size_t n = 1; n < dims.size(); ++n)
    rising &= dims[n - 1] < dims[n];
  if (!rising || op.getLower().size() != dims.size() || op.getUpper().size() != dims.size()) // 4
    return op.emitOpError("expects valid ranges for rising dimensions below ") << view.getRank();
  return success();
}

template <typename AccessOp> static std::pair<Value, Value> validRange(AccessOp op, int64_t dimension) {
  for (auto [n, d] : llvm::enumerate(op.getValidDims()))
    if (d == dimension)
      return {op.getLower()[n], op.getUpper()[n]};
  return {};
}

LogicalResult LoadOp::verify() { return verifyAccess(*this, getView().getType(), getType()); }
LogicalResult StoreOp::verify() { return verifyAccess(*this, getView().getType(), getValue().getType()); }
std::pair<Value, Value> LoadOp::getValidRange(int64_t dimension) { return validRange(*this, dimension); }
std::pair<Value, Value> StoreOp::getValidRange(int64_t dimension) { return validRange(*this, dimension); }

LogicalResult ReadOp::verify() {
  if (failed(verifyIndices(*this, getView().getType(), getIndices().size())))
    return failure();
  return verifyElement(*this, getView().getType(), getType());
}

LogicalResult WriteOp::verify() {
  if (failed(verifyIndices(*this, getView().getType(), getIndices().size())))
    return failure();
  return verifyElement(*this, getView().getType(), getValue().getType());
}

//===----------------------------------------------------------------------===//
// Map
//===----------------------------------------------------------------------===//

void MapOp::build(OpBuilder &builder, OperationState &state, TileType type, ValueRange inputs, bool coordinates,
                  function_ref<Value(OpBuilder &, Location, ValueRange)> function) {
  state.addOperands(inputs);
  state.addTypes(type);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(state.addRegion());
  for (Value input : inputs)
    block->addArgument(cast<TileType>(input.getType()).getElementType(), state.location);
  for (unsigned d = 0; coordinates && d < type.getRank(); ++d)
    block->addArgument(builder.getIndexType(), state.location);
  Value value = function(builder, state.location, block->getArguments());
  YieldOp::create(builder, state.location, value);
}

// map(%x = %a : type, ..) at(%i, %j) attributes {..} -> type { region }
ParseResult MapOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SmallVector<Type> types;
  auto parseInput = [&]() -> ParseResult {
    return failure(parser.parseArgument(arguments.emplace_back()) || parser.parseEqual() ||
                   parser.parseOperand(operands.emplace_back()) || parser.parseColonType(types.emplace_back()));
  };
  llvm::SMLoc loc = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseInput))
    return failure();
  for (auto [argument, type] : llvm::zip(arguments, types)) {
    auto tile = dyn_cast<TileType>(type);
    if (!tile)
      return parser.emitError(loc, "expects operands of tile type, found ") << type;
    argument.type = tile.getElementType();
  }
  auto parseCoordinate = [&]() -> ParseResult {
    arguments.emplace_back().type = parser.getBuilder().getIndexType();
    return parser.parseArgument(arguments.back());
  };
  if (succeeded(parser.parseOptionalKeyword("at")) &&
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseCoordinate))
    return failure();
  Type type;
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes) || parser.parseArrow() || parser.parseType(type) ||
      parser.parseRegion(*result.addRegion(), arguments) || parser.resolveOperands(operands, types, loc, result.operands))
    return failure();
  result.addTypes(type);
  return success();
}

void MapOp::print(OpAsmPrinter &p) {
  p << '(';
  llvm::interleaveComma(llvm::zip(getBlock().getArguments(), getInputs()), p, [&](auto pair) {
    auto [argument, input] = pair;
    p << argument << " = " << input << " : " << input.getType();
  });
  p << ')';
  if (!getCoordinates().empty()) {
    p << " at(";
    llvm::interleaveComma(getCoordinates(), p, [&](BlockArgument argument) { p << argument; });
    p << ')';
  }
  p.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  p << " -> " << getType() << ' ';
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult MapOp::verify() {
  for (auto [number, input] : llvm::enumerate(getInputs()))
    if (cast<TileType>(input.getType()).getShape() != getType().getShape()) // 1
      return emitOpError("expects operand ") << number << " to have the result's shape, found " << input.getType()
                                             << " for " << getType();
  return success();
}

LogicalResult MapOp::verifyRegions() {
  size_t inputs = getInputs().size(), rank = getType().getRank();
  Block &block = getBlock();
  bool agree = block.getNumArguments() == inputs || block.getNumArguments() == inputs + rank;
  for (size_t n = 0; agree && n < block.getNumArguments(); ++n)
    agree = n < inputs ? block.getArgument(n).getType() == cast<TileType>(getInputs()[n].getType()).getElementType()
                       : block.getArgument(n).getType().isIndex();
  if (!agree) // 2
    return emitOpError("expects its region to take the operands' elements and then no index or ") << rank << " indices";
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield->getNumOperands() != 1 || yield.getValue().getType() != getType().getElementType()) // 3
    return emitOpError("expects its region to yield one ") << getType().getElementType();
  for (Operation &op : block.without_terminator()) {
    bool scalar = op.hasTrait<OpTrait::ConstantLike>() || OpTrait::hasElementwiseMappableTraits(&op);
    auto isScalar = [](Type type) { return type.isIntOrIndexOrFloat(); };
    if (!scalar || !llvm::all_of(op.getOperandTypes(), isScalar) || !llvm::all_of(op.getResultTypes(), isScalar)) // 4
      return op.emitOpError("is not allowed in 'tile.map', which expects element-wise operations on scalars");
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Other arithmetic
//===----------------------------------------------------------------------===//

LogicalResult MmaOp::verify() {
  TileType a = getA().getType(), b = getB().getType(), c = getAccumulator().getType();
  Type element = a.getElementType();
  bool multiplies = element.isF64() || element.isF32() || element.isF16() || element.isBF16();
  if (a.getRank() != 2 || b.getRank() != 2 || b.getElementType() != element || !multiplies) // 1
    return emitOpError("expects operands of rank 2 and one element type f64, f32, f16 or bf16, found ")
           << a << " and " << b;
  int64_t m = a.getShape()[getTransposeA() ? 1 : 0], ka = a.getShape()[getTransposeA() ? 0 : 1];
  int64_t n = b.getShape()[getTransposeB() ? 0 : 1], kb = b.getShape()[getTransposeB() ? 1 : 0];
  if (ka != kb) // 2
    return emitOpError("expects equal contracted sizes, found ") << ka << " and " << kb;
  if (c.getShape() != ArrayRef<int64_t>{m, n}) // 3
    return emitOpError("expects an accumulator of shape ") << m << 'x' << n << ", found " << c;
  Type expected = element.isF64() ? element : Float32Type::get(getContext());
  if (c.getElementType() != expected) // 4
    return emitOpError("expects an accumulator of ") << expected << ", found " << c.getElementType();
  return success();
}

LogicalResult SplatOp::verify() {
  if (getValue().getType() != getType().getElementType()) // 1
    return emitOpError("expects a scalar of ") << getType().getElementType() << ", found " << getValue().getType();
  return success();
}

LogicalResult BroadcastOp::verify() {
  TileType vector = getVector().getType(), result = getType();
  if (vector.getRank() != 1 || result.getRank() != 2 || vector.getElementType() != result.getElementType()) // 1
    return emitOpError("expects a vector and a result of rank 2 with its element type, found ")
           << vector << " and " << result;
  if (getDimension() != 0 && getDimension() != 1) // 2
    return emitOpError("expects dimension 0 or 1, found ") << getDimension();
  if (result.getShape()[1 - getDimension()] != vector.getShape()[0]) // 3
    return emitOpError("expects a vector of ") << result.getShape()[1 - getDimension()] << " elements, found "
                                               << vector.getShape()[0];
  return success();
}

static LogicalResult verifyAxis(Operation *op, TileType input, int64_t dimension) {
  Type element = input.getElementType();
  bool adds = element.isF64() || element.isF32() || element.isInteger(64) || element.isInteger(32);
  if (input.getRank() == 0 || !adds) // 1
    return op->emitOpError("expects an operand of rank 1 or 2 with element type f64, f32, i64 or i32, found ") << input;
  if (dimension < 0 || dimension >= input.getRank()) // 2
    return op->emitOpError("expects a dimension below the operand's rank ") << input.getRank() << ", found "
                                                                            << dimension;
  return success();
}

LogicalResult ReduceOp::verify() {
  TileType input = getInput().getType();
  if (failed(verifyAxis(*this, input, getDimension())))
    return failure();
  SmallVector<int64_t> shape = llvm::to_vector(input.getShape());
  shape.erase(shape.begin() + getDimension());
  TileType expected = TileType::get(shape, input.getElementType());
  if (getType() != expected) // 3
    return emitOpError("expects the result ") << expected << ", found " << getType();
  return success();
}

LogicalResult PrefixSumOp::verify() { return verifyAxis(*this, getInput().getType(), getDimension()); }

LogicalResult RecurrenceOp::verify() {
  TileType u = getU().getType(), b = getB().getType(), rate = getRate().getType();
  bool matrices = u.getRank() == 2 && b.getRank() == 2 && rate.getRank() == 2;
  if (!matrices || u.getShape()[0] != b.getShape()[0] || rate.getShape()[0] != b.getShape()[1] ||
      rate.getShape()[1] != u.getShape()[1]) // 1
    return emitOpError("expects u of T x D, b of T x N and rate of N x D, found ") << u << ", " << b << " and " << rate;
  Type element = u.getElementType();
  bool isFloat = element.isF32() || element.isF64();
  if (!isFloat || b.getElementType() != element || rate.getElementType() != element) // 2
    return emitOpError("expects one element type, f32 or f64, found ")
           << u.getElementType() << ", " << b.getElementType() << " and " << rate.getElementType();
  return success();
}

LogicalResult ExtractOp::verify() {
  TileType input = getInput().getType();
  if (getIndices().size() != input.getRank()) // 1
    return emitOpError("expects ") << input.getRank() << " indices, one for each of the tile's dimensions, found "
                                   << getIndices().size();
  if (getType() != input.getElementType()) // 2
    return emitOpError("expects the tile's element type ") << input.getElementType() << ", found " << getType();
  for (auto [d, index] : llvm::enumerate(getIndices())) {
    APInt value;
    if (matchPattern(index, m_ConstantInt(&value)) &&
        (value.isNegative() || value.getSExtValue() >= input.getShape()[d])) // 3
      return emitOpError("expects index ") << d << " below " << input.getShape()[d] << ", found " << value.getSExtValue();
  }
  return success();
}

LogicalResult TransposeOp::verify() {
  TileType input = getInput().getType(), result = getType();
  if (input.getRank() != 2 || result.getRank() != 2 || input.getElementType() != result.getElementType() ||
      input.getShape()[0] != result.getShape()[1] || input.getShape()[1] != result.getShape()[0]) // 1
    return emitOpError("expects operand and result of rank 2 with exchanged sizes, found ")
           << input << " and " << result;
  return success();
}

LogicalResult ReshapeOp::verify() {
  auto withoutUnits = [](TileType type) {
    SmallVector<int64_t> shape = llvm::to_vector(type.getShape());
    llvm::erase(shape, 1);
    return TileType::get(shape, type.getElementType());
  };
  if (withoutUnits(getInput().getType()) != withoutUnits(getType())) // 1
    return emitOpError("expects shapes that differ in dimensions of size 1 only, found ")
           << getInput().getType() << " and " << getType();
  return success();
}

#define GET_OP_CLASSES
#include "braid/Dialect/Tile/IR/TileOps.cpp.inc"

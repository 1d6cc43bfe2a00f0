//===- GatedAverage.cpp - An operator that Braid does not ship ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a sequence operator needs, in one file: a step region. The evaluator, both
// forms, slots, pieces and packed rows come from the interface.
//
//===----------------------------------------------------------------------===//

#include "../Operator.h"
#include "braid/Dialect/Braid/IR/PrimitiveBuilder.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace braid;
using namespace braid::property;

namespace {

/// y_t = silu(g_t) * s_t with s_t = a * s_(t-1) + (1 - a) * x_t, for x, g and y [n, d] and a [d].
class GatedAverageOp : public Op<GatedAverageOp, OpTrait::ZeroRegions, OpTrait::OneResult, OpTrait::ZeroSuccessors,
                                 OpTrait::NOperands<4>::Impl, SequenceOpInterface::Trait> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(GatedAverageOp)
  using Op::Op;
  static StringRef getOperationName() { return "test.gated_average"; }
  static ArrayRef<StringRef> getAttributeNames() {
    static StringRef names[] = {"state"};
    return names;
  }

  Value getRows() { return getOperand(3); }
  SmallVector<Value> getTokenInputs() { return {getOperand(0), getOperand(1)}; }
  SmallVector<Value> getParameters() { return {getOperand(2)}; }
  SmallVector<FlatSymbolRefAttr> getStateSymbols() { return {(*this)->getAttrOfType<FlatSymbolRefAttr>("state")}; }
  SmallVector<RankedTensorType> getStateTypes() {
    auto type = cast<RankedTensorType>(getOperand(0).getType());
    return {RankedTensorType::get({type.getDimSize(1)}, computeType(getOperand(0)))};
  }

  void buildStep(OpBuilder &builder, ValueRange state, ValueRange token, ValueRange parameters,
                 SmallVectorImpl<Value> &newState, SmallVectorImpl<Value> &outputs) {
    PrimitiveBuilder p(builder, getLoc(), computeType(getOperand(0)));
    Value x = p.load(token[0]), gate = p.load(token[1]), a = p.load(parameters[0]);
    newState.push_back(p.add(p.mul(a, state[0]), p.mul(p.sub(p.constant(1, a), a), x)));
    outputs.push_back(p.convert(p.mul(p.silu(gate), newState[0]), getElementTypeOrSelf(token[0].getType())));
  }
};

class TestDialect : public Dialect {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestDialect)
  static StringRef getDialectNamespace() { return "test"; }
  explicit TestDialect(MLIRContext *context) : Dialect(getDialectNamespace(), context, TypeID::get<TestDialect>()) {
    addOperations<GatedAverageOp>();
  }
};

} // namespace

static void drawGatedAverage(Random &random, Sizes &sizes) { sizes["width"] = random.scale(1, 100); }

static void writeGatedAverage(ModuleText &m) {
  int64_t width = m["width"];
  std::string type = m.type(width);
  m.input("x", width, normal);
  m.input("g", width, normal);
  m.parameter("a", {width}, [](Random &random, int64_t, const Case &) { return random.uniform(); });
  m.state("average", "recurrent", std::to_string(width), /*wide=*/true);
  m.line("%y = \"test.gated_average\"(%x, %g, %a, %rows) {state = @average} : (" + type + ", " + type + ", " +
         m.fixed({width}) + ", !braid.rows<>) -> " + type);
  m.result("%y", width);
}

static int64_t workOfGatedAverage(const Sizes &sizes, int64_t tokens) { return (sizes.at("width") * 50 + 20000) * tokens; }

static const Operator operators[] = {
    {"gated_average", drawGatedAverage, writeGatedAverage, workOfGatedAverage, [](const Sizes &) { return false; },
     /*hasKernel=*/false, [](DialectRegistry &registry) { registry.insert<TestDialect>(); }},
};
static const RegisterOperators registration(operators);

//===- Braid.h - The braid dialect -----------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_BRAID_IR_BRAID_H
#define BRAID_DIALECT_BRAID_IR_BRAID_H

#include "braid/Interfaces/Interfaces.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace braid {

/// Fails unless the op's tensors with a dynamic leading dimension are all by token or all by row.
mlir::LogicalResult verifyTokenwise(mlir::Operation *op);

/// The op works on each entry of the leading axis by itself.
template <typename ConcreteType>
class Tokenwise : public mlir::OpTrait::TraitBase<ConcreteType, Tokenwise> {
public:
  static mlir::LogicalResult verifyTrait(mlir::Operation *op) { return verifyTokenwise(op); }
};

/// The slots' states, as a resource that sequence operators read and write.
struct StateResource : mlir::SideEffects::Resource::Base<StateResource> {
  llvm::StringRef getName() final { return "braid.state"; }
};

/// Module attributes.
constexpr llvm::StringLiteral kModelAttr = "braid.model";
constexpr llvm::StringLiteral kOptionsAttr = "braid.options";

/// On an argument and a result of a model's entry: the call's token ids and its logits. Entries without them are functions
/// of their arguments.
constexpr llvm::StringLiteral kTokensAttr = "braid.tokens";
constexpr llvm::StringLiteral kLogitsAttr = "braid.logits";

/// Whether the leading dimension of a tensor counts rows instead of tokens.
bool isPerRow(mlir::Type type);

} // namespace braid

#include "braid/Dialect/Braid/IR/BraidDialect.h.inc"
#include "braid/Dialect/Braid/IR/BraidEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "braid/Dialect/Braid/IR/BraidAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "braid/Dialect/Braid/IR/BraidTypes.h.inc"
#define GET_OP_CLASSES
#include "braid/Dialect/Braid/IR/BraidOps.h.inc"

#endif // BRAID_DIALECT_BRAID_IR_BRAID_H

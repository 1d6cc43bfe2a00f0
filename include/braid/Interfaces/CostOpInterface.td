//===- CostOpInterface.td - operations and bytes of an op -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_INTERFACES_COSTOPINTERFACE_TD
#define BRAID_INTERFACES_COSTOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def CostOpInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::braid";
  let description = [{
    Floating-point operations (a multiply-add is two), and the least bytes that
    must move: each operand read once, each result and state written once. Where
    exponentials take a share of the time that counts, they are counted apart:
    each is as long as half a dozen multiply-adds.
  }];
  let methods = [
    InterfaceMethod<"Floating-point operations of one call.", "::braid::Cost", "getFlops">,
    InterfaceMethod<"Least bytes moved by one call.", "::braid::Cost", "getLeastBytes">,
    InterfaceMethod<"Exponentials and logarithms of one call that `getFlops` does not count.", "::braid::Cost",
                    "getExponentials", (ins), /*methodBody=*/"", /*defaultImplementation=*/"return {};">,
  ];
}

#endif // BRAID_INTERFACES_COSTOPINTERFACE_TD

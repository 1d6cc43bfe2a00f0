//===- HostEnums.td - enumerations of the host dialect -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_HOST_IR_HOSTENUMS_TD
#define BRAID_DIALECT_HOST_IR_HOSTENUMS_TD

// By themselves: TableGen writes every enumeration that it sees, and the tile dialect has its own.
include "mlir/IR/EnumAttr.td"

class Host_Enum<string name, string summary, list<I32EnumAttrCase> cases> : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::braid::host";
  let genSpecializedAttr = 0;
}

def Host_Axis : Host_Enum<"Axis", "what a buffer's size grows with", [
    I32EnumAttrCase<"Tokens", 0, "tokens">, I32EnumAttrCase<"Rows", 1, "rows">, I32EnumAttrCase<"Fixed", 2, "fixed">]>;

def Host_Size : Host_Enum<"Size", "a number that the call brings", [
    I32EnumAttrCase<"Tokens", 0, "tokens">, I32EnumAttrCase<"Rows", 1, "rows">,
    I32EnumAttrCase<"LongestRow", 2, "longest_row">, I32EnumAttrCase<"PagesPerSlot", 3, "pages_per_slot">]>;

def Host_Array : Host_Enum<"Array", "an array that the call brings", [
    I32EnumAttrCase<"Tokens", 0, "tokens">, I32EnumAttrCase<"RowStart", 1, "row_start">,
    I32EnumAttrCase<"Slot", 2, "slot">, I32EnumAttrCase<"Length", 3, "length">,
    I32EnumAttrCase<"Pages", 4, "pages">, I32EnumAttrCase<"Logits", 5, "logits">]>;

#endif // BRAID_DIALECT_HOST_IR_HOSTENUMS_TD

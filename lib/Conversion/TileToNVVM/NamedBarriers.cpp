//===- NamedBarriers.cpp - Numbers of the hardware's barriers -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NamedBarriers.h"

using namespace braid::hopper;
using namespace braid::tile;

NamedBarriers::NamedBarriers(KernelOp kernel) {
  for (auto role : kernel.getBlock().getOps<RoleOp>()) {
    firsts[role] = count;
    count += role.getWarpsOfGroup() > 1 ? int64_t(role.getGroups()) : 0;
  }
  for (auto barrier : kernel.getBlock().getOps<NamedBarrierOp>()) {
    firsts[barrier] = count;
    count += barrier.getType().getCount();
  }
}

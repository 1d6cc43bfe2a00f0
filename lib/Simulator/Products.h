//===- Products.h - The numbers of a matrix product -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_SIMULATOR_PRODUCTS_H
#define BRAID_LIB_SIMULATOR_PRODUCTS_H

#include "Group.h"

namespace braid::simulator {

/// The result of a product. Sixteen contracted elements, as many as one instruction takes, are summed exactly and then
/// added to the sum so far with one rounding to f32; how the hardware rounds inside of one is not documented.
Numbers compute(const Product &product, SharedMemory &shared);

} // namespace braid::simulator

#endif // BRAID_LIB_SIMULATOR_PRODUCTS_H

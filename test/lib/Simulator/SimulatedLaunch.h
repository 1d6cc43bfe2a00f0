//===- SimulatedLaunch.h - Launches for a CPU, run by the simulator -------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A host program for a CPU hands each kernel one struct of arguments. The same
// struct starts the kernel's scheduled form in the simulator, so that text and
// schedule run in the same place of the same program.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_SIMULATOR_SIMULATEDLAUNCH_H
#define BRAID_TEST_LIB_SIMULATOR_SIMULATEDLAUNCH_H

#include "braid/Simulator/Simulator.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace braid::test {

/// Schedules every kernel for Hopper, simplifies and verifies, as the pipeline does.
mlir::LogicalResult scheduleForHopper(mlir::ModuleOp module);

/// The struct that KernelABI describes.
std::vector<char> packArguments(tile::KernelOp kernel, llvm::ArrayRef<simulator::Argument> arguments,
                                std::array<int64_t, 3> grid);

/// Runs a kernel in scheduled form. `arguments` points to such a struct.
mlir::LogicalResult simulateLaunch(tile::KernelOp kernel, const void *arguments, simulator::Options options);

} // namespace braid::test

#endif // BRAID_TEST_LIB_SIMULATOR_SIMULATEDLAUNCH_H

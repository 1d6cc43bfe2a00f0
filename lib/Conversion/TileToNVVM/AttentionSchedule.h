//===- AttentionSchedule.h - How Hopper runs attention --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text attends from a block of queries to all positions up to their own.
// Its schedule, for each block of the grid that a block of threads takes:
//
//   role "load_queries"  draws the block from a counter that all blocks of threads
//                        share, hands its numbers on to the others, and loads its
//                        queries while those before are at work
//   role "load_keys"     keys, from the last step to the first
//   role "load_values"   values in the same order; rows behind the end of the
//                        sequence become zeros
//   role "attend"        groups of 64 queries: the product with the next keys
//                        and the one with these values are under way together,
//                        then come the next keys' weights
//   role "store"         results, from where the queries were
//
// Masks are for the steps that hold keys behind a group's first query. Weights
// are powers of two against the maximum of the steps before; only where a score
// exceeds it by far is the maximum moved, and the step's weights made anew.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_ATTENTIONSCHEDULE_H
#define BRAID_LIB_CONVERSION_TILETONVVM_ATTENTIONSCHEDULE_H

#include "AttentionText.h"
#include "ScheduleBuilder.h"

namespace braid::hopper {

class AttentionSchedule : ScheduleBuilder {
public:
  AttentionSchedule(tile::KernelOp kernel, const AttentionText &text);

  /// Whether Hopper has a schedule for a text of these sizes.
  static bool takes(tile::KernelOp kernel, AttentionText text);
  /// Rewrites the kernel's text.
  void run();

private:
  /// Queries of one group, which is a warpgroup.
  static constexpr int64_t groupQueries = 64;

  /// What a group of queries carries from step to step; weights are those of the stage's keys.
  struct Running {
    mlir::Value out, weights, maximum, sum, stage;
  };
  /// A block of the grid in a role.
  struct Item {
    mlir::Value stage, slot; // where its fields are
    mlir::IRMapping scalars; // the text's
    mlir::Value first;     // position of the first query
    mlir::Value remaining; // tokens of the row from the block's first query on
    mlir::Value steps;     // over keys
  };

  void createShared();

  // Blocks of the grid and their steps (AttentionItems.cpp)
  using ItemBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(Item &item, mlir::ValueRange carried)>;
  void collectFields();
  mlir::Value field(Item &item, mlir::Value value);
  using Condition = llvm::function_ref<mlir::Value(mlir::ValueRange carried)>;
  using LoopBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ValueRange carried)>;
  mlir::ValueRange whileDo(mlir::ValueRange inits, Condition more, LoopBody body);
  mlir::ValueRange handOn(mlir::IRMapping &scalars, mlir::ValueRange cursors);
  void forItems(mlir::ValueRange inits, bool keep, ItemBody body);
  Item readItem(mlir::Value stage);
  void release(const Item &item);
  /// Where an item lies: heads whose blocks are taken together are a section.
  struct Place {
    mlir::Value number;        // in the section; or behind its end, on the way to a later one
    mlir::Value end;           // the first head behind the section
    mlir::Value width, blocks; // its heads, and the blocks of the longest

    Place(mlir::Value number, mlir::Value end, mlir::Value width, mlir::Value blocks)
        : number(number), end(end), width(width), blocks(blocks) {}
    explicit Place(mlir::ValueRange values) : Place(values[0], values[1], values[2], values[3]) {}
    llvm::SmallVector<mlir::Value> values() const { return {number, end, width, blocks}; }
  };
  mlir::Value headsOfSection();
  mlir::Value longestOf(mlir::Value first, mlir::Value heads);
  mlir::Value sizeOf(const Place &section);
  Place seek(const Place &from);
  void mapBlockIds(const Place &place, mlir::IRMapping &mapping);
  void mapBlockIds(llvm::ArrayRef<mlir::Value> ids, mlir::IRMapping &mapping);
  mlir::Value gridSize(int64_t dimension);
  mlir::Value startOf(const Item &item, mlir::Value number);
  mlir::Value isWhole(const Item &item);
  using StepBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::IRMapping &scalars, mlir::Value begin,
                                                                     mlir::ValueRange carried)>;
  mlir::ResultRange forSteps(Item &item, mlir::ValueRange inits, StepBody body);

  // Loads and stores (AttentionCopies.cpp)
  void loadQueries();
  void loadKeys();
  void loadValues();
  void store();
  void copy(mlir::Value view, mlir::ValueRange indices, mlir::Value ring, mlir::Value stage, mlir::Value barrier,
            mlir::Value signal);

  // Groups of queries (AttentionGroups.cpp)
  void attend(mlir::Value group);
  void beginTurns(mlir::Value group);
  void endTurns(mlir::Value group);
  Running firstStep(const Item &item, mlir::Value queries, mlir::Value stage, mlir::Value firstRow);
  Running furtherSteps(const Item &item, mlir::Value queries, mlir::Value from, mlir::Value to, bool masked,
                       const Running &before);
  mlir::Value scoreKeys(mlir::Value queries, mlir::Value keys);
  mlir::Value weighValues(const Running &running, mlir::Value values);
  void finishValues(Running &running, mlir::Value added);
  mlir::Value weightsOf(mlir::Value scores, mlir::Value maximum);
  Running moveMaximum(const Running &running, mlir::Value scores, mlir::Value top);
  mlir::Value mask(const Item &item, mlir::Value scores, mlir::Value number);
  void finish(Item &item, Running running, mlir::Value queryStage, mlir::Value firstRow);
  void storeRows(tile::StoreOp store, mlir::Value value, Item item, mlir::Value firstRow);
  void storeLogSumExp(mlir::Value maximum, mlir::Value sum, Item &item, mlir::Value firstRow);

  // Values
  double factor() const;
  double slack() const;
  mlir::Value number(double value);
  mlir::Value scalar(mlir::Value value, mlir::IRMapping &mapping);
  llvm::SmallVector<mlir::Value> indicesOf(mlir::OperandRange indices, mlir::IRMapping &scalars);
  mlir::Value start(mlir::Value ring, int64_t phase);
  mlir::Value rowsOfGroup(mlir::Value shared, mlir::Value firstRow) { return rowsOf(shared, firstRow, groupQueries); }
  tile::TileType tile(llvm::ArrayRef<int64_t> shape);
  mlir::Value splat(double value, llvm::ArrayRef<int64_t> shape);
  using Function = llvm::function_ref<mlir::Value(mlir::ValueRange)>;
  mlir::Value map(mlir::ValueRange tiles, Function function, mlir::Type element = mlir::Type());
  mlir::Value mapAt(mlir::Value tile, Function function);
  mlir::Value rounded(mlir::Value tile);
  mlir::Value alongRows(mlir::Value vector, int64_t columns);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b);
  mlir::Value div32(mlir::Value a, mlir::Value b);
  mlir::Value less(mlir::Value a, mlir::Value b);

  AttentionText text;
  int64_t stages = 1, queryStages = 1, groups = 1, raster = 1;
  bool alone = false; // the role at hand is one thread's
  llvm::SmallVector<mlir::Value> fields; // of an item, behind whether it is one
  mlir::Value itemRing, queryRing, keyRing, valueRing, itemsFull, itemsEmpty;
  // Queries, keys and values are there; may be overwritten; results are there; values before their rows are cleared.
  mlir::Value queriesFull, queriesEmpty, keysFull, keysEmpty, valuesFull, valuesEmpty, resultsFull, uncleared;
  mlir::Value turns, turn, nextTurn; // of several groups: a group's own, and whose comes then
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_ATTENTIONSCHEDULE_H

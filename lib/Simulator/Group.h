//===- Group.h - One group of a role as a program -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_SIMULATOR_GROUP_H
#define BRAID_LIB_SIMULATOR_GROUP_H

#include "Memory.h"
#include "SharedMemory.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <deque>
#include <memory>
#include <string>
#include <variant>

namespace braid::simulator {

class ThreadBlock;

struct Tile {
  Numbers elements;
  /// The product that makes it, until that has ended.
  mlir::Operation *underWay = nullptr;
};
using TileRef = std::shared_ptr<Tile>;

struct Cursor {
  int64_t stage, phase;
};

/// The number of a ring, or of a barrier's first stage.
struct Resource {
  unsigned number;
};

/// A tile of a text that lies in shared memory, where nothing else may have been written since.
struct PlacedTile {
  tile::PlaceAttr place;
  int64_t writing;
};

/// A tile of a text that is computed where it is read.
struct InlineTile {
  mlir::Operation *op;
};

using Datum = std::variant<Number, Cursor, Resource, SharedTile, TileRef, PlacedTile, InlineTile, const View *>;

/// A product under way. It reads its operands when it ends.
struct Product {
  tile::MmaAsyncOp op;
  std::variant<TileRef, SharedTile> a;
  SharedTile b;
  TileRef accumulator, result; // the accumulator may be null
  int64_t commit;              // the number of its group
};

/// A copy under way from shared memory. It reads its tile when it ends.
struct OutgoingCopy {
  tile::CopyOutOp op;
  SharedTile from;
  const View *view;
  llvm::SmallVector<int64_t, 4> indices;
  int64_t commit;
};

/// The first thread of a group and the others run the same program, apart from what the first one does alone. Without a
/// role it is all threads of a block, which run a text.
class Group {
public:
  /// `rank`: of its block in the cluster.
  Group(ThreadBlock &block, tile::RoleOp role, int64_t number, unsigned index, int64_t rank);

  /// Runs until the next operation that other groups can notice, or until it has to wait.
  mlir::LogicalResult turn();
  bool hasEnded() const { return frames.empty(); }
  /// Whether it has not ended and need not wait.
  bool canRun() const;
  /// Where it waits; null if it does not.
  mlir::Operation *getWait() const { return wait; }
  /// The barrier at which it waits, and how far that is.
  struct Awaited {
    mlir::Operation *barrier;
    std::string state;
  };
  Awaited getAwaited() const;

  // Products and outgoing copies end in their order, some time before they are waited for.
  bool hasProducts() const { return !products.empty(); }
  bool hasCopies() const { return !copies.empty(); }
  void endProduct();
  void endCopy();

  /// `role "multiply", group 1`
  std::string describe() const;

private:
  struct Frame {
    mlir::Block *block;
    mlir::Block::iterator next;
    bool alone; // the first thread runs it
    int64_t now = 0, end = 0, step = 0; // of a loop; of one that goes on while something holds, `now` counts its turns
  };

  mlir::LogicalResult execute(mlir::Operation &op);
  mlir::InFlightDiagnostic fail(mlir::Operation *op) const;

  // Control flow.
  void enter(mlir::Block &block, bool alone) { frames.push_back({&block, block.begin(), alone}); }
  mlir::LogicalResult enterLoop(mlir::scf::ForOp loop);
  mlir::LogicalResult decide(mlir::scf::ConditionOp op);
  void again(mlir::Block &block, mlir::ValueRange passed);
  mlir::LogicalResult yield(mlir::Operation &terminator);
  mlir::LogicalResult end(tile::EndOp op);

  // Values.
  void define(mlir::Value name, Datum datum) { values[name] = std::move(datum); }
  template <typename T> const T &get(mlir::Value name) const { return std::get<T>(values.find(name)->second); }
  int64_t integer(mlir::Value name) const { return get<Number>(name).integer; }
  const View &view(mlir::Value name) const { return *get<const View *>(name); }
  llvm::SmallVector<int64_t, 4> integers(mlir::ValueRange names) const;
  int64_t stageOf(mlir::Value stage) const;
  /// A tile's elements; fails where a product that makes it is under way, or where something else lies in its place.
  mlir::FailureOr<TileRef> tile(mlir::Value name, mlir::Operation *user);
  /// In its place, if it has one.
  void defineTile(mlir::Value name, Numbers elements);
  /// Names a value of another name; a text's tile moves to this place.
  mlir::LogicalResult pass(mlir::Value name, mlir::Value value, tile::PlaceAttr place, mlir::Operation *op);

  // Rows reduced in parts, rare work (GroupRows.cpp).
  mlir::LogicalResult fold(tile::FoldOp op);
  mlir::FailureOr<llvm::SmallVector<bool>> warpsAbove(tile::WhereAnyOp op);
  mlir::LogicalResult whereAny(tile::WhereAnyOp op);
  mlir::LogicalResult replace(tile::ReplaceOp op);

  // Scalars and tiles in registers (GroupTiles.cpp).
  mlir::LogicalResult executeTile(mlir::Operation &op);
  mlir::LogicalResult compute(mlir::Operation &op);
  mlir::LogicalResult multiply(tile::MmaOp op);
  mlir::LogicalResult scalar(mlir::Operation &op);
  mlir::LogicalResult map(tile::MapOp op);
  mlir::LogicalResult load(tile::LoadOp op);
  mlir::LogicalResult store(tile::StoreOp op);
  mlir::LogicalResult draw(tile::DrawOp op);
  mlir::LogicalResult reduce(tile::ReduceOp op);
  mlir::LogicalResult prefixSum(tile::PrefixSumOp op);
  mlir::LogicalResult recurrence(tile::RecurrenceOp op);
  /// The result's element (i, j) is the operand's element function(i, j).
  mlir::LogicalResult rearrange(mlir::Operation *op,
                                llvm::function_ref<std::pair<int64_t, int64_t>(int64_t, int64_t)> function);
  template <typename AccessOp> llvm::SmallVector<Interval, 4> validRanges(AccessOp op) const;

  // Barriers (GroupBarriers.cpp).
  bool isOver(mlir::Operation *wait) const;
  class Barrier &barrierOf(tile::WaitOp op) const;
  mlir::FailureOr<class NamedBarrier *> namedBarrier(mlir::Operation *op, mlir::Value barrier, mlir::Value number) const;
  mlir::LogicalResult waitFor(tile::WaitOp op);
  mlir::LogicalResult namedArrive(mlir::Operation *op, class NamedBarrier &barrier);
  mlir::LogicalResult namedSync(tile::NamedSyncOp op);
  llvm::SmallVector<int64_t> receivers(bool all) const;
  mlir::LogicalResult arrive(mlir::Operation *op, mlir::Value barrier, mlir::Value stage, int64_t bytes,
                             int64_t numOthers = 0);

  // What other groups notice besides (GroupShared.cpp).
  mlir::LogicalResult executeShared(mlir::Operation &op);
  mlir::LogicalResult copyIn(tile::CopyInOp op);
  mlir::LogicalResult copyOut(tile::CopyOutOp op);
  mlir::LogicalResult multiply(tile::MmaAsyncOp op);
  mlir::LogicalResult waitForProducts(tile::MmaWaitOp op);
  mlir::LogicalResult waitForCopies(tile::WaitCopiesOp op);
  mlir::LogicalResult storeShared(tile::StoreSharedOp op);
  mlir::LogicalResult loadShared(tile::LoadSharedOp op);
  mlir::LogicalResult storeTransposed(tile::StoreTransposedOp op);
  mlir::LogicalResult loadTransposed(tile::LoadTransposedOp op);
  mlir::LogicalResult readShared(tile::ReadSharedOp op);
  mlir::LogicalResult writeShared(tile::WriteSharedOp op);
  mlir::LogicalResult clearRows(tile::ClearRowsOp op);
  void sync();
  void fence();

  // The clocks of the threads that execute an operation.
  bool isAlone() const { return frames.back().alone; }
  llvm::SmallVector<Clock *, 2> clocks();
  unsigned source(Sources::OfGroup which) const { return Sources::of(index, which); }
  /// An event of each of those threads.
  Access ordinary(mlir::Operation *op);
  void tick();
  mlir::LogicalResult check(mlir::Operation *op, std::optional<Conflict> conflict) const;
  mlir::LogicalResult checkRead(mlir::Operation *op, const SharedTile &tile, const Access &access);
  mlir::LogicalResult checkWrite(mlir::Operation *op, const SharedTile &tile, const Access &access);

  ThreadBlock &block;
  tile::RoleOp role;
  int64_t number; // in the role
  unsigned index; // in the cluster
  int64_t rank;   // of its block
  std::vector<Frame> frames;
  llvm::DenseMap<mlir::Value, Datum> values;
  mlir::Operation *wait = nullptr;
  std::optional<int64_t> syncPhase; // of the named barrier at which it has arrived and waits
  bool noticed = false; // by other groups: the turn ends
  Clock first, others;  // of the threads
  std::deque<Product> products;
  std::deque<OutgoingCopy> copies;
  // Groups of products and copies that have been committed, and copies of which the end has been waited for.
  int64_t productCommits = 0, copyCommits = 0;
  mlir::Operation *openProduct = nullptr, *openCopy = nullptr; // started, not committed
  mlir::Operation *lastProduct = nullptr, *lastCopy = nullptr;
};

/// a op b, in the type of the elements.
Number combine(tile::ReduceKind kind, Number a, Number b, mlir::Type element);

} // namespace braid::simulator

#endif // BRAID_LIB_SIMULATOR_GROUP_H

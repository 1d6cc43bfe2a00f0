//===- SSDScanSchedule.h - How Hopper runs an SSD scan --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text of a scan walks a row's chunks with the state S [p, n] carried, and
// for each one multiplies four times. Its schedule, for one or two heads at a
// time that share B and C:
//
//   role "load"    copies x, B and C of each chunk into a ring
//   role "scan"    a warp for each head, or two for one head: step sizes, their
//                  sums and every vector that depends on them, into the same ring
//   role "intra"   scores C B^T, once for all heads; for each head decayed and
//                  masked, rounded, handed on through a ring of its own
//   role "state"   a group for each head, with S in registers for the whole row:
//                    y^T = S C^T, decayed;  S = decay S + (w x)^T B;
//                    y^T += x^T M^T
//
// Products of the state role are transposed: sums of S are laid out as a left
// operand is, so S never leaves its registers, and C, B, M are read as they lie.
//
// A head is here what a block of the text takes of one: all of it, or a slice of
// its channels. Two slices share B and C as two heads do, and where a slice ends in
// the middle, so do the views: bulk copies bring zeros and leave the rest alone.
//
// A text that makes states alone has neither scores nor results: its schedule has
// no intra role. A vector carried beside the state is the scan role's.
//
// Bulk copies bring whole chunks. Of a row's last one the intra role (or, without
// it, the state role) clears what belongs to the next row, before anything is multiplied with it, and results
// are stored by threads, which stop at the row's end.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_SSDSCANSCHEDULE_H
#define BRAID_LIB_CONVERSION_TILETONVVM_SSDSCANSCHEDULE_H

#include "SSDScanText.h"
#include "ScheduleBuilder.h"
#include "TextCopy.h"

namespace braid::hopper {

class SSDScanSchedule : SSDScanText, ScheduleBuilder {
public:
  explicit SSDScanSchedule(tile::KernelOp kernel) : SSDScanText(kernel), ScheduleBuilder(kernel) {}

  /// Rewrites the kernel's text. False, and nothing is changed, where it is no scan of this form, or of sizes that the
  /// roles cannot hold.
  bool run();

private:
  static constexpr int64_t headRows = tile::SSDScanConfigAttr::sliceChannels; // of a state group
  static constexpr int64_t buffers = 2;   // of decayed scores and of results, for each head
  static constexpr int64_t panelColumns = 64;

  bool fitsRegisters();
  /// A state that leaves no room for itself rounded.
  bool isWide() { return outer.getN() > 2 * panelColumns; }
  void createShared();

  void createLoadRole();
  void createScanRole();
  void createIntraRole();
  void createStateRole();
  void createIdleRole();
  void createStatesAloneRole();

  // Parts of all roles.
  int64_t budget(unsigned warpgroup);
  int64_t stateWarp() const { return makesResults() ? 8 : 4; }
  void copyFinalStores(mlir::IRMapping &mapping, unsigned result, mlir::Value left);
  void clearBeyondRow(mlir::IRMapping &mapping, mlir::Value tokens, mlir::Value factors);

  /// Of the block's work: rows and heads. `carried` are cursors; body(mapping, carried) runs for a row that takes part.
  using ItemBody =
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::IRMapping &mapping, mlir::ValueRange carried)>;
  void forItems(mlir::Value head, mlir::ValueRange carried, ItemBody body);
  /// Of one row: chunks. body(mapping, carried) gets the loop's own values behind the induction variable's.
  using ChunkBody = ItemBody;
  mlir::Value firstToken(mlir::IRMapping &mapping);
  mlir::scf::ForOp forChunks(mlir::IRMapping &mapping, mlir::ValueRange carried, ChunkBody body);
  mlir::Value headPanel(mlir::Value ring, mlir::Value cursor, mlir::Value head);
  void knowVectors(TextCopy &copy, mlir::Value cursor, mlir::Value head);
  /// The tokens of the row from the chunk's first on; a whole chunk where there are at least as many.
  mlir::Value tokensLeft(mlir::IRMapping &mapping);
  mlir::Value isPartial(mlir::IRMapping &mapping);

  /// Warps that take the chunks of a head in turns. A vector that the text carries from chunk to chunk has one.
  int64_t scanTurns() const { return heads == 1 && makesResults() ? 2 : 1; }
  mlir::Value loadSteps(mlir::IRMapping &mapping, mlir::Value token);
  mlir::Value scanChunk(mlir::IRMapping &mapping, TextCopy &copy, mlir::Value head, mlir::Value cursor,
                        mlir::Value steps);

  mlir::IRMapping mappingOfHead(mlir::IRMapping &mapping, int64_t head);
  void makeScores(llvm::ArrayRef<mlir::IRMapping> ofHeads, mlir::Value token, mlir::Value cursor,
                  mlir::Value &scoresCursor);
  struct ChunkResult {
    mlir::Value state, y;
  };
  mlir::Value readWideState(mlir::IRMapping &mapping, mlir::Value cursor, mlir::Value state);
  mlir::Value addTokens(TextCopy &ofState, TextCopy &ofTokens, mlir::Value cursor);
  mlir::Value addChunk(mlir::IRMapping &mapping, mlir::Value group, mlir::Value cursor, mlir::Value state);
  ChunkResult multiplyChunk(mlir::IRMapping &mapping, mlir::Value group, mlir::Value cursor, mlir::Value scoresCursor,
                            mlir::Value state, llvm::function_ref<void()> meanwhile);
  /// One head in a block has registers to spare, and one chain of products: it stores a chunk's result under the next
  /// chunk's products.
  bool storesLate() { return heads == 1 && stages > 1 && !isWide(); }
  llvm::SmallVector<mlir::Value> stateChunk(mlir::IRMapping &mapping, mlir::Value group, mlir::Value first,
                                            mlir::ValueRange carried);
  mlir::Value storeIf(mlir::Value condition, mlir::IRMapping &mapping, mlir::Value group, mlir::Value staging,
                      mlir::Value y, mlir::Value cursor, mlir::Value scoresCursor, bool mayBePartial);
  void storeState(mlir::IRMapping &mapping, mlir::Value state);
  void storeChunk(mlir::IRMapping &mapping, mlir::Value group, mlir::Value staging, mlir::Value y, mlir::Value cursor,
                  mlir::Value scoresCursor, bool mayBePartial);

  using ScheduleBuilder::kernel;
  int64_t stages = 1, heads = 1;
  mlir::Value ringX, ringB, ringC, ringScores, ringY;
  llvm::SmallVector<mlir::Value> vectorRings;
  mlir::Value full, empty, scoresFull, scoresEmpty;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_SSDSCANSCHEDULE_H

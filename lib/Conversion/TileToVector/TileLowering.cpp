//===- TileLowering.cpp - One kernel as a function over vectors ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileLowering.h"
#include "Contraction.h"
#include "ReadOutStore.h"
#include "Recurrence.h"
#include "braid/Conversion/TileToVector/KernelABI.h"
#include "braid/Dialect/Tile/IR/Combine.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

TileLowering::TileLowering(KernelOp kernel, KernelContext &context)
    : PlacedLowering(context.code, context.scalars), kernel(kernel), context(context), code(context.code) {}

void TileLowering::run() {
  code.setInsertionPointAfter(kernel);
  function = LLVM::LLVMFuncOp::create(code, kernel.getSymName(), KernelABI::getFunctionType(kernel->getContext()));
  function->setAttr(KernelABI::scratchAttr, kernel->getAttr("tile.scratch_bytes"));
  Block *entry = function.addEntryBlock(code);
  code.setInsertionPointToStart(entry);
  readArguments();
  lowerBlock(kernel.getBlock());
  code.setInsertionPointToEnd(entry);
  LLVM::ReturnOp::create(code, ValueRange());
}

/// Views and numbers out of the argument struct, and the block's coordinates.
void TileLowering::readArguments() {
  KernelABI abi(kernel.getFunctionType());
  auto pointer = LLVM::LLVMPointerType::get(code.getContext());
  auto load = [&](unsigned field, Type type) -> Value {
    Value address = LLVM::GEPOp::create(code, pointer, abi.getStructType(), function.getArgument(0),
                                        ArrayRef<LLVM::GEPArg>{0, int32_t(field)});
    return LLVM::LoadOp::create(code, type, address);
  };
  auto asIndex = [&](Value value) -> Value { return arith::IndexCastOp::create(code, code.getIndexType(), value); };
  context.scratch = function.getArgument(2);
  for (BlockArgument argument : kernel.getBlock().getArguments()) {
    unsigned number = argument.getArgNumber(), field = abi.getField(number), dynamicSizes = 0;
    auto view = dyn_cast<ViewType>(argument.getType());
    if (!view) {
      bool isIndex = argument.getType().isIndex();
      Value value = load(field, isIndex ? code.getI64Type() : argument.getType());
      context.scalars.map(argument, isIndex ? asIndex(value) : value);
      continue;
    }
    ViewMemory memory{load(field, pointer), {}};
    for (int64_t size : view.getShape())
      memory.sizes.push_back(ShapedType::isDynamic(size)
                                 ? asIndex(load(abi.getSizeField(number, dynamicSizes++), code.getI64Type()))
                                 : code.index(size));
    context.views[argument] = memory;
  }
  // block = (b0 * g1 + b1) * g2 + b2
  Value block = asIndex(function.getArgument(1));
  Value g1 = asIndex(load(abi.getGridField(1), code.getI64Type()));
  Value g2 = asIndex(load(abi.getGridField(2), code.getI64Type()));
  Value b01 = arith::DivUIOp::create(code, block, g2), b2 = arith::RemUIOp::create(code, block, g2);
  Value ids[] = {arith::DivUIOp::create(code, b01, g1), arith::RemUIOp::create(code, b01, g1), b2};
  kernel.walk([&](BlockIdOp id) { context.scalars.map(id.getResult(), ids[id.getDimension()]); });
}

bool TileLowering::lowerOther(Operation &op) {
  return llvm::TypeSwitch<Operation *, bool>(&op)
      .Case([&](DimOp dim) {
        context.scalars.map(dim.getResult(), context.views.find(dim.getView())->second.sizes[dim.getDimension()]);
        return true;
      })
      .Case([&](StoreOp store) { return lowerStore(store), true; })
      .Case([&](ReadOp read) { return lowerRead(read), true; })
      .Case([&](WriteOp write) { return lowerWrite(write), true; })
      .Case([&](ExtractOp extract) { return lowerExtract(extract), true; })
      .Case([&](RecurrenceOp recurrence) { return lowerRecurrence(recurrence), true; })
      .Default([](Operation *) { return false; });
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

void TileLowering::lowerTile(Operation &op) {
  Value tile = op.getResult(0);
  auto place = op.getAttrOfType<PlaceAttr>("tile.place");
  places[tile] = place;
  Storage storage = context.storageAt(place);
  if (auto reshape = dyn_cast<ReshapeOp>(op)) {
    // Another name for the same rows.
    storage.stride = cast<TileType>(tile.getType()).getColumns() == 1 ? 1 : storage.stride;
  } else if (auto mma = dyn_cast<MmaOp>(op)) {
    lowerMma(mma);
  } else if (auto reduce = dyn_cast<ReduceOp>(op)) {
    lowerReduce(reduce, storage);
  } else if (auto sum = dyn_cast<PrefixSumOp>(op)) {
    lowerPrefixSum(sum, storage);
  } else if (auto transpose = dyn_cast<TransposeOp>(op)) {
    lowerTranspose(transpose, storage);
  } else if (place.getKind() != PlaceKind::Inline) {
    // A load, map, splat or broadcast that is kept: its elements are made once, now.
    context.tiles[tile] = Storage();
    if (place.getKind() == PlaceKind::Rows) {
      writeRows(tile, storage);
    } else {
      OpOperand &use = *tile.use_begin();
      auto mma = cast<MmaOp>(use.getOwner());
      packOperand(tile, use.getOperandNumber() == 0 ? OperandFormat::left(mma, context.target)
                                                    : OperandFormat::right(mma, context.target),
                  storage, context);
    }
  }
  context.tiles[tile] = storage;
}

void TileLowering::lowerMma(MmaOp mma) {
  auto operand = [&](Value tile, StringRef attribute, const OperandFormat &format) {
    auto place = mma->getAttrOfType<PlaceAttr>(attribute);
    if (place.getKind() == PlaceKind::Inline)
      return context.tiles.find(tile)->second;
    Storage storage = context.storageAt(place);
    packOperand(tile, format, storage, context);
    return storage;
  };
  Storage a = operand(mma.getA(), "tile.pack_a", OperandFormat::left(mma, context.target));
  Storage b = operand(mma.getB(), "tile.pack_b", OperandFormat::right(mma, context.target));
  auto place = mma->getAttrOfType<PlaceAttr>("tile.place");
  // An accumulator that is computed where it is used begins in registers, unless rows of the product may be left out.
  bool isKept = context.tiles.find(mma.getAccumulator())->second.kind != PlaceKind::Inline;
  bool startsInMemory = isKept || a.rows || b.kind == PlaceKind::Inline;
  if (startsInMemory)
    moveTo(mma.getAccumulator(), place);
  if (b.kind == PlaceKind::Inline)
    return multiplyAddStreaming(mma, a, context.storageAt(place), context);
  multiplyAdd(mma, a, b, context.storageAt(place), startsInMemory, context);
}

int64_t TileLowering::lanesFor(const ElementSource &source, int64_t columns) const {
  return columns == 1 ? 1 : context.vectorBytes() / source.widestBytes();
}

void TileLowering::forVectors(int64_t columns, int64_t lanes, llvm::function_ref<void(Value, int64_t)> body) {
  int64_t whole = columns / lanes * lanes;
  code.loop(0, whole, lanes, [&](Value column) { body(column, lanes); });
  if (whole < columns)
    body(code.index(whole), columns - whole);
}

Value TileLowering::fold(int64_t turns, Value init, llvm::function_ref<Value(Value, Value)> body) {
  if (turns == 0)
    return init;
  auto loop = scf::ForOp::create(code, code.index(0), code.index(turns), code.index(1), ValueRange(init));
  OpBuilder::InsertionGuard guard(code);
  code.setInsertionPointToStart(loop.getBody());
  Value next = body(loop.getInductionVar(), loop.getRegionIterArg(0));
  scf::YieldOp::create(code, next);
  return loop.getResult(0);
}

void TileLowering::writeRows(Value tile, const Storage &to) {
  auto type = cast<TileType>(tile.getType());
  ElementSource source(tile, context);
  int64_t lanes = lanesFor(source, type.getColumns());
  std::optional<MaskedTile> masked = MaskedTile::of(tile);
  code.ifElse(source.allInside(), [&](bool inside) {
    source.beginWalk(inside);
    code.loop(0, type.getRows(), 1, [&](Value r) {
      ElementSource::Row row = source.beginRow(r);
      Value line = code.address(to.pointer, type.getElementType(), code.mul(r, to.stride));
      auto write = [&](Value elements, Value column) {
        code.store(elements, code.address(line, type.getElementType(), column));
      };
      auto compute = [&](Value column) { write(source.vector(row, column, lanes, lanes), column); };
      int64_t whole = type.getColumns() / lanes * lanes;
      if (masked && whole > lanes)
        masked->forVectors(r, whole, lanes, compute, write, context);
      else
        code.loop(0, whole, lanes, compute);
      // Rows are padded to whole lines, so the last vector may be written in full.
      if (whole < type.getColumns())
        write(source.vector(row, code.index(whole), lanes, type.getColumns() - whole), code.index(whole));
      source.prefetchRows(row, [&](LoadOp load) { return rowsToAskFor(load, context.target); });
    });
  });
}

void TileLowering::moveTo(Value tile, PlaceAttr place) {
  auto known = places.find(tile);
  if (known == places.end() || known->second != place)
    writeRows(tile, context.storageAt(place));
}

void TileLowering::setPlace(Value tile, PlaceAttr place) {
  PlacedLowering::setPlace(tile, place);
  context.tiles[tile] = context.storageAt(place);
}

/// The lanes combined in halves: a fixed tree.
static Value combineLanes(ReduceKind kind, Value vector, Code &code) {
  int64_t lanes = cast<VectorType>(vector.getType()).getNumElements();
  for (; lanes > 1; lanes /= 2) {
    Value low = vector::ExtractStridedSliceOp::create(code, vector, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{lanes / 2},
                                                      ArrayRef<int64_t>{1});
    Value high = vector::ExtractStridedSliceOp::create(code, vector, ArrayRef<int64_t>{lanes / 2},
                                                       ArrayRef<int64_t>{lanes / 2}, ArrayRef<int64_t>{1});
    vector = combine(kind, low, high, code);
  }
  return vector::ExtractOp::create(code, vector, ArrayRef<int64_t>{0});
}

void TileLowering::lowerReduce(ReduceOp op, const Storage &to) {
  TileType type = op.getInput().getType();
  ReduceKind kind = op.getKind();
  Type element = type.getElementType();
  bool alongRow = type.getRank() == 1 || op.getDimension() == 1;
  ElementSource source(op.getInput(), context);
  int64_t lanes = lanesFor(source, type.getColumns()), columns = type.getColumns(), whole = columns / lanes;
  auto vectorType = VectorType::get(lanes, element);
  code.ifElse(source.allInside(), [&](bool inside) {
    source.beginWalk(inside);
    Value start = neutral(kind, vectorType, code);
    if (alongRow) {
      code.loop(0, type.getRows(), 1, [&](Value r) {
        ElementSource::Row row = source.beginRow(r);
        Value sum = fold(whole, start, [&](Value turn, Value carried) {
          return combine(kind, carried, source.vector(row, code.mul(turn, lanes), lanes, lanes), code);
        });
        if (int64_t valid = columns - whole * lanes) {
          SmallVector<bool> exists;
          for (int64_t lane = 0; lane < lanes; ++lane)
            exists.push_back(lane < valid);
          Value which = arith::ConstantOp::create(code, code.getBoolVectorAttr(exists));
          Value last = source.vector(row, code.index(whole * lanes), lanes, valid);
          sum = combine(kind, sum, arith::SelectOp::create(code, which, last, start), code);
        }
        code.store(combineLanes(kind, sum, code), code.address(to.pointer, element, r));
      });
      return;
    }
    forVectors(columns, lanes, [&](Value column, int64_t valid) {
      Value sum = fold(type.getRows(), start, [&](Value r, Value carried) {
        ElementSource::Row row = source.beginRow(r);
        return combine(kind, carried, source.vector(row, column, lanes, valid), code);
      });
      code.store(sum, code.address(to.pointer, element, column));
    });
  });
}

void TileLowering::lowerPrefixSum(PrefixSumOp op, const Storage &to) {
  TileType type = op.getType();
  Type element = type.getElementType();
  const Storage &from = context.tiles.find(op.getInput())->second;
  bool alongRow = type.getRank() == 1 || op.getDimension() == 1;
  int64_t count = alongRow ? type.getColumns() : type.getRows(), lines = alongRow ? type.getRows() : type.getColumns();
  code.loop(0, lines, 1, [&](Value line) {
    fold(count, code.zero(element), [&](Value turn, Value sum) -> Value {
      Value i = op.getReverse() ? code.sub(code.index(count - 1), turn) : turn;
      auto at = [&](const Storage &storage) {
        Value r = alongRow ? line : i, c = alongRow ? i : line;
        return code.address(storage.pointer, element, code.add(code.mul(r, storage.stride), c));
      };
      Value next = combine(ReduceKind::Add, sum, code.load(element, at(from)), code);
      code.store(next, at(to));
      return next;
    });
  });
}

void TileLowering::lowerTranspose(TransposeOp op, const Storage &to) {
  Type element = op.getType().getElementType();
  const Storage &from = context.tiles.find(op.getInput())->second;
  int64_t rows = op.getType().getRows(), columns = op.getType().getColumns();
  auto at = [&](const Storage &storage, Value r, Value c) {
    return code.address(storage.pointer, element, code.add(code.mul(r, storage.stride), c));
  };
  // Squares of words are transposed in registers; what is left over, element by element.
  int64_t bits = element.getIntOrFloatBitWidth(), lanes = bits < 32 ? 0 : context.target.vectorBits / bits;
  int64_t squareRows = lanes ? rows / lanes * lanes : 0, squareColumns = lanes ? columns / lanes * lanes : 0;
  code.loop(0, squareRows, lanes, [&](Value r) {
    code.loop(0, squareColumns, lanes, [&](Value c) {
      SmallVector<Value> square;
      for (int64_t i = 0; i < lanes; ++i)
        square.push_back(code.load(VectorType::get(lanes, element), at(from, code.add(c, i), r)));
      for (auto [i, row] : llvm::enumerate(transposeWords(square, code)))
        code.store(row, at(to, code.add(r, i), c));
    });
  });
  auto byElement = [&](int64_t firstRow, int64_t firstColumn, int64_t rowsEnd) {
    code.loop(firstRow, rowsEnd, 1, [&](Value r) {
      code.loop(firstColumn, columns, 1, [&](Value c) { code.store(code.load(element, at(from, c, r)), at(to, r, c)); });
    });
  };
  byElement(0, squareColumns, squareRows);
  byElement(squareRows, 0, rows);
}

void TileLowering::lowerRecurrence(RecurrenceOp op) {
  SmallVector<Storage, 2> storages;
  for (auto [result, place] : llvm::zip(op->getResults(), op->getAttrOfType<ArrayAttr>("tile.places"))) {
    places[result] = cast<PlaceAttr>(place);
    storages.push_back(context.storageAt(places[result]));
  }
  for (auto [result, storage] : llvm::zip(op->getResults(), storages))
    context.tiles[result] = storage;
  if (StoreOp store = storeOfReadOut(op, context.target)) {
    storedLater[store] = op;
    return;
  }
  ElementSource u(op.getU(), context);
  tile::lowerRecurrence(op, u, storages[0], storages[1], context);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// Whether all of a store, and of the loads that it depends on, lies inside memory; null if that is known.
Value TileLowering::allInside(ElementSource &source, const ViewAccess &access) {
  Value inside = source.allInside();
  if (!access.allRows) {
    inside = code.both(inside, code.lessEqual(access.rowLow, code.index(0)));
    inside = code.both(inside, code.lessEqual(code.index(access.rows), access.rowHigh));
  }
  if (!access.allColumns) {
    inside = code.both(inside, code.lessEqual(access.columnLow, code.index(0)));
    inside = code.both(inside, code.lessEqual(code.index(access.columns), access.columnHigh));
  }
  return inside;
}

void TileLowering::lowerStore(StoreOp store) {
  ElementSource source(store.getValue(), context);
  ViewAccess access(store, context);
  if (RecurrenceOp recurrence = storedLater.lookup(store))
    return storeReadOut(recurrence, store, source, access);
  code.ifElse(allInside(source, access), [&](bool inside) { storeRows(store, source, access, inside); });
}

/// What lies inside memory, known to be all or not.
void TileLowering::storeRows(StoreOp store, ElementSource &source, const ViewAccess &access, bool inside) {
  auto type = store.getValue().getType();
  Type element = type.getElementType();
  int64_t lanes = lanesFor(source, type.getColumns());
  int64_t ahead = rowsToAskFor(store, context.target);
  SmallVector<int64_t> counting = llvm::to_vector(llvm::seq<int64_t>(0, lanes));
  auto laneMask = [&](Value low, Value high, Value column) {
    // Columns of a tile fit 32 bits; index is what the bounds are in, and the compare is made once a vector.
    Type i32 = code.getI32Type();
    auto narrow = [&](Value value) { return code.splat(arith::IndexCastOp::create(code, i32, value), lanes); };
    Value lane = arith::ConstantOp::create(
        code, code.getI32VectorAttr(llvm::map_to_vector(counting, [](int64_t n) { return int32_t(n); })));
    Value position = arith::AddIOp::create(code, narrow(column), lane);
    Value below = arith::CmpIOp::create(code, arith::CmpIPredicate::slt, position, narrow(high));
    Value above = arith::CmpIOp::create(code, arith::CmpIPredicate::sge, position, narrow(low));
    return Value(arith::AndIOp::create(code, below, above));
  };
  source.beginWalk(inside);
  auto writeRow = [&](Value r) {
    ElementSource::Row row = source.beginRow(r);
    Value line = access.rowPointer(r, context);
    forVectors(type.getColumns(), lanes, [&](Value column, int64_t valid) {
      Value value = source.vector(row, column, lanes, valid);
      Value address = code.address(line, element, column);
      if (inside && valid == lanes)
        code.store(value, address);
      else
        code.maskedStore(value, address, laneMask(access.columnLow, access.columnHigh, column));
    });
    if (ahead)
      code.prefetchLines(access.rowPointer(code.add(r, ahead), context), type, /*toWrite=*/true);
  };
  if (inside)
    code.loop(0, type.getRows(), 1, writeRow);
  else
    code.loop(access.rowLow, access.rowHigh, writeRow);
}

/// A recurrence whose read-out is stored as it is made. What is clipped, or has rows that the recurrence leaves out, is
/// stored behind it.
void TileLowering::storeReadOut(RecurrenceOp recurrence, StoreOp store, ElementSource &source,
                                const ViewAccess &access) {
  SmallVector<NextLines> next = linesOfNextTurn(recurrence, context);
  int64_t lanes = lanesFor(source, recurrence.getChannels());
  auto take = [&](Value r, Value column, Value readOut) {
    ElementSource::Row row = source.beginRow(r);
    Value value = source.vectorFrom(recurrence.getResult(), readOut, row, column, lanes);
    code.store(value, code.address(access.rowPointer(r, context), access.element, column));
    for (const NextLines &lines : next) {
      Value line = lines.access.rowPointer(code.add(r, lines.ahead), context);
      code.prefetch(code.address(line, lines.access.element, column), lines.areWritten);
    }
  };
  ElementSource u(recurrence.getU(), context);
  Value all = code.lessEqual(code.index(recurrence.getTokens()), context.scalar(recurrence.getCount()));
  ReadOutUser user{code.both(code.both(allInside(source, access), u.allInside()), all), take};
  source.beginWalk(/*allInside=*/true);
  tile::lowerRecurrence(recurrence, u, context.tiles.find(recurrence.getResult())->second,
                        context.tiles.find(recurrence.getLast())->second, context, &user);
  code.ifElse(user.condition, [&](bool isTaken) {
    if (!isTaken)
      storeRows(store, source, access, /*inside=*/false);
  });
}

/// Whether an element lies inside its view; null where every index is known to. Sets its address.
Value TileLowering::elementInside(Value view, ValueRange indices, Value &pointer) {
  const ViewMemory &memory = context.views.find(view)->second;
  auto type = cast<ViewType>(view.getType());
  Value offset = code.index(0), inside;
  for (auto [d, position] : llvm::enumerate(indices)) {
    Value at = context.scalar(position);
    offset = code.add(offset, code.mul(at, type.getStrides()[d]));
    inside = code.both(inside, code.lessEqual(code.index(0), at));
    inside = code.both(inside, code.less(at, memory.sizes[d]));
  }
  pointer = code.address(memory.pointer, type.getElementType(), offset);
  return inside;
}

void TileLowering::lowerRead(ReadOp read) {
  Value pointer, inside = elementInside(read.getView(), read.getIndices(), pointer);
  Type element = read.getResult().getType();
  if (!inside)
    return context.scalars.map(read.getResult(), code.load(element, pointer));
  auto branch = scf::IfOp::create(code, TypeRange(element), inside, /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(code);
  code.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(code, code.load(element, pointer));
  code.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(code, code.zero(element));
  context.scalars.map(read.getResult(), branch.getResult(0));
}

void TileLowering::lowerExtract(ExtractOp extract) {
  const Storage &from = context.tiles.find(extract.getInput())->second;
  Value offset = code.index(0);
  unsigned rank = extract.getIndices().size();
  for (auto [d, position] : llvm::enumerate(extract.getIndices()))
    offset = code.add(offset, code.mul(context.scalar(position), rank == 2 && d == 0 ? from.stride : 1));
  Type element = extract.getType();
  context.scalars.map(extract.getResult(), code.load(element, code.address(from.pointer, element, offset)));
}

void TileLowering::lowerWrite(WriteOp write) {
  Value pointer, inside = elementInside(write.getView(), write.getIndices(), pointer);
  auto store = [&] { code.store(context.scalar(write.getValue()), pointer); };
  inside ? code.ifThen(inside, store) : store();
}

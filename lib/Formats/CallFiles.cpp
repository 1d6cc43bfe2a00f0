//===- CallFiles.cpp - One call of a function, in files -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/CallFiles.h"

#include <algorithm>

namespace braid {

// Far more than any call has, so that sums do not overflow.
constexpr int64_t mostTokens = int64_t{1} << 32;

std::vector<int64_t> CallRows::lengthAfter() const {
  std::vector<int64_t> after = length;
  for (size_t row = 0; row < slot.size(); ++row)
    if (slot[row] >= 0)
      after[static_cast<size_t>(slot[row])] += start[row + 1] - start[row];
  return after;
}

Result<CallRows> rowsOf(const CallFiles &files) {
  CallRows rows;
  if (!files.slots.empty() && files.slots.size() != files.rows.size())
    return Status::usage(
        cat("--slots: expected one slot for each of ", files.rows.size(), " rows, found ", files.slots.size()));
  rows.length = files.lengths;
  std::vector<bool> seen;
  for (size_t row = 0; row < files.rows.size(); ++row) {
    int64_t count = files.rows[row], slot = files.slots.empty() ? static_cast<int64_t>(row) : files.slots[row];
    if (count < 1 || count > mostTokens)
      return Status::usage(cat("--rows: expected 1 to ", mostTokens, " tokens in row ", row, ", found ", count));
    if (slot >= 1 << 24)
      return Status::usage(cat("--slots: expected a slot below ", 1 << 24, " for row ", row, ", found ", slot));
    rows.start.push_back(rows.start.back() + count);
    rows.slot.push_back(static_cast<int32_t>(std::max<int64_t>(slot, -1)));
    if (slot < 0)
      continue;
    size_t index = static_cast<size_t>(slot);
    rows.length.resize(std::max(rows.length.size(), index + 1));
    seen.resize(rows.length.size());
    if (seen[index])
      return Status::usage(cat("--slots: expected each slot once, found slot ", slot, " again in row ", row));
    seen[index] = true;
  }
  for (size_t slot = 0; slot < rows.length.size(); ++slot)
    if (rows.length[slot] < 0 || rows.length[slot] > mostTokens)
      return Status::usage(
          cat("--lengths: expected 0 to ", mostTokens, " tokens in slot ", slot, ", found ", rows.length[slot]));
  // A call of padding alone still brings a table of lengths.
  if (rows.length.empty())
    rows.length.push_back(0);
  return rows;
}

Result<std::map<std::string, std::string>> namedFiles(const std::vector<std::string> &list, std::string_view flag) {
  std::map<std::string, std::string> files;
  for (const std::string &item : list) {
    size_t equals = item.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == item.size())
      return Status::usage(cat(flag, ": expected NAME=FILE, found ", inQuotes(item)));
    if (!files.emplace(item.substr(0, equals), item.substr(equals + 1)).second)
      return Status::usage(cat(flag, ": expected each state once, found ", inQuotes(item.substr(0, equals)), " again"));
  }
  return files;
}

std::vector<double> valuesOf(const NpyArray &array) {
  std::vector<double> values(array.elements());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = loadElement(array.dtype, array.bytes.data(), i);
  return values;
}

Status writeValues(const std::string &path, DType dtype, const std::vector<int64_t> &shape,
                   const std::vector<double> &values) {
  DType stored = dtype == DType::F64 ? DType::F64 : DType::F32;
  BRAID_TRY_ASSIGN(NpyWriter writer, NpyWriter::create(path, stored, shape));
  std::vector<uint8_t> bytes(values.size() * sizeOf(stored));
  convertElements(DType::F64, values.data(), stored, bytes.data(), values.size());
  BRAID_TRY(writer.append(bytes.data(), values.size()));
  return writer.finish();
}

} // namespace braid

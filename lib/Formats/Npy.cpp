//===- Npy.cpp - Reading and writing NumPy arrays -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The header of a `.npy` file is a Python dictionary display with exactly the
// keys 'descr', 'fortran_order' and 'shape'. The scanner below reads just that.
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/Npy.h"

namespace braid {

namespace {
struct Header {
  std::string_view descr;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
  bool hasDescr = false, hasOrder = false, hasShape = false;
};

class HeaderScanner {
public:
  explicit HeaderScanner(std::string_view text) : rest(text) {}

  bool scan(Header &header) {
    if (!eat('{'))
      return false;
    while (!eat('}')) {
      std::string_view key;
      if (!string(key) || !eat(':') || !member(key, header))
        return false;
      if (!eat(',') && !peek('}'))
        return false;
    }
    skipSpace();
    return rest.empty() && header.hasDescr && header.hasOrder && header.hasShape;
  }

private:
  bool member(std::string_view key, Header &header) {
    if (key == "descr" && !header.hasDescr)
      return header.hasDescr = string(header.descr);
    if (key == "fortran_order" && !header.hasOrder) {
      header.fortranOrder = peek('T');
      return header.hasOrder = word("True") || word("False");
    }
    return key == "shape" && !header.hasShape && (header.hasShape = shape(header.shape));
  }

  bool shape(std::vector<int64_t> &extents) {
    if (!eat('('))
      return false;
    while (!eat(')')) {
      int64_t extent = 0;
      if (extents.size() >= 32 || !integer(extent))
        return false;
      extents.push_back(extent);
      if (!eat(',') && !peek(')'))
        return false;
    }
    return true;
  }

  bool integer(int64_t &value) {
    skipSpace();
    size_t digits = 0;
    for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits)
      if (__builtin_mul_overflow(value, int64_t{10}, &value) ||
          __builtin_add_overflow(value, int64_t{rest[digits] - '0'}, &value))
        return false;
    rest.remove_prefix(digits);
    return digits != 0;
  }

  bool string(std::string_view &value) {
    skipSpace();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return false;
    size_t end = rest.find(rest[0], 1);
    if (end == rest.npos)
      return false;
    value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return true;
  }

  bool word(std::string_view text) {
    skipSpace();
    if (rest.substr(0, text.size()) != text)
      return false;
    rest.remove_prefix(text.size());
    return true;
  }

  bool eat(char c) {
    if (!peek(c))
      return false;
    rest.remove_prefix(1);
    return true;
  }
  bool peek(char c) {
    skipSpace();
    return !rest.empty() && rest[0] == c;
  }
  void skipSpace() {
    while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\n' || rest[0] == '\t'))
      rest.remove_prefix(1);
  }

  std::string_view rest;
};

struct Descr {
  std::string_view name;
  DType type;
};
constexpr Descr descrs[] = {{"<f8", DType::F64}, {"<f4", DType::F32}, {"<i4", DType::I32}};

std::string_view descrOf(DType type) {
  for (const Descr &entry : descrs)
    if (entry.type == type)
      return entry.name;
  return "";
}
} // namespace

Result<NpyArray> parseNpy(std::string_view contents, const std::string &file) {
  return guardMemory([&]() -> Result<NpyArray> {
    constexpr std::string_view magic = "\x93NUMPY";
    if (contents.size() < 10 || contents.substr(0, magic.size()) != magic)
      return Status::badInput(cat(file, ": expected a NumPy array, found no such header"));
    auto byte = [&](size_t i) { return static_cast<uint64_t>(static_cast<uint8_t>(contents[i])); };
    uint64_t version = byte(6), start = version == 1 ? 10 : 12;
    if (version < 1 || version > 3)
      return Status::badInput(cat(file, ": expected version 1 to 3 of the NumPy format, found ", version));
    if (contents.size() < start)
      return Status::badInput(cat(file, ": expected a header, found a file of ", contents.size(), " bytes"));
    uint64_t length = byte(8) | byte(9) << 8;
    if (version != 1)
      length |= byte(10) << 16 | byte(11) << 24;
    if (length > contents.size() - start || length > 65536)
      return Status::badInput(cat(file, ": expected a header of ", length, " bytes (at most 65536), found a file of ",
                                  contents.size(), " bytes"));
    Header header;
    if (!HeaderScanner(contents.substr(start, length)).scan(header))
      return Status::badInput(cat(file, ": expected a header with 'descr', 'fortran_order' and 'shape', found ",
                                  inQuotes(contents.substr(start, length))));
    NpyArray array;
    bool known = false;
    for (const Descr &entry : descrs)
      if (entry.name == header.descr) {
        array.dtype = entry.type;
        known = true;
      }
    if (!known)
      return Status::badInput(
          cat(file, ": expected elements '<i4', '<f4' or '<f8', found ", inQuotes(header.descr)));
    if (header.fortranOrder && header.shape.size() > 1)
      return Status::badInput(cat(file, ": expected C order, found Fortran order"));
    uint64_t bytes = sizeOf(array.dtype), found = contents.size() - start - length;
    for (int64_t extent : header.shape)
      if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes))
        return Status::badInput(cat(file, ": expected fewer than 2^64 bytes, found shape ", listed(header.shape)));
    if (bytes != found)
      return Status::badInput(
          cat(file, ": expected ", bytes, " bytes for shape ", listed(header.shape), ", found ", found));
    array.shape = std::move(header.shape);
    array.bytes.assign(contents.end() - static_cast<ptrdiff_t>(bytes), contents.end());
    return array;
  });
}

Result<NpyArray> readNpy(const std::string &path, uint64_t maxBytes) {
  BRAID_TRY_ASSIGN(std::string contents, readFile(path, maxBytes));
  return parseNpy(contents, path);
}

Result<NpyWriter> NpyWriter::create(const std::string &path, DType dtype, const std::vector<int64_t> &shape) {
  return guardMemory([&]() -> Result<NpyWriter> {
    std::string_view descr = descrOf(dtype);
    if (descr.empty())
      return Status::usage(cat("expected i32, f32 or f64 for a NumPy array, found ", nameOf(dtype)));
    uint64_t elements = 1;
    std::string extents;
    for (int64_t extent : shape) {
      if (__builtin_mul_overflow(elements, static_cast<uint64_t>(extent), &elements))
        return Status::usage(cat("expected fewer than 2^64 elements, found shape ", listed(shape)));
      extents += cat(extent, ",");
    }
    if (shape.size() > 1)
      extents.pop_back();
    std::string header = cat("{'descr': '", descr, "', 'fortran_order': False, 'shape': (", extents, "), }");
    // The format wants the data at a multiple of 64 and a newline before it.
    header.append((64 - (10 + header.size() + 1) % 64) % 64, ' ');
    header += '\n';
    std::string start("\x93NUMPY\x01\0", 8);
    start += static_cast<char>(header.size() & 0xff);
    start += static_cast<char>(header.size() >> 8);
    BRAID_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path));
    BRAID_TRY(file.write(start + header));
    return NpyWriter(std::move(file), dtype, elements);
  });
}

Status NpyWriter::append(const void *elements, size_t count) {
  if (count > missing)
    return Status::internal(cat("expected at most ", missing, " more elements, found ", count));
  missing -= count;
  return file.write(elements, count * sizeOf(dtype));
}

Status NpyWriter::finish() {
  if (missing != 0)
    return Status::internal(cat("expected ", missing, " more elements, found the end of the array"));
  return file.commit();
}

} // namespace braid

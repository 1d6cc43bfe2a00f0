//===- Status.h - Errors as values ---------------------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// User input never ends in an exception or an assertion: a function that can
// fail returns a Status, or a Result that holds either a value or a Status.
// Messages say what was expected, what was found and where, in one line.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_STATUS_H
#define BRAID_FORMATS_STATUS_H

#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace braid {

/// What went wrong, in kinds that a caller can act on. The C ABI and the tool's
/// exit codes are functions of these.
enum class StatusCode : int {
  Ok = 0,
  Usage = 1,       // the call itself is wrong
  BadInput = 2,    // a file or a value from outside is malformed or does not fit
  OutOfMemory = 3, // the machine cannot hold what was asked for
  IO = 4,          // the operating system refused to read or write
  Limit = 5,       // a limit that was fixed at creation would be passed
  Unsupported = 6, // well-formed, but not for this machine or this version
  Internal = 7,    // a bug in Braid
};

class [[nodiscard]] Status {
public:
  Status() = default;
  Status(StatusCode code, std::string message) : kind(code), text(std::move(message)) {}

  static Status usage(std::string message) { return {StatusCode::Usage, std::move(message)}; }
  static Status badInput(std::string message) { return {StatusCode::BadInput, std::move(message)}; }
  static Status outOfMemory(std::string message) { return {StatusCode::OutOfMemory, std::move(message)}; }
  static Status io(std::string message) { return {StatusCode::IO, std::move(message)}; }
  static Status limit(std::string message) { return {StatusCode::Limit, std::move(message)}; }
  static Status unsupported(std::string message) { return {StatusCode::Unsupported, std::move(message)}; }
  static Status internal(std::string message) { return {StatusCode::Internal, std::move(message)}; }

  bool ok() const { return kind == StatusCode::Ok; }
  StatusCode code() const { return kind; }
  const std::string &message() const { return text; }

private:
  StatusCode kind = StatusCode::Ok;
  std::string text;
};

/// A value, or the reason why there is none.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : storage(std::in_place_index<0>, std::move(value)) {}
  Result(Status status) : storage(std::in_place_index<1>, std::move(status)) {}

  bool ok() const { return storage.index() == 0; }
  T &operator*() { return *std::get_if<0>(&storage); }
  const T &operator*() const { return *std::get_if<0>(&storage); }
  T *operator->() { return std::get_if<0>(&storage); }
  const T *operator->() const { return std::get_if<0>(&storage); }
  Status status() const { return ok() ? Status() : *std::get_if<1>(&storage); }

private:
  std::variant<T, Status> storage;
};

/// Runs `body`, which returns a Status or a Result, and turns a failed
/// allocation into a Status. Nothing else in Braid throws.
template <typename F> auto guardMemory(F &&body) -> std::invoke_result_t<F> {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return Status::outOfMemory("out of memory");
  }
}

namespace detail {
inline void append(std::string &out, std::string_view text) { out += text; }
inline void append(std::string &out, char c) { out += c; }
void append(std::string &out, double value);
template <typename T>
std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, char>> append(std::string &out, T value) {
  out += std::to_string(value);
}
} // namespace detail

/// Joins text and numbers.
template <typename... Parts> std::string cat(const Parts &...parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

/// The text between single quotes, control characters escaped, at most 80 bytes of it.
std::string inQuotes(std::string_view text);
/// The same, whole: the end of a path is what tells it from others.
std::string pathInQuotes(std::string_view path);

/// "[2, 3]".
template <typename Range> std::string listed(const Range &values) {
  std::string out = "[";
  for (const auto &value : values)
    detail::append(out.size() > 1 ? out += ", " : out, value);
  return out + "]";
}

} // namespace braid

#define BRAID_CONCAT_IMPL(a, b) a##b
#define BRAID_CONCAT(a, b) BRAID_CONCAT_IMPL(a, b)

/// Returns the Status of an expression from the enclosing function if it failed.
#define BRAID_TRY(...)                                                                                                 \
  do {                                                                                                                 \
    if (::braid::Status braidStatus = (__VA_ARGS__); !braidStatus.ok())                                                \
      return braidStatus;                                                                                              \
  } while (0)

/// `BRAID_TRY_ASSIGN(T x, expression)`: the Result's value, or return its Status.
#define BRAID_TRY_ASSIGN(target, ...)                                                                                  \
  auto BRAID_CONCAT(braidResult, __LINE__) = (__VA_ARGS__);                                                            \
  if (!BRAID_CONCAT(braidResult, __LINE__).ok())                                                                       \
    return BRAID_CONCAT(braidResult, __LINE__).status();                                                               \
  target = std::move(*BRAID_CONCAT(braidResult, __LINE__))

#endif // BRAID_FORMATS_STATUS_H

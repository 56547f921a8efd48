#include "printed.hpp"

#include "interpreter.hpp"

#include "host/language.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

namespace ropewalk::python {
namespace {

struct Kept {
  std::mutex writing;
  std::atomic<std::size_t> size = 0;
  std::array<char, 8192> bytes;
};
Kept kept[2];

/// 0 or an errno.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int write_kept(int fd, Kept& of) {
  const int error = write_all(fd, {of.bytes.data(), of.size.load(std::memory_order_relaxed)});
  of.size.store(0, std::memory_order_relaxed);
  return error;
}

int put(int fd, Kept& into, std::string_view text) {
  const std::size_t size = into.size.load(std::memory_order_relaxed);
  const bool ends_line = text.find('\n') != text.npos;
  const bool fits = text.size() <= into.bytes.size() - size;
  if (fits) {
    std::memcpy(into.bytes.data() + size, text.data(), text.size());
    into.size.store(size + text.size(), std::memory_order_relaxed);
    return ends_line ? write_kept(fd, into) : 0;
  }
  const int error = write_kept(fd, into);
  return error != 0 ? error : write_all(fd, text);
}

}  // namespace

int print(int stream, std::string_view text) {
  Kept& into = kept[stream - 1];
  host::language_printed.store(true, std::memory_order_relaxed);
  // A pipe may be full, and its reader wait for a thread of Python's.
  const bool may_wait = text.find('\n') != text.npos && holds_lock();
  if (may_wait) release_lock();
  int error = 0;
  {
    const std::lock_guard lock(into.writing);
    error = put(stream, into, text);
  }
  if (may_wait) hold_lock();
  return error;
}

void flush_printed() {
  for (int stream = 1; stream <= 2; ++stream) {
    Kept& of = kept[stream - 1];
    if (of.size.load(std::memory_order_relaxed) == 0) continue;
    const std::lock_guard lock(of.writing);
    write_kept(stream, of);
  }
}

void flush_printed_dying() {
  for (int stream = 1; stream <= 2; ++stream) {
    Kept& of = kept[stream - 1];
    if (of.size.load(std::memory_order_relaxed) == 0 || !of.writing.try_lock()) continue;
    write_kept(stream, of);
    of.writing.unlock();
  }
}

}  // namespace ropewalk::python

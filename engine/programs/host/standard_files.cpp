// In place of the C library's, for the host and all that it loads: open() and fopen() of /dev/stdout, /dev/stderr and
// their other names give a copy of descriptor 1 or 2. In a host with one worker these are a memory file. Opened by name
// it would be written to from its beginning, over what the task has printed, and could not be truncated.
//
// Without <fcntl.h>, whose inline functions of the same names would be in the way.

#include <asm/fcntl.h>
#include <dlfcn.h>
#include <linux/fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <string_view>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // a sanitizer has functions of its own

extern "C" int fcntl(int fd, int command, ...);

namespace {

using Open = int (*)(const char*, int, ...);
using OpenAt = int (*)(int, const char*, int, ...);
using FileOpen = FILE* (*)(const char*, const char*);

/// 1 or 2; 0: it is no name of these.
int standard_file(const char* path) {
  if (path == nullptr || path[0] != '/') return 0;
  std::string_view name(path);
  if (name == "/dev/stdout") return 1;
  if (name == "/dev/stderr") return 2;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"}) {
    if (!name.starts_with(folder)) continue;
    name.remove_prefix(folder.size());
    return name == "1" ? 1 : name == "2" ? 2 : 0;
  }
  return 0;
}

int copy_of(int fd, int flags) { return fcntl(fd, (flags & O_CLOEXEC) != 0 ? F_DUPFD_CLOEXEC : F_DUPFD, 0); }

int open_at(int folder, const char* path, int flags, unsigned mode) {
  static const auto next = reinterpret_cast<OpenAt>(dlsym(RTLD_NEXT, "openat"));
  const int standard = (flags & O_ACCMODE) == O_RDONLY ? 0 : standard_file(path);
  return standard != 0 ? copy_of(standard, flags)
                       : next(folder, path, flags | (sizeof(long) == 8 ? 0 : O_LARGEFILE), mode);
}

FILE* open_file(const char* path, const char* mode) {
  static const auto next = reinterpret_cast<FileOpen>(dlsym(RTLD_NEXT, "fopen64"));
  const std::string_view wanted(mode);
  const int standard = wanted.starts_with("r") && wanted.find('+') == wanted.npos ? 0 : standard_file(path);
  if (standard == 0) return next(path, mode);
  const int fd = copy_of(standard, wanted.find('e') == wanted.npos ? 0 : O_CLOEXEC);
  FILE* const file = fd < 0 ? nullptr : fdopen(fd, "w");
  if (file == nullptr && fd >= 0) close(fd);
  return file;
}

unsigned mode_in(int flags, va_list arguments) {
  return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, unsigned) : 0;
}

}  // namespace

#define ROPEWALK_OPEN(name, parameters, folder)      \
  extern "C" int name parameters;                    \
  extern "C" int name parameters {                   \
    va_list arguments;                               \
    va_start(arguments, flags);                      \
    const unsigned mode = mode_in(flags, arguments); \
    va_end(arguments);                               \
    return open_at(folder, path, flags, mode);       \
  }

ROPEWALK_OPEN(open, (const char* path, int flags, ...), AT_FDCWD)
ROPEWALK_OPEN(open64, (const char* path, int flags, ...), AT_FDCWD)
ROPEWALK_OPEN(openat, (int folder, const char* path, int flags, ...), folder)
ROPEWALK_OPEN(openat64, (int folder, const char* path, int flags, ...), folder)
#undef ROPEWALK_OPEN

extern "C" int creat(const char* path, unsigned mode) {
  return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
extern "C" int creat64(const char* path, unsigned mode) {
  return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
// What calls of open() become in code that was compiled with _FORTIFY_SOURCE.
extern "C" int __open_2(const char* path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
extern "C" int __open64_2(const char* path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
extern "C" FILE* fopen(const char* path, const char* mode) { return open_file(path, mode); }
extern "C" FILE* fopen64(const char* path, const char* mode) { return open_file(path, mode); }

#endif

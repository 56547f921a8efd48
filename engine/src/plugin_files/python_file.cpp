#include "plugin_files/python_file.hpp"

#include "base/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace ropewalk {

bool is_python_file(const std::filesystem::path& file) { return file.extension() == ".py"; }

bool mentions_ropewalk(const std::filesystem::path& file) {
  constexpr std::size_t kMaxBytes = 256 << 10;
  const Fd fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  std::string text(kMaxBytes, '\0');
  const ssize_t size = fd ? ::pread(fd.get(), text.data(), text.size(), 0) : -1;
  if (size < 0) return false;
  text.resize(static_cast<std::size_t>(size));
  return text.find("ropewalk") != std::string::npos;
}

}  // namespace ropewalk

#include "base/program_path.hpp"

#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace ropewalk {

namespace fs = std::filesystem;

bool is_program(const fs::path& file) {
  std::error_code error;
  return fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

fs::path program_in_path(std::string_view path, const std::string& name) {
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    fs::path file = fs::path(rest.substr(0, end)) / name;
    if (file.is_absolute() && is_program(file)) return file;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

}  // namespace ropewalk

#include "items/relative_name.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace ropewalk {

std::string relative_to(std::string_view name) {
  if (name.starts_with('/')) return {};
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::current_path(error);
  return error ? std::string() : fmt::format(" (relative to '{}')", folder.string());
}

}  // namespace ropewalk

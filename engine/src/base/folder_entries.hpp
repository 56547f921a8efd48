#pragma once
// The entries of a folder that other processes change meanwhile.

#include <filesystem>
#include <vector>

namespace ropewalk {

/// The paths of the entries, in no order. Of a folder that cannot be read, or is removed meanwhile, those that were
/// read before. A range-for over std::filesystem::directory_iterator throws there. Thread-safe.
std::vector<std::filesystem::path> folder_entries(const std::filesystem::path& folder);

}  // namespace ropewalk

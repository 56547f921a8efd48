#include "warden/scratch_folder.hpp"

#include <stdlib.h>

#include <cerrno>
#include <string>

namespace ropewalk::warden {

ScratchFolder::ScratchFolder() {
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(error_);
  if (error_) return;
  std::string name = (temporary / "ropewalk-scratch-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    error_.assign(errno, std::generic_category());
    return;
  }
  folder_ = std::filesystem::absolute(name, error_);
  std::filesystem::current_path(folder_, error_);
}

ScratchFolder::~ScratchFolder() {
  if (folder_.empty()) return;
  std::error_code ignored;
  std::filesystem::current_path("/", ignored);
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace ropewalk::warden

#pragma once
// An empty folder below TMPDIR. It is the current folder of this process during the object's lifetime, and is removed
// afterwards with its content.

#include <filesystem>
#include <system_error>

namespace ropewalk::warden {

class ScratchFolder {
 public:
  ScratchFolder();
  /// No process may write to the folder any more.
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  /// Why the folder could not be created.
  const std::error_code& error() const { return error_; }

 private:
  std::error_code error_;
  std::filesystem::path folder_;
};

}  // namespace ropewalk::warden

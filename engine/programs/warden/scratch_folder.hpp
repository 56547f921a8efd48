#pragma once
// An empty folder below TMPDIR that is this process's current one while the object lives, and gone afterwards with all
// that was written there.

#include <filesystem>
#include <system_error>

namespace ropewalk::warden {

class ScratchFolder {
 public:
  ScratchFolder();
  /// Nobody may write there any more.
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  /// Why there is none.
  const std::error_code& error() const { return error_; }

 private:
  std::error_code error_;
  std::filesystem::path folder_;
};

}  // namespace ropewalk::warden

#pragma once
// The folders of plugins of projects that the user trusts (`ropewalk trust`). Stored in the user's state folder, one
// per line. Trust covers the folder itself with its present and future content, but no folder above or below it.

#include "options.hpp"

#include <ropewalk/error.hpp>

#include <filesystem>
#include <functional>
#include <set>
#include <string>

namespace ropewalk::cli {

class TrustBook {
 public:
  /// Empty if there is no file, if another user could have written it, or if the program has borrowed rights.
  static TrustBook read();

  const std::set<std::string>& folders() const& { return folders_; }
  const std::set<std::string>& folders() && = delete;  // a loop over it would outlive the book
  /// Links are resolved.
  bool has(const std::filesystem::path& folder) const;

  /// Adds a folder. Returns its path without links, or why it cannot be trusted.
  Result<std::string> add(const std::filesystem::path& folder);
  /// Removes a folder, which need not exist. Returns false if it was not trusted.
  bool remove(const std::filesystem::path& folder);
  Result<void> save() const;

 private:
  std::set<std::string> folders_;  // absolute, without links
};

/// Decides whether the command may load plugins of a folder: the user has named or trusted it, or --trust is given.
std::function<bool(const std::filesystem::path&)> folder_trust(const Options& options);

}  // namespace ropewalk::cli

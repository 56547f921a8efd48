#pragma once
// The folders of plugins that the user trusts though a project names them: `ropewalk trust`. Kept in the user's state
// folder, a line each. A folder is trusted by itself, not what lies above or below it, and with what comes into it
// later.

#include "options.hpp"

#include <ropewalk/error.hpp>

#include <filesystem>
#include <functional>
#include <set>
#include <string>

namespace ropewalk::cli {

class TrustBook {
 public:
  /// Empty if there is none, if another user could have written it, and in a program with borrowed rights.
  static TrustBook read();

  const std::set<std::string>& folders() const { return folders_; }
  /// Wherever links lead.
  bool has(const std::filesystem::path& folder) const;

  /// The folder without links, or why it cannot be trusted.
  Result<std::string> add(const std::filesystem::path& folder);
  /// false: it was not trusted. It need not exist.
  bool remove(const std::filesystem::path& folder);
  Result<void> save() const;

 private:
  std::set<std::string> folders_;  // absolute, without links
};

/// Whether plugins of a folder may be loaded by the command: the user has named the folder, trusts it, or says --trust.
std::function<bool(const std::filesystem::path&)> folder_trust(const Options& options);

}  // namespace ropewalk::cli

#include "items/glob.hpp"

#include "items/glob_pattern.hpp"
#include "items/relative_name.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace ropewalk {
namespace {

using detail::GlobPart;
using detail::GlobPattern;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

constexpr std::size_t kMaxNamed = 10;  // unreadable folders

/// Limits each search separately: files are searched when the stage starts, and no plan has paid for them.
std::vector<std::string> expanded(const std::string& pattern, std::string& problem) {
  Budget budget;
  return detail::expand_braces(pattern, budget, problem);
}

/// The excluded paths below a folder.
class Excluded {
 public:
  /// `base`: "" or the folder, which ends in '/'.
  Excluded(const std::vector<std::string>& patterns, std::string_view base) : base_(base.size()) {
    std::string problem;
    for (const std::string& pattern : patterns)
      for (const std::string& one : expanded(pattern, problem)) patterns_.push_back(detail::split_pattern(one));
  }
  bool fits(std::string_view path, bool is_folder) const {
    if (path.size() <= base_) return false;
    path.remove_prefix(base_);
    return std::any_of(patterns_.begin(), patterns_.end(),
                       [&](const GlobPattern& each) { return detail::matches_path(each, path, is_folder); });
  }
  /// Whether the path, or a folder that contains it, is excluded.
  bool fits_any_part(std::string_view path, bool is_folder) const {
    if (patterns_.empty()) return false;
    for (std::size_t at = path.find('/', base_ + 1); at != std::string_view::npos; at = path.find('/', at + 1))
      if (fits(path.substr(0, at), true)) return true;
    return fits(path, is_folder);
  }

 private:
  const std::size_t base_;  // bytes of a path before what patterns match
  std::vector<GlobPattern> patterns_;
};

/// Walks the folders below the base of a pattern. Each folder is read once: the parts of the pattern that its entries
/// may match are a set of positions.
class Walk {
 public:
  Walk(const GlobPattern& pattern, const Excluded& excluded, GlobMatches& found)
      : parts_(pattern.parts), folders_(pattern.folders), excluded_(excluded), found_(found) {}

  std::string run(const std::string& base) {
    std::vector<std::size_t> at;
    add(at, 0);
    enter(base, at, true);
    return std::move(problem_);
  }

 private:
  /// Adds a position, and the next one if "**" may match no folder.
  void add(std::vector<std::size_t>& positions, std::size_t position) const {
    if (std::find(positions.begin(), positions.end(), position) != positions.end()) return;
    positions.push_back(position);
    if (parts_[position].kind == GlobPart::Kind::any_depth && position + 1 < parts_.size())
      add(positions, position + 1);
  }

  void enter(const std::string& folder, const std::vector<std::size_t>& at, bool first) {
    const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.empty() ? "." : folder.c_str()));
    if (!open) return refuse(folder, errno, first);
    std::vector<std::pair<std::string, std::vector<std::size_t>>> below;
    errno = 0;
    while (const dirent* entry = ::readdir(open.get())) {
      const std::string_view name(entry->d_name);
      if (name != "." && name != "..") look(folder, name, entry->d_type, at, below);
      errno = 0;
    }
    if (errno != 0) problem_ = fmt::format("cannot read the folder '{}': {}", folder, std::strerror(errno));
    for (auto& [path, positions] : below) {
      if (!problem_.empty()) return;
      enter(path, positions, false);
    }
  }

  /// Handles a folder that cannot be read. `first`: the pattern names it, which is an error. Others are skipped.
  void refuse(const std::string& folder, int error, bool first) {
    if (error == ENOENT && !first) return;  // it was removed during the walk
    if (first || (error != EACCES && error != EPERM)) {
      problem_ = fmt::format("cannot read the folder '{}': {}{}", folder.empty() ? "." : folder, std::strerror(error),
                             relative_to(folder));
      return;
    }
    if (found_.unreadable_count++ < kMaxNamed)
      found_.unreadable.push_back(fmt::format("'{}' ({})", folder, std::strerror(error)));
  }

  void look(const std::string& folder, std::string_view name, unsigned char type, const std::vector<std::size_t>& at,
            std::vector<std::pair<std::string, std::vector<std::size_t>>>& below) {
    std::vector<std::size_t> next;
    bool match = false;
    for (const std::size_t position : at) {
      const GlobPart& part = parts_[position];
      if (!detail::matches_part(part, name)) continue;
      const bool last = position + 1 == parts_.size();
      match = match || last;
      if (part.kind == GlobPart::Kind::any_depth)
        add(next, position);
      else if (!last)
        add(next, position + 1);
    }
    if (!match && next.empty()) return;
    const std::string path = folder + std::string(name);
    struct stat about {};
    if (type == DT_UNKNOWN && ::lstat(path.c_str(), &about) == 0)
      type = S_ISDIR(about.st_mode)   ? DT_DIR
             : S_ISREG(about.st_mode) ? DT_REG
             : S_ISLNK(about.st_mode) ? DT_LNK
                                      : DT_UNKNOWN;
    if (excluded_.fits(path, type == DT_DIR)) return;
    if (type == DT_DIR && !next.empty()) below.emplace_back(path + "/", std::move(next));
    if (!match) return;
    const unsigned char wanted = folders_ ? DT_DIR : DT_REG;
    const bool linked = type == DT_LNK && ::stat(path.c_str(), &about) == 0 &&
                        (folders_ ? S_ISDIR(about.st_mode) : S_ISREG(about.st_mode));
    if (type == wanted || linked) found_.paths.push_back(path);
  }

  const std::vector<GlobPart>& parts_;
  const bool folders_;
  const Excluded& excluded_;
  GlobMatches& found_;
  std::string problem_;
};

/// A pattern without a wildcard names one file, or one folder.
std::string take_named(const std::string& path, bool folder, const Excluded& excluded, GlobMatches& found) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0)
    return fmt::format("cannot find '{}': {}{}", path, std::strerror(errno), relative_to(path));
  if (folder && !S_ISDIR(about.st_mode)) return fmt::format("'{}' is no folder", path);
  if (!folder && S_ISDIR(about.st_mode))
    return fmt::format("'{}' is a folder; write '{}/**' for the files in it", path, path);
  if ((folder || S_ISREG(about.st_mode)) && !excluded.fits_any_part(path, folder)) found.paths.push_back(path);
  return {};
}

}  // namespace

std::string glob_problem(std::string_view pattern, Budget& budget) {
  if (pattern.empty()) return "it is empty";
  if (pattern.find('\0') != std::string_view::npos) return "it contains a NUL character";
  std::string problem;
  detail::expand_braces(pattern, budget, problem);
  return problem;
}

std::string escape_glob(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("*?[]{},\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

Result<GlobMatches> expand_globs(const std::vector<std::string>& patterns, const std::vector<std::string>& excludes,
                                 std::string_view base) {
  for (const std::vector<std::string>* all : {&patterns, &excludes})
    for (const std::string& pattern : *all) {
      Budget budget;
      if (const std::string problem = glob_problem(pattern, budget); !problem.empty())
        return Error{codes::kBadPattern, fmt::format("the pattern '{}' cannot be used: {}", pattern, problem)};
    }
  const Excluded excluded(excludes, base);
  GlobMatches found;
  for (const std::string& pattern : patterns) {
    std::string problem;
    for (const std::string& one : expanded(pattern, problem)) {
      GlobPattern parts = detail::split_pattern(one);
      parts.base.insert(0, base);
      if (parts.parts.empty())
        problem = take_named(parts.base, parts.folders, excluded, found);
      else if (parts.parts.size() == 1 && parts.parts[0].kind == GlobPart::Kind::literal)
        problem = take_named(parts.base + parts.parts[0].text, parts.folders, excluded, found);
      else if (!excluded.fits_any_part(parts.base, true))
        problem = Walk(parts, excluded, found).run(parts.base);
      if (!problem.empty()) return Error{codes::kItemsUnreadable, fmt::format("glob '{}': {}", pattern, problem)};
    }
  }
  for (std::string& path : found.paths) path.erase(0, base.size());
  std::sort(found.unreadable.begin(), found.unreadable.end());
  std::sort(found.paths.begin(), found.paths.end());
  found.paths.erase(std::unique(found.paths.begin(), found.paths.end()), found.paths.end());
  return found;
}

}  // namespace ropewalk

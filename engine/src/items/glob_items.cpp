#include "base/suggest.hpp"
#include "expressions/evaluate.hpp"
#include "items/glob.hpp"
#include "items/item_errors.hpp"
#include "items/item_lists.hpp"
#include "items/relative_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

using namespace detail;

/// Paths in one block of memory, with 8 bytes of overhead each.
class PathList final : public ItemList {
 public:
  /// `patterns`: the patterns, or a description of them.
  PathList(const GlobMatches& found, const std::vector<std::string>& patterns, bool show) {
    const std::vector<std::string>& paths = found.paths;
    const bool folders = std::all_of(patterns.begin(), patterns.end(),
                                     [](const std::string& pattern) { return pattern.ends_with('/'); });
    if (paths.empty())
      remark_ = fmt::format("no {} matches {}{}", folders ? "folder" : "file", at_most_ten(patterns),
                            show ? relative_to(patterns.front()) : std::string());
    if (found.unreadable_count > 0)
      remark_ += fmt::format("{}{} folder{} may not be read and {} skipped: {}{}", remark_.empty() ? "" : "; ",
                             found.unreadable_count, found.unreadable_count == 1 ? "" : "s",
                             found.unreadable_count == 1 ? "was" : "were",
                             show ? fmt::format("{}", fmt::join(found.unreadable, ", ")) : "not shown here",
                             show && found.unreadable_count > found.unreadable.size() ? ", ..." : "");
    std::size_t bytes = 0;
    for (const std::string& path : paths) bytes += path.size();
    text_.reserve(bytes);
    ends_.reserve(paths.size());
    for (const std::string& path : paths) {
      text_ += path;
      ends_.push_back(text_.size());
    }
  }
  std::uint64_t size() const override { return ends_.size(); }
  std::string remark() const override { return remark_; }
  Value at(std::uint64_t index) const override {
    const std::size_t start = index == 0 ? 0 : ends_[index - 1];
    return Path{text_.substr(start, ends_[index] - start)};
  }

 private:
  std::string text_;
  std::vector<std::size_t> ends_;
  std::string remark_;
};

}  // namespace

bool GlobItems::write(const std::vector<Pattern>& all, const Scope& scope, std::vector<std::string>& written,
                      std::string& problem) {
  Budget budget;
  for (const Pattern& pattern : all) {
    std::string text;
    for (const Piece& piece : pattern) {
      text += piece.literal;
      if (!piece.expression) continue;
      Value value;
      std::string literal;
      if (!evaluate(*piece.expression, scope, value, budget, problem))
        return problem = piece.expression->secret ? std::string(kHiddenReason) : problem, false;
      if (!append_as_text(literal, value))
        return problem = fmt::format("{} cannot stand inside a pattern", kind_name(value.kind())), false;
      text += escape_glob(literal);
    }
    written.push_back(std::move(text));
  }
  return true;
}

Result<std::unique_ptr<ItemList>> GlobItems::open(const Scope& scope) const {
  std::vector<std::string> wanted, unwanted;
  std::string problem;
  if (!write(patterns, scope, wanted, problem) || !write(excludes, scope, unwanted, problem)) return bad_items(problem);
  std::string before;  // "folder/"
  if (base) {
    Value folder;
    if (!base->evaluate(scope, folder, problem)) return bad_items(problem);
    if (!folder.as_string() || folder.as_string()->empty()) return bad_items("'in' has no value");
    before = *folder.as_string();
    if (!before.ends_with('/')) before += '/';
  }
  const auto found = expand_globs(wanted, unwanted, before);
  if (!found && secret)
    return Error{
        found.error().list.front().code,
        "'foreach': the files of this pattern cannot be listed, and the reason is not shown because it reads a secret"};
  if (!found) return found.error();
  return std::make_unique<PathList>(*found, secret ? std::vector<std::string>{"a pattern that reads a secret"} : wanted,
                                    !secret);
}

}  // namespace ropewalk

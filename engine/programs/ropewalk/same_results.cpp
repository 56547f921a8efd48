#include "same_results.hpp"

#include "base/text.hpp"
#include "report/numbers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kShownBytes = 200;  // of each value

/// What a line says of its task: its value, or its outcome and why.
std::string shown_result(const nlohmann::json& line) {
  std::string text = line.contains("value")
                         ? line["value"].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                         : line.value("outcome", "") + ": " + line.value("message", "");
  if (text.size() > kShownBytes) text.resize(utf8_prefix(std::string_view(text).substr(0, kShownBytes))), text += "...";
  return text;
}

std::string describe(std::string_view first, const std::string& first_mode, std::string_view other,
                     const std::string& other_mode) {
  const auto a = nlohmann::json::parse(first, nullptr, false), b = nlohmann::json::parse(other, nullptr, false);
  if (!a.is_object() || !b.is_object()) return fmt::format("a line differs between {} and {}", first_mode, other_mode);
  return fmt::format("stage '{}', task {}: {} with {}, and {} with {}", a.value("stage", ""),
                     a.value("index", std::uint64_t{0}), shown_result(a), first_mode, shown_result(b), other_mode);
}

}  // namespace

void SameResults::begin(const std::string& mode) {
  mode_ = mode;
  next_ = 0;
  rest_.clear();
  if (is_first_) first_mode_ = mode;
}

bool SameResults::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    rest_ += bytes.substr(0, end);
    if (end == bytes.npos) break;
    take_line(rest_);
    rest_.clear();
    bytes.remove_prefix(end + 1);
  }
  return true;
}

void SameResults::take_line(std::string_view line) {
  const std::size_t number = next_++;
  if (is_first_) {
    const std::uint64_t offset = kept_.append(line);
    lines_.emplace_back(offset, line.size());
    return;
  }
  if (!difference_.empty() || number >= lines_.size()) return;
  const std::string_view first = kept_.read(lines_[number].first, lines_[number].second);
  if (first != line && kept_.failed().empty()) difference_ = describe(first, first_mode_, line, mode_);
}

void SameResults::end() {
  if (!is_first_ && difference_.empty() && next_ != lines_.size())
    difference_ = fmt::format("{} with {}, and {} with {}", counted(lines_.size(), "task"), first_mode_,
                              counted(next_, "task"), mode_);
  is_first_ = false;
}

}  // namespace ropewalk::cli

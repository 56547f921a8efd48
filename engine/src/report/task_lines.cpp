#include "report/task_lines.hpp"

#include "base/columns.hpp"
#include "base/text.hpp"
#include "report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kMinItem = 5;  // less of an item says nothing

std::string cut_name(const std::string& name, std::size_t columns) {
  if (columns_in(name) <= columns) return name;
  const std::size_t space = std::min(name.find(" ("), name.size());
  const std::string id = name.substr(0, space);
  constexpr std::size_t kFrame = 3;  // " (" and ")"
  if (space == name.size() || columns_in(id) + kFrame + kMinItem > columns) return cut_middle(id, columns);
  const std::string item = name.substr(space + 2, name.size() - space - kFrame);
  return fmt::format("{} ({})", id, cut_middle(item, columns - columns_in(id) - kFrame));
}

}  // namespace

std::string task_line(const TaskRow& row, std::size_t columns) {
  std::string line = fmt::format("  {:>6}  ", passing_time_text(static_cast<double>(row.running_ns) / 1e9));
  const std::size_t room = columns - std::min(columns, line.size());
  // Escaped before it is cut, because an escape is wider than what it stands for.
  const std::string detail = escape_for_display(row.detail);
  if (detail.empty()) return cut_end(line + cut_name(row.name, room), columns);
  const std::size_t rest = columns_in(detail) + kGap;
  const std::string name = cut_name(row.name, std::max(room / 2, room - std::min(room, rest)));
  line += name + std::string(kGap, ' ') + cut_end(detail, room - std::min(room, columns_in(name) + kGap));
  return cut_end(line, columns);
}

}  // namespace ropewalk

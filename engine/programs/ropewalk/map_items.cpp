#include "map_items.hpp"

#include "base/text.hpp"
#include "items/line_file.hpp"
#include "workflow/scalar.hpp"
#include "workflow/yaml_text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kWrittenOut = 10'000;  // items of a list that is no expression; a workflow has 100,000 values
constexpr std::size_t kMaxBytes = 900'000;   // of all items; some characters become longer in a workflow
constexpr std::size_t kMaxLists = 26;        // their axes are letters

std::string axis_name(std::size_t number) { return std::string(1, static_cast<char>('a' + number)); }

/// A word as a constant. Words that are not UTF-8 are bytes.
SpecValue constant(const std::string& word) {
  if (is_utf8(word)) return SpecValue(literal_text(word));
  std::string expression;
  append_bytes_expression(expression, word);
  return SpecValue(std::move(expression));
}

/// A character that is in no word, which separates them; nothing: there is none.
std::optional<char> separator_of(const std::vector<std::string>& words) {
  for (const char each : {'\n', '\t', '\x1f', '\x1e', '\x1d', '\x1c'})
    if (std::none_of(words.begin(), words.end(),
                     [&](const std::string& word) { return word.find(each) != std::string::npos; }))
      return each;
  return std::nullopt;
}

/// Many words as one text that is split, because each element of a list counts as a value of the workflow.
std::optional<SpecValue> split_text(const std::vector<std::string>& words) {
  const auto separator = separator_of(words);
  const bool text = std::all_of(words.begin(), words.end(), [](const std::string& word) { return is_utf8(word); });
  if (!separator || !text) return std::nullopt;
  std::string source = "split('";
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) fmt::format_to(std::back_inserter(source), "\\x{:02x}", *separator);
    append_expression_text(source, words[i]);
  }
  return SpecValue::expression(source + fmt::format("', '\\x{:02x}')", *separator));
}

SpecValue list_of(const std::vector<std::string>& words) {
  if (words.size() > kWrittenOut)
    if (auto split = split_text(words)) return std::move(*split);
  SpecList list = SpecList::none();
  for (const std::string& word : words) list.add(constant(word));
  return list;
}

std::string name_of(const TypedList& list) {
  return std::string(list.file.empty() ? ":::" : "::::") + (list.linked ? "+" : "");
}

/// A number that another run can be given again; it must fit an int of a workflow.
std::int64_t random_seed() {
  std::random_device device;
  return static_cast<std::int64_t>(device()) & std::numeric_limits<std::int32_t>::max();
}

}  // namespace

MapItems::MapItems(const MapOptions& map, std::vector<Error>& errors) : map_(map), errors_(errors) {
  const bool option = !map.items.empty(), lists = !map.lists.empty();
  if (map.items.size() > 1 || (option && lists))
    refuse(fmt::format("--{} and {} are two sources of items", map.items[0].first,
                       map.items.size() > 1 ? "--" + map.items[1].first : name_of(map.lists[0])),
           "give one of --range, --glob, --lines and --jsonl, once, or lists behind :::");
  if (option)
    of_option(map.items.front());
  else if (lists)
    of_lists();
  else if (map.pipe)
    of_option({"lines", "-"});
  if (map.null && source_.lines.file.is_absent() && !are_blocks() &&
      std::none_of(map.lists.begin(), map.lists.end(), [](const TypedList& list) { return !list.file.empty(); }))
    refuse("-0 sets the line ends of --lines, and --lines is not given", "give --lines FILE; - is standard input");
  shape();
}

void MapItems::refuse(std::string message, std::string note) {
  errors_.push_back(Error{codes::kBadOptionValue, std::move(message), {}, {std::move(note)}});
}

void MapItems::of_option(const std::pair<std::string, std::string>& option) {
  const auto& [key, value] = option;
  name_ = "--" + key;
  const bool reads = read_scalar(value, Type::any, false).value.has_value();
  if (!is_utf8(value)) {
    refuse(fmt::format("--{} is not UTF-8: '{}'", key, escape_for_display(value)),
           "what is not UTF-8 can be an item: --lines, --glob");
    return;
  }
  const SpecValue source = reads ? SpecValue::plain(value) : SpecValue(value);
  if (key == "range")
    source_.range.count = source;
  else if (key == "glob")
    source_.glob = source;
  else if (key == "jsonl")
    source_.jsonl = source;
  else
    source_.lines.file = source;
  if (map_.null && key == "lines") source_.lines.end = '\0';
}

void MapItems::of_lists() {
  name_ = name_of(map_.lists.front());
  if (map_.lists.front().linked)
    return refuse(fmt::format("{} links a list to the one before it, and there is none", name_),
                  fmt::format("begin with {}", name_.substr(0, name_.size() - 1)));
  if (!fits(map_.lists)) return;
  if (map_.lists.size() > 1) return combine();
  if (const std::string& file = map_.lists.front().file; !file.empty()) {
    of_option({"lines", file});
    name_ = "::::";
  } else {
    source_.list = list_of(map_.lists.front().words);
  }
}

/// Lists that are linked are one axis of a matrix, whose values are lists.
void MapItems::combine() {
  std::vector<TypedList> lists = map_.lists;
  if (lists.size() > kMaxLists) return refuse(fmt::format("there are more than {} lists", kMaxLists), "give fewer");
  for (TypedList& list : lists)
    if (!read(list)) return;
  if (!fits(lists)) return;
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (!lists[i].linked) groups.emplace_back();
    groups.back().push_back(i);
    const std::size_t first = groups.back().front();
    if (lists[i].words.size() != lists[first].words.size())
      return refuse(fmt::format("list {} has {} items, and list {}, which is linked to it, has {}", first + 1,
                                lists[first].words.size(), i + 1, lists[i].words.size()),
                    "lists that are linked have as many items as each other");
  }
  values_.clear();
  SpecMap& axes = groups.size() == 1 ? source_.zip : source_.matrix;
  for (const std::vector<std::size_t>& group : groups) {
    if (groups.size() == 1 || group.size() == 1) {
      for (const std::size_t i : group) {
        axes.add(axis_name(i), list_of(lists[i].words));
        values_.push_back("item." + axis_name(i));
      }
      continue;
    }
    SpecList rows = SpecList::none();
    for (std::size_t at = 0; at < lists[group.front()].words.size(); ++at) {
      SpecList row = SpecList::none();
      for (const std::size_t i : group) row.add(constant(lists[i].words[at]));
      rows.add(std::move(row));
    }
    axes.add(axis_name(group.front()), std::move(rows));
    for (std::size_t at = 0; at < group.size(); ++at)
      values_.push_back(fmt::format("item.{}[{}]", axis_name(group.front()), at));
  }
}

/// A list in the words of a command line is a part of the workflow, whose size is limited.
bool MapItems::fits(const std::vector<TypedList>& lists) {
  std::size_t bytes = 0;
  for (const TypedList& list : lists)
    for (const std::string& word : list.words) bytes += word.size() + 1;
  if (bytes > kMaxBytes)
    refuse(fmt::format("the items of the lists are {} together, and a workflow has at most 1 MiB", size_text(bytes)),
           "write them into a file, one a line, and name it alone: --lines FILE");
  return bytes <= kMaxBytes;
}

/// Reads the lines of a list's file, which become its words.
bool MapItems::read(TypedList& list) {
  if (list.file.empty()) return true;
  LineFormat format;
  if (map_.null) format.end = '\0';
  const auto fail = [&](std::string problem) {
    refuse(std::move(problem), "a list behind :::: is a file with an item in each line");
    return false;
  };
  auto lines = LineFile::open(list.file, format);
  if (!lines) return fail(lines.error().list.front().message);
  std::string problem;
  std::string_view line;
  while (!lines->complete())
    if (!lines->grow_waiting(problem)) return fail(problem);
  for (std::uint64_t i = 0; i < lines->size(); ++i) {
    if (!lines->read(i, line, problem)) return fail(problem);
    list.words.emplace_back(line);
  }
  return true;
}

void MapItems::shape() {
  if (map_.pipe) {
    if (any() && source_.lines.file.is_absent())
      refuse(fmt::format("--pipe makes blocks of a file's lines, and {} has none", name_),
             "give --lines FILE, or nothing for stdin");
    source_.blocks = {.file = std::exchange(source_.lines.file, {}), .end = std::exchange(source_.lines.end, {})};
    name_ = "--pipe";
    if (!map_.block.empty()) source_.blocks.size = SpecValue::plain(map_.block);
    if (map_.batch > 0) source_.blocks.lines = map_.batch;
  } else if (map_.batch > 0) {
    source_.batch = map_.batch;
    if (!any())
      refuse("-n makes tasks of several items, and there are no items", "give --lines FILE, or ::: behind the command");
    if (values_.size() > 1)
      refuse("-n makes tasks of several items of one list, and there are several lists", "leave out -n");
  }
  if (!map_.shuffle) return;
  source_.shuffle = random_seed();
  if (!any()) refuse("--shuf gives items another order, and there are no items", "give --lines FILE");
}

std::string MapItems::value(std::uint64_t number) const {
  if (are_batches()) return number > 0 && number <= map_.batch ? fmt::format("item[{}] ?? ''", number - 1) : "";
  return values_.size() > 1 && number > 0 && number <= values_.size() ? values_[number - 1] : "";
}

std::string MapItems::text() const {
  if (are_batches()) return {};
  std::string text;
  for (const std::string& value : values_)
    fmt::format_to(std::back_inserter(text), "{}${{{{ {} }}}}", text.empty() ? "" : " ", value);
  return text;
}

std::string MapItems::all() const {
  if (values_.size() == 1) return fmt::format("${{{{ {} }}}}", values_.front());
  return fmt::format("${{{{ [{}] }}}}", fmt::join(values_, ", "));
}

}  // namespace ropewalk::cli

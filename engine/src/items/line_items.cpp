#include "base/text.hpp"
#include "items/item_errors.hpp"
#include "items/item_lists.hpp"

#include <ropewalk/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace ropewalk {
namespace {

using namespace detail;

constexpr std::uint64_t kListedFirst = 1'000'000;  // lines that are found before the first task

/// Tests eight bytes at a time; most lines need no further test.
bool is_ascii(std::string_view text) {
  std::uint64_t high = 0;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    high |= word;
  }
  for (const char c : text) high |= static_cast<unsigned char>(c);
  return (high & 0x8080808080808080u) == 0;
}

class LinesOfFile : public ItemList {
 public:
  explicit LinesOfFile(LineFile lines) : lines_(std::move(lines)) {}
  std::uint64_t size() const final { return lines_.size(); }
  bool complete() const final { return lines_.complete(); }
  bool grow(std::uint64_t wanted, std::string& problem) final {
    if (!lines_.grow(std::min(wanted, kMaxItems + 1), problem)) return false;
    return lines_.size() <= kMaxItems || (problem = too_many_text(), false);
  }
  Value at(std::uint64_t index) const final {
    Value value;
    std::string problem;
    return read(index, value, problem) ? value : Value();
  }
  bool read(std::uint64_t index, Value& out, std::string& problem) const final {
    std::string_view line;
    return lines_.read(index, line, problem) && read_line(index, line, out, problem);
  }

 protected:
  const LineFile& lines() const { return lines_; }

 private:
  virtual bool read_line(std::uint64_t index, std::string_view line, Value& out, std::string& problem) const = 0;

  LineFile lines_;
};

/// A line or block that is UTF-8 is text. Other lines are paths, or bytes if they contain NUL.
class LineList final : public LinesOfFile {
 public:
  using LinesOfFile::LinesOfFile;

 private:
  bool read_line(std::uint64_t, std::string_view line, Value& out, std::string&) const override {
    if (is_ascii(line) || is_utf8(line))
      out = line;
    else if (line.find('\0') == std::string_view::npos)
      out = Path{std::string(line)};
    else
      out = Bytes{std::string(line)};
    return true;
  }
};

/// One JSON value per line.
class JsonLineList final : public LinesOfFile {
 public:
  using LinesOfFile::LinesOfFile;

 private:
  bool read_line(std::uint64_t index, std::string_view line, Value& out, std::string& problem) const override {
    std::optional<Value> value = value_from_json(line, problem);
    if (!value) return problem = fmt::format("{}:{}: {}", lines().name(), lines().number(index), problem), false;
    return out = std::move(*value), true;
  }
};

}  // namespace

Result<std::unique_ptr<ItemList>> LineItems::open(const Scope& scope) const {
  Value name;
  std::string problem;
  if (!file.evaluate(scope, name, problem)) return bad_items(problem);
  if (!name.as_string()) return bad_items("the name of the file has no value");
  auto lines = LineFile::open(*name.as_string(), format);
  if (!lines) return lines.error();
  if (!lines->grow(kListedFirst, problem)) return Error{codes::kItemsUnreadable, problem};
  if (json) return std::make_unique<JsonLineList>(std::move(*lines));
  return std::make_unique<LineList>(std::move(*lines));
}

std::string LineItems::stream(const Scope& scope) const {
  Value name;
  std::string problem;
  if (!file.evaluate(scope, name, problem) || !name.as_string() || !LineFile::is_stream(*name.as_string())) return {};
  return LineFile::is_stdin(*name.as_string()) ? "standard input" : fmt::format("'{}'", *name.as_string());
}

}  // namespace ropewalk

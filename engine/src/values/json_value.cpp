#include <ropewalk/json.hpp>

#include "base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <vector>

namespace ropewalk {
namespace {

constexpr std::size_t kMaxDepth = 64;

/// Builds the value during parsing, so that a value nested too deep is never built. An array or a map stays on the
/// stack until it ends.
class Builder {
 public:
  using Json = nlohmann::json;

  explicit Builder(std::string& problem) : problem_(problem) {}
  Value take() { return std::move(whole_); }

  bool null() { return put(Value()); }
  bool boolean(bool value) { return put(Value(value)); }
  bool number_integer(Json::number_integer_t value) { return put(Value(static_cast<std::int64_t>(value))); }
  bool number_unsigned(Json::number_unsigned_t value) {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return fail("a number is too large for an int (64 bits)");
    return put(Value(static_cast<std::int64_t>(value)));
  }
  bool number_float(Json::number_float_t value, const std::string& written) {
    // A number without a fraction is an int that is too large.
    if (written.find_first_of(".eE") == std::string::npos) return fail("a number is too large for an int (64 bits)");
    if (!std::isfinite(value)) return fail("a number is too large for a float");
    return put(Value(value));
  }
  bool string(std::string& value) { return put(Value(std::move(value))); }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Value(Map{})); }
  bool start_array(std::size_t) { return open(Value(List{})); }
  bool key(std::string& key) {
    if (open_.back().value.as_map()->contains(key))
      return fail(fmt::format("the key '{}' is there twice", escape_for_display(key)));
    open_.back().key = std::move(key);
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception&) {
    return fail(fmt::format("it is no JSON from character {} on", at));
  }

 private:
  struct Open {
    Value value;
    std::string key;  // key of the next member
  };

  bool fail(std::string why) {
    if (problem_.empty()) problem_ = std::move(why);
    return false;
  }
  bool open(Value empty) {
    if (open_.size() == kMaxDepth) return fail(fmt::format("it is nested more than {} deep", kMaxDepth));
    open_.push_back({std::move(empty), {}});
    return true;
  }
  bool close() {
    Value done = std::move(open_.back().value);
    open_.pop_back();
    return put(std::move(done));
  }
  bool put(Value value) {
    if (open_.empty())
      whole_ = std::move(value);
    else if (List* list = open_.back().value.as_list())
      list->push_back(std::move(value));
    else
      open_.back().value.as_map()->emplace(std::move(open_.back().key), std::move(value));
    return true;
  }

  std::string& problem_;
  std::vector<Open> open_;
  Value whole_;
};

}  // namespace

std::optional<Value> value_from_json(std::string_view text, std::string& problem) {
  problem.clear();
  Builder builder(problem);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return std::nullopt;
  return builder.take();
}

}  // namespace ropewalk

#include "page/attempt_columns.hpp"

#include <ropewalk/value.hpp>

#include <map>
#include <utility>

namespace ropewalk::page {
namespace {

void append_time(std::string& bytes, std::int64_t ns) {
  append_number(bytes, ns > 0 ? static_cast<std::uint64_t>(ns) : 0);
}

}  // namespace

void append_number(std::string& bytes, std::uint64_t number) {
  for (; number > 127; number >>= 7) bytes += static_cast<char>(number | 128);
  bytes += static_cast<char>(number);
}

AttemptColumns columns_of(const std::vector<Attempt>& attempts) {
  AttemptColumns columns;
  std::map<AttemptKind, std::uint32_t> places;
  std::map<std::uint32_t, std::uint64_t> last_index;
  std::int64_t before_ns = 0;
  for (const Attempt& each : attempts) {
    append_time(columns.start, each.start_ns - before_ns);
    before_ns = each.start_ns;
    append_time(columns.run, each.run_ns);
    append_time(columns.cpu, each.cpu_ns);
    append_number(columns.lane, each.lane);
    const AttemptKind its{each.stage, each.session, each.attempt, each.outcome, each.last};
    const auto [place, is_new] = places.try_emplace(its, columns.kinds.size());
    if (is_new) columns.kinds.push_back(its);
    append_number(columns.kind, place->second);
    std::uint64_t& last = last_index[each.stage];
    append_number(columns.index, zigzag(static_cast<std::int64_t>(each.index - last)));
    last = each.index;
  }
  for (std::string* bytes :
       {&columns.start, &columns.run, &columns.cpu, &columns.lane, &columns.kind, &columns.index}) {
    std::string text;
    append_base64(text, *bytes);
    *bytes = std::move(text);
  }
  return columns;
}

}  // namespace ropewalk::page

#include "executors/choice_memory.hpp"

#include "base/user_files.hpp"
#include "values/value_codec.hpp"

#include <fmt/format.h>

#include <functional>

namespace ropewalk {
namespace {

constexpr std::size_t kMaxBytes = 64u << 10;
constexpr std::int64_t kFormat = 1;
constexpr std::uint32_t kMostWorkers = 4096;

const Value* member(const Map& map, const char* key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

std::filesystem::path ChoiceMemory::place_of(std::string_view key) const {
  return folder_ / fmt::format("auto-{:016x}", std::hash<std::string_view>()(key));
}

std::optional<auto_rules::Remembered> ChoiceMemory::find(std::string_view key) const {
  if (folder_.empty()) return std::nullopt;
  const auto bytes = read_user_file(place_of(key), kMaxBytes);
  const auto kept = bytes ? decode_value(*bytes) : std::nullopt;
  const Map* map = kept ? kept->as_map() : nullptr;
  if (map == nullptr) return std::nullopt;
  const Value *format = member(*map, "format"), *of = member(*map, "key"), *executor = member(*map, "executor"),
              *workers = member(*map, "workers"), *share = member(*map, "cpu_share"), *mean = member(*map, "mean_ns");
  if (format == nullptr || *format != Value(kFormat) || of == nullptr || *of != Value(Bytes{std::string(key)}) ||
      executor == nullptr || executor->as_text() == nullptr || workers == nullptr || workers->as_int() == nullptr ||
      share == nullptr || share->as_float() == nullptr || mean == nullptr || mean->as_int() == nullptr)
    return std::nullopt;
  const std::optional<auto_rules::Kind> kind = auto_rules::kind_of(*executor->as_text());
  const bool fits = *workers->as_int() >= 1 && *workers->as_int() <= kMostWorkers && *mean->as_int() >= 0 &&
                    *share->as_float() >= 0 && *share->as_float() <= 1;
  if (!kind || !fits) return std::nullopt;
  return auto_rules::Remembered{
      {*kind, static_cast<std::uint32_t>(*workers->as_int())}, *share->as_float(), *mean->as_int()};
}

void ChoiceMemory::keep(std::string_view key, const auto_rules::Remembered& choice) const {
  if (folder_.empty()) return;
  const Map kept{{"format", kFormat},
                 {"key", Bytes{std::string(key)}},
                 {"executor", std::string(auto_rules::executor_of(choice.mode.kind))},
                 {"workers", std::int64_t{choice.mode.workers}},
                 {"cpu_share", choice.cpu_share},
                 {"mean_ns", choice.mean_ns}};
  write_user_file(place_of(key), encode_value(kept));
}

}  // namespace ropewalk

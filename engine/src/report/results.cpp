#include <ropewalk/report.hpp>

#include "report/numbers.hpp"
#include "report/written.hpp"

namespace ropewalk {

bool write_results(const RunResult& result, Sink& sink) {
  if (!result.results) return true;
  constexpr std::size_t kBlock = 1 << 16;
  std::string block;
  bool good = true;
  const TakeJson take = [&](std::string& text) {
    good = good && sink.write(text);
    text.clear();
    return good;
  };
  for (std::uint32_t stage = 0; stage < result.stages.size(); ++stage) {
    std::string start = "{\"stage\": ";
    append_json_string(start, result.stages[stage].name);
    start += ", \"index\": ";
    result.results->visit(stage, [&](const KeptResults::Row& row) {
      if (!good) return;
      block += start;
      append_json_count(block, row.index);
      block += ", \"item\": ";
      if (row.item)
        append_json(block, *row.item, take);
      else
        block += "null";
      block += ", \"outcome\": \"";
      block += outcome_name(row.outcome);
      if (row.value) {
        block += "\", \"value\": ";
        append_json(block, *row.value, take);
      } else {
        block += "\", \"message\": ";
        append_json_string(block, row.message);
        if (row.out) block += ", \"stdout\": ", append_stream_json(block, *row.out);
        if (row.err) block += ", \"stderr\": ", append_stream_json(block, *row.err);
      }
      block += "}\n";
      if (block.size() >= kBlock) take(block);
    });
  }
  return good && (block.empty() || sink.write(block));
}

}  // namespace ropewalk

#include "report/trace_events.hpp"

#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::size_t kTraceBlock = 1 << 16;

}  // namespace

TraceEvents::TraceEvents(Sink& sink, std::string_view about) : sink_(sink) {
  block_ = R"({"displayTimeUnit": "ms", "otherData": )";
  block_ += about;
  block_ += R"(, "traceEvents": [)";
}

void TraceEvents::begin(char phase, const Track& track) {
  block_ += std::exchange(first_, false) ? "\n" : ",\n";
  fmt::format_to(std::back_inserter(block_), R"({{"ph": "{}", "pid": {}, "tid": {})", phase, track.process,
                 track.thread);
}

void TraceEvents::time(std::string_view key, std::int64_t ns) {
  const char* sign = ns < 0 ? "-" : "";
  const auto magnitude = static_cast<std::uint64_t>(ns < 0 ? -ns : ns);
  fmt::format_to(std::back_inserter(block_), R"(, "{}": {}{}.{:03})", key, sign, magnitude / 1000, magnitude % 1000);
}

void TraceEvents::text(std::string_view key, std::string_view value) {
  fmt::format_to(std::back_inserter(block_), R"(, "{}": )", key);
  append_json_string(block_, value);
}

void TraceEvents::end() {
  block_ += '}';
  if (block_.size() < kTraceBlock) return;
  good_ = good_ && sink_.write(block_);
  block_.clear();
}

void TraceEvents::name_process(std::int64_t process, std::string_view name, std::int64_t rank) {
  begin('M', {process, 0});
  text("name", "process_name");
  block_ += R"(, "args": {"name": )";
  append_json_string(block_, name);
  block_ += '}';
  end();
  begin('M', {process, 0});
  text("name", "process_sort_index");
  fmt::format_to(std::back_inserter(block_), R"(, "args": {{"sort_index": {}}})", rank);
  end();
}

void TraceEvents::name_thread(const Track& track, std::string_view name) {
  begin('M', track);
  text("name", "thread_name");
  block_ += R"(, "args": {"name": )";
  append_json_string(block_, name);
  block_ += '}';
  end();
}

void TraceEvents::span(const Track& track, std::string_view name, std::string_view category, std::int64_t start_ns,
                       std::int64_t length_ns, std::string_view args) {
  begin('X', track);
  time("ts", start_ns);
  time("dur", length_ns);
  text("name", name);
  text("cat", category);
  block_ += R"(, "args": )";
  block_ += args;
  end();
}

void TraceEvents::arrow(const Track& from, std::int64_t from_ns, const Track& to, std::int64_t to_ns,
                        std::string_view name) {
  const std::uint64_t id = ++arrows_;
  for (const bool start : {true, false}) {
    begin(start ? 's' : 'f', start ? from : to);
    time("ts", start ? from_ns : to_ns);
    text("name", name);
    text("cat", "result");
    fmt::format_to(std::back_inserter(block_), R"(, "id": {})", id);
    if (!start) block_ += R"(, "bp": "e")";
    end();
  }
}

void TraceEvents::instant(const Track& track, Reach reach, std::string_view name, std::string_view category,
                          std::int64_t t_ns) {
  begin('i', track);
  time("ts", t_ns);
  text("name", name);
  text("cat", category);
  text("s", std::string(1, static_cast<char>(reach)));
  end();
}

void TraceEvents::counter(std::int64_t process, std::string_view name, std::int64_t t_ns, std::string_view values) {
  begin('C', {process, 0});
  time("ts", t_ns);
  text("name", name);
  text("cat", "counter");
  block_ += R"(, "args": )";
  block_ += values;
  end();
}

bool TraceEvents::finish() {
  block_ += "\n]}\n";
  good_ = good_ && sink_.write(block_);
  block_.clear();
  return good_;
}

}  // namespace ropewalk

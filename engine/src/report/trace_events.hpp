#pragma once
// Writes events in Chrome's trace event format (JSON, an event a line), which Perfetto, chrome://tracing and Speedscope
// read. Knows no run and no record. Times are nanoseconds here, and microseconds with three digits in the file.
// Single-threaded.

#include <ropewalk/sink.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ropewalk {

/// Where events appear: a thread of a process, or what stands for them.
struct Track {
  std::int64_t process = 0, thread = 0;
  auto operator<=>(const Track&) const = default;
};

class TraceEvents {
 public:
  /// Borrows the sink. `about`: the document's own data, a JSON map.
  TraceEvents(Sink& sink, std::string_view about);
  TraceEvents(const TraceEvents&) = delete;
  TraceEvents& operator=(const TraceEvents&) = delete;

  /// `rank`: processes are shown by ascending rank.
  void name_process(std::int64_t process, std::string_view name, std::int64_t rank);
  void name_thread(const Track& track, std::string_view name);
  /// `args`: a JSON map.
  void span(const Track& track, std::string_view name, std::string_view category, std::int64_t start_ns,
            std::int64_t length_ns, std::string_view args);
  /// An arrow from a moment within one span to a moment within another.
  void arrow(const Track& from, std::int64_t from_ns, const Track& to, std::int64_t to_ns, std::string_view name);
  enum class Reach : char { thread = 't', process = 'p', all = 'g' };
  void instant(const Track& track, Reach reach, std::string_view name, std::string_view category, std::int64_t t_ns);
  /// `values`: a JSON map of numbers, each of which is a curve.
  void counter(std::int64_t process, std::string_view name, std::int64_t t_ns, std::string_view values);

  /// Ends the document. Returns false if the sink has failed.
  bool finish();

 private:
  void begin(char phase, const Track& track);
  void time(std::string_view key, std::int64_t ns);
  void text(std::string_view key, std::string_view value);
  void end();

  Sink& sink_;
  std::string block_;
  std::uint64_t arrows_ = 0;
  bool first_ = true, good_ = true;
};

}  // namespace ropewalk

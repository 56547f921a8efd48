#include "record/recorded_results.hpp"

#include "base/fd.hpp"

#include <ropewalk/json.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace ropewalk::record {
namespace {

/// The message of a task that no session came to.
constexpr std::string_view kNotStarted = "the run was stopped before it";

}  // namespace

std::string result_json(const RecordedAttempt& attempt, std::string& problem) {
  if (attempt.result_file.empty()) return attempt.result;
  const Fd fd(::open(attempt.result_file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about {};
  std::string text;
  std::int64_t got = -1;
  if (fd && ::fstat(fd.get(), &about) == 0) {
    text.resize(static_cast<std::size_t>(about.st_size));
    got = read_at(fd.get(), text.data(), text.size(), 0);
  }
  if (got == static_cast<std::int64_t>(text.size())) return text;
  problem = fmt::format("a result cannot be read from '{}': {}", attempt.result_file.string(),
                        got < 0 ? std::strerror(errno) : "it is cut short");
  return {};
}

void RecordedResults::visit(std::uint32_t stage, const std::function<void(const Row&)>& visit) const {
  std::uint64_t next = 0;
  const auto skip_to = [&](std::uint64_t index) {
    for (; next < index; ++next)
      visit(
          {.index = next, .item = nullptr, .outcome = Outcome::not_started, .value = nullptr, .message = kNotStarted});
  };
  const auto read = record_.visit(stage, [&](const RecordedAttempt& attempt) {
    skip_to(attempt.index);
    next = attempt.index + 1;
    std::optional<Value> item, value;
    std::string why;
    if (!attempt.item.empty()) item = value_from_json(attempt.item, why);
    const bool good = attempt.outcome == Outcome::succeeded;
    if (good) {
      const std::string json = result_json(attempt, problem_);
      value = json.empty() ? std::optional<Value>(Map()) : value_from_json(json, why);
    }
    if (!why.empty()) problem_ = fmt::format("the record of task {} cannot be read: {}", attempt.index, why);
    KeptStream out, err;
    if (!good) {
      const auto task = record_.task(stage, attempt.index);
      if (!task) return void(problem_ = task.error().list.front().message);
      for (const auto& [number, wrote] : task->outputs) {
        if (number != attempt.attempt || wrote.stream == OutputStream::process) continue;
        (wrote.stream == OutputStream::out ? out : err) = {
            .bytes = wrote.bytes, .head = wrote.head, .tail = wrote.tail};
      }
    }
    visit({.index = attempt.index,
           .item = item ? &*item : nullptr,
           .outcome = attempt.outcome,
           .value = value ? &*value : nullptr,
           .message = attempt.message,
           .out = out.bytes != 0 ? &out : nullptr,
           .err = err.bytes != 0 ? &err : nullptr});
  });
  if (!read) problem_ = read.error().list.front().message;
  const auto tasks = stage < record_.stages().size() ? record_.stages()[stage].tasks : std::nullopt;
  if (tasks) skip_to(*tasks);
}

}  // namespace ropewalk::record

#include "history/task_story.hpp"

#include "base/text.hpp"
#include "events/task_name.hpp"
#include "history/task_differences.hpp"
#include "report/time_text.hpp"
#include "report/numbers.hpp"
#include "report/summary.hpp"
#include "report/written.hpp"
#include "values/shown_value.hpp"

#include <ropewalk/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace ropewalk {
namespace {

constexpr std::size_t kLongestValue = 2000;  // bytes of a parameter, an item or a result
constexpr double kNsPerSecond = 1e9;

std::string seconds_text(std::int64_t ns) { return duration_text(static_cast<double>(ns) / kNsPerSecond); }

std::string cut(std::string_view text) {
  if (text.size() <= kLongestValue) return escape_for_display(text);
  const std::string_view head = text.substr(0, utf8_prefix(text.substr(0, kLongestValue)));
  return fmt::format("{}... ({} bytes in all)", escape_for_display(head), grouped(text.size()));
}

std::optional<ShownValue> item_of(const RecordedAttempt& attempt) {
  std::string problem;
  return attempt.item.empty() ? std::nullopt : shown(value_from_json(attempt.item, problem));
}

class StoryPrinter {
 public:
  StoryPrinter(std::string& out, const StoryParts& parts) : out_(out), parts_(parts) {}

  void print() {
    const std::vector<RecordedAttempt>& attempts = parts_.task.attempts;
    const std::string of_run = fmt::format("of run {}", parts_.run.name);
    if (attempts.empty()) {
      line("{} {}: {}", task_name(parts_.stage.name, parts_.index, std::nullopt), of_run,
           parts_.run.live() ? "has not ended an attempt yet" : "no attempt of it is recorded");
      if (parts_.stage.outcome == Outcome::skipped || parts_.stage.outcome == Outcome::left_out)
        line("  stage '{}' was {}: {}", parts_.stage.name, outcome_text(*parts_.stage.outcome, 0),
             escape_for_display(parts_.stage.why));
      print_facts(nullptr);
      print_uncertain(0, std::numeric_limits<std::uint32_t>::max());
      return;
    }
    const RecordedAttempt& last = attempts.back();
    line("{} {}: {}{}", task_name(parts_.stage.name, parts_.index, item_of(last)), of_run,
         outcome_text(last.outcome, last.detail),
         attempts.size() > 1 ? fmt::format(" at attempt {}", last.attempt) : "");
    out_ += '\n';
    print_facts(&last);
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      if (i == 0 || attempts[i - 1].outcome != Outcome::succeeded)
        print_uncertain(i == 0 ? 0 : attempts[i - 1].session, attempts[i].session);
      print_attempt(attempts[i], i == 0 ? nullptr : &attempts[i - 1]);
    }
    if (last.outcome != Outcome::succeeded) print_uncertain(last.session, std::numeric_limits<std::uint32_t>::max());
  }

 private:
  template <class... Parts>
  void line(fmt::format_string<Parts...> text, Parts&&... parts) {
    fmt::format_to(std::back_inserter(out_), text, std::forward<Parts>(parts)...);
    out_ += '\n';
  }
  void fact(std::string_view name, std::string_view value) { line("{:<12}{}", name, value); }

  void print_facts(const RecordedAttempt* last) {
    const RecordedStage& stage = parts_.stage;
    fact("task", fmt::format("{} on {} x{}", stage.task, stage.executor, stage.workers));
    if (stage.choice)
      fact("", fmt::format("auto chose {} x{} for its stage: {}", escape_for_display(stage.choice->executor),
                           stage.choice->workers, escape_for_display(stage.choice->why)));
    fact("plugin",
         fmt::format("{} {} ({})", stage.plugin, stage.plugin_version, escape_for_display(stage.plugin_path)));
    fact("workflow",
         fmt::format("{} ({})", escape_for_display(parts_.run.workflow), escape_for_display(parts_.run.file.string())));
    if (!stage.environment.empty() && stage.environment != "{}") fact("environment", cut(stage.environment));
    if (last && !last->item.empty()) fact("item", cut(last->item));
    std::string_view title = "parameters";
    for (const auto& [name, value] : parts_.parameters) {
      fact(title, fmt::format("{}: {}", name, cut(value)));
      title = "";
    }
    if (!parts_.parameters_problem.empty())
      fact("parameters", fmt::format("cannot be shown: {}", escape_for_display(parts_.parameters_problem)));
    if (last && !last->result.empty()) fact("result", cut(last->result));
    if (last && !last->result_file.empty())
      fact("result", fmt::format("in {}", escape_for_display(last->result_file.string())));
  }

  const RecordedSession* session_of(const RecordedAttempt& attempt) const {
    for (const RecordedSession& session : parts_.run.sessions)
      if (session.number == attempt.session) return &session;
    return nullptr;
  }

  /// Sessions between two others whose engine was killed, and of which no attempt of the task is recorded.
  void print_uncertain(std::uint32_t after, std::uint32_t before) {
    for (const RecordedSession& session : parts_.run.sessions) {
      const bool is_live = parts_.run.live() && session.number == parts_.run.sessions.back().number;
      if (session.number <= after || session.number >= before || session.outcome || is_live ||
          !parts_.started_in.contains(session.number))
        continue;
      line("\nsession {}: its engine was killed before the end of an attempt was recorded: it may have run",
           session.number);
    }
  }

  /// Why an attempt followed the one before it.
  std::string reason(const RecordedAttempt& before, const RecordedAttempt& attempt) const {
    if (attempt.session == before.session)
      return fmt::format("it ran again because attempt {} {}", before.attempt,
                         outcome_text(before.outcome, before.detail));
    const auto found = parts_.differences.find(attempt.attempt);
    if (before.outcome == Outcome::succeeded && found != parts_.differences.end() && !found->second.empty()) {
      std::string text = fmt::format(
          "it ran again in session {} because of what differs from session {}:", attempt.session, before.session);
      for (const std::string& difference : found->second) text += "\n      " + difference;
      return text;
    }
    if (before.key && attempt.key && *before.key != *attempt.key)
      return fmt::format(
          "it ran again in session {} because its plugin, task type or parameters changed (key {:016x}, before "
          "{:016x})",
          attempt.session, *attempt.key, *before.key);
    if (before.outcome != Outcome::succeeded)
      return fmt::format("it ran again in session {} because attempt {} {}", attempt.session, before.attempt,
                         outcome_text(before.outcome, before.detail));
    return fmt::format("it ran again in session {} because a stage that it depends on ran again", attempt.session);
  }

  void print_attempt(const RecordedAttempt& attempt, const RecordedAttempt* before) {
    out_ += '\n';
    if (attempt.attempt == 0) {
      line("it never started: {}", outcome_text(attempt.outcome, attempt.detail));
      if (!attempt.message.empty()) line("  message   {}", escape_for_display(attempt.message));
      return;
    }
    line("attempt {}: {}", attempt.attempt, outcome_text(attempt.outcome, attempt.detail));
    if (before && before->attempt != 0) line("  {}", reason(*before, attempt));
    const RecordedSession* session = session_of(attempt);
    line("  started   {}, {} after it was ready",
         session ? local_time_text(session->started_unix_ns + attempt.started_ns) : "?",
         seconds_text(attempt.queued_ns));
    line("  ran       {}, CPU time {}", seconds_text(attempt.run_ns), seconds_text(attempt.cpu_ns));
    if (attempt.host != 0)
      line("  host      process {}, worker {}, on {}", attempt.host, attempt.worker,
           session ? escape_for_display(session->machine) : "?");
    for (const RecordedFile& file : parts_.task.files)
      if (file.attempt == attempt.attempt)
        line("  {}    {}: {}", file.role == FileRole::reads ? "reads " : "writes", escape_for_display(file.path),
             file_text(file));
    if (!attempt.message.empty()) line("  message   {}", escape_for_display(attempt.message));
    if (!attempt.evidence.empty()) print_evidence(attempt.evidence);
    print_log(attempt.attempt, attempt.started_ns);
    print_output(attempt);
  }

  void print_evidence(std::string_view evidence) {
    line("  evidence");
    for (; !evidence.empty(); evidence.remove_prefix(std::min(evidence.find('\n'), evidence.size() - 1) + 1))
      line("      {}", escape_for_display(evidence.substr(0, evidence.find('\n'))));
  }

  void print_log(std::uint32_t attempt, std::int64_t started_ns) {
    static constexpr const char* kLevels[] = {"debug: ", "", "warning: ", "error: "};
    bool first = true;
    for (const RecordedLine& each : parts_.task.lines) {
      if (each.attempt != attempt) continue;
      if (first) line("  log");
      first = false;
      line("      {:>8} after its start: {}{}", seconds_text(std::max<std::int64_t>(0, each.t_ns - started_ns)),
           kLevels[static_cast<std::size_t>(each.level)], escape_for_display(each.text));
    }
  }

  void print_output(const RecordedAttempt& attempt) {
    std::string lines;
    append_written_lines(lines, output_of(parts_.task, attempt.attempt), "",
                         {.lines = parts_.output_lines, .more = parts_.whole_output});
    if (!lines.empty()) out_ += "  output\n" + lines;
  }

  std::string& out_;
  const StoryParts& parts_;
};

}  // namespace

void append_task_story(std::string& out, const StoryParts& parts) { StoryPrinter(out, parts).print(); }

KeptOutput output_of(const RecordedTask& task, std::uint32_t attempt) {
  KeptOutput out;
  for (const auto& [of, stream] : task.outputs) {
    if (of != attempt) continue;
    out.put(stream.stream, 0, stream.head);
    out.put(stream.stream, stream.bytes - std::min<std::uint64_t>(stream.tail.size(), stream.bytes), stream.tail);
  }
  return out;
}

Failure failure_of(const RecordedStage& stage, const RecordedAttempt& attempt, const RecordedTask& task) {
  return {.stage = stage.name,
          .index = attempt.index,
          .attempt = attempt.attempt,
          .outcome = attempt.outcome,
          .detail = attempt.detail,
          .message = attempt.message,
          .evidence = attempt.evidence,
          .output = output_of(task, attempt.attempt),
          .item = item_of(attempt)};
}

}  // namespace ropewalk

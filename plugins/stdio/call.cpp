#include "stdio/call.hpp"

#include <iterator>
#include <utility>

namespace stdio {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxPrograms = 8;  // of one worker, for stages whose tasks name different ones

process::Command command_of(const CallProgram& task) {
  process::Command command{.argv = process::words_of(task.argv), .cwd = {}, .env = {}, .input = {}, .talks = true};
  process::set_surroundings(command, task.cwd, task.env);
  return command;
}

[[noreturn]] void fail_as(const json& answer) {
  const json& error = answer["error"];
  const std::string text = error.is_string() ? error.get<std::string>() : error.dump();
  const std::string kind = answer.value("kind", "error");
  if (kind == "permanent") throw ropewalk::Permanent(text);
  if (kind == "transient") throw ropewalk::Transient(text);
  throw std::runtime_error(text);
}

}  // namespace

Program& Programs::find(process::Command command) {
  const auto same = [&](const Program& program) {
    const process::Command& other = program.command();
    return other.argv == command.argv && other.cwd == command.cwd && other.env == command.env;
  };
  for (auto program = programs_.begin(); program != programs_.end(); ++program) {
    if (!same(*program)) continue;
    programs_.splice(programs_.begin(), programs_, program);
    return programs_.front();
  }
  if (programs_.size() == kMaxPrograms) programs_.pop_back();
  return programs_.emplace_front(launcher_, std::move(command));
}

void Programs::end_unusable() {
  if (!programs_.empty() && !programs_.front().usable()) programs_.pop_front();
}

CallProgram::Result CallProgram::run(ropewalk::Call& call, Programs& programs) const {
  /// However the task ends.
  struct Cleaning {
    Programs& programs;
    ~Cleaning() { programs.end_unusable(); }
  } const cleaning{programs};
  call.stop_if_cancelled();
  Program& program = programs.find(command_of(*this));
  json answer = program.ask(call, {{"request", json_of(request)},
                                   {"index", call.index()},
                                   {"attempt", call.attempt()},
                                   {"stage", std::string(call.stage())}});
  if (answer.contains("error")) fail_as(answer);
  return {.value = {std::move(answer["value"])}};
}

void CallProgram::describe(ropewalk::TaskType<CallProgram>& task) {
  task.summary("Asks a program in any language, which is kept running and answers one line of JSON with another.")
      .thread_safe()
      .stops()
      .prefers("thread")
      .param("argv", &CallProgram::argv, "the program and its arguments; each worker starts it once")
      .option("request", &CallProgram::request, "what it is asked")
      .option("cwd", &CallProgram::cwd, "its working directory")
      .option("env", &CallProgram::env, "environment variables, on top of those of the run")
      .result("value", &Result::value, "what it answers");
}

}  // namespace stdio

ROPEWALK_PLUGIN("stdio", "1.0.0", ropewalk::task<stdio::CallProgram>("call"))

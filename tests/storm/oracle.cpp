#include "oracle.hpp"

#include "value.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <utility>

namespace storm {
namespace {

using Json = nlohmann::json;
using Task = std::pair<std::string, std::uint64_t>;

struct Effect {
  std::uint32_t attempt;
  int pid;
};

/// Returns each complete line. A rest without a line end is reported as wrong.
std::vector<std::string> lines_of(std::string_view text, const char* of, std::vector<std::string>& wrong) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == text.npos) {
      wrong.push_back(fmt::format("the last line of the {} is cut off", of));
      break;
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string cut(std::string text) { return text.size() > 200 ? text.substr(0, 200) + "..." : text; }

class Judge {
 public:
  explicit Judge(const Expected& expected) : expected_(expected) {}

  Judgement of(std::string_view results, std::string_view log) {
    for (const std::string& line : lines_of(log, "log", found_.wrong)) read_effect(line);
    for (const std::string& line : lines_of(results, "results", found_.wrong)) read_result(line);
    for (const auto& [stage, tasks] : expected_.tasks)
      for (std::uint64_t index = 0; index < tasks; ++index) judge_task({stage, index});
    return std::move(found_);
  }

 private:
  bool planned(const Task& task) const {
    const auto stage = expected_.tasks.find(task.first);
    return stage != expected_.tasks.end() && task.second < stage->second;
  }

  void read_effect(const std::string& line) {
    std::istringstream in(line);
    Task task;
    Effect effect{};
    std::string more;
    if (!(in >> task.first >> task.second >> effect.attempt >> effect.pid) || in >> more || !planned(task))
      return found_.wrong.push_back(fmt::format("a line of the log is nobody's: {}", cut(line)));
    ++found_.effects;
    effects_[task].push_back(effect);
  }

  void read_result(const std::string& line) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("stage") || !json["stage"].is_string() || !json.contains("index") ||
        !json["index"].is_number_unsigned())
      return found_.wrong.push_back(fmt::format("a line of the results is no result: {}", cut(line)));
    const Task task{json["stage"], json["index"]};
    if (!planned(task))
      return found_.wrong.push_back(fmt::format("{}: a result of a task that there is not", name(task)));
    ++found_.results;
    if (++results_[task] == 2) found_.wrong.push_back(fmt::format("{}: its result is repeated", name(task)));
    if (const auto last = last_.find(task.first); last != last_.end() && last->second > task.second)
      found_.wrong.push_back(fmt::format("{}: its result is late, after that of {}", name(task), last->second));
    last_[task.first] = task.second;
    const bool succeeded = json.value("outcome", "") == "succeeded";
    if (!succeeded) unfinished_.insert(task);
    if (!succeeded && expected_.given_up)
      ++found_.unfinished;
    else if (!succeeded)
      found_.wrong.push_back(fmt::format("{}: has not succeeded: {}", name(task), cut(line)));
    else if (json.value("item", Json()) != Json(task.second))
      found_.wrong.push_back(fmt::format("{}: has another one's item: {}", name(task), cut(line)));
    else if (json.value("value", Json()) != Json{{"number", number_of(task.second)}, {"text", text_of(task.second)}})
      found_.wrong.push_back(fmt::format("{}: has a wrong value: {}", name(task), cut(line)));
  }

  void judge_task(const Task& task) {
    if (results_[task] == 0) found_.wrong.push_back(fmt::format("{}: its result is lost", name(task)));
    const std::vector<Effect>& effects = effects_[task];
    const bool unfinished = expected_.given_up && unfinished_.contains(task);
    if (effects.empty() && unfinished) return;
    if (effects.empty()) return found_.wrong.push_back(fmt::format("{}: has no effect", name(task)));
    if (unfinished && !expected_.dead.contains(effects.back().pid))
      found_.wrong.push_back(fmt::format("{}: has no value although process {} (attempt {}) did not die", name(task),
                                         effects.back().pid, effects.back().attempt));
    found_.repeated += effects.size() - 1;
    for (std::size_t at = 0; at + 1 < effects.size(); ++at) {
      if (!expected_.dead.contains(effects[at].pid))
        found_.wrong.push_back(
            fmt::format("{}: has an effect (attempt {}) after that in process {} (attempt {}), which did not die",
                        name(task), effects[at + 1].attempt, effects[at].pid, effects[at].attempt));
      if (effects[at + 1].attempt < effects[at].attempt)
        found_.wrong.push_back(fmt::format("{}: attempt {} came after attempt {}", name(task), effects[at + 1].attempt,
                                           effects[at].attempt));
    }
  }

  static std::string name(const Task& task) { return fmt::format("{}[{}]", task.first, task.second); }

  const Expected& expected_;
  Judgement found_;
  std::map<Task, std::vector<Effect>> effects_;
  std::map<Task, int> results_;
  std::set<Task> unfinished_;
  std::map<std::string, std::uint64_t> last_;
};

}  // namespace

Judgement judge(std::string_view results, std::string_view log, const Expected& expected) {
  return Judge(expected).of(results, log);
}

}  // namespace storm

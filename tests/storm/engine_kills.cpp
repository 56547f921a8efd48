// Kills the engine of a recorded run at drawn steps and resumes the run until it is done, again and again. A step is
// the nth hit of a failpoint: a write or a commit of the record, a span that is dispatched, a host that starts, a
// result, the end of a stage. No clock decides. Resumes are killed too. The oracle is the record itself, read between
// two sessions, and a log that the tasks write:
// - everything that a session had committed, or had reported as an event with `durability: task`, is kept as it was
//   and does not run again;
// - no task has two results;
// - no process is left after a kill;
// - the results at the end are those of an undisturbed run, byte for byte.
// usage: engine_kills KILLS [SEED]   runs lives until so many kills have been reaped
//        engine_kills life SEED LIFE repeats one life: a run with its kills and resumes

#include "integration/program.hpp"

#include <ropewalk/record.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

namespace ropewalk::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kHangs{20};  // until nothing of a killed run is left; usually milliseconds

// Thirty tasks on each executor, among them a stream, a retry, a large result, and commands that log that they ran.
constexpr const char* kWorkflow = R"(ropewalk: 1
name: kills
stages:
  - {name: threads, task: sim.echo, executor: thread, workers: 2, foreach: {range: 9}, with: {value: "${{ item }}"}}
  - {name: stream, task: sim.echo, executor: process, workers: 2, foreach: {results: threads},
     with: {value: "${{ item.value }}"}}
  - {name: each, task: shell.run, executor: process-per-task, workers: 2, foreach: {range: 4},
     with: {argv: [sh, -c, 'echo each/$0 >>effects; echo $0', "${{ text(item) }}"]}}
  - {name: large, task: shell.run, executor: process, workers: 1,
     with: {argv: [sh, -c, 'echo large/0 >>effects; printf %050000d 7']}}
  - {name: again, task: shell.run, executor: process, workers: 1, needs: [each], retries: {max: 1, when: [error]},
     with: {argv: [sh, -c, 'echo again/0 >>effects; test -e tried || { : >tried; exit 1; }']}}
  - {name: last, task: sim.echo, executor: serial, needs: [again, stream, large], foreach: {range: 6},
     with: {value: "${{ item }}"}}
)";

constexpr std::array kSteps{"record.open",
                            "record.before_session",
                            "record.after_session",
                            "record.before_write",
                            "record.before_commit",
                            "record.after_commit",
                            "record.large",
                            "record.end",
                            "record.after_checkpoint",
                            "record.after_fold",
                            "stage.start",
                            "stage.end",
                            "stage.before_dispatch",
                            "stage.after_dispatch",
                            "stage.before_ends",
                            "stage.after_ends",
                            "stage.host_started",
                            "run.end",
                            "run.recorded"};

using Task = std::pair<std::string, std::uint64_t>;  // stage and index

/// What the record says of a task that has succeeded.
struct Committed {
  std::uint32_t attempt = 0, session = 0;
  std::int64_t started_ns = 0, run_ns = 0;
  std::string result = {};
  bool operator==(const Committed&) const = default;
};

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Totals {
  std::uint64_t lives = 0, kills = 0, missed = 0, resumed = 0, kept = 0;
  double longest_s = 0;  // until nothing of a killed run was left
  std::map<std::string, std::uint64_t> steps = {};
};

class Kills {
 public:
  explicit Kills(std::uint64_t seed) : seed_(seed) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // what a killed engine leaves becomes a child of this process
    folder_.file("kills.yaml", kWorkflow);
    const ProgramEnd ended = run({"run", "kills.yaml", "-q", "--no-record", "--results", "fresh.jsonl"}, {});
    fresh_ = read_file(folder_.path("fresh.jsonl"));
    if (lines_of(fresh_).size() != 30) throw Wrong("the undisturbed run did not succeed: " + ended.err);
    count_steps();
  }

  /// One run, killed at one step or at several, and resumed until it is done.
  void live(std::uint64_t life) {
    ++totals_.lives;
    chance_.seed(seed_ * 1'000'003 + life);
    clear();
    const std::uint64_t kind = draw(10);
    std::uint64_t kills = kind < 6 ? 1 : kind < 9 ? 2 + draw(3) : 10 + draw(11);
    durability_ = std::array{"task", "batch", "run"}[draw(3)];
    std::vector<std::string> words{"run", "kills.yaml"};
    for (bool first = true;; first = false) {
      const std::string step = kills == 0 ? "" : draw_step(first);
      if (kills != 0) --kills;
      std::vector<std::string> all = words;
      all.insert(all.end(), {"-q", "--results", "results.jsonl", "--events", "events.jsonl"});
      const auto before = effects();
      const ProgramEnd ended = run(std::move(all), step);
      check_effects(before);
      if (ended.signal == SIGKILL && !reached(step)) throw Wrong(fmt::format("'{}' hangs", words[0]));
      if (ended.signal == SIGKILL) {
        ++totals_.kills;
        ++totals_.steps[step.substr(0, step.find('='))];
        if (!look_at_killed(step)) {
          committed_.clear();  // nothing was recorded yet, so the run begins anew
          clear();
          words = {"run", "kills.yaml"};
        } else {
          words = {"resume", "latest"};
          ++totals_.resumed;
        }
        continue;
      }
      if (ended.exit_code != 0)
        throw Wrong(fmt::format("'{}' at '{}' ended with {} or signal {}:\n{}", words[0], step, ended.exit_code,
                                ended.signal, ended.err));
      if (!step.empty()) ++totals_.missed;
      break;
    }
    look_at_end();
  }

  const Totals& totals() const { return totals_; }
  std::string folder() const { return folder_.path(); }

 private:
  std::uint64_t draw(std::uint64_t below) { return chance_() % below; }

  std::string draw_step(bool first) {
    const std::size_t step = draw(kSteps.size());
    const std::uint64_t hits = std::max<std::uint64_t>(counts_[step], 1);
    // A resume has less to do.
    return fmt::format("{}=kill@{}", kSteps[step],
                       1 + draw(first || draw(2) == 0 ? hits : std::min<std::uint64_t>(hits, 2)));
  }

  ProgramEnd run(std::vector<std::string> words, const std::string& failpoints) {
    fs::remove(folder_.path("counts"));
    ProgramEnd ended =
        ropewalk(std::move(words), {.folder = folder_.path(),
                                    .environment = {{"ROPEWALK_RECORD", ""},
                                                    {"ROPEWALK_DURABILITY", durability_},
                                                    {"ROPEWALK_FAILPOINTS", failpoints},
                                                    {"ROPEWALK_FAILPOINT_COUNTS", folder_.path("counts")},
                                                    {"XDG_CONFIG_HOME", folder_.path("home")}}});
    until_alone();
    return ended;
  }

  /// Whether the program has come to the step that was to kill it.
  bool reached(const std::string& step) const {
    const std::string counts = read_file(folder_.path("counts"));
    std::uint64_t hits = 0, wanted = 0;
    if (step.empty() || counts.size() < sizeof hits) return false;
    std::memcpy(&hits, counts.data(), sizeof hits);
    std::from_chars(step.data() + step.rfind('@') + 1, step.data() + step.size(), wanted);
    return hits >= wanted;
  }

  /// Waits until every process that descends from this one has ended.
  void until_alone() {
    const auto start = Clock::now();
    for (;;) {
      const pid_t reaped = ::waitpid(-1, nullptr, WNOHANG);
      const auto took = Clock::now() - start;
      if (reaped < 0 && errno == ECHILD) {
        totals_.longest_s = std::max(totals_.longest_s, std::chrono::duration<double>(took).count());
        return;
      }
      if (took > kHangs) throw Wrong("processes of the run are left");
      if (reaped == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  /// How often an undisturbed run comes to each step.
  void count_steps() {
    std::string points;
    for (const char* step : kSteps) points += fmt::format("{}{}=sleep:0ms", points.empty() ? "" : ",", step);
    clear();
    const ProgramEnd ended = run({"run", "kills.yaml", "-q"}, points);
    if (ended.exit_code != 0) throw Wrong("the undisturbed run was not recorded: " + ended.err);
    const std::string counts = read_file(folder_.path("counts"));
    for (std::size_t i = 0; i < kSteps.size(); ++i) std::memcpy(&counts_[i], counts.data() + 8 * i, 8);
    for (std::size_t i = 0; i < kSteps.size(); ++i)
      if (counts_[i] == 0) throw Wrong(fmt::format("no run comes to '{}'", kSteps[i]));
  }

  void clear() const {
    for (const char* each : {".ropewalk", "tried", "effects", "results.jsonl", "events.jsonl"})
      fs::remove_all(folder_.path(each));
  }

  /// How often the commands ran, by task.
  std::map<std::string, int> effects() const {
    std::map<std::string, int> all;
    for (const std::string& line : lines_of(read_file(folder_.path("effects")))) ++all[line];
    return all;
  }

  void check_effects(const std::map<std::string, int>& before) const {
    const auto now = effects();
    for (const auto& [task, committed] : committed_) {
      const std::string name = fmt::format("{}/{}", task.first, task.second);
      const auto was = before.find(name), is = now.find(name);
      if (was != before.end() && is->second != was->second) throw Wrong(name + " was committed, and yet it ran again");
    }
  }

  std::unique_ptr<Record> record() const {
    std::error_code none;
    fs::path found;
    for (const auto& entry : fs::directory_iterator(folder_.path(".ropewalk/runs"), none)) {
      if (!found.empty()) throw Wrong("a resume has made a run of its own");
      found = entry.path();
    }
    auto opened = open_record(found / "run.db");
    return opened ? std::move(*opened) : nullptr;
  }

  std::map<Task, Committed> read(const Record& record) const {
    if (const auto whole = record.check(); !whole) throw Wrong(whole.error().list.front().message);
    std::map<Task, Committed> all;
    for (const RecordedStage& stage : record.stages()) {
      const auto visited = record.visit_attempts(stage.number, [&](const RecordedAttempt& attempt) {
        if (attempt.outcome != Outcome::succeeded) return;
        Committed committed{attempt.attempt, attempt.session, attempt.started_ns, attempt.run_ns, attempt.result};
        if (!attempt.result_file.empty()) committed.result = read_file(attempt.result_file);
        if (!attempt.last) throw Wrong(fmt::format("{}/{} succeeded and went on", stage.name, attempt.index));
        if (!all.emplace(Task(stage.name, attempt.index), std::move(committed)).second)
          throw Wrong(fmt::format("{}/{} is recorded twice", stage.name, attempt.index));
      });
      if (!visited) throw Wrong(visited.error().list.front().message);
    }
    return all;
  }

  /// Tasks that the program reported as succeeded in its last session.
  std::vector<Task> reported() const {
    std::vector<Task> tasks;
    for (const std::string& line : lines_of(read_file(folder_.path("events.jsonl")))) {
      const auto event = nlohmann::json::parse(line, nullptr, false);  // the last line may be torn
      if (event.is_discarded() || event.value("event", "") != "task_finished" ||
          event.value("outcome", "") != "succeeded")
        continue;
      tasks.emplace_back(event.at("stage").get<std::string>(), event.at("index").get<std::uint64_t>());
    }
    return tasks;
  }

  /// Takes what is committed, after a kill. False: not even the run itself is recorded, which is right only at its
  /// first steps.
  bool look_at_killed(const std::string& step) {
    const auto record = this->record();
    if (!record) {
      const bool early = step.starts_with("record.open") || step.starts_with("record.before_session");
      // Until the first commit the run's own thread goes ahead of the writer's, as far as one batch.
      if (!committed_.empty() || (!early && !step.starts_with("stage.")))
        throw Wrong(fmt::format("after '{}' there is no record", step));
      return false;
    }
    if (record->run().live()) throw Wrong("the lock outlived its engine");
    compare(read(*record));
    if (std::string_view(durability_) == "task")
      for (const Task& task : reported())
        if (!committed_.contains(task))
          throw Wrong(fmt::format("{}/{} was reported and is lost", task.first, task.second));
    return true;
  }

  /// Nothing that was committed is lost or changed.
  void compare(std::map<Task, Committed> now) {
    for (const auto& [task, committed] : committed_) {
      const auto found = now.find(task);
      if (found == now.end()) throw Wrong(fmt::format("{}/{} is lost", task.first, task.second));
      if (found->second != committed) throw Wrong(fmt::format("{}/{} was recorded again", task.first, task.second));
    }
    totals_.kept += committed_.size();
    committed_ = std::move(now);
  }

  void look_at_end() {
    if (read_file(folder_.path("results.jsonl")) != fresh_)
      throw Wrong("the results differ from those of an undisturbed run");
    const auto record = this->record();
    if (!record) throw Wrong("there is no record at the end");
    compare(read(*record));
    if (committed_.size() != 30) throw Wrong(fmt::format("{} of 30 tasks are recorded", committed_.size()));
    committed_.clear();
  }

  const std::uint64_t seed_;
  const Folder folder_;
  std::mt19937_64 chance_;
  const char* durability_ = "task";
  std::string fresh_;
  std::array<std::uint64_t, kSteps.size()> counts_{};
  std::map<Task, Committed> committed_;
  Totals totals_;
};

bool number(const char* text, std::uint64_t& into) {
  const std::string_view view(text);
  return !view.empty() &&
         std::from_chars(view.data(), view.data() + view.size(), into).ptr == view.data() + view.size();
}

int main(int argc, char** argv) {
  const bool one = argc == 4 && std::string_view(argv[1]) == "life";
  std::uint64_t kills = 1, seed = std::random_device()() % 1'000'000, life = 0;
  if (one ? !number(argv[2], seed) || !number(argv[3], life)
          : argc < 2 || argc > 3 || !number(argv[1], kills) || (argc == 3 && !number(argv[2], seed))) {
    std::fputs("usage: engine_kills KILLS [SEED] | engine_kills life SEED LIFE\n", stderr);
    return 2;
  }
  fmt::print("engine_kills: seed {}\n", seed);
  std::fflush(stdout);
  const auto start = Clock::now();
  Totals totals;
  try {
    Kills all(seed);
    do all.live(life);
    while (!one && (++life, all.totals().kills < kills));
    totals = all.totals();
  } catch (const Wrong& wrong) {
    fmt::print(stderr, "engine_kills: life {} of seed {}: {}\nagain with: engine_kills life {} {}\n", life, seed,
               wrong.what(), seed, life);
    return 1;
  }
  fmt::print(
      "engine_kills: {} kills in {} lives, {} resumes, {} drawn steps not reached; {} committed results kept; "
      "everything "
      "gone after at most {:.3f} s; {:.1f} s\n",
      totals.kills, totals.lives, totals.resumed, totals.missed, totals.kept, totals.longest_s,
      std::chrono::duration<double>(Clock::now() - start).count());
  for (const auto& [step, times] : totals.steps) fmt::print("engine_kills: {:5} {}\n", times, step);
  return 0;
}

}  // namespace
}  // namespace ropewalk::test

int main(int argc, char** argv) { return ropewalk::test::main(argc, argv); }

// Runs storm.step under the real program repeatedly while hosts die, by themselves and from outside, until the given
// number of deaths has been reaped. The oracle judges each run. The moments of the kills depend on progress: a number
// of attempts have begun since the last kill, then a part of the duration of an attempt on this machine has passed.
// `storm calm` has no deaths and one effect for each task.
// `storm engine RUNS [SEED]` kills the engine and reports what it leaves behind.
// `storm stops` also stops hosts from outside, even before they have begun a task. These are detected only after
// seconds, so it is slow.
// `storm siege RUNS [SEED]` lets some hosts live and kills all others before they begin a task: the run must fail,
// report the cause, the count and the fix, and lose no result.
// usage: storm DEATHS [SEED] | storm stops DEATHS [SEED] | storm calm | storm engine RUNS [SEED] | storm siege RUNS
// [SEED]

#include "oracle.hpp"
#include "value.hpp"
#include "weather.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace storm {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Totals {
  std::uint64_t runs = 0, deaths = 0, sent = 0, stops = 0, wardens = 0, timeouts = 0, results = 0, effects = 0,
                repeated = 0, wrong = 0;
  std::uint64_t given_up = 0, unfinished = 0;  ///< abandoned runs, and their tasks without a value
  std::map<std::string, std::uint64_t> ways;   ///< how hosts died
};

struct Stage {
  std::string name, executor;
  std::uint64_t tasks;
  double rate;  ///< share of attempts that end their host themselves
};
const std::array kStages{Stage{"processes", "process", 900, 0.02}, Stage{"threads", "thread", 600, 0.005},
                         Stage{"one-each", "process-per-task", 80, 0.05}};

/// Average attempts between two kills.
constexpr std::uint64_t kAttemptsAStrike = 5;

/// A stopped host is detected only after seconds, so a run with stops has fewer tasks.
std::uint64_t tasks_of(const Stage& stage, bool stops) { return stops ? stage.tasks / 3 : stage.tasks; }

std::string yaml(std::uint64_t seed, bool calm, bool stops = false) {
  // Only deaths end an attempt early, so 1000 retries are never used up. A calm run has no retries.
  const std::string rules = calm ? "" : "\n    timeout: 1s\n    retries: {max: 1000, when: [error, crash, timeout]}";
  std::string text = "ropewalk: 1\nname: storm\nstages:\n";
  for (const Stage& stage : kStages)
    text += fmt::format(
        "  - name: {0}\n    task: storm.step\n    executor: {1}\n    workers: {2}\n    foreach: {{range: {3}}}{4}\n"
        "    with: {{log: effects.txt, seed: {5}, rate: {6}}}\n",
        stage.name, stage.executor, 2 + seed % 3, tasks_of(stage, stops), rules, seed, calm ? 0 : stage.rate);
  return text;
}

/// Kills one host of the run, or stops it permanently. Usually one that has recently begun an attempt; otherwise any
/// host, which may be starting, idle or a zygote.
bool kill_or_stop_one(const Weather& weather, std::mt19937_64& chance, bool stop) {
  const std::vector<pid_t> any = weather.hosts();
  const std::vector<pid_t>& victims = chance() % 4 != 0 && !weather.active().empty() ? weather.active() : any;
  if (victims.empty()) return false;
  const pid_t victim = victims[chance() % victims.size()];
  if (weather.stopped(victim)) return false;  // its timeout handles it
  const std::uint64_t how = chance() % 100;
  return weather.send(victim, stop ? SIGSTOP : how < 70 ? SIGKILL : how < 85 ? SIGSEGV : SIGABRT);
}

/// The hosts whose end was not requested by their stage. A host that has finished its work also exits with 0, so for
/// these the log must show that they ran an attempt that was to exit.
std::set<int> dead_hosts(const std::string& events, const std::string& log, std::uint64_t seed,
                         std::map<std::string, std::uint64_t>& ways) {
  std::set<int> exited, dead;
  std::istringstream effects(log);
  std::string name;
  std::uint64_t index = 0;
  std::uint32_t attempt = 0;
  for (int pid = 0; effects >> name >> index >> attempt >> pid;)
    for (const Stage& stage : kStages)
      if (stage.name == name && fate_of(seed, index, attempt, stage.rate) == Fate::exits) exited.insert(pid);
  std::istringstream in(events);
  for (std::string line; std::getline(in, line);) {
    if (line.find("\"host_ended\"") == line.npos) continue;
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object() || event.value("event", "") != "host_ended") continue;
    const int host = event.value("host", 0);
    const std::string way = event.value("how", "");
    if (way == "exited with code 0" && !exited.contains(host)) continue;
    ++ways[way];
    dead.insert(host);
  }
  return dead;
}

/// The mean time between the starts of two attempts, on this machine and during these kills.
class Pace {
 public:
  void measure(std::uint64_t begun) {
    const auto now = Clock::now();
    if (begun > begun_) mean_ = (3 * mean_ + (now - since_) / (begun - begun_)) / 4;
    since_ = now;
    begun_ = begun;
  }
  Clock::duration mean() const { return mean_; }

 private:
  Clock::duration mean_ = 1ms;
  Clock::time_point since_ = Clock::now();
  std::uint64_t begun_ = 0;
};

/// Names of the stages that have started.
std::set<std::string> started_stages(const std::string& events) {
  std::set<std::string> names;
  std::istringstream in(events);
  for (std::string line; std::getline(in, line);) {
    if (line.find("\"stage_started\"") == line.npos) continue;
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (event.is_object() && event.value("event", "") == "stage_started") names.insert(event.value("stage", ""));
  }
  return names;
}

/// Whether the run failed because every host was killed from outside, and reported the cause, the count and the fix.
bool reports_abandonment(const Weather& weather) {
  static const std::regex kReported(
      "the run broke: stage '[a-z-]+': [0-9]+ of [0-9]+ hosts in a row were killed from outside before they began a "
      "task, "
      "and no task has begun or ended for [0-9.]+ s; the last host was killed by "
      "(SIG[A-Z]+; find out what kills processes named ropewalk-host .*start the run again"
      // The kernel counts processes killed for lack of memory for the whole machine.
      "|the kernel, because the machine had no memory left; use fewer `workers`.*)");
  return WIFEXITED(weather.exit_status()) && WEXITSTATUS(weather.exit_status()) == 70 &&
         std::regex_search(weather.output(), kReported);
}

/// Whether no process of the run is left. By design all are gone within a second; the bound only ends a hang.
bool left_nothing(const Weather& weather) {
  for (const auto until = Clock::now() + 60s; !weather.living().empty();) {
    if (Clock::now() >= until) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

class Storm {
 public:
  Storm(std::uint64_t seed, bool stops)
      : seed_(seed),
        stops_(stops),
        chance_(seed),
        folder_(fmt::format("{}/ropewalk-storm-{}", std::filesystem::temp_directory_path().string(), ::getpid())) {}

  bool run(bool calm) {
    ++totals_.runs;
    const std::uint64_t seed = seed_ * 1000 + totals_.runs;
    Weather weather(folder_, yaml(seed, calm, stops_));
    if (!kill_hosts_until_end(weather, calm)) return keep(weather);
    return look_at(weather, seed, calm);
  }

  /// Kills all but the first few hosts before they report to the engine.
  bool kill_unstarted_hosts() {
    ++totals_.runs;
    const std::uint64_t seed = seed_ * 1000 + totals_.runs;
    Weather weather(folder_, yaml(seed, false), fmt::format("host.hello=kill@{}+", 3 + chance_() % 12));
    const std::uint64_t before = totals_.given_up;
    if (weather.until_ended() != Weather::Wait::ended) return hangs(weather);
    if (!look_at(weather, seed, false)) return false;
    if (totals_.given_up == before)
      wrong("every host was killed, and yet the run did not report that it gave up"), keep(weather);
    return totals_.wrong == 0;
  }

  /// Kills the engine at any moment, sometimes after its warden.
  bool kill_engine() {
    ++totals_.runs;
    const auto start = Clock::now();
    Weather weather(folder_, yaml(seed_ * 1000 + totals_.runs, false));
    Pace pace;
    if (until_first_ != Clock::duration() && chance_() % 4 == 0) {
      std::this_thread::sleep_for(part_of(until_first_));  // while it starts
    } else {
      if (weather.until_begun(1) == Weather::Wait::begun) until_first_ = Clock::now() - start;
      pace.measure(weather.begun());
      if (weather.until_begun(chance_() % 1500) == Weather::Wait::hangs) return hangs(weather);
      pace.measure(weather.begun());
      std::this_thread::sleep_for(part_of(2 * pace.mean()));
    }
    if (chance_() % 3 == 0) weather.send(weather.warden(), SIGKILL);
    if (chance_() % 2 == 0) std::this_thread::sleep_for(part_of(20 * pace.mean()));
    ::kill(weather.engine(), SIGKILL);
    if (weather.until_ended() != Weather::Wait::ended) return hangs(weather);
    if (!left_nothing(weather)) wrong(fmt::format("a minute after the engine there are:\n{}", weather.picture()));
    return totals_.wrong == 0 || keep(weather);
  }

  const Totals& totals() const { return totals_; }
  void clean() const { std::filesystem::remove_all(folder_); }

 private:
  /// Kills hosts until the run ends. Returns false if the run hangs.
  bool kill_hosts_until_end(Weather& weather, bool calm) {
    Pace pace;
    // A run survives one death of its warden; every third run has one.
    std::uint64_t until_warden = !calm && totals_.runs % 3 == 0 ? 1 + chance_() % 100 : 0;
    // Every run with stops has an early one. Each takes its timeout and the grace period, so further ones are rare.
    std::uint64_t until_stop = stops_ ? 1 + chance_() % 30 : 0;
    for (;;) {
      const auto seen =
          calm ? weather.until_ended() : weather.until_begun(weather.begun() + 1 + chance_() % (2 * kAttemptsAStrike));
      if (seen == Weather::Wait::ended) return true;
      if (seen == Weather::Wait::hangs) return hangs(weather);
      pace.measure(weather.begun());
      std::this_thread::sleep_for(part_of(2 * pace.mean()));
      if (kill_or_stop_one(weather, chance_, until_stop == 1)) {
        ++totals_.sent;
        if (until_stop == 1)
          ++totals_.stops, until_stop = 50 + chance_() % 200;
        else if (until_stop != 0)
          --until_stop;
      }
      if (until_warden != 0 && --until_warden == 0 && weather.send(weather.warden(), SIGKILL)) ++totals_.wardens;
    }
  }

  bool look_at(Weather& weather, std::uint64_t seed, bool calm) {
    const std::string events = weather.events();
    std::map<std::string, std::uint64_t> ways;
    Expected expected{.tasks = {},
                      .dead = dead_hosts(events, weather.log(), seed, ways),
                      .given_up = !calm && reports_abandonment(weather)};
    const std::set<std::string> started = started_stages(events);
    for (const Stage& stage : kStages)
      if (!expected.given_up || started.contains(stage.name)) expected.tasks[stage.name] = tasks_of(stage, stops_);
    if (calm) expected.dead.clear();
    const Judgement judged = judge(weather.results(), weather.log(), expected);
    for (const std::string& each : judged.wrong) wrong(each);
    if (expected.given_up)
      ++totals_.given_up, totals_.unfinished += judged.unfinished;
    else if (weather.exit_status() != 0)
      wrong(fmt::format("ended with wait status {:#x}; the end of what it said:\n{}", weather.exit_status(),
                        end_of(weather.output())));
    if (!left_nothing(weather)) wrong(fmt::format("a minute after the end there are:\n{}", weather.picture()));
    for (std::size_t at = 0; (at = events.find("\"timed_out\"", at)) != events.npos; ++at) ++totals_.timeouts;
    if (!calm)
      for (const auto& [way, times] : ways) totals_.ways[way] += times, totals_.deaths += times;
    totals_.results += judged.results;
    totals_.effects += judged.effects;
    totals_.repeated += judged.repeated;
    return totals_.wrong == 0 || keep(weather);
  }

  Clock::duration part_of(Clock::duration whole) {
    return Clock::duration(whole.count() == 0 ? 0 : chance_() % static_cast<std::uint64_t>(whole.count()));
  }

  bool hangs(const Weather& weather) {
    wrong(fmt::format("hangs: neither log nor events have grown for minutes\n{}", weather.picture()));
    return keep(weather);
  }
  void wrong(const std::string& what) {
    if (++totals_.wrong <= 20) fmt::print(stderr, "storm: seed {}, run {}: {}\n", seed_, totals_.runs, what);
  }
  bool keep(const Weather&) {
    fmt::print(stderr, "storm: the files of the run are in {}\n", folder_);
    return false;
  }
  static std::string end_of(const std::string& text) {
    return text.size() > 3000 ? text.substr(text.size() - 3000) : text;
  }

  const std::uint64_t seed_;
  const bool stops_;  ///< stop hosts from outside too, where no timeout may be running
  std::mt19937_64 chance_;
  const std::string folder_;
  Clock::duration until_first_{};  ///< from an engine's start to its first attempt, as last measured
  Totals totals_;
};

bool number(const char* text, std::uint64_t& into) {
  const std::string_view view(text);
  return std::from_chars(view.data(), view.data() + view.size(), into).ptr == view.data() + view.size() &&
         !view.empty();
}

int usage() {
  std::fputs(
      "usage: storm DEATHS [SEED] | storm stops DEATHS [SEED] | storm calm | storm engine RUNS [SEED] | storm siege "
      "RUNS [SEED]\n",
      stderr);
  return 2;
}

int main(int argc, char** argv) {
  std::vector<char*> words(argv + 1, argv + argc);
  const bool calm = !words.empty() && std::string_view(words[0]) == "calm";
  const bool engine = !words.empty() && std::string_view(words[0]) == "engine";
  const bool stops = !words.empty() && std::string_view(words[0]) == "stops";
  const bool siege = !words.empty() && std::string_view(words[0]) == "siege";
  if (calm || engine || stops || siege) words.erase(words.begin());
  std::uint64_t count = 1, seed = std::random_device()() % 1'000'000;
  if (words.size() > 2 || (words.empty() && !calm) || (!words.empty() && !number(words[0], count)) ||
      (words.size() == 2 && !number(words[1], seed)))
    return usage();
  fmt::print("storm: seed {}\n", seed);
  std::fflush(stdout);

  const auto start = Clock::now();
  Storm storm(seed, stops);
  bool good = true;
  while (good && (calm || engine || siege ? storm.totals().runs : storm.totals().deaths) < count)
    good = engine ? storm.kill_engine() : siege ? storm.kill_unstarted_hosts() : storm.run(calm);
  const Totals& totals = storm.totals();
  fmt::print(
      "storm: {} runs, {} deaths reaped ({} signals sent, {} to stop, {} wardens, {} timeouts), {} results, {} effects "
      "({} repeated), "
      "{} given up ({} tasks unfinished), {} wrong, {:.1f} s\n",
      totals.runs, totals.deaths, totals.sent, totals.stops, totals.wardens, totals.timeouts, totals.results,
      totals.effects, totals.repeated, totals.given_up, totals.unfinished, totals.wrong,
      std::chrono::duration<double>(Clock::now() - start).count());
  for (const auto& [way, times] : totals.ways) fmt::print("storm: {:6} {}\n", times, way);
  if (!good) fmt::print("storm: again with: storm {} {}\n", words.empty() ? "calm" : words[0], seed);
  if (good) storm.clean();
  return good ? 0 : 1;
}

}  // namespace
}  // namespace storm

int main(int argc, char** argv) { return storm::main(argc, argv); }

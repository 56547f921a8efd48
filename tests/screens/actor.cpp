// A task that does on cue what a screen shows: it reports progress, prints, waits until a file exists, fails.

#include <ropewalk/sdk/task.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace {

struct Play {
  std::string says, prints, until, fails;
  double fraction = 0;
  struct Result {};

  Result run(ropewalk::Call& call) const {
    if (!says.empty()) call.progress(fraction, says);
    std::fputs(prints.c_str(), stdout);
    std::fflush(stdout);
    while (!until.empty() && !std::filesystem::exists(until))
      if (call.wait(std::chrono::milliseconds(5))) throw ropewalk::Stopped();
    if (!fails.empty()) throw std::runtime_error(fails);
    return {};
  }
  static void describe(ropewalk::TaskType<Play>& task) {
    task.summary("Reports progress, prints, waits for a file, fails.")
        .thread_safe()
        .stops()
        .option("says", &Play::says, "text of its progress; empty: it reports none")
        .option("fraction", &Play::fraction, "how far it has come")
        .option("prints", &Play::prints, "what it writes to standard output")
        .option("until", &Play::until, "the file for which it waits; empty: it does not wait")
        .option("fails", &Play::fails, "why it fails; empty: it succeeds");
  }
};

}  // namespace

ROPEWALK_PLUGIN("actor", "1.0.0", ropewalk::task<Play>("play"))

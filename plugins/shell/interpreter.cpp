#include "interpreter.hpp"

#include <ropewalk/sdk/failure.hpp>

#include <poll.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

namespace shell {
namespace {

constexpr const char* kDefault = "/bin/sh";
constexpr int kPatienceMs = 5000;  // with a program of that name that does not end
constexpr std::string_view kShells[] = {"ash", "bash", "dash", "ksh", "mksh", "sh", "zsh"};  // those that know -eu

bool is_shell(std::string_view word) {
  word.remove_prefix(word.rfind('/') + 1);  // npos + 1: none
  return std::find(std::begin(kShells), std::end(kShells), word) != std::end(kShells);
}

/// Tries it: dash has pipefail since 0.5.13, and a shell that does not know the option refuses it.
bool tries_pipefail(const std::string& shell, const process::Launcher& launcher, const process::Command& like,
                    bool& ended) {
  process::Child child(launcher,
                       {.argv = {shell, "-o", "pipefail", "-c", ":"}, .cwd = like.cwd, .env = like.env, .input = {}});
  pollfd end = {child.ended(), POLLIN, 0};
  if (poll(&end, 1, kPatienceMs) != 1) return false;
  const process::Child::End how = child.reap();
  ended = !how.signalled;
  return ended && how.number == 0;
}

bool has_pipefail(const std::string& shell, const process::Launcher& launcher, const process::Command& like) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, bool> known;  // by name and PATH
  const auto path = like.env.find("PATH");
  const std::pair key(shell, path == like.env.end() ? std::string() : path->second);
  {
    const std::lock_guard lock(mutex);
    if (const auto found = known.find(key); found != known.end()) return found->second;
  }
  bool ended = false;
  const bool has = tries_pipefail(shell, launcher, like, ended);
  const std::lock_guard lock(mutex);
  if (ended) known[key] = has;
  return has;
}

}  // namespace

std::vector<std::string> interpreter_words(const ropewalk::Any& shell, const process::Launcher& launcher,
                                           const process::Command& like) {
  std::vector<std::string> words;
  if (shell.is_list()) {
    for (std::uint64_t i = 0; i < shell.size(); ++i) words.emplace_back(shell[i].text());
    if (words.empty() || std::find(words.begin(), words.end(), "") != words.end())
      throw ropewalk::Permanent("'shell' wants the words before the command, such as [python3, -c]");
    return words;
  }
  std::string name(shell.is_null() ? std::string_view(kDefault) : shell.text());
  if (!is_shell(name))
    throw ropewalk::Permanent("'shell' does not know '" + name +
                              "'; another interpreter is written as the words before the command, such as "
                              "[python3, -c]");
  const bool pipefail = has_pipefail(name, launcher, like);
  words = {std::move(name), "-eu"};
  if (pipefail) words.insert(words.end(), {"-o", "pipefail"});
  words.emplace_back("-c");
  return words;
}

}  // namespace shell

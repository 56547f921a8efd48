// The part of HostPool that loads a plugin in a host to learn what it says of itself.

#include "hosts/pool.hpp"
#include "hosts/process_use.hpp"

#include "base/text.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

constexpr int kMaxLoads = 4;                           // of a plugin whose hosts are killed from outside
constexpr std::int64_t kMaxWaitedNs = 60'000'000'000;  // that a host may wait for a core while it loads a plugin

/// Of a plugin whose process ends or hangs before it runs a task.
std::string advice(const PluginBuild& plugin, const char* must_not) {
  if (!plugin.interpreter.empty()) return fmt::format("a plugin's module must {} when it is imported", must_not);
  return fmt::format("{} must {}; work belongs into {}",
                     plugin.is_linked() ? "constructors of the program's static objects run in its hosts too, and"
                                        : "a plugin's constructors of static objects",
                     must_not, plugin.is_linked() ? "main(), open() or run()" : "open() or run()");
}

}  // namespace

/// The folders in which the programs were looked for; empty: none are known.
std::string HostPool::searched_note() const {
  return searched_.empty() ? "" : "ropewalk-host and ropewalk-warden were looked for in: " + path_list(searched_);
}

Error HostPool::other_version(const char* program) const {
  return {codes::kProgramVersion,
          fmt::format("{} is not of version {}, as this engine is", (programs_ / program).string(), program_version()),
          {},
          {"install the programs and the library from one build, and build programs that embed the engine again"}};
}

Error HostPool::no_warden() const {
  if (warden_differs_) return other_version("ropewalk-warden");
  return {codes::kNoWarden,
          "the warden, which keeps the hosts, was lost twice",
          {},
          {"find out what kills processes named ropewalk-warden, and try again"}};
}

bool HostPool::load(HostProcess& host, std::int64_t limit_ns) {
  const std::int64_t begin_ns = monotonic_ns();
  std::int64_t until_ns = begin_ns + limit_ns;
  std::int64_t started_ns = 0;  // 0: not yet
  const auto loading = [&host] { return !host.dead() && !host.refusal() && !host.description(); };
  for (;;) {
    bool warden = true;
    while (warden && loading() && monotonic_ns() < until_ns) {
      warden = wait(until_ns);
      if (started_ns == 0 && host.pid() != 0) started_ns = monotonic_ns();
    }
    if (!warden || !loading()) return warden;
    // On a busy machine the host is started late, and then waits for a core. That time is not its plugin's.
    const std::int64_t waited_ns =
        started_ns == 0 ? monotonic_ns() - begin_ns : started_ns - begin_ns + process_run_delay_ns(host.pid());
    const std::int64_t extended_ns = begin_ns + limit_ns + std::min(waited_ns, kMaxWaitedNs);
    if (extended_ns <= until_ns) return true;
    until_ns = extended_ns;
  }
}

Error HostPool::not_started(const HostProcess& host) const {
  const PluginBuild& plugin = host.plugin();
  const std::string name = plugin.shown_name();
  if (plugin.is_linked())
    return {codes::kNoHost,
            fmt::format("cannot start {} for plugin '{}', which is linked into it: {}", plugin.file.string(), name,
                        host.spawn_error()),
            {},
            {"let the user of this process execute the program's file"}};
  if (!plugin.interpreter.empty())
    return {codes::kNoPython,
            fmt::format("cannot start {} for plugin '{}': {}", plugin.interpreter.string(), name, host.spawn_error()),
            {},
            {"name another interpreter with 'python' in the workflow"}};
  Error error{codes::kNoHost,
              fmt::format("cannot start {} for plugin '{}': {}", (programs_ / "ropewalk-host").string(), name,
                          host.spawn_error()),
              {},
              {"ropewalk, ropewalk-host and ropewalk-warden belong together, as one build or one installation has "
               "them"}};
  if (std::string note = searched_note(); !note.empty()) error.notes.push_back(std::move(note));
  return error;
}

Error HostPool::no_description(HostProcess& host, std::int64_t limit_ns) const {
  const PluginBuild& plugin = host.plugin();
  const std::string name = plugin.shown_name();
  if (host.refusal()) return *host.refusal();
  if (!host.spawn_error().empty()) return not_started(host);
  if (host.dead() && host.is_of_another_version()) return other_version("ropewalk-host");
  if (host.dead() && host.killed_from_outside())
    return Error{codes::kPluginDiesLoading,
                 fmt::format("plugin '{}' could not be loaded: the process that loads it was killed from outside {} "
                             "times; the last one {}",
                             name, kMaxLoads, host.how_it_died()),
                 {},
                 {"find out what kills processes named ropewalk-host (a watchdog, a batch system, the kernel for want "
                  "of memory), stop it, and try again"}};
  if (host.dead())
    return Error{codes::kPluginDiesLoading,
                 fmt::format("plugin '{}' ended the process that loaded it: it {}", name, host.how_it_died()),
                 {},
                 {advice(plugin, "neither exit nor throw")}};
  return Error{codes::kPluginHangsLoading,
               fmt::format("plugin '{}' did not finish loading within {} s", name, limit_ns / 1'000'000'000),
               {},
               {advice(plugin, "not wait"), "or give it more time: 'load_timeout' of 'plugins' in the workflow"}};
}

Result<Plugin> HostPool::describe(const PluginBuild& plugin, std::int64_t limit_ns) {
  for (int loads = 1;; ++loads) {
    Result<HostProcess*> spawned = spawn(plugin, Use::lent, kOutputBytes, {});
    if (!spawned) return spawned.error();
    HostProcess& host = **spawned;
    const bool warden = load(host, limit_ns);
    if (host.description()) {
      move(hosts_.at(host.id()).use, Use::fresh);
      return *host.description();
    }
    const bool again = warden && host.dead() && host.killed_from_outside() && loads < kMaxLoads;
    Error error = warden ? no_description(host, limit_ns) : no_warden();
    if (const std::string said = host.take_output(); !said.empty())
      error.notes.push_back("it wrote: " + said.substr(0, std::min<std::size_t>(said.find('\n'), 300)));
    if (host.dead())
      remove_dead(host.id());
    else
      discard(host, true);
    if (!again) return error;
  }
}

void HostPool::retire(const PluginBuild& plugin) {
  std::vector<HostProcess*> idle;
  for (auto& [id, kept] : hosts_)
    if (kept.use != Use::lent && kept.use != Use::discarded && !kept.host->dead() && kept.host->plugin() == plugin)
      idle.push_back(kept.host.get());
  for (HostProcess* host : idle) discard(*host, false);
}

}  // namespace ropewalk

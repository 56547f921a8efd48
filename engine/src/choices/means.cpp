#include "choices/means.hpp"

#include "base/control_groups.hpp"
#include "base/text.hpp"

#include <ropewalk/plan.hpp>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace ropewalk {
namespace {

// Of a host with a small plugin, measured.
constexpr std::uint64_t kDescriptorsEach = 5, kMemoryEach = 1u << 20, kMemoryOfThread = 128u << 10;
// A start takes some 5 ms of a core: so many take a second.
constexpr std::uint64_t kStartsPerCore = 200;

std::uint64_t number_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::uint64_t number = 0;
  return in >> number ? number : Means::kUnlimited;
}

std::uint64_t available_memory() {
  std::ifstream in("/proc/meminfo");
  std::string name;
  for (std::uint64_t kib = 0; in >> name; in.ignore(std::numeric_limits<std::streamsize>::max(), '\n'))
    if (name == "MemAvailable:" && in >> kib) return kib << 10;
  return Means::kUnlimited;
}

/// The limit of a control group and of those above it, version 2 or 1.
std::uint64_t least_in_groups(std::string_view controller, std::string_view file_v1, std::string_view file_v2) {
  std::uint64_t least = Means::kUnlimited;
  for (const GroupFolder& folder : limiting_groups(controller))
    least = std::min(least, number_in(folder.path / (folder.version == 1 ? file_v1 : file_v2)));
  return least;
}

std::uint64_t limit_of(__rlimit_resource resource) {
  rlimit limit{};
  // Programs of ours raise the soft limit of open files.
  if (::getrlimit(resource, &limit) != 0) return Means::kUnlimited;
  const rlim_t counts = resource == RLIMIT_NOFILE ? limit.rlim_max : limit.rlim_cur;
  return counts == RLIM_INFINITY ? Means::kUnlimited : counts;
}

}  // namespace

Means machine_means() {
  const std::uint64_t users = ::geteuid() == 0 ? Means::kUnlimited : limit_of(RLIMIT_NPROC);  // it does not bind root
  return {
      .cores = usable_cores(),
      .descriptors = limit_of(RLIMIT_NOFILE),
      .processes =
          std::min({users, least_in_groups("pids", "pids.max", "pids.max"), number_in("/proc/sys/kernel/threads-max")}),
      .memory_bytes = std::min(available_memory(), least_in_groups("memory", "memory.limit_in_bytes", "memory.max"))};
}

std::optional<Excess> beyond_means(const Means& means, std::uint64_t processes, std::uint64_t threads_each) {
  const std::uint64_t memory_each = kMemoryEach + threads_each * kMemoryOfThread;
  std::optional<Excess> least;
  const auto compare = [&](std::uint64_t fits, auto&& why) {
    if (processes > fits && (!least || fits < least->fits)) least = {std::max<std::uint64_t>(fits, 1), why()};
  };
  compare(means.descriptors / kDescriptorsEach, [&] {
    return fmt::format("the engine opens {} files for each, and its limit is {} (ulimit -n)", kDescriptorsEach,
                       means.descriptors);
  });
  compare(means.processes / (1 + threads_each),
          [&] { return fmt::format("{} processes and threads are allowed (ulimit -u, pids.max)", means.processes); });
  compare(means.memory_bytes / memory_each, [&] {
    return fmt::format("each uses about {}, and {} are available", size_text(memory_each),
                       size_text(means.memory_bytes));
  });
  compare(means.cores * kStartsPerCore, [&] {
    return fmt::format("{} core{} would take about {} s to start them", means.cores, means.cores == 1 ? "" : "s",
                       processes / (means.cores * kStartsPerCore));
  });
  return least;
}

}  // namespace ropewalk

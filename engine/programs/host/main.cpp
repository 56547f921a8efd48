// ropewalk-host: the process in which plugin code runs. The warden starts it with a socket to the engine, the path of
// one plugin, and a copy of that file that was made when the run was planned, or else the file's identity. It loads the
// plugin, sends the plugin's description, and, once the engine has sent it a board, runs items until the engine ends
// it.

#include "exit_watch.hpp"

#include "host/host.hpp"
#include "host/host_table.hpp"
#include "host/leaving.hpp"
#include "host/process_setup.hpp"
#include "plugin_files/identity.hpp"
#include "plugin_files/load.hpp"
#include "protocol/version_check.hpp"

#include <ropewalk/version.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <span>
#include <string_view>

namespace ropewalk::host {
namespace {

/// -1: it is no descriptor of this process.
int descriptor(std::string_view word) {
  int fd = -1;
  const bool good = std::from_chars(word.data(), word.data() + word.size(), fd).ec == std::errc() && fd >= 3;
  // What tasks start is not to have it.
  return good && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1;
}

/// Before and after, so that it is the planned file that was loaded.
Result<LoadedPlugin> load_as_planned(const std::filesystem::path& file, int copy, std::string_view identity) {
  // All hosts share the copy, which a task of another one may have made unreadable: the loader opens it anew.
  if (copy >= 0) ::fchmod(copy, S_IRUSR | S_IXUSR);
  const auto is_as_planned = [&] { return copy >= 0 || identity_now(file) == identity; };
  if (!is_as_planned()) return plugin_changed(file);
  Result<LoadedPlugin> loaded = load_plugin(file, host_table(), copy);
  if (!is_as_planned()) return plugin_changed(file);
  if (loaded) note_destructors_of(reinterpret_cast<const void*>(loaded->code->task_types[0]->run));
  return loaded;
}

/// SOCKET FILE ("copy" DESCRIPTOR | "file" IDENTITY) DESCRIPTORS VERSION: the user's own limit of descriptors, and the
/// engine's version. Engines of other versions may put other words between SOCKET and VERSION.
int main(std::span<char*> arguments) {
  if (arguments.size() == 2 && std::string_view(arguments[1]) == "--version") {
    std::printf("ropewalk-host %s\n", program_version());
    return std::fflush(stdout) == 0 ? 0 : 1;
  }
  const int socket = arguments.size() >= 3 ? descriptor(arguments[1]) : -1;
  if (socket >= 0 && is_engine_socket(socket) && !is_of_engines_version("ropewalk-host", arguments.back()))
    return kExitOtherVersion;
  PluginToLoad plugin;
  std::uint64_t users_descriptors = 0;
  if (socket >= 0 && arguments.size() == 7) {
    const char* const file = arguments[2];
    const char* const identity = arguments[4];
    const int copy = std::string_view(arguments[3]) == "copy" ? descriptor(arguments[4]) : -1;
    plugin = {file, copy, [=] { return load_as_planned(file, copy, identity); }};
    std::from_chars(arguments[5], arguments[5] + std::strlen(arguments[5]), users_descriptors);
  }
  if (arguments.size() != 7 || socket < 0 || !is_engine_socket(socket)) {
    std::fputs("ropewalk-host runs the tasks of a plugin; ropewalk starts it by itself. See ropewalk --help.\n",
               stderr);
    return 2;
  }
  watch_registrations();
  set_up_process(users_descriptors);
  Host host{Fd(socket)};
  if (!host.load(plugin)) return 1;
  return host.listen();
}

}  // namespace
}  // namespace ropewalk::host

int main(int argc, char** argv) {
  const int code = ropewalk::host::main(std::span(argv, static_cast<std::size_t>(argc)));
  ::_exit(code);
}

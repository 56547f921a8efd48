// The host within a program that has linked plugins. The engine starts the program's own file with a variable in its
// environment. Two constructors notice it. The first runs before those of the program and removes the variable. The
// second lets the constructors that stand behind it run, so that all static objects of the program exist as those of a
// plugin file would, and becomes the host. main() does not run.

#include "base/user_files.hpp"
#include "host/host.hpp"
#include "host/host_table.hpp"
#include "host/process_setup.hpp"
#include "plugin_files/identity.hpp"
#include "plugin_files/linked.hpp"
#include "protocol/linked_start.hpp"

#include <ropewalk/linked_plugin.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

extern "C" {
void ropewalk_linked_host() {}

using ropewalk_constructor = void (*)(int, char**, char**);
// The constructors of the executable, in the order in which they run. The linker defines both names in executables.
[[gnu::weak, gnu::visibility("hidden")]] extern const ropewalk_constructor __init_array_start[];
[[gnu::weak, gnu::visibility("hidden")]] extern const ropewalk_constructor __init_array_end[];
}

// Of a sanitizer that the program is built with; null: it has none.
extern "C" {
[[gnu::weak]] void __lsan_do_leak_check();
[[gnu::weak]] void __tsan_init();
}

namespace ropewalk::host {
namespace {

constexpr int kExitNotMeant = 2;

// In the memory that the kernel has filled, which stays after the variable is removed.
const char* start_text = nullptr;

[[noreturn]] void refuse_to_start(const char* why) {
  constexpr const char* kText[] = {"ROPEWALK_LINKED_HOST is set, which only an engine does for its hosts: ", nullptr,
                                   ". Unset it.\n"};
  for (const char* part : kText) {
    const char* const text = part != nullptr ? part : why;
    (void)!::write(STDERR_FILENO, text, std::strlen(text));
  }
  ::_exit(kExitNotMeant);
}

/// Of this process, if it is the program that the engine meant.
LinkedStart start_of_this_process() {
  if (has_borrowed_rights()) refuse_to_start("this program has rights that its user lacks");
  const std::optional<LinkedStart> start = decode_linked_start(start_text);
  if (!start) refuse_to_start("its value is not that of this version");
  if (::getppid() != start->warden) refuse_to_start("it is meant for another process");
  if (!is_engine_socket(kLinkedHostSocket)) refuse_to_start("descriptor 3 is not the socket of an engine");
  return *start;
}

Result<LoadedPlugin> load_linked(const LinkedStart& start, const std::filesystem::path& program) {
  const Result<const ropewalk_linked_plugin*> plugin = find_linked(linked_plugins(), start.plugin);
  if (!plugin) return plugin.error();
  if (*plugin == nullptr || !same_libraries(start.identity, program_identity(kLinkedHostProgram, program)))
    return plugin_changed(program);
  return describe_entry((*plugin)->entry, host_table(), {.file = program, .name = start.plugin, .linked = true});
}

[[noreturn]] void run_as_host() {
  const LinkedStart start = start_of_this_process();
  const std::filesystem::path program = program_invocation_name;  // the engine names the file
  set_up_process(start.descriptors);
  set_starting_as_linked_host(false);
  const PluginToLoad plugin{
      .file = program, .copy = kLinkedHostProgram, .load = [&] { return load_linked(start, program); }};
  Host host{Fd(kLinkedHostSocket)};
  ::_exit(host.load(plugin) ? host.listen() : 1);
}

/// At the exit of a host its leaks are nobody's fault, and there is nothing to wait for. What is registered first runs
/// last: after the destructors of the program, and before the sanitizer.
void leave_out_sanitizers() {
  if (__lsan_do_leak_check == nullptr && __tsan_init == nullptr) return;
  ::on_exit(
      [](int code, void*) {
        std::fflush(nullptr);
        ::_exit(code);
      },
      nullptr);
}

[[gnu::constructor(101)]] void take_variable() {
  const char* const text = ::getenv(kLinkedStartVariable.data());
  if (text == nullptr) return;
  start_text = text;
  ::unsetenv(kLinkedStartVariable.data());
  set_starting_as_linked_host(true);
  leave_out_sanitizers();
  for (const int fd : {kLinkedHostSocket, kLinkedHostProgram}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::prctl(PR_SET_NAME, "ropewalk-host");  // the kernel calls it by the number of a descriptor
}

[[gnu::constructor]] void become_host(int argc, char** argv, char** environment) {
  if (!is_starting_as_linked_host()) return;
  const ropewalk_constructor* next = __init_array_start;
  while (next != __init_array_end && *next != become_host) ++next;
  if (next != __init_array_end)
    for (++next; next != __init_array_end; ++next) (*next)(argc, argv, environment);
  run_as_host();
}

}  // namespace
}  // namespace ropewalk::host

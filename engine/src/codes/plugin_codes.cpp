#include "codes/tables.hpp"

#include <ropewalk/codes.hpp>

namespace ropewalk {

std::span<const Explanation> plugin_codes() {
  static constexpr Explanation kTable[] = {
      {codes::kPluginNotFound, "there is no such plugin",
       "'task: image.blur' wants the plugin image, a file image.so in one of the folders that are searched: --plugins, "
       "'plugins: {path: [...]}' of the workflow, ROPEWALK_PLUGIN_PATH, "
       "~/.local/share/ropewalk/plugins and that of the program. The current folder is never searched unasked.",
       "- {name: hash, task: fiel.checksum, with: {path: a}}", "- {name: hash, task: file.checksum, with: {path: a}}"},
      {codes::kPluginNotAFile, "the plugin is no file that can be read",
       "A plugin is a regular file of at most 1 GiB that you may read: no folder, FIFO, socket or device.",
       "$ ropewalk plugins check .", "$ ropewalk plugins check ./hello.so"},
      {codes::kPluginNotElf, "the plugin is no shared library",
       "The file is something else: a source file, a script, a program, or empty. Build a plugin with -shared -fPIC.",
       "$ ropewalk plugins check photos.yaml", "$ g++ -std=c++20 -shared -fPIC -I sdk/include hello.cpp -o hello.so"},
      {codes::kPluginTruncated, "the plugin's file is cut short or damaged",
       "The file is shorter than what its own tables say: a copy or a build that was interrupted. Build or copy it "
       "again.",
       "$ head -c 20000 sim.so > cut/sim.so", "$ cp sim.so cut/sim.so"},
      {codes::kPluginMachine, "the plugin is built for another machine",
       "Its instructions are those of another processor or another word size. Build it on this machine, or for it.",
       "(a plugin for aarch64 on x86-64)", "$ g++ -std=c++20 -shared -fPIC -I sdk/include hello.cpp -o hello.so"},
      {codes::kPluginNoEntry, "a library that is no plugin",
       "It does not export ropewalk_plugin_v1. The source of a plugin ends with ROPEWALK_PLUGIN(...); a version script "
       "or -fvisibility may hide the symbol.",
       "(a library without ROPEWALK_PLUGIN)",
       "ROPEWALK_PLUGIN(\"hello\", \"1.0.0\", ropewalk::task<Greet>(\"greet\"))"},
      {codes::kPluginAbi, "another version of the plugin ABI",
       "The plugin was built against an SDK that this program cannot load. Build it against the sdk folder of this "
       "version, or use a newer program.",
       "(a plugin of a later Ropewalk)", "$ g++ -std=c++20 -shared -fPIC -I sdk/include hello.cpp -o hello.so"},
      {codes::kPluginUntrusted, "somebody else could have changed the plugin",
       "A plugin runs with your rights, so its file must belong to you, to root or to the owner of ropewalk, and so "
       "must every folder and link on the way to it. Neither the file nor these folders may be writable by everybody "
       "(a folder with the sticky bit, such as /tmp, may).",
       "$ chmod o+w hello.so", "$ chmod o-w hello.so"},
      {codes::kPluginUnsafe, "the plugin would weaken the process that loads it",
       "It asks for an executable stack, mostly because of one object made from assembler, and loading it would give "
       "that to all of the process; "
       "or its code has to be written to while it is loaded, because some of it was compiled without -fPIC; "
       "or it has the loader look for libraries (RPATH, RUNPATH) where somebody else could put one: in a folder "
       "without a name, in a relative one, which is "
       "one of wherever ropewalk is started, or in one that everybody may write to. $ORIGIN, the folder of the plugin "
       "itself, is fine.",
       "$ gcc -shared -fPIC -z execstack hello.c -o hello.so",
       "$ gcc -shared -fPIC -z noexecstack hello.c -o hello.so"},
      {codes::kPluginDoesNotLoad, "the plugin cannot be loaded",
       "A library or a symbol that it needs is not there; the message has what the dynamic loader said. 'ldd FILE' "
       "lists what it needs.",
       "(linked without the library that it calls)",
       "$ g++ -std=c++20 -shared -fPIC -I sdk/include resize.cpp -ljpeg -o resize.so"},
      {codes::kPluginDiesLoading, "the plugin ended the process that loaded it",
       "A constructor of a global object, or the description of a task type, crashed or called exit. Loading happens "
       "in a process of its own, so nothing else was hurt. "
       "If that process is killed from outside (SIGKILL, no memory left), the plugin is loaded again, up to three "
       "times, before this error is reported.",
       "static Table table = read_table(\"/no/such/file\");  // crashes when it is loaded",
       "(make it in open(), which runs when the first task does)"},
      {codes::kPluginHangsLoading, "the plugin did not finish loading in time",
       "Loading a plugin and asking for its description has two seconds: constructors of global objects must not wait "
       "for a network, a lock or a person.",
       "static Session session = connect(\"server\");", "(make it in open(), which runs when the first task does)"},
      {codes::kPluginBadDescription, "the plugin says something impossible of itself",
       "A name or a version that is none, two task types of one name, a default of another type or outside of its "
       "range, a minimum above its maximum, an executor that does not exist; or its name is not "
       "that of its file. 'ropewalk plugins check FILE' says what.",
       "(a plugin that calls itself 'hello' in a file hi.so)", "$ mv hi.so hello.so"},
      {codes::kPluginVersion, "not the version that is required",
       "The workflow says under 'requires' which versions of the plugin it can be run with, and the one that was found "
       "is none of them.",
       "requires: {plugins: {file: \">=1000\"}}", "requires: {plugins: {file: \">=1.0\"}}"},
      {codes::kPluginChanged, "the plugin's file has changed since the run was planned",
       "All tasks of a run use the same build of a plugin. A plugin is copied when it is inspected, and hosts load the "
       "copy, so it may be rebuilt during the run. "
       "A plugin that brings libraries along (RPATH, RUNPATH), or one of more than 256 MiB, is loaded from its file. "
       "If that file or one of its libraries changes during the run, "
       "the run stops rather than mix two builds. Run again, and rebuild when the run has ended.",
       "$ cp new/resize.so plugins/resize.so    # while tasks of resize, which needs plugins/libjpeg.so, run",
       "$ ropewalk run photos.yaml && cp new/resize.so plugins/resize.so"},
      {codes::kPluginNotTrusted, "the plugin is in a folder that you have not trusted",
       "Folders that a project's .ropewalk.yaml names, and relative folders of ROPEWALK_PLUGIN_PATH, are used only "
       "after 'ropewalk trust DIR', because the project may be somebody else's. "
       "The commands that run nothing (validate, graph, schema, plugins, completion, --dry-run) treat the "
       "'plugins.path' of a workflow in the same way. They show such a plugin "
       "if it was described before, when its folder was trusted or its workflow was run. --trust uses all folders for "
       "one command.",
       "(a project's .ropewalk.yaml: 'plugins: [build/plugins]')", "$ ropewalk trust build/plugins"},
      {codes::kPluginAmbiguous, "two plugins have the same name",
       "No folder can replace a plugin that ships with ropewalk, so that a workflow that names 'file.write' always "
       "gets the one that it was written for. Both are named. Rename yours. The same holds for plugins that are linked "
       "into a program, and for two of one name in one program.",
       "(a plugins/file.so of your own) $ ropewalk run photos.yaml --plugins plugins",
       "$ mv plugins/file.so plugins/my_file.so    # and ROPEWALK_PLUGIN(\"my_file\", ...)"},
      {codes::kLinkedPluginUnusable, "a linked plugin's program cannot be started again",
       "A plugin that is linked into a program (ROPEWALK_LINKED_PLUGIN) runs in processes of that program's own file, "
       "which /proc/self/exe names. That is not possible if /proc is not mounted, if the program has rights that its "
       "user lacks (set-user-ID, capabilities), if it was started through the dynamic loader, or if the plugin is in a "
       "shared library. The message says which. A plugin file has none of these limits.",
       "$ /lib64/ld-linux-x86-64.so.2 ./program", "$ ./program"},
      {codes::kNoPython, "no Python can run the plugin",
       "A plugin in a file NAME.py runs in an interpreter of Python 3.11 or newer. It is the first of: 'python' of the "
       "stage or of 'defaults', the environment in VIRTUAL_ENV, .venv or venv beside the nearest pyproject.toml, the "
       "one in the first line of the file (#!), and python3 in PATH. One that is named must be there. "
       "'ropewalk plugins show NAME' prints which one is used, and why.",
       "(a plugin tasks.py, and 'python: /opt/python' where no interpreter is)",
       "(a plugin tasks.py, and 'python: .venv')"},
  };
  return kTable;
}

}  // namespace ropewalk

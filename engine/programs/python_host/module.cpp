// The extension module ropewalk._host: a host of Ropewalk within the interpreter of a user. _boot.py calls run() with
// the words that ropewalk-host is started with. What runs in the host is a file of Python instead of a library.

#include "call_functions.hpp"
#include "converter.hpp"
#include "frames.hpp"
#include "interpreter.hpp"
#include "printed.hpp"
#include "python_plugin.hpp"

#include "host/host.hpp"
#include "host/host_table.hpp"
#include "host/language.hpp"
#include "host/process_setup.hpp"
#include "plugin_files/entry.hpp"
#include "plugin_files/identity.hpp"
#include "protocol/version_check.hpp"

#include <ropewalk/codes.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::python {
namespace {

constexpr std::size_t kStackBytes = 8 << 20;  // as Python's own threads have
constexpr int kUsage = 2;

PyObject* ends = nullptr;  // the module _ends

void call_end(const char* function) {
  hold_lock();
  if (!Ref(PyObject_CallMethod(ends, function, nullptr))) PyErr_Clear();
  flush_printed();
}

void before_fork() {
  static bool frozen = false;
  hold_lock();
  if (!std::exchange(frozen, true)) call_end("before_first_fork");
  note_host_fork(true);
  PyOS_BeforeFork();
}

void after_fork_in_parent() {
  PyOS_AfterFork_Parent();
  note_host_fork(false);
}
void after_fork_in_child() {
  PyOS_AfterFork_Child();
  note_host_fork(false);
}

const host::Language python_language = {.stack_bytes = kStackBytes,
                                        .idle = release_lock,
                                        .flush = flush_printed,
                                        .flush_dying = flush_printed_dying,
                                        .report_frames = report_frames,
                                        .before_fork = before_fork,
                                        .after_fork_in_parent = after_fork_in_parent,
                                        .after_fork_in_child = after_fork_in_child,
                                        .leave_fork = [] { call_end("leave_fork"); }};

/// What the engine has started this process with.
struct Start {
  int socket = -1;
  std::string file;
  int copy = -1;
  std::string identity;
  std::uint64_t descriptors = 0;
};

/// -1: it is no descriptor of this process.
int descriptor(std::string_view word) {
  int fd = -1;
  const bool good = std::from_chars(word.data(), word.data() + word.size(), fd).ec == std::errc() && fd >= 3;
  return good && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1;
}

bool words_of(PyObject* list, std::vector<std::string>& words) {
  for (Py_ssize_t i = 0; i < PyList_Size(list); ++i) {
    const Ref word(PyUnicode_EncodeFSDefault(PyList_GetItem(list, i)));
    char* bytes = nullptr;
    Py_ssize_t size = 0;
    if (!word || PyBytes_AsStringAndSize(word.get(), &bytes, &size) != 0) return false;
    words.emplace_back(bytes, static_cast<std::size_t>(size));
  }
  return true;
}

/// Nothing: the error that no file of this name can be read.
bool read_all(int fd, std::string& text) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return false;
  text.resize(static_cast<std::size_t>(about.st_size));
  std::size_t got = 0;
  while (got < text.size()) {
    const ssize_t size = ::pread(fd, text.data() + got, text.size() - got, static_cast<off_t>(got));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    got += static_cast<std::size_t>(size);
  }
  text.resize(got);
  return true;
}

bool read_source(const Start& start, std::string& source) {
  if (start.copy >= 0) return read_all(start.copy, source);
  const Fd file(::open(start.file.c_str(), O_RDONLY | O_CLOEXEC));
  return file && read_all(file.get(), source);
}

/// The exception that is set, which no file of the user has raised.
Error own_error(const Start& start) {
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  const Ref text(value != nullptr ? PyObject_Repr(value) : nullptr);
  const char* const why = text ? PyUnicode_AsUTF8AndSize(text.get(), nullptr) : nullptr;
  Error error{codes::kPluginDoesNotLoad,
              "plugin " + start.file + " cannot be loaded: " + (why != nullptr ? why : "Python has failed"),
              {},
              {}};
  for (PyObject* const each : {type, value, traceback}) Py_XDECREF(each);
  PyErr_Clear();
  return error;
}

/// (code, message, notes)
Error refusal(PyObject* tuple, const Start& start) {
  const char *code = nullptr, *message = nullptr;
  PyObject* notes = nullptr;
  if (!PyArg_ParseTuple(tuple, "ssO", &code, &message, &notes)) return own_error(start);
  // Codes are compared by their text.
  Error error{
      std::string_view(code) == codes::kPluginBadDescription ? codes::kPluginBadDescription : codes::kPluginDoesNotLoad,
      message,
      {},
      {}};
  for (Py_ssize_t i = 0; i < PyList_Size(notes); ++i) {
    const char* const note = PyUnicode_AsUTF8AndSize(PyList_GetItem(notes, i), nullptr);
    if (note != nullptr) error.notes.emplace_back(note);
  }
  PyErr_Clear();
  return error;
}

/// What a launcher in PATH has started, such as a shim of pyenv. The next hosts are started without it.
std::filesystem::path own_interpreter() {
  PyObject* const path = PySys_GetObject("executable");  // borrowed
  const Ref bytes(path != nullptr && PyUnicode_Check(path) ? PyUnicode_EncodeFSDefault(path) : nullptr);
  const char* const text = bytes ? PyBytes_AsString(bytes.get()) : nullptr;
  PyErr_Clear();
  return text != nullptr ? text : "";
}

Result<LoadedPlugin> describe_file(const Start& start, const std::string& source) {
  const std::filesystem::path path = start.file;
  const Ref module(PyImport_ImportModule("ropewalk._load"));
  const Ref file(PyUnicode_DecodeFSDefault(start.file.c_str()));
  if (!module || !file) return own_error(start);
  const Ref loaded(PyObject_CallMethod(module.get(), "load", "Oy#", file.get(), source.data(),
                                       static_cast<Py_ssize_t>(source.size())));
  if (!loaded) return own_error(start);
  if (PyTuple_Check(loaded.get())) return refusal(loaded.get(), start);
  const std::string name = path.stem().string();
  if (!make_plugin(loaded.get(), name.c_str())) return own_error(start);
  Result<LoadedPlugin> described = describe_entry(plugin_entry, host::host_table(), {.file = path, .name = name});
  if (described) described->description.interpreter = own_interpreter();
  return described;
}

/// Before and after, so that it is the planned file that was read.
Result<LoadedPlugin> load_as_planned(const Start& start) {
  if (start.copy >= 0) ::fchmod(start.copy, S_IRUSR | S_IXUSR);
  // The identity of the interpreter stands behind that of the file.
  const auto is_as_planned = [&] {
    return start.copy >= 0 || start.identity.starts_with(identity_now(start.file) + " ");
  };
  std::string source;
  if (!is_as_planned() || !read_source(start, source) || !is_as_planned()) return plugin_changed(start.file);
  Result<LoadedPlugin> loaded = describe_file(start, source);
  flush_printed();
  return loaded;
}

bool prepare() {
  ends = PyImport_ImportModule("ropewalk._ends");
  return ends != nullptr && prepare_converters() && prepare_frames() && prepare_plugin() &&
         static_cast<bool>(Ref(PyObject_CallMethod(ends, "take_over_output", nullptr)));
}

/// [SOCKET, FILE, "copy", DESCRIPTOR, DESCRIPTORS, VERSION], or "file" and the identity. Returns the exit code.
PyObject* run(PyObject*, PyObject* list) {
  std::vector<std::string> words;
  if (!PyList_Check(list) || !words_of(list, words)) return nullptr;
  Start start;
  start.socket = words.size() == 6 ? descriptor(words[0]) : -1;
  if (start.socket < 0 || !host::is_engine_socket(start.socket)) {
    PyErr_SetString(PyExc_RuntimeError, "ropewalk starts its hosts by itself; see ropewalk --help");
    return nullptr;
  }
  if (!is_of_engines_version("ropewalk for Python", words.back().c_str())) return PyLong_FromLong(kExitOtherVersion);
  start.file = words[1];
  start.copy = words[2] == "copy" ? descriptor(words[3]) : -1;
  start.identity = words[3];
  std::from_chars(words[4].data(), words[4].data() + words[4].size(), start.descriptors);
  note_first_thread();
  host::language = &python_language;
  if (!prepare()) return nullptr;
  host::set_up_process(start.descriptors);
  // Never destroyed: threads of workers may be at their very end when this function returns.
  auto* const plugin =
      new host::PluginToLoad{.file = start.file, .copy = -1, .load = [start] { return load_as_planned(start); }};
  auto* const host = new host::Host{Fd(start.socket)};
  if (!host->load(*plugin)) return PyLong_FromLong(1);
  release_lock();
  const int code = host->listen();
  hold_lock();
  drop_plugin();
  return PyLong_FromLong(code);
}

PyMethodDef run_functions[] = {{"run", run, METH_O, nullptr}, {nullptr, nullptr, 0, nullptr}};
PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "ropewalk._host", nullptr, -1, run_functions, nullptr, nullptr, nullptr, nullptr};

}  // namespace
}  // namespace ropewalk::python

PyMODINIT_FUNC PyInit__host() {
  PyObject* const module = PyModule_Create(&ropewalk::python::definition);
  if (module != nullptr && PyModule_AddFunctions(module, ropewalk::python::call_functions) == 0) return module;
  Py_XDECREF(module);
  return nullptr;
}

#include "frames.hpp"

#include "host/line.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>

namespace ropewalk::python {
namespace {

const int kFramesSignal = SIGRTMIN + 7;
constexpr int kMaxFrames = 20;
constexpr std::string_view kFrame = "  File ";
constexpr std::string_view kOwn = "/ropewalk/_boot.py\"";

/// Where faulthandler writes: reserved here, and a file in memory once it is needed, so that processes that are forked
/// do not share it.
int written_to = -1;

}  // namespace

bool prepare_frames() {
  written_to = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const Ref module(PyImport_ImportModule("faulthandler"));
  if (written_to < 0 || !module) return written_to >= 0 || PyErr_SetFromErrno(PyExc_OSError) != nullptr;
  // Its handlers of fatal signals would run before those of the host, and change what the signal says.
  const Ref disabled(PyObject_CallMethod(module.get(), "disable", nullptr));
  const Ref names(
      PyTuple_Pack(2, Ref(PyUnicode_FromString("file")).get(), Ref(PyUnicode_FromString("all_threads")).get()));
  const Ref method(PyObject_GetAttrString(module.get(), "register"));
  const Ref signal(PyLong_FromLong(kFramesSignal)), file(PyLong_FromLong(written_to));
  PyObject* const arguments[] = {signal.get(), file.get(), Py_False};
  if (!disabled || !names || !method || !signal || !file) return false;
  return static_cast<bool>(Ref(PyObject_Vectorcall(method.get(), arguments, 1, names.get())));
}

void report_frames(void (*report_line)(std::string_view line)) {
  const int memory = ::memfd_create("frames", MFD_CLOEXEC);
  if (memory < 0 || written_to < 0 || ::dup3(memory, written_to, O_CLOEXEC) < 0) return;
  sigset_t frames;
  ::sigemptyset(&frames);
  ::sigaddset(&frames, kFramesSignal);
  ::pthread_sigmask(SIG_UNBLOCK, &frames, nullptr);
  ::raise(kFramesSignal);
  static char text[16384];
  const ssize_t size = ::pread(memory, text, sizeof text, 0);
  std::string_view rest(text, size < 0 ? 0 : static_cast<std::size_t>(size));
  for (int count = 0; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : rest.size());
    if (!line.starts_with(kFrame) || line.find(kOwn) != line.npos) continue;
    if (++count > kMaxFrames) {
      report_line("   ... more frames of Python ...");
      break;
    }
    host::Line shown;
    report_line(shown.text(" ").text(line).view());
  }
  ::close(memory);
}

}  // namespace ropewalk::python

// Tasks that behave and report facts to tests: Z02, Z04, W16.

#include "tasks.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace zoo {
namespace {

std::int64_t thread_id() { return syscall(SYS_gettid); }

std::runtime_error failure(const std::string& what) {
  return std::runtime_error(what + ": " + std::system_category().message(errno));
}

std::vector<std::int64_t> numbers_in(const char* folder) {
  std::vector<std::int64_t> numbers;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    numbers.push_back(std::atoll(entry.path().filename().c_str()));
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

BigResult::Result BigResult::run(ropewalk::Call&) const { return {std::string(size, 'x')}; }

void BigResult::describe(ropewalk::TaskType<BigResult>& task) {
  task.summary("A text of that size.")
      .thread_safe()
      .param("size", &BigResult::size, "of the result")
      .result("text", &Result::text, "as many x");
}

BufferResult::Result BufferResult::run(ropewalk::Call& call) const {
  const ropewalk::Buffer buffer = call.buffer("data", size);
  for (std::size_t i = 0; i < buffer.size; ++i) buffer.data[i] = static_cast<std::byte>(i);
  return {buffer};
}

void BufferResult::describe(ropewalk::TaskType<BufferResult>& task) {
  task.summary("Bytes of that size, written in place.")
      .thread_safe()
      .param("size", &BufferResult::size, "of the result")
      .result("data", &Result::data, "0, 1, 2, ...");
}

NulText::Result NulText::run(ropewalk::Call&) const {
  using std::string_literals::operator""s;
  const std::string text = "a\0b\x1b[31mred\r\n\xff end"s;
  if (fail) throw std::runtime_error("bad\x1b[2J\xff\nend");
  return {text, "/tmp/\xff\xfe"};
}

void NulText::describe(ropewalk::TaskType<NulText>& task) {
  task.summary("Text that is hard to show.")
      .thread_safe()
      .option("fail", &NulText::fail, "in the message of a failure instead")
      .result("text", &Result::text, "with NUL, an escape and a byte that is not UTF-8")
      .result("path", &Result::path, "not UTF-8");
}

Effects::Result Effects::run(ropewalk::Call& call) const {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) throw failure("cannot open " + file.string());
  const std::string line = std::to_string(call.index()) + " " + std::to_string(call.attempt()) + "\n";
  const bool whole = write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  close(fd);
  if (!whole) throw failure("cannot write " + file.string());
  const auto index = static_cast<std::int64_t>(call.index());
  if (die_at == index && (first == 0 || call.attempt() <= first)) kill(getpid(), SIGKILL);
  return {index};
}

void Effects::describe(ropewalk::TaskType<Effects>& task) {
  task.summary("Appends a line to a file, so that tests can count what was done.")
      .thread_safe()
      .param("file", &Effects::file, "gets a line `index attempt`")
      .output_file()
      .option("die_at", &Effects::die_at, "after that, dies by SIGKILL at this index; -1: never")
      .option("first", &Effects::first, "only the first n attempts die; 0: all")
      .result("index", &Result::index, "its own");
}

void Rendezvous::run(ropewalk::Call& call) const {
  const int fd = open((folder / std::to_string(call.index())).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) throw failure("cannot write in " + folder.string());
  close(fd);
  const auto end = std::chrono::steady_clock::now() + limit;
  while (static_cast<std::int64_t>(numbers_in(folder.c_str()).size()) < count) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the others did not come");
    if (call.wait(std::chrono::milliseconds(2))) throw ropewalk::Stopped();
  }
}

void Rendezvous::describe(ropewalk::TaskType<Rendezvous>& task) {
  task.summary("Passes only if so many tasks run at once.")
      .thread_safe()
      .param("folder", &Rendezvous::folder, "an empty one, where they meet")
      .option("count", &Rendezvous::count, "how many must come")
      .min(1)
      .option("limit", &Rendezvous::limit, "how long to wait for them");
}

Who::Result Who::run(ropewalk::Call& call) const {
  const char* value = variable.empty() ? nullptr : std::getenv(variable.c_str());
  return {.pid = getpid(),
          .thread = thread_id(),
          .parent = getppid(),
          .folder = std::filesystem::current_path(),
          .value = value ? value : "",
          .stage = std::string(call.stage()),
          .run_id = std::string(call.run_id()),
          .index = static_cast<std::int64_t>(call.index()),
          .attempt = static_cast<std::int64_t>(call.attempt()),
          .threads = static_cast<std::int64_t>(numbers_in("/proc/self/task").size()),
          .descriptors = numbers_in("/proc/self/fd")};
}

void Who::describe(ropewalk::TaskType<Who>& task) {
  task.summary("Says where and as what it runs.")
      .thread_safe()
      .option("variable", &Who::variable, "of the environment, to be read")
      .result("pid", &Result::pid)
      .result("thread", &Result::thread, "the kernel's id")
      .result("parent", &Result::parent)
      .result("folder", &Result::folder, "the working directory")
      .result("value", &Result::value, "of the variable")
      .result("stage", &Result::stage)
      .result("run_id", &Result::run_id)
      .result("index", &Result::index)
      .result("attempt", &Result::attempt)
      .result("threads", &Result::threads, "of its process")
      .result("descriptors", &Result::descriptors, "open in its process, that of the listing with them");
}

Count::Worker::Worker() : opened_by(thread_id()) {}

Count::Result Count::run(ropewalk::Call&, Worker& worker) const {
  if (worker.opened_by != thread_id()) throw ropewalk::Permanent("the worker's state came from another thread");
  return {++worker.tasks, worker.opened_by};
}

void Count::describe(ropewalk::TaskType<Count>& task) {
  task.summary("Counts the tasks of its worker.")
      .thread_safe()
      .result("nth", &Result::nth, "from 1")
      .result("thread", &Result::thread, "the kernel's id");
}

BadWorker::Worker::Worker() { throw ropewalk::Transient("the model could not be loaded"); }
void BadWorker::run(ropewalk::Call&, Worker&) const {}
void BadWorker::describe(ropewalk::TaskType<BadWorker>& task) {
  task.summary("Its worker cannot be made.").thread_safe();
}

void Alone::run(ropewalk::Call& call) const {
  static std::atomic<int> inside = 0;
  const int before = inside.fetch_add(1);
  call.wait(std::chrono::milliseconds(2));
  inside.fetch_sub(1);
  if (before != 0) throw ropewalk::Permanent("it was not alone in its process");
}

void Alone::describe(ropewalk::TaskType<Alone>& task) {
  task.summary("Not thread-safe, and notices when it is not alone.");
}

void EveryType::describe(ropewalk::TaskType<EveryType>& task) {
  task.summary("One parameter of each type, given back.")
      .thread_safe()
      .option("flag", &EveryType::flag)
      .option("number", &EveryType::number)
      .option("real", &EveryType::real)
      .option("text", &EveryType::text)
      .option("bytes", &EveryType::bytes)
      .option("path", &EveryType::path)
      .option("time", &EveryType::time)
      .option("size", &EveryType::size)
      .option("list", &EveryType::list)
      .option("map", &EveryType::map)
      .option("any", &EveryType::any)
      .result("flag", &EveryType::flag)
      .result("number", &EveryType::number)
      .result("real", &EveryType::real)
      .result("text", &EveryType::text)
      .result("bytes", &EveryType::bytes)
      .result("path", &EveryType::path)
      .result("time", &EveryType::time)
      .result("size", &EveryType::size)
      .result("list", &EveryType::list)
      .result("map", &EveryType::map)
      .result("any", &EveryType::any);
}

void FailThenMeet::run(ropewalk::Call& call) const {
  if (call.index() == 1 && call.attempt() == 1) throw std::runtime_error("the first attempt fails");
  Rendezvous{.folder = folder, .count = 2, .limit = std::chrono::seconds(40)}.run(call);
}

void FailThenMeet::describe(ropewalk::TaskType<FailThenMeet>& task) {
  task.summary("Two tasks meet, one of them at its second attempt.")
      .thread_safe()
      .param("folder", &FailThenMeet::folder, "an empty one, where they meet");
}

void Narrow::run(ropewalk::Call& call) const {
  const auto note = [this](const char* what) {
    const int file = open((folder / "tries").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || write(file, what, std::strlen(what)) < 0) throw ropewalk::Permanent("cannot leave a line");
    close(file);
  };
  for (std::int64_t place = 0; place < most; ++place) {
    const std::filesystem::path taken = folder / std::to_string(place);
    const int file = open(taken.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) continue;
    close(file);
    note("begun\n");
    call.wait(lasts);
    unlink(taken.c_str());
    return;
  }
  note("refused\n");
  throw ropewalk::NoRoom("every place is taken");
}

void Narrow::describe(ropewalk::TaskType<Narrow>& task) {
  task.summary("Finds room only while few others run.")
      .thread_safe()
      .param("folder", &Narrow::folder, "where the places are")
      .option("most", &Narrow::most, "places")
      .option("lasts", &Narrow::lasts, "how long it takes");
}

void Talk::run(ropewalk::Call& call) const {
  for (std::int64_t i = 0; i < lines; ++i) {
    call.log(ropewalk::Level::info, "line " + std::to_string(i));
    call.progress(static_cast<double>(i + 1) / static_cast<double>(lines), "talking");
  }
  if (length != 0) call.log(ropewalk::Level::info, std::string(static_cast<std::size_t>(length), 'l'));
  if (done) std::ofstream(*done) << "done";
  while (until && !std::filesystem::exists(*until))
    if (call.wait(std::chrono::milliseconds(1))) throw ropewalk::Stopped();
}

void Talk::describe(ropewalk::TaskType<Talk>& task) {
  task.summary("Logs and reports progress.")
      .thread_safe()
      .option("lines", &Talk::lines, "how often")
      .min(0)
      .option("length", &Talk::length, "bytes of one more line")
      .option("done", &Talk::done, "a file that is there when it has")
      .option("until", &Talk::until, "it lasts until this file is there");
}

void PollToStop::run(ropewalk::Call& call) const {
  pollfd stop = {call.cancel_fd(), POLLIN, 0};
  const int ready =
      poll(&stop, 1, static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count()));
  if (ready > 0) throw ropewalk::Stopped();
}

void PollToStop::describe(ropewalk::TaskType<PollToStop>& task) {
  task.summary("Waits on a descriptor and stops when asked.")
      .thread_safe()
      .option("limit", &PollToStop::limit, "how long to wait at most");
}

}  // namespace zoo

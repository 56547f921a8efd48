// A plugin of the first SDK, 0.1, in C++. g++ 12 on Debian 12, x86-64, made kept_cpp.so of it:
//
//   options="-std=c++20 -Os -shared -fPIC -fvisibility=hidden -s -Wl,-z,noseparate-code"
//   g++ $options -I sdk/include kept_cpp.cpp -o kept_cpp.so
//
// Neither the source nor the binary is changed or built again. See ../README.md.
#include <ropewalk/sdk/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/// Returns its parameters: one of each type.
struct Mirror {
  bool flag = false;
  std::int64_t whole = 0;
  std::uint8_t small = 7;
  double real = 0;
  std::string text;
  std::vector<std::byte> bytes;
  std::filesystem::path path;
  std::chrono::milliseconds time{0};
  ropewalk::Size size;
  std::vector<std::int64_t> list;
  std::map<std::string, double> map;
  ropewalk::Any any;
  std::optional<std::string> absent;

  struct Result {
    bool flag;
    std::int64_t whole;
    std::uint8_t small;
    double real;
    std::string text;
    std::vector<std::byte> bytes;
    std::filesystem::path path;
    std::chrono::milliseconds time;
    ropewalk::Size size;
    std::vector<std::int64_t> list;
    std::map<std::string, double> map;
    ropewalk::Any any;
    std::optional<std::string> absent;
    ropewalk::Buffer buffer;
    std::uint64_t index;
    std::string stage;
  };

  Result run(ropewalk::Call& call) const {
    const ropewalk::Buffer buffer = call.buffer("buffer", text.size());
    std::memcpy(buffer.data, text.data(), text.size());
    call.charge_cpu(std::chrono::nanoseconds(1));
    return {flag, whole, small, real, text,   bytes,  path,         time,
            size, list,  map,   any,  absent, buffer, call.index(), std::string(call.stage())};
  }

  static void describe(ropewalk::TaskType<Mirror>& task) {
    task.summary("Returns its parameters.").thread_safe().prefers("thread");
    task.param("flag", &Mirror::flag, "a bool").param("whole", &Mirror::whole).range(-1000, 1000).unit("apples");
    task.option("small", &Mirror::small).param("real", &Mirror::real).min(0.5);
    task.param("text", &Mirror::text).one_of({"red", "blue"}).param("bytes", &Mirror::bytes);
    task.param("path", &Mirror::path).input_file().param("time", &Mirror::time).param("size", &Mirror::size);
    task.param("list", &Mirror::list).param("map", &Mirror::map).param("any", &Mirror::any);
    task.param("absent", &Mirror::absent);
    task.result("flag", &Result::flag, "as given").result("whole", &Result::whole).result("small", &Result::small);
    task.result("real", &Result::real).result("text", &Result::text).result("bytes", &Result::bytes);
    task.result("path", &Result::path).result("time", &Result::time).result("size", &Result::size);
    task.result("list", &Result::list).result("map", &Result::map).result("any", &Result::any);
    task.result("absent", &Result::absent).result("buffer", &Result::buffer).result("index", &Result::index);
    task.result("stage", &Result::stage);
  }
};

/// Writes to the log, and succeeds when it is repeated.
struct Talk {
  struct Result {
    std::uint32_t attempt;
  };
  Result run(ropewalk::Call& call) const {
    call.log(ropewalk::Level::warning, "kept warning");
    call.log(ropewalk::Level::info, "kept remark");
    if (call.attempt() == 1) throw ropewalk::Transient("once more");
    return {call.attempt()};
  }
  static void describe(ropewalk::TaskType<Talk>& task) {
    task.summary("Talks, and succeeds at its second attempt.").thread_safe().result("attempt", &Result::attempt);
  }
};

/// Reports progress, and waits until it is requested to stop.
struct Wait {
  std::chrono::seconds at_most{600};
  void run(ropewalk::Call& call) const {
    if (!call.deadline()) throw std::logic_error("there is no deadline");
    call.progress(0.5, "half of it");
    if (call.wait(at_most) && call.cancelled()) throw ropewalk::Stopped();
  }
  static void describe(ropewalk::TaskType<Wait>& task) {
    task.summary("Waits.").thread_safe().stops().option("at_most", &Wait::at_most);
  }
};

/// Fails in the way that it is given.
struct Fail {
  std::string how;
  void run(ropewalk::Call&) const {
    if (how == "permanent") throw ropewalk::Permanent("for good");
    if (how == "number") throw 7;
    throw std::runtime_error("an error");
  }
  static void describe(ropewalk::TaskType<Fail>& task) {
    task.summary("Fails.").thread_safe().param("how", &Fail::how);
  }
};

/// Has something that its worker keeps.
struct Count {
  struct Worker {
    explicit Worker(ropewalk::Call& call) : stage(call.stage()) {}
    std::string stage;
  };
  std::int64_t number = 0;
  struct Result {
    std::int64_t twice;
    std::string opened_by;
  };
  Result run(ropewalk::Call&, Worker& worker) const { return {2 * number, worker.stage}; }
  static void describe(ropewalk::TaskType<Count>& task) {
    task.summary("Doubles.").thread_safe().not_repeatable().param("number", &Count::number);
    task.result("twice", &Result::twice).result("opened_by", &Result::opened_by);
  }
};

/// Hands over what a process of its own would have written.
struct Output {
  struct Result {
    ropewalk::StreamText text;
  };
  Result run(ropewalk::Call& call) const {
    ropewalk::Output output(call);
    if (!output.write(ropewalk::Stream::out, "kept ") || !output.write(ropewalk::Stream::out, "output")) output.fail();
    return {output.all_of(ropewalk::Stream::out)};
  }
  static void describe(ropewalk::TaskType<Output>& task) {
    task.summary("Writes.").thread_safe().result("text", &Result::text);
  }
};

}  // namespace

ROPEWALK_PLUGIN("kept_cpp", "1.2.3", ropewalk::task<Mirror>("mirror"), ropewalk::task<Talk>("talk"),
                ropewalk::task<Wait>("wait"), ropewalk::task<Fail>("fail"), ropewalk::task<Count>("count"),
                ropewalk::task<Output>("output"))

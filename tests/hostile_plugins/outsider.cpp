// Calls functions of the host where that is forbidden: from a thread other than the task's own, with the handle of a
// task that has ended, and from a thread that a task has left behind.

#include <ropewalk/sdk/task.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Kept {
  const ropewalk_host* host = nullptr;
  ropewalk_call* call = nullptr;
  ropewalk_builder* builder = nullptr;
};

const ropewalk_output& output(const Kept& of) {
  return *static_cast<const ropewalk_output*>(of.host->query(ROPEWALK_OUTPUT_FEATURE));
}

constexpr std::uint32_t kIndex = 0, kList = 1;  // result fields
constexpr std::int64_t kWrong = 4242;

/// All functions that only the task's own thread may call. Each call tries to do harm.
const std::map<std::string, std::function<void(const Kept&)>>& functions() {
  static const std::map<std::string, std::function<void(const Kept&)>> all = {
      {"param_type", [](const Kept& k) { k.host->param_type(k.call, 0); }},
      {"param_bool", [](const Kept& k) { k.host->param_bool(k.call, 0); }},
      {"param_int", [](const Kept& k) { k.host->param_int(k.call, 0); }},
      {"param_float", [](const Kept& k) { k.host->param_float(k.call, 0); }},
      {"param_text", [](const Kept& k) { k.host->param_text(k.call, 0); }},
      {"param_value", [](const Kept& k) { k.host->param_value(k.call, 0); }},
      {"result_bool", [](const Kept& k) { k.host->result_bool(k.call, kIndex, 1); }},
      {"result_int", [](const Kept& k) { k.host->result_int(k.call, kIndex, kWrong); }},
      {"result_float", [](const Kept& k) { k.host->result_float(k.call, kIndex, 0.5); }},
      {"result_text",
       [](const Kept& k) {
         k.host->result_text(k.call, kIndex, {"late", 4});
       }},
      {"result_build", [](const Kept& k) { k.host->build_int(k.host->result_build(k.call, kList), kWrong); }},
      {"build_null", [](const Kept& k) { k.host->build_null(k.builder); }},
      {"build_bool", [](const Kept& k) { k.host->build_bool(k.builder, 1); }},
      {"build_int", [](const Kept& k) { k.host->build_int(k.builder, kWrong); }},
      {"build_float", [](const Kept& k) { k.host->build_float(k.builder, 0.5); }},
      {"build_text",
       [](const Kept& k) {
         k.host->build_text(k.builder, ROPEWALK_TYPE_TEXT, {"late", 4});
       }},
      {"build_begin_list", [](const Kept& k) { k.host->build_begin_list(k.builder); }},
      {"build_begin_map", [](const Kept& k) { k.host->build_begin_map(k.builder); }},
      {"build_key",
       [](const Kept& k) {
         k.host->build_key(k.builder, {"late", 4});
       }},
      {"build_end", [](const Kept& k) { k.host->build_end(k.builder); }},
      {"buffer", [](const Kept& k) { k.host->buffer(k.call, kIndex, 10); }},
      {"index", [](const Kept& k) { k.host->index(k.call); }},
      {"attempt", [](const Kept& k) { k.host->attempt(k.call); }},
      {"stage", [](const Kept& k) { k.host->stage(k.call); }},
      {"run_id", [](const Kept& k) { k.host->run_id(k.call); }},
      {"deadline", [](const Kept& k) { k.host->deadline(k.call); }},
      {"cancel_fd", [](const Kept& k) { k.host->cancel_fd(k.call); }},
      {"charge_cpu", [](const Kept& k) { k.host->charge_cpu(k.call, 1'000'000'000'000); }},
      {"fail",
       [](const Kept& k) {
         k.host->fail(k.call, ROPEWALK_FAIL_ERROR, {"late", 4});
       }},
      {"output.limit", [](const Kept& k) { output(k).limit(k.call); }},
      {"output.write",
       [](const Kept& k) {
         output(k).write(k.call, ROPEWALK_STREAM_ERR, {"late", 4});
       }},
      {"output.result", [](const Kept& k) { output(k).result(k.call, kIndex, ROPEWALK_STREAM_OUT); }},
  };
  return all;
}

struct Result {
  std::int64_t index = 0;
  std::vector<std::int64_t> list;
};

Result own(ropewalk::Call& call) {
  const auto index = static_cast<std::int64_t>(call.index());
  return {index, {index, index}};
}
Kept kept_of(ropewalk::Call& call) {
  return {call.host(), call.handle(), call.host()->result_build(call.handle(), kList)};
}

template <class T>
void describe_result(ropewalk::TaskType<T>& task) {
  task.thread_safe().result("index", &Result::index, "its own").result("list", &Result::list, "twice");
}

/// A thread of the task calls the function while the task runs.
struct Foreign {
  std::string function;
  Result run(ropewalk::Call& call) const {
    std::thread([&, kept = kept_of(call)] { functions().at(function)(kept); }).join();
    return own(call);
  }
  static void describe(ropewalk::TaskType<Foreign>& task) {
    task.summary("Calls a function of the host from another thread.")
        .param("function", &Foreign::function, "which one");
    describe_result(task);
  }
};

/// Task 0 keeps its handle; the others call the function with it, on the same thread.
struct Stale {
  std::string function;
  Result run(ropewalk::Call& call) const {
    static Kept kept;
    if (call.index() == 0)
      kept = kept_of(call);
    else
      functions().at(function)(kept);
    return own(call);
  }
  static void describe(ropewalk::TaskType<Stale>& task) {
    task.summary("Calls a function of the host with the handle of an earlier task.")
        .param("function", &Stale::function, "which one");
    describe_result(task);
  }
};

std::atomic<bool> left = false;
std::atomic<std::uint64_t> late_rounds = 0;

/// Runs from the end of its task, which the handle reports, to the end of the process.
void call_all(const Kept& kept) {
  while (kept.host->cancelled(kept.call) == 0) std::this_thread::yield();
  for (;;) {
    for (const auto& [name, function] : functions()) function(kept);
    kept.host->log(kept.call, ROPEWALK_LOG_ERROR, {"late", 4});
    kept.host->progress(kept.call, 0.5, {"late", 4});
    if (kept.host->wait(kept.call, 1'000'000'000) == 0) return;
    ++late_rounds;
  }
}

/// Task 0 leaves a thread behind that calls everything. The other tasks last until it has done so several times.
struct Leave {
  bool meets = false;

  Result run(ropewalk::Call& call) const {
    constexpr std::uint64_t kRounds = 20;
    if (call.index() == 0) {
      std::thread([kept = kept_of(call)] { call_all(kept); }).detach();
      left = true;
    } else if (meets || left) {
      while (!left) call.wait(std::chrono::microseconds(200));
      for (const std::uint64_t until = late_rounds + kRounds; late_rounds < until;)
        call.wait(std::chrono::microseconds(200));
    }
    return own(call);
  }
  static void describe(ropewalk::TaskType<Leave>& task) {
    task.summary("Leaves a thread behind that goes on calling the host.")
        .option("meets", &Leave::meets, "all tasks run in the process of task 0");
    describe_result(task);
  }
};

/// The functions that any thread may call.
struct Helped {
  Result run(ropewalk::Call& call) const {
    std::thread([&] {
      call.log(ropewalk::Level::info, "helped " + std::to_string(call.cancelled()));
      call.progress(0.5, "half");
      call.wait(std::chrono::microseconds(1));
      call.left_behind(1);
    }).join();
    return own(call);
  }
  static void describe(ropewalk::TaskType<Helped>& task) {
    task.summary("Calls from another thread what may be called there.");
    describe_result(task);
  }
};

}  // namespace

ROPEWALK_PLUGIN("outsider", "1.0.0", ropewalk::task<Foreign>("foreign"), ropewalk::task<Stale>("stale"),
                ropewalk::task<Leave>("leave"), ropewalk::task<Helped>("helped"))

#include "host/backtrace.hpp"

#include "host/language.hpp"
#include "host/line.hpp"
#include "host/symbols.hpp"

#include <unwind.h>

#include <cstdint>

namespace ropewalk::host {
namespace {

constexpr unsigned kFirst = 16, kLast = 4;  // frames reported of a deep stack
constexpr unsigned kHeld = 8;               // frames that abort() may have above its caller
constexpr unsigned kMax = 200'000;          // frames walked: 1 MiB of the smallest ones is less
constexpr std::size_t kMaxName = 512;
constexpr std::uintptr_t kNearWorker = 4096;  // bytes of stack between a task's first frame and those of its worker

std::uintptr_t plugin_address = 0, own_address = 0;

struct Frame {
  std::uintptr_t address = 0;
  bool exact = false;  ///< where it was interrupted; else where a call returns to
};

struct Walk {
  void (*report_line)(std::string_view);
  const Module* plugin;
  const Module* own;
  std::uintptr_t start;
  std::uintptr_t worker_frame = 0;  // if the plugin lies in the host's own file
  bool aborting = false;            // above the caller of abort()
  bool throwing = false;            // above the frame that threw an uncaught exception, if there was one
  bool started = false, seen_plugin = false;
  unsigned passed = 0, count = 0;
  Frame held[kHeld];
  unsigned held_count = 0;
  Frame last[kLast];
};

struct Place {
  const Module* module;
  Symbol symbol;
};

Place place_of(const Frame& frame) {
  // A call that never returns may be the last instruction of its function, so look up the call, not the address after
  // it.
  const std::uintptr_t inside = frame.address - (frame.exact ? 0 : 1);
  const Module* const module = find_module(inside);
  if (module == nullptr) return {nullptr, {{}, frame.address}};
  Symbol symbol = find_symbol(*module, inside);
  symbol.offset += frame.exact ? 0 : 1;
  return {module, symbol};
}

void report_frame(Walk& walk, unsigned number, const Place& place) {
  Line line;
  line.text("#").number(number).text(" ");
  if (place.module == nullptr) {
    line.hex(place.symbol.offset).text("  (no code is there)");
  } else {
    line.text(place.module->inode == 0 && place.module->path.empty() ? "(no file)" : place.module->name()).text("  ");
    line.text(place.symbol.name.substr(0, kMaxName))
        .text(place.symbol.name.empty() ? "" : "+")
        .hex(place.symbol.offset);
  }
  walk.report_line(line.view());
}

/// Whether the function lies between a throw and abort().
bool is_of_throwing(const Walk& walk, const Place& place) {
  if (place.module == nullptr) return false;
  const std::string_view name = place.module->name();
  if (name.starts_with("libstdc++.so") || name.starts_with("libgcc_s.so")) return true;
  if (place.module != walk.own) return false;
  // The last ones are those of a C++ library within the file.
  for (const std::string_view each : {"on_terminate", "_ZN10__cxxabiv1", "_ZN9__gnu_cxx", "_ZSt9terminatev", "__cxa_"})
    if (place.symbol.name.find(each) != std::string_view::npos) return true;
  return false;
}

bool is_of_worker(const Walk& walk, const Place& place) {
  return walk.seen_plugin && place.module != nullptr && place.module == walk.own &&
         place.symbol.name.starts_with("_ZN8ropewalk4host6Worker");
}

/// Returns false at the frame of the worker that called the plugin.
bool take(Walk& walk, const Frame& frame) {
  const Place place = place_of(frame);
  if (walk.throwing && is_of_throwing(walk, place)) return true;
  walk.throwing = false;
  // The frames of an interpreter say nothing of the program that it runs, whose frames are reported by themselves.
  if (language != nullptr && place.symbol.name.starts_with("_PyEval_EvalFrame")) return false;
  if (place.module != nullptr && place.module == walk.plugin) walk.seen_plugin = true;
  if (is_of_worker(walk, place)) return false;
  report_frame(walk, walk.count++, place);
  return true;
}

/// Beyond the first frames of a deep stack, where a name is looked up only if it may be that of the last one.
bool is_deep_end(const Walk& walk, const Frame& frame, std::uintptr_t stack) {
  if (!walk.seen_plugin) return false;
  if (walk.worker_frame == 0) return walk.plugin != walk.own && find_module(frame.address) == walk.own;
  return walk.worker_frame - stack < kNearWorker && is_of_worker(walk, place_of(frame));
}

_Unwind_Reason_Code step(_Unwind_Context* context, void* data) {
  Walk& walk = *static_cast<Walk*>(data);
  int exact = 0;
  const Frame frame{_Unwind_GetIPInfo(context, &exact), exact != 0};
  // The first frames are those of the handler itself.
  if (!walk.started && frame.address != walk.start) return ++walk.passed < 16 ? _URC_NO_REASON : _URC_END_OF_STACK;
  walk.started = true;
  const std::uintptr_t stack = _Unwind_GetCFA(context);
  if (frame.address == 0 || (walk.worker_frame != 0 && stack >= walk.worker_frame)) return _URC_END_OF_STACK;
  if (walk.aborting) {
    if (place_of(frame).symbol.name == "abort") {
      walk.aborting = false;
      walk.held_count = 0;
      return _URC_NO_REASON;
    }
    walk.held[walk.held_count++] = frame;
    if (walk.held_count < kHeld) return _URC_NO_REASON;
    walk.aborting = false;  // abort() was not the cause
    for (const Frame& held : walk.held)
      if (!take(walk, held)) return _URC_END_OF_STACK;
    walk.held_count = 0;
    return _URC_NO_REASON;
  }
  if (walk.count < kFirst) return take(walk, frame) ? _URC_NO_REASON : _URC_END_OF_STACK;
  if (is_deep_end(walk, frame, stack)) return _URC_END_OF_STACK;
  walk.last[walk.count++ % kLast] = frame;
  return walk.count < kMax ? _URC_NO_REASON : _URC_END_OF_STACK;
}

_Unwind_Reason_Code nothing(_Unwind_Context*, void*) { return _URC_NO_REASON; }

std::uintptr_t* instruction_of([[maybe_unused]] ucontext_t& context) {
#if defined(__x86_64__)
  return reinterpret_cast<std::uintptr_t*>(&context.uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return reinterpret_cast<std::uintptr_t*>(&context.uc_mcontext.pc);
#else
  return nullptr;
#endif
}

/// Handles a call through a bad pointer: the unwinder knows no frame there, and would read memory that is not code. The
/// walk continues from the caller, as if the call had returned at once.
void step_out_of_bad_call([[maybe_unused]] ucontext_t& context) {
#if defined(__x86_64__)
  auto& registers = context.uc_mcontext.gregs;
  registers[REG_RIP] = *reinterpret_cast<const greg_t*>(registers[REG_RSP]);
  registers[REG_RSP] += 8;
#elif defined(__aarch64__)
  context.uc_mcontext.pc = context.uc_mcontext.regs[30];
#endif
}

}  // namespace

void prepare_backtraces() {
  own_address = reinterpret_cast<std::uintptr_t>(&prepare_backtraces);
  _Unwind_Backtrace(nothing, nullptr);
}

void note_plugin(const void* inside) { plugin_address = reinterpret_cast<std::uintptr_t>(inside); }

void report_backtrace(ucontext_t& context, bool aborted, std::uintptr_t worker_frame,
                      void (*report_line)(std::string_view)) {
  std::uintptr_t* const instruction = instruction_of(context);
  if (instruction == nullptr || !read_modules()) return;
  Walk walk{.report_line = report_line,
            .plugin = find_module(plugin_address),
            .own = find_module(own_address),
            .start = *instruction,
            .aborting = aborted,
            .throwing = aborted,
            .held = {},
            .last = {}};
  if (walk.plugin == walk.own) walk.worker_frame = worker_frame;
  const mcontext_t as_it_was = context.uc_mcontext;
  if (find_module(*instruction) == nullptr) {
    take(walk, {*instruction, true});
    step_out_of_bad_call(context);
    walk.start = *instruction;
    if (find_module(walk.start) == nullptr) walk.start = 0;
  }
  if (walk.start != 0) _Unwind_Backtrace(step, &walk);
  context.uc_mcontext = as_it_was;
  for (unsigned i = 0; i < walk.held_count; ++i)
    if (!take(walk, walk.held[i])) break;
  if (walk.count <= kFirst) return;
  const unsigned from = walk.count - kFirst > kLast ? walk.count - kLast : kFirst;
  if (from > kFirst) {
    Line line;
    walk.report_line(line.text("   ... ").number(from - kFirst).text(" more ...").view());
  }
  for (unsigned i = from; i < walk.count; ++i) report_frame(walk, i, place_of(walk.last[i % kLast]));
}

}  // namespace ropewalk::host

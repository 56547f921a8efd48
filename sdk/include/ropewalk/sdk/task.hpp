#pragma once
// The header for a plugin in C++20. A task type is a struct whose members are its parameters; it is described once and
// run per task. Header-only, on abi.h alone; sdk/README.md is a five-minute introduction.
//
//   struct Greet {
//     std::string name;
//     struct Result { std::string text; };
//     Result run(ropewalk::Call&) const { return {"Hello, " + name + "!"}; }
//     static void describe(ropewalk::TaskType<Greet>& task) {
//       task.summary("Greets.").thread_safe().param("name", &Greet::name, "whom").result("text", &Result::text);
//     }
//   };
//   ROPEWALK_PLUGIN("hello", "1.0.0", ropewalk::task<Greet>("greet"))
//
// Every task gets a fresh struct. The SDK's tables are hidden in the plugin's own library; otherwise all plugins of a
// process would share them. Only the types that a plugin's own structs may contain are visible.

#include <ropewalk/sdk/abi.h>
#include <ropewalk/sdk/any.hpp>
#include <ropewalk/sdk/call.hpp>
#include <ropewalk/sdk/codec.hpp>
#include <ropewalk/sdk/declaration.hpp>
#include <ropewalk/sdk/failure.hpp>
#include <ropewalk/sdk/output.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace ropewalk {
inline namespace [[gnu::visibility("hidden")]] sdk_v1 {

namespace detail {

template <class T>
concept HasWorker = requires {
  typename T::Worker;
};

/// The type that run() returns.
template <class T>
struct Returned {
  using type = std::remove_cvref_t<decltype(std::declval<T&>().run(std::declval<Call&>()))>;
};
template <HasWorker T>
struct Returned<T> {
  using type =
      std::remove_cvref_t<decltype(std::declval<T&>().run(std::declval<Call&>(), std::declval<typename T::Worker&>()))>;
};

[[noreturn, gnu::cold]] inline void refuse(const char* what, const Field& field, const Permanent& error) {
  throw Permanent(std::string(what) + " '" + field.name + "': " + error.what());
}

}  // namespace detail

/// Filled in by describe(), in any order but one: unit(), min(), one_of() and so on apply to the preceding param(),
/// option() or result(). An error here is a bug of the plugin and ends the process with its text.
template <class T>
class TaskType {
 public:
  /// One sentence.
  TaskType& summary(std::string_view sentence) { return declared_.summary = sentence, *this; }
  /// Tasks may run on several threads of one process at once.
  TaskType& thread_safe() { return declared_.flags |= ROPEWALK_TASK_THREAD_SAFE, *this; }
  /// If its host dies because of another task, the task is lost and not run again.
  TaskType& not_repeatable() { return declared_.flags |= ROPEWALK_TASK_NOT_REPEATABLE, *this; }
  /// run() returns soon after a request to stop. On threads, a time-out then ends this task alone.
  TaskType& stops() { return declared_.flags |= ROPEWALK_TASK_STOPS, *this; }
  /// Exactly one of these parameters must be given; hosts check this before anything runs.
  TaskType& exactly_one(std::initializer_list<std::string_view> names) {
    std::string& groups = declared_.exactly_one;
    groups.resize(groups.empty() ? 0 : groups.size() - 1);
    groups += groups.empty() ? "[[" : ",[";
    for (const std::string_view name : names) groups += (groups.back() == '[' ? "" : ",") + detail::json_string(name);
    return groups += "]]", *this;
  }
  /// The executor for stages that name none, e.g. "thread" for a task that mostly waits.
  TaskType& prefers(std::string_view executor) { return declared_.executor = executor, *this; }

  /// A required parameter; a std::optional may be absent.
  template <class M, class C>
  TaskType& param(std::string_view name, M C::*member, std::string_view help = {}) {
    add_param(name, member, help);
    if constexpr (!detail::is_optional<M>) last().flags |= ROPEWALK_FIELD_REQUIRED;
    return *this;
  }
  /// An optional parameter: the member's own initial value is its default.
  template <class M, class C>
  TaskType& option(std::string_view name, M C::*member, std::string_view help = {}) {
    add_param(name, member, help);
    if constexpr (detail::HasJson<M>) {
      std::string value = detail::Codec<M>::json(T{}.*member);
      if (value != "null") last().default_value = std::move(value);
    }
    return *this;
  }
  /// A field of the result: a member of the struct that run() returns.
  template <class M, class R>
  TaskType& result(std::string_view name, M R::*member, std::string_view help = {}) {
    detail::Field& field = add(declared_.results, name, help);
    field.type = detail::Codec<M>::type;
    field.element = detail::Codec<M>::element;
    using Result = typename detail::Returned<T>::type;
    writers_.push_back(Writer::of(static_cast<M Result::*>(member)));
    return *this;
  }

  /// A sentence for people.
  TaskType& help(std::string_view text) { return last().help = text, *this; }
  /// Shown behind the value in messages, e.g. "s".
  TaskType& unit(std::string_view unit) { return last().unit = unit, *this; }
  /// Its values are hidden in all output.
  TaskType& secret() { return last().flags |= ROPEWALK_FIELD_SECRET, *this; }
  /// A path that the task reads.
  TaskType& input_file() { return last().flags |= ROPEWALK_FIELD_INPUT_FILE, *this; }
  /// A path that the task writes.
  TaskType& output_file() { return last().flags |= ROPEWALK_FIELD_OUTPUT_FILE, *this; }
  /// The least value that is accepted. For numbers; durations as std::chrono durations or in seconds.
  template <class N>
  TaskType& min(N least) {
    return last().minimum = constant(least), *this;
  }
  /// The greatest value that is accepted, as min().
  template <class N>
  TaskType& max(N most) {
    return last().maximum = constant(most), *this;
  }
  /// min() and max() at once.
  template <class N, class X>
  TaskType& range(N least, X most) {
    return min(least).max(most);
  }
  /// The values that are accepted.
  template <class V>
  TaskType& one_of(std::initializer_list<V> choices) {
    std::string& text = last().choices;
    text = "[";
    for (const V& choice : choices) text += (text.size() > 1 ? "," : "") + constant(choice);
    return text += ']', *this;
  }

  /// Returns what was declared. Used by the SDK.
  const detail::Declaration& declared() const { return declared_; }

  /// Fills a fresh task with the parameters of a call. Used by the SDK.
  void read(const ropewalk_host* host, ropewalk_call* call, T& task) const {
    std::uint32_t at = 0;
    try {
      for (const Reader& reader : readers_) {
        if (host->param_type(call, at) != ROPEWALK_TYPE_ABSENT) reader.access(reader, host, call, at, &task);
        ++at;
      }
    } catch (const Permanent& error) {
      detail::refuse("parameter", declared_.params[at], error);
    }
  }
  /// Passes the fields of a result to the host. Used by the SDK.
  void write(const ropewalk_host* host, ropewalk_call* call, const void* result) const {
    std::uint32_t at = 0;
    try {
      for (const Writer& writer : writers_) {
        writer.access(writer, host, call, at, result);
        ++at;
      }
    } catch (const Permanent& error) {
      detail::refuse("result", declared_.results[at], error);
    }
  }

 private:
  /// A pointer to a data member of any type, with the function that knows the type.
  template <class Object>
  struct MemberAccess {
    using Access = void (*)(const MemberAccess&, const ropewalk_host*, ropewalk_call*, std::uint32_t, Object*);
    Access access;
    std::byte pointer[sizeof(std::ptrdiff_t)];

    template <class M, class C>
    static MemberAccess of(M C::*member) {
      static_assert(sizeof member == sizeof pointer);
      MemberAccess made{};
      std::memcpy(made.pointer, &member, sizeof member);
      made.access = [](const MemberAccess& self, const ropewalk_host* host, ropewalk_call* call, std::uint32_t at,
                       Object* object) {
        M C::*back;
        std::memcpy(&back, self.pointer, sizeof back);
        if constexpr (std::is_const_v<Object>)
          detail::Codec<M>::write(host, call, at, static_cast<const C*>(object)->*back);
        else
          detail::Codec<M>::read(host, call, at, object->*back);
      };
      return made;
    }
  };
  using Reader = MemberAccess<T>;
  using Writer = MemberAccess<const void>;

  detail::Field& add(std::vector<detail::Field>& fields, std::string_view name, std::string_view help) {
    last_ = &fields;
    detail::Field& field = fields.emplace_back();
    field.name = name;
    field.help = help;
    return field;
  }
  template <class M, class C>
  void add_param(std::string_view name, M C::*member, std::string_view help) {
    detail::Field& field = add(declared_.params, name, help);
    field.type = detail::Codec<M>::type;
    field.element = detail::Codec<M>::element;
    // Values that the C++ type cannot represent are rejected before the run.
    if constexpr (std::integral<M> && !std::same_as<M, bool>) {
      if constexpr (!std::in_range<M>(INT64_MIN)) field.minimum = constant(std::numeric_limits<M>::min());
      if constexpr (!std::in_range<M>(INT64_MAX)) field.maximum = constant(std::numeric_limits<M>::max());
    }
    readers_.push_back(Reader::of(static_cast<M T::*>(member)));
  }
  detail::Field& last() {
    if (last_ == nullptr) throw std::logic_error("describe(): a unit, limit or help stands before every field");
    return last_->back();
  }
  template <class V>
  static std::string constant(const V& value) {
    if constexpr (detail::HasJson<V>)
      return detail::Codec<V>::json(value);
    else
      return detail::json_string(value);
  }

  detail::Declaration declared_;
  std::vector<Reader> readers_;
  std::vector<Writer> writers_;
  std::vector<detail::Field>* last_ = nullptr;  ///< of declared_; only while describing
};

namespace detail {

/// The C functions of a task type.
template <class T>
struct Functions {
  static const TaskType<T>& table() {
    static_assert(
        requires(TaskType<T> & type) { T::describe(type); },
        "a task type needs: static void describe(ropewalk::TaskType<T>& task)");
    struct Described {
      TaskType<T> type;
      Described() { T::describe(type); }
    };
    // Constructed in place, because a TaskType points into itself. Never destroyed, so that a plugin without state of
    // its own has nothing to run at the end of its process.
    static const Described& described = *new Described;
    return described.type;
  }
  static std::int64_t find_result(std::string_view name) { return table().declared().find_result(name); }

  // The ABI has no way to fail here. An error ends the probe, which reports the process's stderr.
  static void describe(const ropewalk_host* host, ropewalk_types* types) {
    try {
      table().declared().declare(host, types);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: %s\n", readable(typeid(T)).c_str(), error.what());
      std::abort();
    }
  }

  static decltype(auto) run_with(T& task, Call& call, [[maybe_unused]] void* worker) {
    if constexpr (HasWorker<T>)
      return task.run(call, *static_cast<typename T::Worker*>(worker));
    else
      return task.run(call);
  }

  // Not noexcept: pthread_exit() and cancellation unwind through it. What they throw has no object, which UBSan would
  // report.
  __attribute__((no_sanitize("null"))) static std::int32_t run(const ropewalk_host* host, ropewalk_call* handle,
                                                               void* worker) {
    try {
      T task{};
      table().read(host, handle, task);
      Call call(host, handle, &find_result);
      if constexpr (std::is_void_v<decltype(run_with(task, call, worker))>) {
        run_with(task, call, worker);
      } else {
        const auto result = run_with(task, call, worker);
        table().write(host, handle, &result);
      }
      return ROPEWALK_OK;
    } catch (const abi::__forced_unwind&) {
      throw;
    } catch (...) {
      return fail_with_current_exception(host, handle);
    }
  }

  __attribute__((no_sanitize("null"))) static std::int32_t open(const ropewalk_host* host, ropewalk_call* handle,
                                                                void** worker) {
    try {
      Call call(host, handle, &find_result);
      using Worker = typename T::Worker;
      if constexpr (std::is_constructible_v<Worker, Call&>)
        *worker = new Worker(call);
      else
        *worker = new Worker();
      return ROPEWALK_OK;
    } catch (const abi::__forced_unwind&) {
      throw;
    } catch (...) {
      return fail_with_current_exception(host, handle);
    }
  }
  static void close(const ropewalk_host*, void* worker) { delete static_cast<typename T::Worker*>(worker); }
};

template <std::size_t N>
constexpr std::array<const ropewalk_task_type*, N> pointers_to(const ropewalk_task_type (&types)[N]) {
  std::array<const ropewalk_task_type*, N> pointers{};
  for (std::size_t i = 0; i < N; ++i) pointers[i] = &types[i];
  return pointers;
}

}  // namespace detail

/// Declares a task type of the plugin, for ROPEWALK_PLUGIN. Workflows call it PLUGIN.name.
template <class T>
constexpr ropewalk_task_type task(const char* name) {
  using F = detail::Functions<T>;
  if constexpr (detail::HasWorker<T>)
    return {sizeof(ropewalk_task_type), 0, name, &F::describe, &F::run, &F::open, &F::close};
  else
    return {sizeof(ropewalk_task_type), 0, name, &F::describe, &F::run, nullptr, nullptr};
}

}  // namespace sdk_v1
}  // namespace ropewalk

/// @cond
#define ROPEWALK_PLUGIN_TABLE(plugin_name, plugin_version, ...)                                                       \
  static constexpr ropewalk_task_type types[] = {__VA_ARGS__};                                                        \
  static constexpr auto pointers = ::ropewalk::sdk_v1::detail::pointers_to(types);                                    \
  static constexpr ropewalk_plugin plugin = {                                                                         \
      sizeof(ropewalk_plugin), ROPEWALK_ABI_MINOR, 0, pointers.size(), plugin_name, plugin_version, pointers.data()}; \
  return &plugin;
/// @endcond

/// Defines the one exported function. Arguments: name (that of the file, without .so), version, task types.
#define ROPEWALK_PLUGIN(plugin_name, plugin_version, ...)                      \
  extern "C" ROPEWALK_EXPORT const ropewalk_plugin* ropewalk_plugin_v1(void) { \
    ROPEWALK_PLUGIN_TABLE(plugin_name, plugin_version, __VA_ARGS__)            \
  }

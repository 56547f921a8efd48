// One long piece, because it is one table: each function is an entry of the ABI, and most have a few lines.

#include "host/host_table.hpp"

#include "host/call.hpp"
#include "protocol/futex.hpp"
#include "base/cycles.hpp"
#include "base/descriptor_limit.hpp"
#include "values/value_codec.hpp"
#include "host/cancel_watch.hpp"
#include "host/limits.hpp"
#include "host/values.hpp"
#include "plugin_files/describe.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace ropewalk::host {

using board::FieldView;
using board::RecordHead;
using board::RecordType;

namespace {

constexpr std::int64_t kLongestWaitNs = std::int64_t{1} << 61;  // so that no sum overflows

std::string_view view(ropewalk_text text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}
ropewalk_text text_of(std::string_view text) { return {text.data(), text.size()}; }

// --- who may call ---

template <std::size_t size>
struct Name {
  consteval Name(const char (&name)[size]) { std::copy_n(name, size, text); }
  char text[size];
};

template <Name name, auto function, auto... refused>
struct OfTask;
template <Name name, class R, class C, class... Arguments, R (*function)(C*, Arguments...), auto... refused>
struct OfTask<name, function, refused...> {
  using Given = std::conditional_t<std::is_const_v<C>, const ropewalk_call*, ropewalk_call*>;
  static R call(Given given, Arguments... arguments) {
    const auto handle = reinterpret_cast<Handle>(given);
    if (handle == on_this_thread.handle) [[likely]]
      return function(on_this_thread.call, arguments...);
    refuse_call(handle, name.text);
    return R(refused...);
  }
};
/// The function of the table, for the task's own thread alone; others get `refused`, or nothing.
template <Name name, auto function, auto... refused>
constexpr auto of_task = OfTask<name, function, refused...>::call;

/// A record of the attempt, from any thread while it runs. False: it was left out.
bool report(ropewalk_call* given, const char* function, RecordHead head, std::string_view payload,
            bool may_drop = true) {
  const auto handle = reinterpret_cast<Handle>(given);
  const auto complete = [&](const Call& call) { head.task = call.task, head.attempt = call.attempt; };
  if (handle == on_this_thread.handle) {
    complete(*on_this_thread.call);
    return on_this_thread.call->lane.report(head, payload, may_drop);
  }
  Call* const call = find_running(handle);
  // While the lane is held, its worker cannot end the attempt.
  const auto if_it_runs = [&]() -> const RecordHead* {
    if (call->handle.load(std::memory_order_acquire) != handle) return nullptr;
    complete(*call);
    return &head;
  };
  bool runs = false;
  const bool kept = call != nullptr && call->lane.report_if(if_it_runs, payload, may_drop, runs);
  if (!runs) count_late_call(function);
  return kept;
}

/// Once the attempt is over the answer is yes, so that a thread that outlives it ends too.
std::int32_t cancelled(const ropewalk_call* given) {
  const auto handle = reinterpret_cast<Handle>(given);
  if (handle == on_this_thread.handle) [[likely]]
    return on_this_thread.call->lane.cancelled();
  const Call* const call = find_running(handle);
  return call == nullptr || call->lane.is_cancelled(item_of(handle)) || find_running(handle) == nullptr;
}

std::int32_t wait(ropewalk_call* given, std::int64_t nanoseconds) {
  const std::int64_t end = monotonic_ns() + std::clamp<std::int64_t>(nanoseconds, 0, kLongestWaitNs);
  const Call* const call = find_running(reinterpret_cast<Handle>(given));
  while (call != nullptr) {
    const std::uint32_t word = call->lane.cancel_word().load(std::memory_order_acquire);
    if (cancelled(given) != 0) return 1;
    const std::int64_t left = end - monotonic_ns();
    if (left <= 0) return 0;
    board::futex_wait(&call->lane.cancel_word(), word, left);
  }
  return 1;
}

void progress(ropewalk_call* given, double fraction, ropewalk_text note) {
  std::string payload(reinterpret_cast<const char*>(&fraction), sizeof fraction);
  payload += view(note).substr(0, board::kMaxLogBytes);
  report(given, "progress", {.type = RecordType::progress}, payload);
}
void log(ropewalk_call* given, std::int32_t level, ropewalk_text text) {
  report(given, "log", {.type = RecordType::log, .code = static_cast<std::uint32_t>(level)},
         view(text).substr(0, board::kMaxLogBytes));
  if (text.size <= board::kMaxLogBytes) return;
  report(given, "log",
         {.type = RecordType::unkept,
          .code = static_cast<std::uint32_t>(board::Unkept::logged),
          .end = text.size - board::kMaxLogBytes},
         {});
}

// --- parameters ---

using Param = Call::Param;

/// Null: it is absent.
const Param* param(const Call* call, std::uint32_t position) {
  if (position >= call->params.size()) return nullptr;
  const Param& param = call->params[position];
  return param.field->present ? &param : nullptr;
}

const Value& nested(const Call* call, const Param& param) {
  if (!param.decoded) {
    call->holds_memory = true;
    std::optional<Value> value = board::value_of(param.type, *param.field);
    if (!value) const_cast<Call*>(call)->fail(ROPEWALK_FAIL_PERMANENT, kDamagedParams);
    param.decoded = std::make_unique<Value>(value ? std::move(*value) : Value());
  }
  return *param.decoded;
}

/// Sets of types, a bit each.
constexpr std::uint32_t set_of(std::initializer_list<Type> types) {
  std::uint32_t set = 0;
  for (const Type type : types) set |= 1u << static_cast<unsigned>(type);
  return set;
}
constexpr bool is(Type type, std::uint32_t set) { return (set >> static_cast<unsigned>(type) & 1) != 0; }

constexpr std::uint32_t kBools = set_of({Type::boolean}), kFloats = set_of({Type::real});
constexpr std::uint32_t kInts = set_of({Type::integer, Type::duration, Type::size});
constexpr std::uint32_t kTexts = set_of({Type::text, Type::bytes, Type::path});

std::int32_t param_type(const Call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  if (given == nullptr) return ROPEWALK_TYPE_ABSENT;
  return given->type == Type::any ? type_of(nested(call, *given)) : given->abi_type;
}
std::int64_t param_int(const Call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  if (given == nullptr) return 0;
  if (is(given->type, kInts)) return given->field->bits;
  return given->type == Type::any ? int_of(nested(call, *given)) : 0;
}
std::int32_t param_bool(const Call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  if (given == nullptr) return 0;
  if (is(given->type, kBools)) return given->field->bits != 0;
  return given->type == Type::any && bool_of(nested(call, *given));
}
double param_float(const Call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  if (given == nullptr) return 0;
  if (is(given->type, kFloats)) return std::bit_cast<double>(given->field->bits);
  return given->type == Type::any ? float_of(nested(call, *given)) : 0;
}
ropewalk_text param_text(const Call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  if (given == nullptr) return {nullptr, 0};
  if (is(given->type, kTexts)) return text_of(given->field->bytes);
  return given->type == Type::any ? text_of(text_in(nested(call, *given))) : ropewalk_text{nullptr, 0};
}
const ropewalk_value* param_value(Call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  return handle(given == nullptr ? nullptr : &nested(call, *given));
}

// --- results ---

[[gnu::cold, gnu::noinline]] FieldView* refuse_position(Call* call) {
  call->breach("the plugin set a result field that its task type does not declare");
  return nullptr;
}
[[gnu::cold, gnu::noinline]] FieldView* refuse_type(Call* call, std::uint32_t position, std::string_view what) {
  const Field& field = call->stage->type->results[position];
  call->breach("the plugin gave result field '" + field.name + "', declared as " + std::string(type_name(field.type)) +
               ", a value of type " + std::string(what));
  return nullptr;
}

[[gnu::cold, gnu::noinline]] void refuse_number(Call* call, std::uint32_t position) {
  call->breach("the plugin gave result field '" + call->stage->type->results[position].name +
               "' a number that is not finite");
}

/// Where a result of one of `types` goes; null, and the task fails, if the position has another type.
FieldView* result(Call* call, std::uint32_t position, std::uint32_t types, std::string_view what) {
  if (position >= call->results.size()) return refuse_position(call);
  const Type type = call->stage->result_types[position];
  if (type != Type::any && !is(type, types)) return refuse_type(call, position, what);
  FieldView& field = call->results[position] = {};
  field.present = true;
  return &field;
}
/// What the result at `position`, which has a place, is to point into.
Call::Output& output(Call* call, std::uint32_t position) {
  Call::Output& output = call->outputs[position];
  if (call->holds_memory) output.clear();
  if (position < call->builders.size()) call->builders[position].end();
  call->holds_memory = true;
  return output;
}
bool takes_any(const Call* call, std::uint32_t position) { return call->stage->result_types[position] == Type::any; }
[[gnu::noinline]] void put_any(Call* call, std::uint32_t position, auto value) {
  output(call, position).nested = Value(value);
}

template <class V>
void put_scalar(Call* call, std::uint32_t position, std::uint32_t types, std::string_view what, V value) {
  FieldView* field = result(call, position, types, what);
  if (field == nullptr) return;
  if constexpr (std::is_floating_point_v<V>)
    if (!std::isfinite(value)) return refuse_number(call, position);
  if (takes_any(call, position))
    put_any(call, position, value);
  else if constexpr (std::is_floating_point_v<V>)
    field->bits = std::bit_cast<std::int64_t>(value);
  else
    field->bits = value;
}
void result_bool(Call* call, std::uint32_t position, std::int32_t value) {
  put_scalar(call, position, kBools, "bool", value != 0);
}
void result_int(Call* call, std::uint32_t position, std::int64_t value) {
  put_scalar(call, position, kInts, "int", value);
}
void result_float(Call* call, std::uint32_t position, double value) {
  put_scalar(call, position, kFloats, "float", value);
}

void result_text(Call* call, std::uint32_t position, ropewalk_text value) {
  FieldView* field = result(call, position, kTexts, "text");
  if (field == nullptr) return;
  if (takes_any(call, position))
    put_any(call, position, view(value));
  else
    field->bytes = output(call, position).bytes = view(value);
}
/// Null, for which the functions of a builder do nothing: the position was refused.
ropewalk_builder* result_build(Call* call, std::uint32_t position) {
  const FieldView* field = result(call, position, set_of({Type::list, Type::map}), "list or map");
  if (field == nullptr) return nullptr;
  if (position >> kPositionBits != 0) {
    call->breach("the plugin builds a result beyond the first 4096 fields");
    return nullptr;
  }
  std::optional<Value>& target = output(call, position).nested;
  while (call->builders.size() <= position) call->builders.emplace_back();
  ropewalk_builder& builder = call->builders[position];
  const Field& declared = call->stage->type->results[position];
  // What is declared nested is never null, also where nothing is built.
  Value& value = target.emplace();
  if (declared.type == Type::list) value = List();
  if (declared.type == Type::map) value = Map();
  builder.begin(value, *call, declared);
  return reinterpret_cast<ropewalk_builder*>(make_builder_handle(on_this_thread.handle, position));
}
/// Null: there is none.
void* memory_for(Call* call, std::uint32_t position, FieldView* field, std::uint64_t size) {
  Call::Output& out = output(call, position);
  if (size >= board::kMinElsewhere) {
    const FileLimitLifted lifted;
    if (!memory_may_grow_by(size)) return nullptr;
    out.large = call->large_buffers.add(size, field->offset);
    if (out.large) field->bytes = out.large.text(), field->blob = 0;
    return out.large.data();
  }
  out.buffer.reset(new (std::nothrow) char[std::max<std::uint64_t>(size, 1)]());
  if (out.buffer) field->bytes = {out.buffer.get(), size};
  return out.buffer.get();
}
void* buffer(Call* call, std::uint32_t position, std::uint64_t size) {
  FieldView* field = result(call, position, set_of({Type::bytes}), "bytes");
  return field == nullptr ? nullptr : memory_for(call, position, field, size);
}

// --- the call itself ---

std::uint64_t index(const Call* call) { return call->stage->first_index + call->task; }
std::uint32_t attempt(const Call* call) { return call->attempt; }
ropewalk_text stage(const Call* call) { return text_of(call->stage->name); }
ropewalk_text run_id(const Call* call) { return text_of(call->stage->run_id); }
std::int64_t deadline(const Call* call) {
  return call->deadline_ns == ROPEWALK_NO_DEADLINE ? ROPEWALK_NO_DEADLINE
                                                   : call->deadline_ns + call->lane.stood_still_ns();
}
std::int32_t cancel_fd(Call* call) {
  if (!call->watch) call->watch = CancelWatch::start(call->lane);
  return call->watch ? call->watch->event() : -1;
}
void charge_cpu(Call* call, std::int64_t nanoseconds) {
  call->charged_cpu_ns += std::max<std::int64_t>(nanoseconds, 0);
}
void fail(Call* call, std::int32_t kind, ropewalk_text text) { call->fail(kind, view(text)); }

// --- ropewalk.output/1 ---

std::uint64_t output_limit(const Call* call) { return call->output_limit; }

std::int32_t output_write(Call* call, std::int32_t stream, ropewalk_text piece) {
  if (!CommandOutput::is_stream(stream)) {
    call->breach("the plugin handed over output of a stream that does not exist");
    return ROPEWALK_FAILED;
  }
  call->holds_memory = true;
  if (!call->command_output) call->command_output = std::make_unique<CommandOutput>();
  if (const std::optional<std::string> refused = call->command_output->write(stream, view(piece), call->output_limit)) {
    call->fail(ROPEWALK_FAIL_ERROR, *refused);
    return ROPEWALK_FAILED;
  }
  call->command_output->show(call->lane, {.type = RecordType::output, .task = call->task, .attempt = call->attempt},
                             stream, view(piece));
  return ROPEWALK_OK;
}

std::int32_t output_result(Call* call, std::uint32_t position, std::int32_t stream) {
  FieldView* field = CommandOutput::is_stream(stream)
                         ? result(call, position, set_of({Type::text, Type::bytes}), "text")
                         : refuse_position(call);
  if (field == nullptr) return ROPEWALK_FAILED;
  const std::uint64_t size = call->command_output ? call->command_output->size(stream) : 0;
  // What is allocated beyond what the machine has would end the host, not the task.
  const bool fits = size < board::kMinElsewhere || size <= board::memory_room();
  void* const memory = fits ? memory_for(call, position, field, size) : nullptr;
  if (memory != nullptr && (size == 0 || call->command_output->copy(stream, 0, size, static_cast<char*>(memory))))
    return ROPEWALK_OK;
  call->fail(ROPEWALK_FAIL_ERROR, memory == nullptr
                                      ? "no memory for the output of its command (" + std::to_string(size) + " bytes)"
                                      : "the output of its command cannot be read back");
  return ROPEWALK_FAILED;
}

constexpr ropewalk_output kOutput = {sizeof kOutput, 0, of_task<"output.limit", output_limit>,
                                     of_task<"output.write", output_write, ROPEWALK_FAILED>,
                                     of_task<"output.result", output_result, ROPEWALK_FAILED>};

// --- ropewalk.processes/1 ---

void left_behind(ropewalk_call* handle, std::uint64_t count) {
  report(handle, "left_behind", {.type = RecordType::left_behind, .end = count}, {}, false);
}

constexpr ropewalk_processes kProcesses = {sizeof kProcesses, 0, left_behind};

const void* query(const char* name) {
  static const std::uint64_t descriptors = users_descriptor_limit();
  if (std::string_view(name) == "ropewalk.descriptor_limit/1") return &descriptors;
  if (std::string_view(name) == ROPEWALK_OUTPUT_FEATURE) return &kOutput;
  return std::string_view(name) == ROPEWALK_PROCESSES_FEATURE ? &kProcesses : nullptr;
}

ropewalk_host make_table() {
  ropewalk_host table{};
  table.struct_size = sizeof table;
  table.abi_minor = ROPEWALK_ABI_MINOR;
  fill_describe(table);
  fill_values(table);
  table.param_type = of_task<"param_type", param_type>;
  table.param_bool = of_task<"param_bool", param_bool>;
  table.param_int = of_task<"param_int", param_int>;
  table.param_float = of_task<"param_float", param_float>;
  table.param_text = of_task<"param_text", param_text>;
  table.param_value = of_task<"param_value", param_value>;
  table.result_bool = of_task<"result_bool", result_bool>;
  table.result_int = of_task<"result_int", result_int>;
  table.result_float = of_task<"result_float", result_float>;
  table.result_text = of_task<"result_text", result_text>;
  table.result_build = of_task<"result_build", result_build>;
  table.buffer = of_task<"buffer", buffer>;
  table.index = of_task<"index", index>;
  table.attempt = of_task<"attempt", attempt>;
  table.stage = of_task<"stage", stage>;
  table.run_id = of_task<"run_id", run_id>;
  table.cancelled = cancelled;
  table.deadline = of_task<"deadline", deadline>;
  table.wait = wait;
  table.cancel_fd = of_task<"cancel_fd", cancel_fd, -1>;
  table.progress = progress;
  table.log = log;
  table.charge_cpu = of_task<"charge_cpu", charge_cpu>;
  table.fail = of_task<"fail", fail>;
  table.query = query;
  return table;
}

}  // namespace

const ropewalk_host& host_table() {
  static const ropewalk_host table = make_table();
  return table;
}

}  // namespace ropewalk::host

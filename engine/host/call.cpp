#include "host/call.hpp"

#include "board/futex.hpp"
#include "base/cycles.hpp"
#include "base/descriptor_limit.hpp"
#include "host/cancel_watch.hpp"
#include "host/limits.hpp"
#include "host/values.hpp"
#include "plugin/describe.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

using ropewalk::Type;
using ropewalk::Value;
using ropewalk::board::FieldView;
using ropewalk::board::RecordHead;
using ropewalk::board::RecordType;

void ropewalk_call::enter(const ropewalk::host::Stage& new_stage) {
  if (holds_memory) forget();
  stage = &new_stage;
  params.clear();
  params.resize(stage->param_types.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    params[i].type = stage->param_types[i];
    params[i].abi_type = ropewalk::host::abi_type(params[i].type);
    params[i].field = &stage->constant_views[i];
  }
  varying.assign(stage->varying.size(), {});
  for (std::size_t i = 0; i < varying.size(); ++i) params[stage->varying[i]].field = &varying[i];
  results.assign(stage->result_types.size(), {});
  outputs.clear();
  outputs.resize(results.size());
}

void ropewalk_call::forget() {
  holds_memory = false;
  for (Output& output : outputs) output.clear();
  for (const std::uint32_t position : stage->varying) params[position].decoded.reset();
  large_buffers.clear();
  command_output.reset();
  builders.clear();
}

bool ropewalk_call::begin(const ropewalk::board::Slot& slot, std::string_view given, std::span<const std::string_view> blobs) {
  if (holds_memory) forget();
  std::fill(results.begin(), results.end(), FieldView());
  task = slot.task;
  attempt = slot.attempt;
  failed = false;
  charged_cpu_ns = 0;
  deadline_ns = stage->timeout_ns == 0 ? ROPEWALK_NO_DEADLINE : ropewalk::monotonic_ns() + stage->timeout_ns - lane.stood_still_ns();
  if (watch) watch->item_begun();
  if (varying.empty()) return given.empty();
  return ropewalk::board::view_fields(stage->varying_types, given, varying, blobs);
}

void ropewalk_call::encode_nested() {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Output& output = outputs[i];
    if (output.nested) results[i].bytes = output.bytes = ropewalk::host::encode_nested(*output.nested);
  }
}

void ropewalk_call::encode_result(std::string& out) {
  if (holds_memory) encode_nested();
  ropewalk::board::encode_views(stage->result_types, results, out, ropewalk::board::Elsewhere::stays);
}

/// Before their blob is sealed, or for nothing: their task failed.
void ropewalk_call::drop_large_buffers() {
  for (Output& output : outputs)
    if (output.large) output.large = {};
}

void ropewalk_call::fail(std::int32_t kind, std::string_view text) {
  failed = true;
  fail_kind = kind;
  failure.assign(text.substr(0, ropewalk::board::kMaxErrorBytes));
}

namespace ropewalk::host {
namespace {

std::string_view view(ropewalk_text text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}
ropewalk_text text_of(std::string_view text) { return {text.data(), text.size()}; }

// --- parameters ---

using Param = ropewalk_call::Param;

/// Null: it is absent.
const Param* param(const ropewalk_call* call, std::uint32_t position) {
  if (position >= call->params.size()) return nullptr;
  const Param& param = call->params[position];
  return param.field->present ? &param : nullptr;
}

const Value& nested(const ropewalk_call* call, const Param& param) {
  if (!param.decoded) {
    call->holds_memory = true;
    std::optional<Value> value = board::value_of(param.type, *param.field);
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

std::int32_t param_type(const ropewalk_call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  if (given == nullptr) return ROPEWALK_TYPE_ABSENT;
  return given->type == Type::any ? type_of(nested(call, *given)) : given->abi_type;
}
std::int64_t param_int(const ropewalk_call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  if (given == nullptr) return 0;
  if (is(given->type, kInts)) return given->field->bits;
  return given->type == Type::any ? int_of(nested(call, *given)) : 0;
}
std::int32_t param_bool(const ropewalk_call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  if (given == nullptr) return 0;
  if (is(given->type, kBools)) return given->field->bits != 0;
  return given->type == Type::any && bool_of(nested(call, *given));
}
double param_float(const ropewalk_call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  if (given == nullptr) return 0;
  if (is(given->type, kFloats)) return std::bit_cast<double>(given->field->bits);
  return given->type == Type::any ? float_of(nested(call, *given)) : 0;
}
ropewalk_text param_text(const ropewalk_call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  if (given == nullptr) return {nullptr, 0};
  if (is(given->type, kTexts)) return text_of(given->field->bytes);
  return given->type == Type::any ? text_of(text_in(nested(call, *given))) : ropewalk_text{nullptr, 0};
}
const ropewalk_value* param_value(ropewalk_call* call, std::uint32_t position) {
  const Param* given = param(call, position);
  return handle(given == nullptr ? nullptr : &nested(call, *given));
}

// --- results ---

[[gnu::cold, gnu::noinline]] FieldView* refuse_position(ropewalk_call* call) {
  call->fail(ROPEWALK_FAIL_PERMANENT, "the plugin set a result field that its task type does not declare");
  return nullptr;
}
[[gnu::cold, gnu::noinline]] FieldView* refuse_type(ropewalk_call* call, std::uint32_t position, std::string_view what) {
  const Field& field = call->stage->type->results[position];
  call->fail(ROPEWALK_FAIL_PERMANENT, "the plugin gave result field '" + field.name + "', declared as " + std::string(type_name(field.type)) +
                                          ", a value of type " + std::string(what));
  return nullptr;
}

/// Where a result of one of `types` goes; null, and the task fails, if the position has another type.
FieldView* result(ropewalk_call* call, std::uint32_t position, std::uint32_t types, std::string_view what) {
  if (position >= call->results.size()) return refuse_position(call);
  const Type type = call->stage->result_types[position];
  if (type != Type::any && !is(type, types)) return refuse_type(call, position, what);
  FieldView& field = call->results[position] = {};
  field.present = true;
  return &field;
}
/// What the result at `position`, which has a place, is to point into.
ropewalk_call::Output& output(ropewalk_call* call, std::uint32_t position) {
  ropewalk_call::Output& output = call->outputs[position];
  if (call->holds_memory) output.clear();
  call->holds_memory = true;
  return output;
}
bool takes_any(const ropewalk_call* call, std::uint32_t position) { return call->stage->result_types[position] == Type::any; }
[[gnu::noinline]] void put_any(ropewalk_call* call, std::uint32_t position, auto value) { output(call, position).nested = Value(value); }

template <class V>
void put_scalar(ropewalk_call* call, std::uint32_t position, std::uint32_t types, std::string_view what, V value) {
  FieldView* field = result(call, position, types, what);
  if (field == nullptr) return;
  if (takes_any(call, position)) put_any(call, position, value);
  else if constexpr (std::is_floating_point_v<V>) field->bits = std::bit_cast<std::int64_t>(value);
  else field->bits = value;
}
void result_bool(ropewalk_call* call, std::uint32_t position, std::int32_t value) { put_scalar(call, position, kBools, "bool", value != 0); }
void result_int(ropewalk_call* call, std::uint32_t position, std::int64_t value) { put_scalar(call, position, kInts, "int", value); }
void result_float(ropewalk_call* call, std::uint32_t position, double value) { put_scalar(call, position, kFloats, "float", value); }

void result_text(ropewalk_call* call, std::uint32_t position, ropewalk_text value) {
  FieldView* field = result(call, position, kTexts, "text");
  if (field == nullptr) return;
  if (takes_any(call, position)) put_any(call, position, view(value));
  else field->bytes = output(call, position).bytes = view(value);
}
ropewalk_builder* result_build(ropewalk_call* call, std::uint32_t position) {
  const FieldView* field = result(call, position, set_of({Type::list, Type::map}), "list or map");
  // A refused position still gets a builder, so that a plugin need not check; what it builds goes nowhere.
  static thread_local std::optional<Value> nowhere;
  std::optional<Value>& target = field != nullptr ? output(call, position).nested : nowhere;
  target = Value();
  call->holds_memory = true;
  call->builders.push_back(std::make_unique<ropewalk_builder>(*target));
  return call->builders.back().get();
}
/// Null: there is none.
void* memory_for(ropewalk_call* call, std::uint32_t position, FieldView* field, std::uint64_t size) {
  ropewalk_call::Output& out = output(call, position);
  if (size >= board::kLeastElsewhere) {
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
void* buffer(ropewalk_call* call, std::uint32_t position, std::uint64_t size) {
  FieldView* field = result(call, position, set_of({Type::bytes}), "bytes");
  return field == nullptr ? nullptr : memory_for(call, position, field, size);
}

// --- the call itself ---

std::uint64_t index(const ropewalk_call* call) { return call->task; }
std::uint32_t attempt(const ropewalk_call* call) { return call->attempt; }
ropewalk_text stage(const ropewalk_call* call) { return text_of(call->stage->name); }
ropewalk_text run_id(const ropewalk_call* call) { return text_of(call->stage->run_id); }
std::int32_t cancelled(const ropewalk_call* call) { return call->lane.cancelled(); }
std::int64_t deadline(const ropewalk_call* call) {
  return call->deadline_ns == ROPEWALK_NO_DEADLINE ? ROPEWALK_NO_DEADLINE : call->deadline_ns + call->lane.stood_still_ns();
}

std::int32_t wait(ropewalk_call* call, std::int64_t nanoseconds) {
  const std::int64_t end = monotonic_ns() + std::max<std::int64_t>(nanoseconds, 0);
  for (;;) {
    const std::uint32_t word = call->lane.cancel_word().load(std::memory_order_acquire);
    if (call->lane.cancelled()) return 1;
    const std::int64_t left = end - monotonic_ns();
    if (left <= 0) return 0;
    board::futex_wait(&call->lane.cancel_word(), word, left);
  }
}
std::int32_t cancel_fd(ropewalk_call* call) {
  if (!call->watch) call->watch = CancelWatch::start(call->lane);
  return call->watch ? call->watch->event() : -1;
}
void progress(ropewalk_call* call, double fraction, ropewalk_text note) {
  std::string payload(reinterpret_cast<const char*>(&fraction), sizeof fraction);
  payload += view(note).substr(0, board::kMaxLogBytes);
  call->lane.tell({.type = RecordType::progress, .task = call->task, .attempt = call->attempt}, payload, true);
}
void log(ropewalk_call* call, std::int32_t level, ropewalk_text text) {
  call->lane.tell({.type = RecordType::log, .task = call->task, .attempt = call->attempt, .code = static_cast<std::uint32_t>(level)},
                  view(text).substr(0, board::kMaxLogBytes), true);
  if (text.size <= board::kMaxLogBytes) return;
  call->lane.tell({.type = RecordType::unkept, .task = call->task, .attempt = call->attempt,
                   .code = static_cast<std::uint32_t>(board::Unkept::logged), .end = text.size - board::kMaxLogBytes}, {}, true);
}
void charge_cpu(ropewalk_call* call, std::int64_t nanoseconds) {
  call->charged_cpu_ns += std::max<std::int64_t>(nanoseconds, 0);
}
void fail(ropewalk_call* call, std::int32_t kind, ropewalk_text text) { call->fail(kind, view(text)); }

// --- ropewalk.output/1 ---

std::uint64_t output_limit(const ropewalk_call* call) { return call->output_limit; }

std::int32_t output_write(ropewalk_call* call, std::int32_t stream, ropewalk_text piece) {
  if (!CommandOutput::is_stream(stream)) {
    call->fail(ROPEWALK_FAIL_PERMANENT, "the plugin handed over output of a stream that does not exist");
    return ROPEWALK_FAILED;
  }
  call->holds_memory = true;
  if (!call->command_output) call->command_output = std::make_unique<CommandOutput>();
  if (const std::optional<std::string> refused = call->command_output->write(stream, view(piece), call->output_limit)) {
    call->fail(ROPEWALK_FAIL_ERROR, *refused);
    return ROPEWALK_FAILED;
  }
  call->command_output->show(call->lane, {.type = RecordType::output, .task = call->task, .attempt = call->attempt}, stream, view(piece));
  return ROPEWALK_OK;
}

std::int32_t output_result(ropewalk_call* call, std::uint32_t position, std::int32_t stream) {
  FieldView* field = CommandOutput::is_stream(stream) ? result(call, position, set_of({Type::text, Type::bytes}), "text") : refuse_position(call);
  if (field == nullptr) return ROPEWALK_FAILED;
  const std::uint64_t size = call->command_output ? call->command_output->size(stream) : 0;
  // What is allocated beyond what the machine has would end the host, not the task.
  const bool fits = size < board::kLeastElsewhere || size <= board::memory_room();
  void* const memory = fits ? memory_for(call, position, field, size) : nullptr;
  if (memory != nullptr && (size == 0 || call->command_output->copy(stream, 0, size, static_cast<char*>(memory)))) return ROPEWALK_OK;
  call->fail(ROPEWALK_FAIL_ERROR, memory == nullptr ? "no memory for the output of its command (" + std::to_string(size) + " bytes)"
                                                    : "the output of its command cannot be read back");
  return ROPEWALK_FAILED;
}

const ropewalk_output kOutput = {sizeof kOutput, 0, output_limit, output_write, output_result};

// --- ropewalk.processes/1 ---

void left_behind(ropewalk_call* call, std::uint64_t count) {
  call->lane.tell({.type = RecordType::left_behind, .task = call->task, .attempt = call->attempt, .end = count}, {});
}

const ropewalk_processes kProcesses = {sizeof kProcesses, 0, left_behind};

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
  table.param_type = param_type;
  table.param_bool = param_bool;
  table.param_int = param_int;
  table.param_float = param_float;
  table.param_text = param_text;
  table.param_value = param_value;
  table.result_bool = result_bool;
  table.result_int = result_int;
  table.result_float = result_float;
  table.result_text = result_text;
  table.result_build = result_build;
  table.buffer = buffer;
  table.index = index;
  table.attempt = attempt;
  table.stage = stage;
  table.run_id = run_id;
  table.cancelled = cancelled;
  table.deadline = deadline;
  table.wait = wait;
  table.cancel_fd = cancel_fd;
  table.progress = progress;
  table.log = log;
  table.charge_cpu = charge_cpu;
  table.fail = fail;
  table.query = query;
  return table;
}

}  // namespace

const ropewalk_host& host_table() {
  static const ropewalk_host table = make_table();
  return table;
}

}  // namespace ropewalk::host

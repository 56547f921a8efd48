#include "host/call.hpp"

#include "board/futex.hpp"
#include "base/cycles.hpp"
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

bool ropewalk_call::begin(const ropewalk::host::Stage& new_stage, std::uint64_t new_task, std::uint32_t new_attempt,
                          std::string_view bytes, std::span<const std::string_view> blobs) {
  if (stage != &new_stage) {
    stage = &new_stage;
    params = stage->constant_views;
    nested.clear();
    nested.resize(params.size());
    outputs.clear();
    outputs.resize(stage->result_types.size());
    scratch.resize(std::max(stage->varying.size(), outputs.size()));
  } else {
    for (Output& output : outputs)
      if (output.present) output.clear();
  }
  if (large_buffers) large_buffers.clear();
  task = new_task;
  attempt = new_attempt;
  failed = false;
  charged_cpu_ns = 0;
  deadline_ns = stage->timeout_ns == 0 ? ROPEWALK_NO_DEADLINE : ropewalk::monotonic_ns() + stage->timeout_ns;
  builders.clear();
  if (watch) watch->item_begun();
  if (stage->varying.empty()) return bytes.empty();
  const std::span<FieldView> read(scratch.data(), stage->varying.size());
  if (!ropewalk::board::view_fields(stage->varying_types, bytes, read, blobs)) return false;
  for (std::size_t i = 0; i < read.size(); ++i) {
    params[stage->varying[i]] = read[i];
    nested[stage->varying[i]].reset();
  }
  return true;
}

void ropewalk_call::encode_result(std::string& out) {
  const std::span<FieldView> write(scratch.data(), outputs.size());
  for (std::size_t i = 0; i < write.size(); ++i) {
    Output& output = outputs[i];
    write[i] = {.present = output.present, .bits = output.bits, .bytes = output.bytes};
    if (output.nested) {
      output.bytes = ropewalk::host::encode_nested(*output.nested);
      write[i].bytes = output.bytes;
    } else if (output.buffer) {
      write[i].bytes = {output.buffer.get(), output.buffer_size};
    } else if (output.large) {
      write[i] = {.present = true, .bytes = output.large.text(), .blob = 0, .offset = output.large_offset};
    }
  }
  ropewalk::board::encode_views(stage->result_types, write, out, ropewalk::board::Elsewhere::stays);
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

const FieldView* param(const ropewalk_call* call, std::uint32_t position) {
  if (position >= call->params.size() || !call->params[position].present) return nullptr;
  return &call->params[position];
}
Type declared(const ropewalk_call* call, std::uint32_t position) { return call->stage->param_types[position]; }

const Value* nested_param(const ropewalk_call* call, std::uint32_t position) {
  const FieldView* field = param(call, position);
  if (field == nullptr) return nullptr;
  // Decoded once and kept until the parameter changes; the call belongs to one thread.
  auto& kept = const_cast<ropewalk_call*>(call)->nested[position];
  if (!kept) {
    std::optional<Value> value = board::value_of(declared(call, position), *field);
    kept = std::make_unique<Value>(value ? std::move(*value) : Value());
  }
  return kept.get();
}

bool is(const ropewalk_call* call, std::uint32_t position, std::initializer_list<Type> types) {
  return std::find(types.begin(), types.end(), declared(call, position)) != types.end();
}

std::int32_t param_type(const ropewalk_call* call, std::uint32_t position) {
  if (param(call, position) == nullptr) return ROPEWALK_TYPE_ABSENT;
  if (declared(call, position) == Type::any) return type_of(*nested_param(call, position));
  return abi_type(declared(call, position));
}
std::int64_t param_int(const ropewalk_call* call, std::uint32_t position) {
  const FieldView* field = param(call, position);
  if (field == nullptr) return 0;
  if (is(call, position, {Type::integer, Type::duration, Type::size})) return field->bits;
  return is(call, position, {Type::any}) ? int_of(*nested_param(call, position)) : 0;
}
std::int32_t param_bool(const ropewalk_call* call, std::uint32_t position) {
  const FieldView* field = param(call, position);
  if (field == nullptr) return 0;
  if (is(call, position, {Type::boolean})) return field->bits != 0;
  return is(call, position, {Type::any}) && bool_of(*nested_param(call, position));
}
double param_float(const ropewalk_call* call, std::uint32_t position) {
  const FieldView* field = param(call, position);
  if (field == nullptr) return 0;
  if (is(call, position, {Type::real})) return std::bit_cast<double>(field->bits);
  return is(call, position, {Type::any}) ? float_of(*nested_param(call, position)) : 0;
}
ropewalk_text param_text(const ropewalk_call* call, std::uint32_t position) {
  const FieldView* field = param(call, position);
  if (field == nullptr) return {nullptr, 0};
  if (is(call, position, {Type::text, Type::bytes, Type::path})) return text_of(field->bytes);
  return is(call, position, {Type::any}) ? text_of(text_in(*nested_param(call, position))) : ropewalk_text{nullptr, 0};
}
const ropewalk_value* param_value(ropewalk_call* call, std::uint32_t position) {
  return handle(nested_param(call, position));
}

// --- results ---

/// Where a result of one of `types` goes; null, and the task fails, if the position has another type.
ropewalk_call::Output* result(ropewalk_call* call, std::uint32_t position, std::initializer_list<Type> types,
                              std::string_view what) {
  if (position >= call->outputs.size()) {
    call->fail(ROPEWALK_FAIL_PERMANENT, "the plugin set a result field that its task type does not declare");
    return nullptr;
  }
  const Type type = call->stage->result_types[position];
  if (type != Type::any && std::find(types.begin(), types.end(), type) == types.end()) {
    call->fail(ROPEWALK_FAIL_PERMANENT, "the plugin gave result field '" + call->stage->type->results[position].name + "', declared as " +
                                            std::string(type_name(type)) + ", a value of type " + std::string(what));
    return nullptr;
  }
  ropewalk_call::Output* output = &call->outputs[position];
  if (output->present) output->clear();
  output->present = true;
  return output;
}
bool takes_any(const ropewalk_call* call, std::uint32_t position) { return call->stage->result_types[position] == Type::any; }

void result_bool(ropewalk_call* call, std::uint32_t position, std::int32_t value) {
  if (ropewalk_call::Output* output = result(call, position, {Type::boolean}, "bool")) {
    if (takes_any(call, position)) output->nested = Value(value != 0);
    else output->bits = value != 0;
  }
}
void result_int(ropewalk_call* call, std::uint32_t position, std::int64_t value) {
  if (ropewalk_call::Output* output = result(call, position, {Type::integer, Type::duration, Type::size}, "int")) {
    if (takes_any(call, position)) output->nested = Value(value);
    else output->bits = value;
  }
}
void result_float(ropewalk_call* call, std::uint32_t position, double value) {
  if (ropewalk_call::Output* output = result(call, position, {Type::real}, "float")) {
    if (takes_any(call, position)) output->nested = Value(value);
    else output->bits = std::bit_cast<std::int64_t>(value);
  }
}
void result_text(ropewalk_call* call, std::uint32_t position, ropewalk_text value) {
  if (ropewalk_call::Output* output = result(call, position, {Type::text, Type::bytes, Type::path}, "text")) {
    if (takes_any(call, position)) output->nested = Value(view(value));
    else output->bytes = view(value);
  }
}
ropewalk_builder* result_build(ropewalk_call* call, std::uint32_t position) {
  ropewalk_call::Output* output = result(call, position, {Type::list, Type::map}, "list or map");
  // A refused position still gets a builder, so that a plugin need not check; what it builds goes nowhere.
  static thread_local std::optional<Value> nowhere;
  std::optional<Value>& target = output != nullptr ? output->nested : nowhere;
  target = Value();
  call->builders.push_back(std::make_unique<ropewalk_builder>(*target));
  return call->builders.back().get();
}
void* buffer(ropewalk_call* call, std::uint32_t position, std::uint64_t size) {
  ropewalk_call::Output* output = result(call, position, {Type::bytes}, "bytes");
  if (output == nullptr) return nullptr;
  if (size >= board::kLeastElsewhere) {
    const FileLimitLifted lifted;
    if (!memory_may_grow_by(size)) return nullptr;
    output->large = call->large_buffers.add(size, output->large_offset);
    return output->large.data();
  }
  output->buffer.reset(new (std::nothrow) char[std::max<std::uint64_t>(size, 1)]());
  output->buffer_size = output->buffer ? size : 0;
  return output->buffer.get();
}

// --- the call itself ---

std::uint64_t index(const ropewalk_call* call) { return call->task; }
std::uint32_t attempt(const ropewalk_call* call) { return call->attempt; }
ropewalk_text stage(const ropewalk_call* call) { return text_of(call->stage->name); }
ropewalk_text run_id(const ropewalk_call* call) { return text_of(call->stage->run_id); }
std::int32_t cancelled(const ropewalk_call* call) { return call->lane.cancelled(); }
std::int64_t deadline(const ropewalk_call* call) { return call->deadline_ns; }

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
}
void charge_cpu(ropewalk_call* call, std::int64_t nanoseconds) {
  call->charged_cpu_ns += std::max<std::int64_t>(nanoseconds, 0);
}
void fail(ropewalk_call* call, std::int32_t kind, ropewalk_text text) { call->fail(kind, view(text)); }
const void* query(const char*) { return nullptr; }

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

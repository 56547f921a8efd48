#include "run/result_store.hpp"

#include "base/descriptor_limit.hpp"
#include "values/value_codec.hpp"
#include "protocol/fields.hpp"
#include "plan/outputs.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ropewalk {
namespace {

// What is kept in shared memory: a descriptor and memory each. What is beyond goes to a file.
constexpr std::size_t kMaxBlobs = 64;
constexpr std::uint64_t kMaxBlobBytes = 1u << 30;

constexpr const char* kUnreadable = "a result cannot be read back from the temporary file that it was kept in";

/// Where descriptors are few, hosts need them more.
std::size_t most_blobs() { return std::min<std::size_t>(kMaxBlobs, descriptor_limit() / 8); }

// The message, then of each stream of commands its length, head and tail.
std::string encode_failure(std::string_view message, const KeptOutput& output) {
  List all{Bytes{std::string(message)}};
  for (const OutputStream stream : {OutputStream::out, OutputStream::err}) {
    KeptStream kept = output.of(stream);
    all.emplace_back(static_cast<std::int64_t>(kept.bytes));
    all.emplace_back(Bytes{std::move(kept.head)});
    all.emplace_back(Bytes{std::move(kept.tail)});
  }
  return encode_value(std::move(all));
}

struct Failed {
  std::string message;
  KeptStream out, err;
};
Failed decode_failure(std::string_view bytes) {
  Failed failed;
  const std::optional<Value> value = decode_value(bytes);
  const List* const all = value ? value->as_list() : nullptr;
  if (all == nullptr || all->size() != 7) return failed;
  const auto stream = [&](std::size_t first) {
    return KeptStream{static_cast<std::uint64_t>(*(*all)[first].as_int()), *(*all)[first + 1].as_string(),
                      *(*all)[first + 2].as_string()};
  };
  return {.message = *(*all)[0].as_string(), .out = stream(1), .err = stream(4)};
}

/// Whether a value that was kept as JSON is of the type; text becomes bytes or a path where the type says so.
bool fits(Type type, Value& value) {
  const Value::Kind kind = value.kind();
  switch (type) {
    case Type::any: return true;
    case Type::boolean: return kind == Value::Kind::boolean;
    case Type::integer:
    case Type::size: return kind == Value::Kind::integer;
    case Type::real:
    case Type::duration: return kind == Value::Kind::real;
    case Type::list: return kind == Value::Kind::list;
    case Type::map: return kind == Value::Kind::map;
    case Type::text:
    case Type::path:
    case Type::bytes: break;
  }
  if (kind != Value::Kind::text && kind != Value::Kind::bytes) return false;
  value.retag(type == Type::text ? Value::Kind::text : type == Type::path ? Value::Kind::path : Value::Kind::bytes);
  return true;
}

}  // namespace

ResultStore::ResultStore(const Plan& plan, bool keep_all) : most_blobs_(most_blobs()) {
  for (const PlannedStage& planned : plan.stages) {
    Stage& stage = stages_.emplace_back();
    stage.kept = keep_all || planned.results_used;
    stage.fans_out = planned.streams_from || planned.items->fans_out();
    stage.upstream = planned.streams_from;
    const auto add = [&](const Field& field) { stage.names.push_back(field.name), stage.types.push_back(field.type); };
    for (const Field& field : planned.type().results) add(field);
    if (planned.outputs)
      for (const Field& field : planned.outputs->fields()) add(field);
  }
}

void ResultStore::open(std::uint32_t number, std::uint64_t tasks, std::unique_ptr<ItemList> items) {
  Stage& stage = stages_[number];
  stage.items = std::move(items);
  if (stage.kept) stage.entries.resize(tasks);
}

void ResultStore::grow(std::uint32_t number, std::uint64_t tasks) {
  Stage& stage = stages_[number];
  if (stage.kept) stage.entries.resize(tasks);
}

void ResultStore::add(std::uint32_t number, std::uint64_t index, Outcome outcome, std::string_view payload,
                      const std::shared_ptr<const board::Blob>* blob) {
  Stage& stage = stages_[number];
  if (!stage.kept) return;
  if (blob != nullptr)
    add_large(number, index, outcome, payload, *blob);
  else
    fill(stage.entries[index], outcome, payload);
}

void ResultStore::add_large(std::uint32_t number, std::uint64_t index, Outcome outcome, std::string_view payload,
                            const std::shared_ptr<const board::Blob>& blob) {
  Stage& stage = stages_[number];
  Entry& entry = stage.entries[index];
  const std::uint64_t size = blob->bytes().size();
  Large large{.blob = nullptr, .offset = 0, .size = size};
  if (blobs_ < most_blobs_ && blob_bytes_ + size <= kMaxBlobBytes && size <= board::memory_room() / 4) {
    ++blobs_;
    blob_bytes_ += size;
    large.blob = blob;
  } else if (!move_to_file(blob->bytes(), large.offset)) {
    large_failed_ = std::strerror(errno);
    return;
  }
  entry.shared = 1;
  large_.insert_or_assign(std::pair(number, index), std::move(large));
  fill(entry, outcome, payload);
}

/// Straight from where they lie: a second copy in memory may be more than the machine has.
bool ResultStore::move_to_file(std::string_view bytes, std::uint64_t& offset) {
  if (!large_file_) large_file_ = unnamed_file();
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  offset = (large_end_ + page - 1) / page * page;
  if (!large_file_ || !write_at(large_file_.get(), bytes, offset)) return false;
  large_end_ = offset + bytes.size();
  return true;
}

void ResultStore::add_failed(std::uint32_t number, std::uint64_t index, Outcome outcome, std::string_view message,
                             const KeptOutput* output) {
  add(number, index, outcome, message);
  // What a process printed itself is not known of tasks that share one: the same workflow must give the same results.
  if (!stages_[number].kept || output == nullptr ||
      output->bytes(OutputStream::out) + output->bytes(OutputStream::err) == 0)
    return;
  Entry& entry = stages_[number].entries[index];
  entry.wrote = 1;
  fill(entry, outcome, encode_failure(message, *output));
}

void ResultStore::close(std::uint32_t number, Outcome outcome, const TaskCounts& counts) {
  stages_[number].outcome = outcome;
  stages_[number].counts = counts;
}

StageFacts ResultStore::facts(std::uint32_t number) const {
  const Stage& stage = stages_[number];
  return {.outcome = outcome_name(stage.outcome),
          .tasks = stage.counts.all(),
          .succeeded = stage.counts.succeeded,
          .failed = stage.counts.failed};
}

std::string_view ResultStore::read(const Entry& entry) const {
  const std::string_view bytes = spool_.read(entry.offset, entry.size);
  if (bytes.size() != entry.size) problem_ = kUnreadable;
  return bytes;
}

Value ResultStore::decode(std::uint32_t number, std::uint64_t index) const {
  const Entry& entry = stages_[number].entries[index];
  const std::string_view payload = read(entry);
  if (!entry.shared) return fields(number, payload, nullptr);
  const Large& large = large_.at({number, index});
  return fields(number, payload,
                large.blob ? large.blob : board::Blob::of_file(large_file_.get(), large.offset, large.size));
}

Value ResultStore::fields(std::uint32_t number, std::string_view payload,
                          const std::shared_ptr<const board::Blob>& blob) const {
  const Stage& stage = stages_[number];
  const std::string_view lies_in[] = {blob ? blob->bytes() : std::string_view()};
  std::vector<board::FieldView> views(stage.types.size());
  Map result;
  // All was readable when it came from its host.
  bool readable = board::view_fields(stage.types, payload, views, lies_in);
  for (std::size_t i = 0; readable && i < views.size(); ++i) {
    std::optional<Value> value = board::value_of(stage.types[i], views[i], blob);
    readable = value.has_value();
    if (readable) result.emplace(stage.names[i], std::move(*value));
  }
  if (!readable) problem_ = kUnreadable;
  return result;
}

bool ResultStore::has_value(std::uint32_t number, std::uint64_t index) const {
  const std::span entries(stages_[number].entries);
  return index < entries.size() && entries[index].outcome == static_cast<std::uint64_t>(Outcome::succeeded) + 1;
}

std::optional<std::string> ResultStore::encode(std::uint32_t number, const Value& fields) const {
  const Stage& stage = stages_[number];
  const Map* map = fields.as_map();
  if (map == nullptr || map->size() != stage.names.size()) return std::nullopt;
  std::vector<Value> values;
  for (std::size_t i = 0; i < stage.names.size(); ++i) {
    const auto field = map->find(stage.names[i]);
    if (field == map->end()) return std::nullopt;
    Value& value = values.emplace_back(field->second);
    if (!value.is_null() && !fits(stage.types[i], value)) return std::nullopt;
  }
  std::string payload;
  board::encode_fields(stage.types, values, payload);
  return payload;
}

Value ResultStore::value(std::uint32_t number, std::uint64_t index) const {
  return has_value(number, index) ? decode(number, index) : Value();
}

std::optional<Value> ResultStore::item_of(std::uint32_t number, std::uint64_t index) const {
  const Stage& stage = stages_[number];
  std::optional<Value> item;
  std::string problem;
  if (stage.upstream) {
    if (Value upstream = value(*stage.upstream, index); !upstream.is_null()) item = std::move(upstream);
  } else if (stage.fans_out && stage.items && index < stage.items->size()) {
    if (!stage.items->read(index, item.emplace(), problem)) item.reset();
  }
  return item;
}

std::optional<std::int64_t> ResultStore::counts_from(std::uint32_t number) const {
  const Stage& stage = stages_[number];
  return stage.fans_out && !stage.upstream && stage.items ? stage.items->counts_from() : std::nullopt;
}

void ResultStore::visit(std::uint32_t number, const std::function<void(std::uint64_t, const Value&)>& visit) const {
  const Stage& stage = stages_[number];
  for (std::uint64_t index = 0; index < stage.entries.size(); ++index)
    if (stage.entries[index].outcome == static_cast<std::uint64_t>(Outcome::succeeded) + 1)
      visit(index, decode(number, index));
}

void ResultStore::visit(std::uint32_t number, const std::function<void(const Row&)>& visit) const {
  const Stage& stage = stages_[number];
  for (std::uint64_t index = 0; index < stage.entries.size(); ++index) {
    const Entry& entry = stage.entries[index];
    if (entry.outcome == 0) continue;
    const auto outcome = static_cast<Outcome>(entry.outcome - 1);
    const Value item = item_of(number, index).value_or(Value());
    Value value;
    Failed failed;
    if (outcome == Outcome::succeeded)
      value = decode(number, index);
    else if (entry.wrote != 0)
      failed = decode_failure(read(entry));
    else
      failed.message = read(entry);
    visit({.index = index,
           .item = stage.fans_out ? &item : nullptr,
           .outcome = outcome,
           .value = outcome == Outcome::succeeded ? &value : nullptr,
           .message = failed.message,
           .out = failed.out.bytes != 0 ? &failed.out : nullptr,
           .err = failed.err.bytes != 0 ? &failed.err : nullptr});
  }
}

void ResultStore::visit_failures(std::uint32_t number, const std::function<void(const StageFailure&)>& visit) const {
  const Stage& stage = stages_[number];
  for (std::uint64_t index = 0; index < stage.entries.size(); ++index) {
    const Entry& entry = stage.entries[index];
    if (entry.outcome == 0 || !is_failure(static_cast<Outcome>(entry.outcome - 1))) continue;
    const std::optional<Value> item = item_of(number, index);
    const std::string message = entry.wrote != 0 ? decode_failure(read(entry)).message : std::string(read(entry));
    visit({.index = index,
           .item = item ? &*item : nullptr,
           .outcome = outcome_name(static_cast<Outcome>(entry.outcome - 1)),
           .message = message});
  }
}

}  // namespace ropewalk

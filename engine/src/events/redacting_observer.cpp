#include "events/redacting_observer.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <utility>
#include <vector>

namespace ropewalk {

std::optional<Value> RedactingObserver::Items::item_of(std::uint32_t stage, std::uint64_t index) const {
  std::optional<Value> item = all->item_of(stage, index);
  if (item) item = redaction_.value(*item);
  return item;
}

void RedactingObserver::run_started(std::int64_t t_ns, const RunStarted& event) {
  RunStarted shown = event;
  items_.all = event.items;
  if (shown.items != nullptr) shown.items = &items_;
  observer_.run_started(t_ns, shown);
}

void RedactingObserver::tasks_finished(std::int64_t t_ns, std::uint32_t stage, std::span<const TaskFinished> tasks) {
  std::vector<TaskFinished> shown(tasks.begin(), tasks.end());
  std::deque<std::string> texts;
  std::deque<KeptOutput> outputs;
  std::deque<std::vector<TaskFile>> files;
  for (TaskFinished& task : shown) {
    finish_output(t_ns, stage, task.index);
    for (std::string_view* text : {&task.message, &task.evidence})
      if (!redaction_.is_clean(*text)) *text = texts.emplace_back(redaction_.text(*text));
    task.fields = {};
    // A path that is hidden leads to no file.
    const auto is_clean = [&](const TaskFile& file) { return redaction_.is_clean(file.path); };
    if (!std::all_of(task.files.begin(), task.files.end(), is_clean)) {
      std::vector<TaskFile>& clean = files.emplace_back();
      std::copy_if(task.files.begin(), task.files.end(), std::back_inserter(clean), is_clean);
      task.files = clean;
    }
    if (task.output != nullptr) task.output = &outputs.emplace_back(hidden(redaction_, *task.output));
  }
  observer_.tasks_finished(t_ns, stage, shown);
}

void RedactingObserver::task_result(std::int64_t t_ns, std::uint32_t stage, std::uint64_t index, const Value& fields) {
  observer_.task_result(t_ns, stage, index, redaction_.value(fields));
}

void RedactingObserver::task_progress(std::int64_t t_ns, std::uint32_t stage, const TaskProgress& event) {
  const std::string text = redaction_.text(event.text);
  TaskProgress shown = event;
  shown.text = text;
  observer_.task_progress(t_ns, stage, shown);
}

void RedactingObserver::task_said(std::int64_t t_ns, std::uint32_t stage, const TaskSaid& event) {
  const std::string text = redaction_.text(event.text);
  TaskSaid shown = event;
  shown.text = text;
  observer_.task_said(t_ns, stage, shown);
}

void RedactingObserver::task_output(std::int64_t t_ns, std::uint32_t stage, const TaskOutput& event) {
  const std::string text = decided({stage, event.index, event.stream, false}, event.attempt, event.text);
  TaskOutput shown = event;
  shown.text = text;
  if (!text.empty()) observer_.task_output(t_ns, stage, shown);
}

void RedactingObserver::host_output(std::int64_t t_ns, const HostOutput& event) {
  const std::string text =
      decided({event.stage, static_cast<std::uint64_t>(event.pid), OutputStream::process, true}, 0, event.text);
  HostOutput shown = event;
  shown.text = text;
  if (!text.empty()) observer_.host_output(t_ns, shown);
}

/// Returns the part of the text that can be shown and holds the rest.
std::string RedactingObserver::decided(const Writer& writer, std::uint32_t attempt, std::string_view text) {
  Held& held = held_[writer];
  const std::string all = std::exchange(held.text, {}).append(text);
  held.attempt = attempt;
  held.text = all.substr(all.size() - redaction_.undecided(all));
  std::string shown = redaction_.text(std::string_view(all).substr(0, all.size() - held.text.size()));
  if (held.text.empty()) held_.erase(writer);
  return shown;
}

/// Called when the task writes nothing more.
void RedactingObserver::finish_output(std::int64_t t_ns, std::uint32_t stage, std::uint64_t index) {
  if (held_.empty()) return;
  for (const OutputStream stream : {OutputStream::process, OutputStream::out, OutputStream::err})
    if (const auto held = held_.extract(Writer{stage, index, stream, false})) finish(t_ns, held.key(), held.mapped());
}

/// Called when the stage writes nothing more; without a stage: the whole run.
void RedactingObserver::finish_all(std::int64_t t_ns, std::optional<std::uint32_t> stage) {
  for (auto at = held_.begin(); at != held_.end();) {
    if (stage && at->first.stage != *stage) {
      ++at;
      continue;
    }
    const auto held = held_.extract(at++);
    finish(t_ns, held.key(), held.mapped());
  }
}

void RedactingObserver::finish(std::int64_t t_ns, const Writer& writer, const Held& held) {
  const std::string text = redaction_.text(held.text);
  if (writer.is_host)
    observer_.host_output(t_ns, {writer.stage, static_cast<std::int32_t>(writer.index), text});
  else
    observer_.task_output(t_ns, writer.stage, {writer.index, held.attempt, writer.stream, text});
}

void RedactingObserver::host_ended(std::int64_t t_ns, const HostEnded& event) {
  const std::string how = redaction_.text(event.how);
  HostEnded shown = event;
  shown.how = how;
  observer_.host_ended(t_ns, shown);
}

void RedactingObserver::stage_finished(std::int64_t t_ns, const StageFinished& event) {
  finish_all(t_ns, event.stage);
  const std::string why = redaction_.text(event.why);
  StageFinished shown = event;
  shown.why = why;
  if (shown.ledger && shown.ledger->last_task && shown.ledger->last_task->item)
    shown.ledger->last_task->item->value = redaction_.value(shown.ledger->last_task->item->value);
  observer_.stage_finished(t_ns, shown);
}

void RedactingObserver::run_finished(std::int64_t t_ns, const RunFinished& event) {
  finish_all(t_ns, std::nullopt);
  const std::string why = redaction_.text(event.why);
  RunFinished shown = event;
  shown.why = why;
  observer_.run_finished(t_ns, shown);
}

void RedactingObserver::warning(std::int64_t t_ns, const Warning& event) {
  const std::string text = redaction_.text(event.text);
  observer_.warning(t_ns, {text});
}

KeptStream hidden(const Redaction& redaction, const KeptStream& stream) {
  KeptStream shown{stream.bytes, redaction.text(stream.head), redaction.text(stream.tail)};
  if (!stream.whole()) return shown;
  // Nothing was left out between the two parts, so a secret may span both.
  shown = {0, redaction.text(stream.head + stream.tail), {}};
  shown.bytes = shown.head.size();
  return shown;
}

/// Redacts piece by piece, which keeps the order. The end of a piece that may be the start of a secret moves to the
/// next piece of its stream.
KeptOutput hidden(const Redaction& redaction, const KeptOutput& output) {
  KeptOutput shown;
  std::array<std::string, KeptOutput::kStreams> held;
  const auto flush = [&](OutputStream stream) {
    const std::string rest = std::exchange(held[static_cast<std::size_t>(stream)], {});
    if (!rest.empty()) shown.add(stream, redaction.text(rest));
  };
  for (const KeptOutput::Piece& piece : output.pieces()) {
    std::string& rest = held[static_cast<std::size_t>(piece.stream)];
    if (piece.left_out != 0) flush(piece.stream);
    const std::string all = std::exchange(rest, {}).append(piece.text);
    const std::size_t undecided = redaction.undecided(all);
    rest = all.substr(all.size() - undecided);
    shown.put(piece.stream, shown.bytes(piece.stream) + piece.left_out,
              redaction.text(std::string_view(all).substr(0, all.size() - undecided)));
  }
  for (const OutputStream stream : {OutputStream::process, OutputStream::out, OutputStream::err}) flush(stream);
  return shown;
}

void RedactedResults::visit(std::uint32_t stage, const std::function<void(const Row&)>& visit) const {
  results_->visit(stage, [&](const Row& row) {
    const Value item = row.item ? redaction_->value(*row.item) : Value();
    const Value value = row.value ? redaction_->value(*row.value) : Value();
    const std::string message = redaction_->text(row.message);
    Row shown = row;
    shown.item = row.item ? &item : nullptr;
    shown.value = row.value ? &value : nullptr;
    shown.message = message;
    const KeptStream out = row.out ? hidden(*redaction_, *row.out) : KeptStream(),
                     err = row.err ? hidden(*redaction_, *row.err) : KeptStream();
    if (row.out) shown.out = &out;
    if (row.err) shown.err = &err;
    visit(shown);
  });
}

}  // namespace ropewalk

#include "planner/stage_graph.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "expressions/expression.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <queue>
#include <set>

namespace ropewalk {
namespace {

constexpr std::size_t kShownNames = 10;  // of a cycle, or of the stages that there are

std::string shown(std::vector<std::string> names, std::string_view between) {
  if (names.size() > kShownNames) {
    names.resize(kShownNames);
    names.emplace_back("...");
  }
  return fmt::format("{}", fmt::join(names, between));
}

}  // namespace

StageGraph::StageGraph(const KnownStages& stages, ParsedScalars& parsed, Budget& budget, Diagnostics& diagnostics)
    : stages_(stages),
      parsed_(parsed),
      budget_(budget),
      diagnostics_(diagnostics),
      waits_(stages.size()),
      seen_(stages.size()) {
  for (std::uint32_t stage = 0; stage < stages_.size(); ++stage)
    if (!stages_[stage].form->finally) ordinary_.push_back(stage);
  for (std::uint32_t stage = 0; stage < stages_.size(); ++stage) find_waits(stage);
  sort();
}

void StageGraph::find_waits(std::uint32_t number) {
  const KnownStage& stage = stages_[number];
  const StageForm& form = *stage.form;
  if (form.fan_out == FanOut::results)  // a stage that names itself is reported where its items are compiled
    if (const auto on = stages_.find(form.items->text); on && *on != number)
      add(number, {*on, Why::items, false, form.items});
  for (const Node* need : form.needs) {
    if (const auto on = stages_.find(need->text)) {
      add(number, {*on, Why::needs, true, need});
      continue;
    }
    if (diagnostics_.is_long()) return;
    const std::vector<std::string> names = stages_.names();
    diagnostics_.add(codes::kUnknownStage, place_of(stage.file->source, *need),
                     fmt::format("'needs': there is no stage '{}'{}", escape_for_display(need->text),
                                 did_you_mean(need->text, names)),
                     {fmt::format("the stages are: {}", shown(names, ", "))});
  }
  if (form.fan_out != FanOut::none && form.fan_out != FanOut::results && form.fan_out != FanOut::broken)
    read_scalars(number, *form.items);
  for (const Node* beside : {form.exclude, form.include, form.base, form.where})
    if (beside != nullptr) read_scalars(number, *beside);
  if (form.with) read_scalars(number, *form.with);
  if (form.condition) read_scalars(number, *form.condition);
  const StageKeys& shared = stage.file->defaults;
  for (const auto& [files, of_all] : {std::pair(form.reads, shared.reads), std::pair(form.writes, shared.writes)}) {
    if (files == nullptr) continue;
    if (files == of_all)
      read_default(number, *files);
    else
      read_scalars(number, *files);
  }
  if (const Node* defaults = stage.file->defaults.with; defaults && stage.type)
    for (const Field& field : stage.type->params)
      if (const Node* value = defaults->find(field.name); value && !(form.with && form.with->find(field.name)))
        read_default(number, *value);
  find_order(number);
}

/// A stage follows the one before it in the file. Stages with `finally` have an order of their own.
void StageGraph::find_order(std::uint32_t number) {
  const StageForm& form = *stages_[number].form;
  for (std::uint32_t before = number; !form.has_needs && before-- > 0;) {
    if (stages_[before].form->finally != form.finally) continue;
    add(number, {before, Why::order, true, nullptr});
    break;
  }
  if (!form.finally) return;
  for (const std::uint32_t other : ordinary_) add(number, {other, Why::finally, true, form.node->find("finally")});
}

void StageGraph::add(std::uint32_t stage, const Wait& wait) {
  if (budget_.is_spent()) return;
  Seen& seen = seen_[wait.on];
  if (std::exchange(seen.by, stage + 1) != stage + 1) {
    std::string problem;
    if (budget_.make(sizeof wait, problem)) {
      seen.at = static_cast<std::uint32_t>(waits_[stage].size());
      return waits_[stage].push_back(wait);
    }
    const Node& near = wait.node ? *wait.node : *stages_[stage].form->node;
    return report_costs(budget_, diagnostics_, place_of(stages_[stage].file->source, near), "what stages wait for",
                        problem);
  }
  // If an expression reads the stage of its items as a whole too, the stage waits for its end.
  if (wait.why == Why::reads || wait.why == Why::finally) waits_[stage][seen.at].whole = true;
}

/// Most values of a workflow have no expressions; those are not parsed.
void StageGraph::read_scalars(std::uint32_t stage, const Node& node) { add_reads(stage, reads_of(node)); }

/// A name that is unknown, or the stage's own, is reported where the expression is compiled.
void StageGraph::add_reads(std::uint32_t stage, const std::vector<Read>& reads) {
  for (const Read& read : reads)
    if (const auto on = stages_.find(read.name); on && *on != stage)
      add(stage, {*on, Why::reads, true, read.node, read.at, read.length});
}

std::vector<StageGraph::Read> StageGraph::reads_of(const Node& node) {
  std::vector<Read> reads;
  std::set<std::string, std::less<>> names;
  const std::function<void(const Node&)> look = [&](const Node& at) {
    for (const Node& child : at.children) look(child);
    if (!at.is_scalar() || !has_expression(at) || at.text.find("stages") == std::string::npos) return;
    for (const Piece& piece : parsed_.of(at).pieces) {
      if (!piece.expression) continue;
      visit_all(*piece.expression, [&](const Expression& part) {
        const bool reads_stage = part.kind == Expression::Kind::reference && is_of_stage(part.root);
        if (reads_stage && names.insert(part.name).second)
          reads.push_back({part.name, &at, part.name_at, part.name_length});
      });
    }
  };
  look(node);
  return reads;
}

/// Adds what a default reads. Many stages share the default, so it is read once.
void StageGraph::read_default(std::uint32_t stage, const Node& node) {
  const auto [known, fresh] = defaults_.try_emplace(&node);
  if (fresh) known->second = reads_of(node);
  add_reads(stage, known->second);
}

void StageGraph::sort() {
  const auto count = static_cast<std::uint32_t>(stages_.size());
  std::vector<std::vector<std::uint32_t>> waiting(count);
  std::vector<std::uint32_t> unmet(count);
  std::vector<bool> placed(count);
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> ready;
  const auto place = [&](std::uint32_t stage) {
    if (!placed[stage]) ready.push(stage);
    placed[stage] = true;
  };
  for (std::uint32_t stage = 0; stage < count; ++stage) {
    for (const Wait& wait : waits_[stage]) waiting[wait.on].push_back(stage);
    unmet[stage] = static_cast<std::uint32_t>(waits_[stage].size());
    if (unmet[stage] == 0) place(stage);
  }
  std::uint32_t lowest = 0;
  for (;;) {
    while (!ready.empty()) {
      const std::uint32_t stage = ready.top();
      ready.pop();
      order_.push_back(stage);
      for (const std::uint32_t other : waiting[stage])
        if (--unmet[other] == 0) place(other);
    }
    if (order_.size() == count) return;
    if (diagnostics_.is_long()) {
      for (std::uint32_t stage = 0; stage < count; ++stage) place(stage);
      continue;
    }
    while (placed[lowest]) ++lowest;
    const std::vector<std::uint32_t> cycle = cycle_from(lowest, placed);
    report_cycle(cycle);
    for (const std::uint32_t stage : cycle) place(stage);  // the rest is placed as if these did not wait
  }
}

/// A stage that cannot be placed waits for another such stage, so following them leads to a cycle.
std::vector<std::uint32_t> StageGraph::cycle_from(std::uint32_t stage, const std::vector<bool>& placed) const {
  std::vector<std::uint32_t> path;
  std::vector<std::uint32_t> at(stages_.size());  // in path, plus 1
  while (at[stage] == 0) {
    path.push_back(stage);
    at[stage] = static_cast<std::uint32_t>(path.size());
    // Explicit waits before those that come from the order of the file.
    const Wait* next = nullptr;
    for (const Wait& wait : waits_[stage])
      if (!placed[wait.on] && (next == nullptr || next->why == Why::order)) next = &wait;
    stage = next->on;
  }
  path.erase(path.begin(), path.begin() + (at[stage] - 1));
  std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end());
  return path;
}

const StageGraph::Wait* StageGraph::wait_on(std::uint32_t stage, std::uint32_t on) const {
  for (const Wait& wait : waits_[stage])
    if (wait.on == on) return &wait;
  return nullptr;
}

void StageGraph::report_cycle(const std::vector<std::uint32_t>& cycle) {
  std::vector<std::string> names, notes;
  const Wait* told = nullptr;  // an explicit wait, which has a place that can be changed
  std::uint32_t reporter = cycle.front();
  bool by_order = false;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const KnownStage& stage = stages_[cycle[i]];
    const Wait* wait = wait_on(cycle[i], cycle[(i + 1) % cycle.size()]);
    names.emplace_back(stage.name);
    by_order = by_order || wait->why == Why::order;
    if (wait->why != Why::order && told == nullptr) told = wait, reporter = cycle[i];
    if (notes.size() == kShownNames) continue;
    const std::string_view other = stages_[wait->on].name;
    switch (wait->why) {
      case Why::order:
        notes.push_back(fmt::format("'{}' follows '{}' in the file, so it waits for it", stage.name, other));
        break;
      case Why::needs: notes.push_back(fmt::format("'{}' names '{}' under 'needs'", stage.name, other)); break;
      case Why::items: notes.push_back(fmt::format("'{}' takes its items from '{}'", stage.name, other)); break;
      case Why::reads: notes.push_back(fmt::format("'{}' reads the results of '{}'", stage.name, other)); break;
      case Why::finally:
        notes.push_back(fmt::format("'{}' has 'finally', so it waits for all stages without it", stage.name));
        break;
    }
  }
  if (by_order)
    notes.emplace_back(
        "give the stage that need not wait 'needs', the list of those that it waits for: 'needs: []' is none");
  const KnownStage& at = stages_[reporter];
  const Node* near = told ? told->node : at.form->name ? at.form->name : at.form->node;
  const std::string first = names.front();
  const Source& source = at.file->source;
  diagnostics_.add(
      codes::kCycle,
      told && told->length != 0 ? place_in(source, *near, told->at, told->length) : place_of(source, *near),
      cycle.size() == 1 ? fmt::format("stage '{}' waits for itself: {} -> {}", first, first, first)
                        : fmt::format("these stages wait for each other: {} -> {}", shown(names, " -> "), first),
      cycle.size() == 1 ? std::vector<std::string>{"remove it from its own 'needs'"} : std::move(notes));
}

}  // namespace ropewalk

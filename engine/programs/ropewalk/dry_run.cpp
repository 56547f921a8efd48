#include "dry_run.hpp"

#include "graph_text.hpp"

#include "values/shown_value.hpp"
#include "base/text.hpp"
#include "plan/condition.hpp"
#include "plan/files.hpp"
#include "plan/items.hpp"
#include "plan/parameters.hpp"
#include "report/numbers.hpp"

#include <ropewalk/redaction.hpp>
#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

namespace ropewalk::cli {
namespace {

constexpr std::uint64_t kShownTasks = 3;
constexpr std::uint64_t kMaxListed = 10'000'000;  // of a file: each line costs some bytes
constexpr std::size_t kLongestValue = 120;        // characters

/// The items of a stage, as far as they can be listed now.
struct Listing {
  std::unique_ptr<ItemList> items;     // null: not now
  std::optional<std::uint64_t> count;  // of tasks; for a stream at most
  bool more = false;                   // there may be others
  std::string stream;                  // what they are taken from as they are listed, so they are not
  std::string problem;                 // why it cannot be listed, though nothing is in the way
};

class DryRunPrinter {
 public:
  explicit DryRunPrinter(const Plan& plan) : plan_(plan) {
    for (const PlannedStage& stage : plan.stages) listings_.push_back(list(stage));
  }

  DryRun look() {
    say("workflow {}: {}, nothing is run\n", escape_for_display(plan_.workflow), counted(plan_.stages.size(), "stage"));
    for (std::uint32_t i = 0; i < plan_.stages.size(); ++i) show(i);
    if (plan_.redaction) made_.text = plan_.redaction->text(made_.text);
    return std::move(made_);
  }

 private:
  template <class... Parts>
  void say(fmt::format_string<Parts...> text, Parts&&... parts) {
    fmt::format_to(std::back_inserter(made_.text), text, std::forward<Parts>(parts)...);
  }

  Scope scope() const { return {.params = plan_.params, .run_id = "(the id of the run)"}; }

  Listing list(const PlannedStage& stage) const {
    Listing listing;
    if (stage.streams_from || !stage.items_read.empty()) return listing;
    if (listing.stream = stage.items->stream(scope()); !listing.stream.empty()) return listing;
    auto opened = stage.items->open(scope());
    if (!opened) return listing.problem = opened.error().list.front().message, std::move(listing);
    listing.items = std::move(*opened);
    for (std::uint64_t before = 1, now = 0;
         before != now && now < kMaxListed && listing.problem.empty() && !listing.items->complete();) {
      before = listing.items->size();
      listing.items->grow(before + kMaxListed / 10, listing.problem);
      now = listing.items->size();
    }
    listing.count = listing.items->size();
    listing.more = !listing.items->complete();
    return listing;
  }

  std::string names_of(const std::vector<std::uint32_t>& stages) const {
    std::string names;
    for (const std::uint32_t stage : stages) names += (names.empty() ? "" : ", ") + plan_.stages[stage].name;
    return names + (stages.size() == 1 ? " has" : " have");
  }

  /// The first stage of a chain of streams, whose tasks determine those of the others.
  std::uint32_t head_of(std::uint32_t number) const {
    while (plan_.stages[number].streams_from) number = *plan_.stages[number].streams_from;
    return number;
  }

  std::string tasks_text(std::uint32_t number) const {
    const PlannedStage& stage = plan_.stages[number];
    const Listing& listing = listings_[head_of(number)];
    const std::string count = listing.count ? counted(*listing.count, "task") + (listing.more ? " or more" : "") : "";
    if (stage.streams_from) {
      const std::string each = fmt::format("a task for each result of {}", plan_.stages[*stage.streams_from].name);
      return listing.count ? fmt::format("{}, at most {}", each, grouped(*listing.count)) : each;
    }
    if (!listing.stream.empty()) return fmt::format("tasks from the lines of {}", escape_for_display(listing.stream));
    if (!stage.items_read.empty()) return fmt::format("tasks that are known when {} ended", names_of(stage.items_read));
    if (!listing.count) return "tasks that cannot be listed now";
    return count + (stage.items->reads_files() && !stage.waits.empty() ? " by the files that there are now" : "");
  }

  void show(std::uint32_t number) {
    const PlannedStage& stage = plan_.stages[number];
    const unsigned hosts = (stage.workers + stage.per_host - 1) / std::max(stage.per_host, 1u);
    say("\n{}: {} on {} x{} ({}), {}\n", stage.name, stage.task, stage.executor, stage.workers, counted(hosts, "host"),
        tasks_text(number));
    say("  starts {}\n", start_text(plan_, stage));
    if (!show_condition(stage)) return;
    const Listing& listing = listings_[number];
    if (!listing.problem.empty()) fail(stage, listing.problem);
    if (stage.streams_from || listing.items) show_tasks(number);
  }

  /// A stage without predecessors that fails to open its items now will fail in the run too.
  void fail(const PlannedStage& stage, std::string_view problem) {
    say("  {}: {}\n", stage.waits.empty() ? "fails" : "would fail as things are now", escape_for_display(problem));
    made_.fails = made_.fails || stage.waits.empty();
  }

  /// Returns false if the stage is left out.
  bool show_condition(const PlannedStage& stage) {
    if (!stage.condition) return true;
    if (!stage.condition_reads.empty()) {
      say("  if its 'if' is true, which is known when {} ended\n", names_of(stage.condition_reads));
      return true;
    }
    const auto holds = stage.condition->holds(scope());
    if (!holds)
      fail(stage, holds.error().list.front().message);
    else
      say("  its 'if' is {}\n", *holds ? "true" : "false: it is left out");
    return holds && *holds;
  }

  void show_tasks(std::uint32_t number) {
    const PlannedStage& stage = plan_.stages[number];
    const Listing& listing = listings_[head_of(number)];
    const std::uint64_t count = listing.count.value_or(kShownTasks), shown = std::min(count, kShownTasks);
    for (std::uint64_t index = 0; index < shown; ++index) {
      Value item;
      std::string problem;
      Scope at = scope();
      at.index = index;
      if (listings_[number].items) {
        if (!listings_[number].items->read(index, item, problem)) {
          fail(stage, problem);
          continue;
        }
        at.item = &item;
      }
      const auto known = stage.parameters->known(at);
      if (!known)
        fail(stage, fmt::format("{}/{}: {}", stage.name, index, known.error().list.front().message));
      else
        say("  {}/{}{}\n", stage.name, index, with_files(parameters_text(stage, *known, index), stage, at));
    }
    if (listing.count && count > shown) say("  ... and {} more\n", grouped(count - shown));
  }

  std::string parameters_text(const PlannedStage& stage, const std::vector<KnownParameter>& known,
                              std::uint64_t index) const {
    std::string text;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const Field& field = stage.type().params[i];
      if (known[i].value && known[i].value->is_null()) continue;
      fmt::format_to(std::back_inserter(text), "{}{}: {}", text.empty() ? "  " : "; ", field.name,
                     field.secret || known[i].secret ? std::string(Redaction::kShown)
                     : known[i].value                ? value_text(*known[i].value)
                     : !known[i].reads.empty()
                         ? fmt::format("(known when {} ended)", names_of(known[i].reads))
                         : fmt::format("(known when {}/{} has ended)", plan_.stages[*stage.streams_from].name, index));
    }
    return text;
  }

  /// The files that a task declares, if nothing that must run first says which they are.
  std::string with_files(std::string text, const PlannedStage& stage, const Scope& at) const {
    if (!stage.files) return text;
    const auto add = [&](std::string_view part) {
      text += text.empty() ? "  " : "; ";
      text += part;
    };
    const bool is_later = !stage.files->reads().empty() || (stage.files->reads_task() && stage.streams_from);
    for (const auto& [role, name] : {std::pair(FileRole::reads, "reads"), std::pair(FileRole::writes, "writes")}) {
      std::vector<std::string> paths;
      std::string problem;
      if (!is_later && !stage.files->make(at, role, paths, problem)) add(escape_for_display(problem));
      List shown;
      for (std::string& path : paths) shown.emplace_back(std::move(path));
      if (!shown.empty()) add(fmt::format("{} {}", name, value_text(shown)));
    }
    if (is_later) add("files that are known when it starts");
    return text;
  }

  std::string value_text(const Value& value) const {
    // Redacted before it is cut, because a part of a secret would not be recognised.
    std::string text = to_json(readable(plan_.redaction ? plan_.redaction->value(value) : value));
    if (count_characters(text) <= kLongestValue) return text;
    const auto part = [&](std::size_t at, std::size_t size) {  // of whole characters
      while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at, ++size;
      const std::string bytes = text.substr(at, size);
      return bytes.substr(0, utf8_prefix(bytes));
    };
    return fmt::format("{} ... {}", part(0, kLongestValue * 2 / 3),
                       part(text.size() - kLongestValue / 3, kLongestValue / 3));
  }

  const Plan& plan_;
  std::vector<Listing> listings_;  // as plan_.stages
  DryRun made_;
};

}  // namespace

DryRun dry_run(const Plan& plan) { return DryRunPrinter(plan).look(); }

}  // namespace ropewalk::cli

#include "record/record_setup.hpp"

#include "record/recorded_choice.hpp"
#include "record/recorded_ledger.hpp"
#include "record/schema.hpp"

#include <ropewalk/json.hpp>

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ropewalk::record {
namespace {

std::optional<Outcome> optional_outcome(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(outcome_of(row.integer(column)));
}

std::vector<std::uint32_t> numbers_in(std::string_view json) {
  std::vector<std::uint32_t> numbers;
  std::string problem;
  const std::optional<Value> value = value_from_json(json, problem);
  if (value && value->as_list() != nullptr)
    for (const Value& each : *value->as_list())
      if (each.as_int() != nullptr) numbers.push_back(static_cast<std::uint32_t>(*each.as_int()));
  return numbers;
}

bool read_rows(Database& database, const char* which, std::uint32_t session, std::vector<RecordedStage>& into,
               std::vector<std::uint32_t>& numbers) {
  const std::string sql = fmt::format(
      "SELECT number, name, task, executor, workers, plugin, plugin_version, plugin_path, plugin_identity, "
      "environment, needs, baseline, outcome, tasks, started_ns, wall_ns, runnable_wait_ns, hosts, why, definition, "
      "ledger, choice FROM stage WHERE {}",
      which);
  Statement row(database, sql.c_str());
  row.bind(1, session);
  while (row.step()) {
    if (row.integer(0) < 0 || row.integer(0) > kMaxStage || row.integer(13) < 0 || row.integer(13) > kMaxTasks)
      return database.fail_as_damaged("a stage has a number, or a count of tasks, that no run has");
    RecordedStage& stage = into.emplace_back();
    stage.number = static_cast<std::uint32_t>(numbers.size());
    numbers.push_back(static_cast<std::uint32_t>(row.integer(0)));
    stage.name = row.text(1);
    stage.task = row.text(2);
    stage.executor = row.text(3);
    stage.workers = static_cast<std::uint32_t>(row.integer(4));
    stage.plugin = row.text(5);
    stage.plugin_version = row.text(6);
    stage.plugin_path = row.text(7);
    stage.plugin_identity = row.text(8);
    stage.environment = row.text(9);
    stage.needs = numbers_in(row.text(10));
    if (!row.is_null(11)) stage.baseline = static_cast<std::uint32_t>(row.integer(11));
    stage.outcome = optional_outcome(row, 12);
    if (!row.is_null(13)) stage.tasks = static_cast<std::uint64_t>(row.integer(13));
    stage.started_ns = row.integer(14);
    stage.wall_ns = row.integer(15);
    stage.runnable_wait_ns = row.integer(16);
    stage.hosts = static_cast<std::uint32_t>(row.integer(17));
    stage.why = row.text(18);
    stage.definition = row.text(19);
    if (!row.is_null(20)) stage.ledger = ledger_from_json(row.text(20));
    if (!row.is_null(21)) stage.choice = choice_from_json(row.text(21));
  }
  std::map<std::uint32_t, std::uint32_t> places;
  for (const std::uint32_t number : numbers) places.emplace(number, static_cast<std::uint32_t>(places.size()));
  for (RecordedStage& stage : into) {
    std::vector<std::uint32_t> needs;
    for (const std::uint32_t number : stage.needs)
      if (places.contains(number)) needs.push_back(places.at(number));
    stage.needs = std::move(needs);
    const auto baseline = stage.baseline ? places.find(*stage.baseline) : places.end();
    stage.baseline = baseline == places.end() ? std::nullopt : std::optional(baseline->second);
  }
  return row.good();
}

}  // namespace

bool read_sessions(Database& database, RecordedRun& run) {
  Statement row(database, "SELECT id, name, workflow, file, now_unix_s FROM run");
  if (row.step()) {
    run.id = row.text(0);
    run.name = row.text(1);
    run.workflow = row.text(2);
    run.file = row.text(3);
    run.now_unix_s = row.integer(4);
  }
  Statement each(database,
                 "SELECT number, started_unix_ns, pid, machine, boot_id, version, durability, outcome, wall_ns, "
                 "broken, why, directory, cores, command, seen_ns FROM session ORDER BY number");
  while (each.step()) {
    RecordedSession& session = run.sessions.emplace_back();
    session.number = static_cast<std::uint32_t>(each.integer(0));
    session.started_unix_ns = each.integer(1);
    session.pid = static_cast<std::int32_t>(each.integer(2));
    session.machine = each.text(3);
    session.boot_id = each.text(4);
    session.version = each.text(5);
    session.durability = each.text(6);
    session.outcome = optional_outcome(each, 7);
    if (!each.is_null(8)) session.wall_ns = each.integer(8);
    session.broken = each.integer(9) != 0;
    session.why = each.text(10);
    session.directory = each.text(11);
    session.cores = static_cast<std::uint32_t>(each.integer(12));
    session.command = each.text(13);
    session.seen_ns = each.integer(14);
  }
  Statement note(database, "SELECT session, text FROM resume_note ORDER BY session, number");
  while (note.step())
    for (RecordedSession& session : run.sessions)
      if (session.number == note.integer(0)) session.resumed.emplace_back(note.text(1));
  return row.good() && each.good() && note.good();
}

bool read_sources(Database& database, std::uint32_t session, std::vector<RecordedText>& into) {
  Statement row(database,
                "SELECT path, text FROM source WHERE session = (SELECT max(session) FROM source WHERE session <= ?1) "
                "ORDER BY number");
  row.bind(1, session);
  while (row.step()) into.push_back({std::string(row.text(0)), std::string(row.text(1))});
  return row.good();
}

bool read_params(Database& database, std::uint32_t session, std::vector<RecordedParam>& into) {
  Statement row(database, "SELECT name, value, secret FROM param WHERE session = ?1 ORDER BY name");
  row.bind(1, session);
  while (row.step()) into.push_back({std::string(row.text(0)), std::string(row.text(1)), row.integer(2) != 0});
  return row.good();
}

bool read_stages(Database& database, std::uint32_t session, std::vector<RecordedStage>& into,
                 std::vector<std::uint32_t>& numbers) {
  return read_rows(database, "session = ?1 ORDER BY place", session, into, numbers);
}

bool read_gone_stages(Database& database, std::uint32_t session, std::vector<RecordedStage>& into,
                      std::vector<std::uint32_t>& numbers) {
  return read_rows(database,
                   "session < ?1 AND name NOT IN (SELECT name FROM stage WHERE session = ?1) AND session = (SELECT "
                   "max(session) FROM stage AS other WHERE other.number = stage.number) ORDER BY number",
                   session, into, numbers);
}

}  // namespace ropewalk::record

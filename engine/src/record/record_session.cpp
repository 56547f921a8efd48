// The part of RecordFile that begins a session: what it is, its stages, and their numbers in the record.

#include "record/record_file.hpp"

#include "base/processes.hpp"
#include "record/record_statements.hpp"
#include "record/schema.hpp"

#include <ropewalk/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk::record {

namespace {

bool insert_run(Database& database, const SessionStart& session) {
  return Statement(database, "INSERT INTO run VALUES (?1,?2,?3,?4,?5)")
      .bind_text(1, session.run_id)
      .bind_text(2, session.run_name)
      .bind_text(3, session.workflow)
      .bind_text(4, session.file.native())
      .bind(5, session.now_unix_s)
      .execute();
}

bool insert_session(Database& database, std::int64_t number, const SessionStart& session) {
  const std::string machine = machine_name(), boot = boot_id();
  Statement begun(database,
                  "INSERT INTO session (number, started_unix_ns, pid, machine, boot_id, version, durability, cores, "
                  "directory, command) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)");
  begun.bind(1, number)
      .bind(2, session.unix_ns)
      .bind(3, ::getpid())
      .bind_text(4, machine)
      .bind_text(5, boot)
      .bind_text(6, session.version)
      .bind_text(7, durability_name(session.durability))
      .bind(8, session.cores)
      .bind_text(9, session.directory.native());
  bind_optional(begun, 10, session.command);
  return begun.execute();
}

bool insert_sources(Database& database, std::int64_t number, const SessionStart& session) {
  Statement source(database, "INSERT INTO source VALUES (?1,?2,?3,?4)");
  for (std::size_t i = 0; i < session.sources.size(); ++i)
    if (!source.bind(1, number)
             .bind(2, static_cast<std::int64_t>(i))
             .bind_text(3, session.sources[i].path)
             .bind_text(4, session.sources[i].text)
             .execute())
      return false;
  return true;
}

bool insert_params(Database& database, std::int64_t number, const SessionStart& session) {
  Statement param(database, "INSERT INTO param VALUES (?1,?2,?3,?4)");
  for (const SessionStart::Param& each : session.params) {
    param.bind(1, number).bind_text(2, each.name).bind(4, each.secret);
    bind_optional(param, 3, each.value);
    if (!param.execute()) return false;
  }
  return true;
}

/// `numbers`: of the stages in the record, by their places in the plan.
bool insert_stages(Database& database, std::int64_t number, const SessionStart& session,
                   const std::vector<std::uint32_t>& numbers) {
  Statement stage(database,
                  "INSERT INTO stage (session, number, name, task, executor, workers, plugin, plugin_version, "
                  "plugin_path, plugin_identity, "
                  "environment, needs, baseline, results, place, definition) VALUES "
                  "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)");
  for (std::size_t i = 0; i < session.stages.size(); ++i) {
    const SessionStart::Stage& each = session.stages[i];
    stage.bind(1, number)
        .bind(2, numbers[i])
        .bind_text(3, each.name)
        .bind_text(4, each.task)
        .bind_text(5, each.executor)
        .bind(6, each.workers)
        .bind_text(7, each.plugin)
        .bind_text(8, each.plugin_version)
        .bind_text(9, each.plugin_path)
        .bind_text(10, each.plugin_identity)
        .bind_text(14, each.results)
        .bind(15, static_cast<std::int64_t>(i))
        .bind_text(16, each.definition);
    List needs;
    for (const std::uint32_t place : each.needs) needs.emplace_back(static_cast<std::int64_t>(numbers[place]));
    const std::string needed = to_json(needs);
    stage.bind_text(12, needed);
    bind_optional(stage, 11, each.environment);
    bind_optional(stage, 13,
                  each.baseline < 0 ? std::nullopt
                                    : std::optional<std::int64_t>(numbers[static_cast<std::size_t>(each.baseline)]));
    if (!stage.execute()) return false;
  }
  return true;
}

}  // namespace

/// The rest of the transaction.
bool RecordFile::begin_session(const SessionStart& session) {
  const auto sessions = database_.number("SELECT count(*) FROM session"),
             lines = database_.number("SELECT ifnull(max(number), -1) FROM log");
  if (!sessions || !lines) return failed();
  session_ = *sessions + 1;
  next_line_ = *lines + 1;
  const bool is_first = session_ == 1;
  if (is_first && !insert_run(database_, session)) return failed();
  if (!insert_session(database_, session_, session)) return failed();
  if ((is_first || !has_sources(session)) && !insert_sources(database_, session_, session)) return failed();
  if (!insert_params(database_, session_, session)) return failed();
  // What ran when an earlier session was killed.
  if (!database_.run("DELETE FROM running")) return failed();
  if (!find_numbers(session)) return problem_.empty() ? failed() : false;
  return (insert_stages(database_, session_, session, numbers_) && database_.run("COMMIT")) || failed();
}

/// Whether the last session that wrote its texts had the same. Others need not repeat them.
bool RecordFile::has_sources(const SessionStart& session) {
  Statement row(database_,
                "SELECT path, text FROM source WHERE session = (SELECT max(session) FROM source) ORDER BY number");
  std::size_t at = 0;
  for (; row.step(); ++at)
    if (at >= session.sources.size() || row.text(0) != session.sources[at].path ||
        row.text(1) != session.sources[at].text)
      return false;
  return at == session.sources.size();
}

/// A name keeps the number that it was given once, so that the rows of a stage belong to it in every session.
bool RecordFile::find_numbers(const SessionStart& session) {
  std::map<std::string, std::uint32_t, std::less<>> known;
  std::uint32_t next = 0;
  Statement row(database_, "SELECT DISTINCT name, number FROM stage");
  while (row.step()) {
    const auto number = static_cast<std::uint32_t>(row.integer(1));
    known.emplace(row.text(0), number);
    next = std::max(next, number + 1);
  }
  if (!row.good()) return false;
  for (const SessionStart::Stage& stage : session.stages) {
    const auto [found, is_new] = known.emplace(stage.name, next);
    next += is_new ? 1 : 0;
    numbers_.push_back(found->second);
  }
  return next <= kMaxStage || fail("the workflow has had more stages than a record can hold");
}

}  // namespace ropewalk::record

// The part of RecordFile that begins a session: what it is, its stages, and their numbers in the record.

#include "record/record_file.hpp"

#include "base/processes.hpp"
#include "record/record_statements.hpp"
#include "record/schema.hpp"

#include <ropewalk/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <map>

namespace ropewalk::record {

/// The rest of the transaction.
bool RecordFile::begin_session(const SessionStart& session) {
  const auto sessions = database_.number("SELECT count(*) FROM session"),
             lines = database_.number("SELECT ifnull(max(number), -1) FROM log");
  if (!sessions || !lines) return failed();
  session_ = *sessions + 1;
  next_line_ = *lines + 1;
  bool good = true;
  if (session_ == 1)
    good = Statement(database_, "INSERT INTO run VALUES (?1,?2,?3,?4,?5)")
               .bind_text(1, session.run_id)
               .bind_text(2, session.run_name)
               .bind_text(3, session.workflow)
               .bind_text(4, session.file.native())
               .bind(5, session.now_unix_s)
               .execute();
  const std::string machine = machine_name(), boot = boot_id();
  Statement begun(database_,
                  "INSERT INTO session (number, started_unix_ns, pid, machine, boot_id, version, durability, cores, "
                  "directory, command) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)");
  begun.bind(1, session_)
      .bind(2, session.unix_ns)
      .bind(3, ::getpid())
      .bind_text(4, machine)
      .bind_text(5, boot)
      .bind_text(6, session.version)
      .bind_text(7, durability_name(session.durability))
      .bind(8, session.cores)
      .bind_text(9, session.directory.native());
  bind_optional(begun, 10, session.command);
  good = good && begun.execute();
  Statement source(database_, "INSERT INTO source VALUES (?1,?2,?3,?4)");
  const bool writes_sources = good && (session_ == 1 || !has_sources(session));
  for (std::size_t i = 0; writes_sources && good && i < session.sources.size(); ++i)
    good = source.bind(1, session_)
               .bind(2, static_cast<std::int64_t>(i))
               .bind_text(3, session.sources[i].path)
               .bind_text(4, session.sources[i].text)
               .execute();
  Statement param(database_, "INSERT INTO param VALUES (?1,?2,?3,?4)");
  for (std::size_t i = 0; good && i < session.params.size(); ++i) {
    const SessionStart::Param& each = session.params[i];
    param.bind(1, session_).bind_text(2, each.name).bind(4, each.secret);
    bind_optional(param, 3, each.value);
    good = param.execute();
  }
  // What ran when an earlier session was killed.
  good = good && database_.run("DELETE FROM running");
  if (!good) return failed();
  if (!find_numbers(session)) return problem_.empty() ? failed() : false;
  Statement stage(database_,
                  "INSERT INTO stage (session, number, name, task, executor, workers, plugin, plugin_version, "
                  "plugin_path, plugin_identity, "
                  "environment, needs, baseline, results, place, definition) VALUES "
                  "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)");
  for (std::size_t i = 0; good && i < session.stages.size(); ++i) {
    const SessionStart::Stage& each = session.stages[i];
    stage.bind(1, session_)
        .bind(2, numbers_[i])
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
    for (const std::uint32_t place : each.needs) needs.emplace_back(static_cast<std::int64_t>(numbers_[place]));
    const std::string needed = to_json(needs);
    stage.bind_text(12, needed);
    bind_optional(stage, 11, each.environment);
    bind_optional(stage, 13,
                  each.baseline < 0 ? std::nullopt
                                    : std::optional<std::int64_t>(numbers_[static_cast<std::size_t>(each.baseline)]));
    good = stage.execute();
  }
  return (good && database_.run("COMMIT")) || failed();
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

#pragma once
// Records what a resumed run keeps, and why the rest runs again: what was edited when the session begins, and a
// sentence for each stage when it ends, so that they are there even if the session is killed. On the run's thread.

#include "engine/kept_from_record.hpp"
#include "record/record_writer.hpp"

#include <ropewalk/events.hpp>

#include <memory>
#include <string>

namespace ropewalk {

class Redaction;

class ResumeNotes final : public Observer {
 public:
  /// Borrows both. `redaction`: null if the run has no secrets.
  ResumeNotes(const KeptFromRecord& kept, record::RecordWriter& record, std::shared_ptr<const Redaction> redaction);

  void run_started(std::int64_t, const RunStarted&) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;

 private:
  void add_stage(std::uint32_t stage);
  void add(std::size_t number, const std::string& text);

  const KeptFromRecord& kept_;
  record::RecordWriter& record_;
  const std::shared_ptr<const Redaction> redaction_;
};

}  // namespace ropewalk

#include "engine/resume_notes.hpp"

#include <ropewalk/redaction.hpp>

#include <utility>

namespace ropewalk {

ResumeNotes::ResumeNotes(const KeptFromRecord& kept, record::RecordWriter& record,
                         std::shared_ptr<const Redaction> redaction)
    : kept_(kept), record_(record), redaction_(std::move(redaction)) {}

void ResumeNotes::run_started(std::int64_t, const RunStarted&) {
  for (std::size_t i = 0; i < kept_.edits().size(); ++i) add(i, kept_.edits()[i]);
}

/// Every task of the stage was looked up before it ended.
void ResumeNotes::stage_finished(std::int64_t, const StageFinished& event) { add_stage(event.stage); }

/// Of stages that the end of the run has cut short.
void ResumeNotes::run_finished(std::int64_t, const RunFinished&) {
  for (std::uint32_t stage = 0; stage < kept_.stages(); ++stage) add_stage(stage);
}

void ResumeNotes::add_stage(std::uint32_t stage) {
  if (const std::string note = kept_.note_of(stage); !note.empty()) add(kept_.edits().size() + stage, note);
}

void ResumeNotes::add(std::size_t number, const std::string& text) {
  record_.note_resumed(static_cast<std::uint32_t>(number), redaction_ ? redaction_->text(text) : text);
}

}  // namespace ropewalk

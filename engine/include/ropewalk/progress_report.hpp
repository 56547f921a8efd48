#pragma once
// Reports of a running run for people: its progress, and its failures as they happen. Observers; on the run's thread.

#include <ropewalk/events.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// The display of progress. Implemented by the program that shows it: on a terminal it prints permanent lines above the
/// frame. Called on the run's thread, so it must not block.
class ProgressView {
 public:
  virtual ~ProgressView() = default;
  /// Replaces the displayed frame. No line is wider than width(). Empty: clears the frame. May be skipped.
  virtual void frame(const std::vector<std::string>& lines) = 0;
  /// Prints a permanent line. May be dropped if there is no reader.
  virtual void line(std::string_view text) = 0;
  /// Prints a permanent line, which is never dropped.
  virtual void message(std::string_view text) = 0;
  /// Returns the width of the display in columns.
  virtual unsigned width() = 0;
  /// Returns the height of the display in lines.
  virtual unsigned height() = 0;
};

/// What a progress report shows.
enum class ProgressStyle {
  live,   ///< a line for each running stage, then the longest-running tasks, redrawn at most ten times a second
  plain,  ///< a line when a stage starts, when it ends, every ten seconds, and when a task is slow
};

/// Makes an observer that shows progress. It keeps a few counters for each stage, and its longest-running tasks.
/// Borrows the view until it is destroyed.
std::unique_ptr<Observer> make_progress_report(ProgressView& view, ProgressStyle style);

/// Where an annotation of GitHub Actions is shown.
struct AnnotatedPlace {
  std::string file = {};  ///< relative to the repository; empty: nowhere
  int line = 0;           ///< from 1
};

/// How failures are reported while the run lasts.
struct FailureReportStyle {
  bool lines = true;                        ///< false: annotations only
  bool color = false;                       ///< with escape sequences for a terminal
  bool annotate = false;                    ///< as annotations of GitHub Actions too
  std::vector<AnnotatedPlace> places = {};  ///< of annotations, by stage
};

/// Makes an observer that prints failures as the summary repeats them: the first twenty as they happen, then, every ten
/// seconds at most, how many more there are. Failed attempts that are retried are no failures. Borrows the view until
/// it is destroyed.
std::unique_ptr<Observer> make_failure_report(ProgressView& view, FailureReportStyle style = {});

}  // namespace ropewalk

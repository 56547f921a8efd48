#pragma once
// A file that the user asked for. Opened before anything runs, so that a run never ends with nowhere to put its
// results; a whole document appears under its name at once or not at all.

#include "base/fd.hpp"
#include "report/sink.hpp"

#include <ropewalk/error.hpp>

#include <memory>
#include <optional>
#include <string>

namespace ropewalk::cli {

/// "-" is stdout. A link is followed within its folder only. A file that is replaced keeps its permissions and, where
/// that is allowed, its owner. One thread at a time. Without commit() a document leaves nothing behind.
class OutputFile final : public Sink {
 public:
  enum class Kind {
    document,  ///< written beside its place without a name, renamed by commit(); devices and pipes directly
    stream,    ///< written under its name as it grows
  };
  /// `option` is for the message: "--results".
  static Result<std::unique_ptr<OutputFile>> open(const std::string& path, Kind kind, const std::string& option);
  ~OutputFile() override;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  bool write(std::string_view bytes) override;
  /// Empty: all of it is written. Else why not; a reader of stdout that went away is no reason.
  std::string commit();
  /// It is stdout, and nobody reads that any more.
  bool lost_its_reader() const;

 private:
  OutputFile() = default;
  bool open_document(const std::string& target);
  std::string fail(const char* doing, int error) const;

  std::string path_;       // as the user wrote it
  std::string target_;     // what is renamed to; empty: written directly
  std::string temporary_;  // its name until then; empty: it has none yet
  Fd fd_;
  std::optional<FdSink> sink_;
  bool stdout_ = false;
};

}  // namespace ropewalk::cli

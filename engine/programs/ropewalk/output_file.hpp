#pragma once
// An output file that the user has named. It is opened before the run, so that a run cannot end without a place for its
// results. A document appears under its name completely or not at all.

#include "base/fd.hpp"
#include "standard_output.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/sink.hpp>

#include <memory>
#include <optional>
#include <string>

namespace ropewalk::cli {

/// "-" is stdout. A link is followed only within its folder. A replaced file keeps its permissions and, if permitted,
/// its owner. One thread at a time. Without commit(), a document leaves no file behind.
class OutputFile final : public Sink {
 public:
  enum class Kind {
    document,  ///< written without a name in the same folder, named by commit(); devices and pipes directly
    stream,    ///< written under its name as it grows
  };
  /// `option`: for messages, "--results".
  static Result<std::unique_ptr<OutputFile>> open(const std::string& path, Kind kind, const std::string& option);
  ~OutputFile() override;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  bool write(std::string_view bytes) override;
  /// Empty: everything was written. Otherwise the reason why not. That the reader of stdout has gone is no reason: see
  /// standard_output.hpp.
  std::string commit();

 private:
  OutputFile() = default;
  bool open_document(const std::string& target);
  std::string fail(const char* doing, int error) const;

  std::string path_;       // as the user wrote it
  std::string target_;     // what is renamed to; empty: written directly
  std::string temporary_;  // its name until then; empty: it has none yet
  Fd fd_;
  std::optional<FdSink> sink_;            // into fd_
  std::optional<StandardOutput> stdout_;  // in its place
};

}  // namespace ropewalk::cli

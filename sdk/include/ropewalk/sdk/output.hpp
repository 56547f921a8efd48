#pragma once
// Output: the output of the processes that a task starts. The host keeps it completely (in memory, then in a file),
// counts it against `limits.output`, and shows its head and tail if the task fails. Part of task.hpp, which is what a
// plugin includes.
//
//   ropewalk::Output output(call);
//   while (read_from_pipe(block))
//     if (!output.write(ropewalk::Stream::out, block)) kill_the_process(), output.fail();
//   return {.text = output.all_of(ropewalk::Stream::out)};   // a result field of type StreamText

#include <ropewalk/sdk/abi.h>
#include <ropewalk/sdk/call.hpp>
#include <ropewalk/sdk/codec.hpp>
#include <ropewalk/sdk/failure.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ropewalk {
inline namespace [[gnu::visibility("hidden")]] sdk_v1 {

/// A stream of the processes that a task starts.
enum class Stream : std::int32_t {
  out = ROPEWALK_STREAM_OUT,  ///< standard output
  err = ROPEWALK_STREAM_ERR,  ///< standard error
};

/// A complete stream as a result of type text. Valid during the call of its Output.
struct StreamText {
  Stream stream = Stream::out;  ///< which one
  std::string kept = {};        ///< used only if the host does not offer the feature
};

/// Belongs to one call; used on the task's thread. In a host without the feature it keeps the streams itself.
class Output {
 public:
  static constexpr std::uint64_t kOwnLimit = 256u << 20;  ///< bytes, in a host without the feature

  /// Borrows the call.
  explicit Output(Call& call)
      : call_(call), host_(static_cast<const ropewalk_output*>(call.query(ROPEWALK_OUTPUT_FEATURE))) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Maximum bytes of both streams together.
  std::uint64_t limit() const { return host_ != nullptr ? host_->limit(call_.handle()) : kOwnLimit; }

  /// Adds the next piece. Returns false if it exceeds the limit or cannot be kept: end the writing processes, then
  /// call fail().
  [[nodiscard]] bool write(Stream stream, std::string_view piece) {
    if (host_ != nullptr)
      return host_->write(call_.handle(), static_cast<std::int32_t>(stream), {piece.data(), piece.size()}) ==
             ROPEWALK_OK;
    if (piece.size() > kOwnLimit - kept_[0].size() - kept_[1].size()) return false;
    kept(stream) += piece;
    return true;
  }

  /// Ends the task with the reason for which write() returned false.
  [[noreturn]] void fail() const {
    if (host_ != nullptr) throw detail::Recorded();
    throw std::runtime_error("the task's processes wrote more than " + std::to_string(kOwnLimit) +
                             " bytes to standard output and error");
  }

  /// Returns the complete stream. Call it once.
  StreamText all_of(Stream stream) { return {.stream = stream, .kept = std::move(kept(stream))}; }

 private:
  std::string& kept(Stream stream) { return kept_[stream == Stream::err ? 1 : 0]; }

  Call& call_;
  const ropewalk_output* const host_;
  std::string kept_[2];
};

namespace detail {

template <>
struct Codec<StreamText> {
  static constexpr std::int32_t type = ROPEWALK_TYPE_TEXT, element = 0;
  static void write(const ropewalk_host* host, ropewalk_call* call, std::uint32_t at, const StreamText& in) {
    const auto* feature = static_cast<const ropewalk_output*>(host->query(ROPEWALK_OUTPUT_FEATURE));
    if (feature == nullptr) return host->result_text(call, at, {in.kept.data(), in.kept.size()});
    if (feature->result(call, at, static_cast<std::int32_t>(in.stream)) != ROPEWALK_OK) throw Recorded();
  }
};

}  // namespace detail
}  // namespace sdk_v1
}  // namespace ropewalk

// The part of HostProcess that reads what the host sends over its socket. A host is believed only as far as it was
// asked.

#include "hosts/host_process.hpp"

#include "base/descriptor_limit.hpp"
#include "plugin_files/describe.hpp"
#include "values/value_codec.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace ropewalk {
namespace {

std::string text_field(const Map& map, const char* name) {
  const auto found = map.find(name);
  const std::string* text = found == map.end() ? nullptr : found->second.as_text();
  return text == nullptr ? std::string() : *text;
}

}  // namespace

bool HostProcess::break_off(std::string why) {
  broken_ = std::move(why);
  if (!loaded() && !refusal_)
    refusal_ = Error{codes::kPluginDiesLoading,
                     fmt::format("plugin '{}' broke the protocol of its process while it was loaded: {}",
                                 plugin_.shown_name(), broken_),
                     {},
                     {"a plugin's constructors of static objects must not use descriptors that are not their own"}};
  return false;
}

bool HostProcess::listen() {
  const DescriptorReserve reserve;  // what it sends cannot be asked for again
  wire::Received message;
  while (broken_.empty()) {
    switch (wire::receive_from_host(socket_.get(), message)) {
      case wire::Got::message: break;
      case wire::Got::nothing: return true;
      case wire::Got::closed: return false;
      case wire::Got::nonsense:
        if (!loaded() && !refusal_)
          refusal_ = Error{codes::kNoHost,
                           "ropewalk-host speaks another version of the protocol than this engine",
                           {},
                           {"install ropewalk, ropewalk-host and ropewalk-warden from the same build"}};
        return break_off("a message of another version of the protocol");
      case wire::Got::forbidden:
        return break_off("a message that no host may send, or that is too large or not sealed");
    }
    if (std::string why = take_message(message); !why.empty()) return break_off(std::move(why));
  }
  return false;
}

/// What a host may send depends on what it was asked for, so that what it sends is bounded by what it does. Not empty:
/// why it is broken.
std::string HostProcess::take_message(wire::Received& message) {
  switch (message.type) {
    case wire::Type::hello:
    case wire::Type::refused: return take_description(message);
    case wire::Type::blob: return take_blob(message);
    case wire::Type::not_forked:
      if (!forks_.refuse(message.number, std::move(message.body))) return "a refusal to fork that nobody has asked for";
      return {};
    case wire::Type::workers:
      if (!std::exchange(may_name_workers_, false)) return "a number of workers that nobody has asked for";
      workers_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(message.number, 1, workers_));
      why_fewer_ = std::move(message.body);
      return {};
    default: return "a message that no host may send";
  }
}

std::string HostProcess::take_description(const wire::Received& message) {
  if (loaded() || refusal_) return "a second description";
  const std::optional<Value> value = decode_value(message.body);
  const Map* map = value ? value->as_map() : nullptr;
  if (map == nullptr) return "a description that cannot be read";
  if (message.type == wire::Type::hello) {
    description_ = plugin_from_value(*value);
    threads_ = message.number;
    if (description_ && state_ == HostState::starting) move(state_, HostState::running);
    return description_ ? std::string() : "a description that cannot be read";
  }
  refusal_ = Error{text_field(*map, "code"), text_field(*map, "message"), {}, {}};
  if (const auto notes = map->find("notes"); notes != map->end() && notes->second.as_list() != nullptr)
    for (const Value& note : *notes->second.as_list())
      if (note.as_text() != nullptr) refusal_->notes.push_back(*note.as_text());
  return {};
}

/// Each item that is with the host may have one, and so may the item whose record is being read.
std::string HostProcess::take_blob(wire::Received& message) {
  std::uint64_t items = 0;
  for (const board::Dealer& lane : lanes_) items += lane.in_flight();
  if (large_results_.size() > items || large_results_.contains(message.number))
    return "more large results than it has tasks";
  const auto blob = board::Blob::adopt(std::move(message.fds.front()));
  std::uint64_t offset = 0, size = 0;
  const char* const end = message.body.data() + message.body.size();
  const std::from_chars_result first = std::from_chars(message.body.data(), end, offset);
  if (first.ptr != end) std::from_chars(first.ptr + 1, end, size);
  if (!blob || offset > blob->bytes().size() || size > blob->bytes().size() - offset)
    return "a large result that is not sealed, not allocated or not whole";
  large_results_.emplace(message.number, LargeResult{blob, blob->bytes().substr(offset, size)});
  return {};
}

}  // namespace ropewalk

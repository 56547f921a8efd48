#include "protocol/warden_messages.hpp"

#include "protocol/framing.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

namespace ropewalk::warden_wire {
namespace {

void append_list(std::string& out, const std::vector<std::string>& list) {
  out += std::to_string(list.size());
  out += '\0';
  for (const std::string& text : list) out.append(text.c_str(), text.size() + 1);
}

bool take(std::string_view& rest, std::string& text) {
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) return false;
  text = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

bool take_list(std::string_view& rest, std::vector<std::string>& list) {
  std::string count_text;
  std::size_t count = 0;
  if (!take(rest, count_text)) return false;
  if (std::from_chars(count_text.data(), count_text.data() + count_text.size(), count).ec != std::errc() ||
      count > rest.size())
    return false;
  for (list.resize(count); std::string & text : list)
    if (!take(rest, text)) return false;
  return true;
}

/// For a large environment. Not sealed, because both sides are trusted.
Fd memfd_with(std::string_view text) {
  Fd fd(::memfd_create("ropewalk-command", MFD_CLOEXEC));
  if (fd && !write_at(fd.get(), text, 0)) return Fd();
  return fd;
}

}  // namespace

std::string encode(const Command& command) {
  std::string text;
  append_list(text, {command.program});
  append_list(text, command.argv);
  append_list(text, command.env);
  return text;
}

std::optional<Command> decode_command(std::string_view text) {
  Command command;
  std::vector<std::string> program;
  if (!take_list(text, program) || !take_list(text, command.argv) || !take_list(text, command.env)) return std::nullopt;
  if (program.size() != 1 || command.argv.empty()) return std::nullopt;
  command.program = std::move(program.front());
  return command;
}

namespace {

template <class Deliver>
bool send_by(Deliver deliver, Head head, std::string_view text, std::span<const int> fds) {
  head.text_size = text.size();
  return send_framed(head, &Head::text_in_memfd, text, fds, memfd_with, deliver);
}

}  // namespace

bool send(int socket, Head head, std::string_view text, std::span<const int> fds,
          const std::function<bool()>& wait_on) {
  return send_by(
      [&](std::string_view bytes, std::span<const int> all) { return send_message(socket, bytes, all, wait_on); }, head,
      text, fds);
}

bool send(Postbox& postbox, Head head, std::string_view text, std::span<const int> fds) {
  return send_by([&](std::string_view bytes, std::span<const int> all) { return postbox.send(bytes, all); }, head, text,
                 fds);
}

ropewalk::Received receive(int socket, Received& received, bool wait) {
  Message message;
  const ropewalk::Received what = receive_message(socket, message, wait);
  if (what != ropewalk::Received::message) return what;
  if (message.bytes.size() < sizeof(Head)) return ropewalk::Received::closed;
  std::memcpy(&received.head, message.bytes.data(), sizeof(Head));
  if (received.head.magic != kMagic) return ropewalk::Received::closed;
  received.fds = std::move(message.fds);
  received.fds_lost = message.fds_lost;
  received.text = message.bytes.substr(sizeof(Head));
  if (received.head.text_in_memfd == 0) return what;
  if (received.fds.empty()) return ropewalk::Received::closed;
  received.text.resize(received.head.text_size);
  const ssize_t size = ::pread(received.fds.back().get(), received.text.data(), received.text.size(), 0);
  received.fds.pop_back();
  return size == static_cast<ssize_t>(received.text.size()) ? what : ropewalk::Received::closed;
}

}  // namespace ropewalk::warden_wire

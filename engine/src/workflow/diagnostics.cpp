#include "workflow/diagnostics.hpp"

#include "base/text.hpp"
#include "workflow/node.hpp"

#include <algorithm>
#include <tuple>

namespace ropewalk {
namespace {

constexpr std::size_t kMaxTextBytes = 2000;

/// Cuts the middle: the end of a message contains the fix, the beginning the problem.
std::string shortened(std::string text) {
  if (text.size() <= kMaxTextBytes) return text;
  constexpr std::size_t kHalf = kMaxTextBytes / 2;
  const auto is_inside = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  std::size_t head = kHalf, tail = text.size() - kHalf;
  while (is_inside(head)) --head;
  while (tail < text.size() && is_inside(tail)) ++tail;
  return text.substr(0, head) + " ... " + text.substr(tail);
}

}  // namespace

void Diagnostics::add(Error error) {
  ++added_;
  files_.try_emplace(error.place.file, error.place.file.empty() ? 0 : files_.size() + 1);
  list_.push_back(std::move(error));
  if (list_.size() >= kLong) sort();
}

void Diagnostics::sort() {
  const auto key = [&](const Error& error) {
    return std::tuple(files_.at(error.place.file), error.place.line, error.place.column);
  };
  std::stable_sort(list_.begin(), list_.end(), [&](const Error& a, const Error& b) { return key(a) < key(b); });
  list_.erase(std::unique(list_.begin(), list_.end()), list_.end());
  if (list_.size() <= kMax) return;
  long_ = added_ >= kLong;
  list_.resize(kMax);
}

std::vector<Error> Diagnostics::take() {
  sort();
  for (Error& error : list_) error = shown(std::move(error));
  added_ = 0;
  return std::exchange(list_, {});
}

Error Diagnostics::shown(Error error) const {
  // A message may quote anything. Escaping here ensures that no message forgets it.
  error.message = escape_for_display(error.message);
  for (std::string& note : error.notes) note = escape_for_display(note);
  error = secrets_->error(std::move(error));
  error.message = shortened(std::move(error.message));
  for (std::string& note : error.notes) note = shortened(std::move(note));
  if (error.place.part.empty()) return error;
  error.place.part = shortened(std::move(error.place.part));
  error.place.line = 0;  // of a text that nobody has seen; until here it gives the order
  return error;
}

void hide_texts(const Node& node, Diagnostics& diagnostics) {
  const bool is_word = node.text == "true" || node.text == "false" || node.text == "null" || node.text == "~";
  if (node.is_scalar() && !is_word && node.text.find("${{") == std::string::npos)
    diagnostics.secrets().add(Value(node.text));
  for (const Node& child : node.children) hide_texts(child, diagnostics);
}

}  // namespace ropewalk

#include "workflow/source.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

constexpr std::size_t kCheckpoint = 1024;    // bytes
constexpr std::size_t kMaxShownLine = 4096;  // maximum bytes of a line that a place stores

std::size_t count_starts(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

Source::Source(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1))
    starts_.push_back(at + 1);
  std::uint32_t characters = 0;
  for (std::size_t at = 0; at < text_.size() + 1; at += kCheckpoint) {
    checkpoints_.push_back(characters);
    characters += static_cast<std::uint32_t>(count_starts(std::string_view(text_).substr(at, kCheckpoint)));
  }
}

Source::Source(std::string text, std::shared_ptr<const PartNames> parts) : Source(std::string(), std::move(text)) {
  parts_ = std::move(parts);
}

std::size_t Source::offset(std::size_t line, std::size_t column) const {
  return line >= starts_.size() ? text_.size() : std::min(text_.size(), starts_[line] + column);
}

std::size_t Source::line_of(std::size_t offset) const {
  return static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), offset) - starts_.begin()) - 1;
}

std::string_view Source::line(std::size_t line) const {
  if (line >= starts_.size()) return {};
  const std::size_t end = line + 1 < starts_.size() ? starts_[line + 1] - 1 : text_.size();
  return std::string_view(text_).substr(starts_[line], end - starts_[line]);
}

std::size_t Source::characters_before(std::size_t offset) const {
  const std::size_t checkpoint = offset / kCheckpoint;
  return checkpoints_[checkpoint] +
         count_starts(std::string_view(text_).substr(checkpoint * kCheckpoint, offset % kCheckpoint));
}

Place Source::place(std::size_t offset, std::size_t bytes) const {
  offset = std::min(offset, text_.size());
  const std::size_t number = line_of(offset), start = starts_[number];
  const std::string_view text = line(number);
  const std::size_t end = std::min(offset + bytes, start + text.size());
  const std::size_t before = characters_before(offset);
  Place place;
  place.file = name_;
  place.line = static_cast<int>(number + 1);
  place.column = static_cast<int>(before - characters_before(start) + 1);
  place.length = end > offset ? static_cast<int>(std::max<std::size_t>(1, characters_before(end) - before)) : 1;
  if (text.size() <= kMaxShownLine) place.source = text;
  if (parts_) place.part = parts_->at(offset);
  return place;
}

}  // namespace ropewalk

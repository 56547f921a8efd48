#include "executors/result_fields.hpp"

#include <cstdint>
#include <string>

namespace ropewalk {
namespace {

constexpr std::size_t kMinKept = 1 << 20;  // bytes of a result that is worth a descriptor of the engine's

bool is_plain(Type type) { return type == Type::text || type == Type::bytes || type == Type::path; }

}  // namespace

ResultFields::ResultFields(const TaskDescription& type) {
  for (const Field& field : type.results) types_.push_back(field.type);
  check_ = board::FieldsCheck(types_);
  views_.resize(types_.size());
}

bool ResultFields::keep_large(const HostProcess::LargeResult& large, AttemptResult& ended, AttemptReports& reports) {
  const std::shared_ptr<const board::Blob>& blob = large.blob;
  const std::string_view lies_in[] = {blob ? blob->bytes() : std::string_view()};
  if (!blob || !board::view_fields(types_, large.fields, views_, lies_in)) return false;
  for (std::size_t i = 0; i < views_.size(); ++i)
    if (!board::is_readable(types_[i], views_[i])) return false;
  const bool stays = blob->bytes().size() >= kMinKept;
  for (std::size_t i = 0; stays && i < views_.size(); ++i) {
    board::FieldView& view = views_[i];
    if (is_plain(types_[i]) && view.blob < 0 && view.bytes.size() >= board::kMinElsewhere)
      view.blob = 0, view.offset = static_cast<std::uint64_t>(view.bytes.data() - blob->bytes().data());
  }
  std::string fields;
  board::encode_views(types_, views_, fields, stays ? board::Elsewhere::stays : board::Elsewhere::inline_copy);
  ended.payload = reports.keep(fields);
  if (stays) reports.keep_blob(ended, blob);
  return true;
}

}  // namespace ropewalk

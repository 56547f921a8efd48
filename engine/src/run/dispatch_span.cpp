#include "run/dispatch_span.hpp"

#include <algorithm>

namespace ropewalk {

Result<void> DispatchSpan::open(const StageContext& context, StageSetting& setting) {
  parameters_ = context.stage.parameters.get();
  Result<std::vector<Value>> constants = parameters_->constants(context.scope());
  if (!constants) return constants.error();
  std::vector<Type> types;
  for (const Field& field : context.stage.type().params) types.push_back(field.type);
  for (const std::uint32_t position : parameters_->varying()) {
    setting.varying.push_back(position);
    varying_types_.push_back(types[position]);
    (*constants)[position] = Value();
  }
  board::encode_fields(types, *constants, setting.constants, &setting.blobs);
  values_.resize(varying_types_.size());
  const auto is_int = [](Type type) { return type == Type::integer; };
  if (std::all_of(varying_types_.begin(), varying_types_.end(), is_int)) ints_.emplace(varying_types_.size());
  return {};
}

void DispatchSpan::open_made(const StageContext& context, StageSetting& setting) {
  std::vector<Type> types;
  for (const Field& field : context.stage.type().params) {
    setting.varying.push_back(static_cast<std::uint32_t>(types.size()));
    types.push_back(field.type);
  }
  board::encode_fields(types, std::vector<Value>(types.size()), setting.constants);
  setting.own_rules = true;
}

void DispatchSpan::begin(std::size_t room) {
  if (deals_.size() < room) deals_.resize(room);
  size_ = 0;
  bytes_.clear();
  blobs_.clear();
  own_.clear();
}

bool DispatchSpan::add(const Scope& scope, std::uint32_t attempt, std::span<const std::int32_t> failed_on,
                       std::string& problem) {
  Deal& deal = deals_[size_];
  deal.task = scope.index;
  deal.attempt = attempt;
  deal.failed_on = failed_on;
  deal.own = nullptr;
  if (needs_items() && !make_parameters(scope, deal, problem)) return false;
  ++size_;
  return true;
}

void DispatchSpan::add_made(std::uint64_t task, std::uint32_t attempt, std::span<const std::int32_t> failed_on,
                            const SubmittedTasks::Parameters& parameters) {
  Deal& deal = deals_[size_++];
  deal.task = task;
  deal.attempt = attempt;
  deal.params = bytes_.keep(parameters.encoded);
  deal.failed_on = failed_on;
  deal.timeout_ns = parameters.timeout_ns;
  deal.blobs = {};
  if (!parameters.blobs.empty()) deal.blobs = blobs_.emplace_back(parameters.blobs.begin(), parameters.blobs.end());
}

bool DispatchSpan::make_parameters(const Scope& scope, Deal& deal, std::string& problem) {
  if (ints_ && parameters_->ints(scope, ints_->values())) {
    deal.params = bytes_.keep(ints_->bytes());
    deal.blobs = {};
    return true;
  }
  if (!parameters_->make(scope, values_, problem)) return false;
  encoded_.clear();
  board::Blobs& blobs = blobs_.emplace_back();
  board::encode_fields(varying_types_, values_, encoded_, &blobs);
  deal.params = bytes_.keep(encoded_);
  deal.blobs = blobs;
  return true;
}

void DispatchSpan::release() {
  deals_ = {};
  size_ = 0;
  bytes_ = {};
  blobs_ = {};
}

}  // namespace ropewalk

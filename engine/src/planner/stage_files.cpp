#include "planner/stage_files.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "choices/choices.hpp"
#include "expressions/binding.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::array<const char*, 2> kRoles{"reads", "writes"};  // by FileRole

class StageFiles final : public Files {
 public:
  explicit StageFiles(std::shared_ptr<const StageVars> vars) : vars_(std::move(vars)) {}

  void add(FileRole role, Binding binding) {
    reads_task_ = reads_task_ || binding.reads_task();
    stages_.insert(binding.stages().begin(), binding.stages().end());
    bindings_.at(static_cast<std::size_t>(role)) = std::move(binding);
  }

  bool reads_task() const override { return reads_task_; }
  const std::set<std::uint32_t>& reads() const override { return stages_; }

  bool make(const Scope& scope, FileRole role, std::vector<std::string>& paths, std::string& problem) const override {
    const std::optional<Binding>& binding = bindings_.at(static_cast<std::size_t>(role));
    if (!binding) return true;
    Scope with = scope;
    Map vars;
    with.vars = &vars;
    Value made;
    if ((binding->reads_vars() && !vars_->fill(scope, vars, problem)) || !binding->evaluate(with, made, problem)) {
      problem = fmt::format("'{}': {}", kRoles.at(static_cast<std::size_t>(role)), problem);
      return false;
    }
    if (!made.list_size()) return true;
    made.each_element([&](const Value& path) {
      if (path.as_string() != nullptr) paths.push_back(*path.as_string());
    });
    return true;
  }

 private:
  const std::shared_ptr<const StageVars> vars_;
  std::array<std::optional<Binding>, 2> bindings_;  // by FileRole
  std::set<std::uint32_t> stages_;
  bool reads_task_ = false;
};

}  // namespace

std::shared_ptr<const Files> compile_files(const StageForm& stage, const ResolveContext& names,
                                           std::shared_ptr<const StageVars> vars) {
  if (!stage.reads && !stage.writes) return nullptr;
  const auto files = std::make_shared<StageFiles>(std::move(vars));
  bool good = true;
  for (const auto& [role, node] :
       {std::pair(FileRole::reads, stage.reads), std::pair(FileRole::writes, stage.writes)}) {
    if (node == nullptr) continue;
    auto binding = Binding::compile(*node, {Type::list, Type::path},
                                    fmt::format("'{}'", kRoles.at(static_cast<std::size_t>(role))), names);
    good = good && binding && !binding->is_unknown();
    if (binding) files->add(role, std::move(*binding));
  }
  return good ? files : nullptr;
}

FileCheck compile_file_check(const StageForm& stage, const ResolveContext& names) {
  if (!stage.inputs) return FileCheck::hash;
  const auto text = Binding::known(*stage.inputs, {Type::text, Type::any}, "'inputs'", names);
  if (!text) return FileCheck::hash;
  if (const auto check = find_word(file_check_words(), *text->as_text())) return *check;
  const std::vector<std::string> words = names_of(file_check_words());
  names.diagnostics.add(codes::kNotAChoice, place_of(names.source(), *stage.inputs),
                        fmt::format("'inputs' is one of {}, not '{}'{}", fmt::join(words, ", "),
                                    escape_for_display(*text->as_text()), did_you_mean(*text->as_text(), words)));
  return FileCheck::hash;
}

}  // namespace ropewalk

#pragma once
// The common part of the compilers for `foreach`, and the compilers that have their own files. Used while planning, on
// one thread; borrows everything.

#include "expressions/binding.hpp"
#include "items/item_sources.hpp"

#include <string>
#include <string_view>

namespace ropewalk::detail {

inline constexpr std::string_view kTooManyItems = "a stage has at most 1,000,000,000 tasks";

class SourceCompiler {
 public:
  SourceCompiler(const StageForm& stage, const ResolveContext& names, CompiledItems& out)
      : stage_(stage), names_(names), out_(out) {}

 protected:
  /// Adds the stages that the binding reads to those that the items read.
  void adopt(const Binding& binding) {
    out_.reads.insert(binding.stages().begin(), binding.stages().end());
    binding.append_signature(out_.signature);
  }
  void report(const char* code, const Node& node, std::string message, std::string fix) {
    names_.diagnostics.add(code, place_of(names_.source(), node), std::move(message), {std::move(fix)});
  }

  const StageForm& stage_;
  const ResolveContext& names_;
  CompiledItems& out_;
};

/// Fill `out`. Return false if a diagnostic was reported.
bool compile_range(const StageForm& stage, const ResolveContext& names, CompiledItems& out);
bool compile_glob(const StageForm& stage, const ResolveContext& names, CompiledItems& out);
bool compile_matrix(const StageForm& stage, const ResolveContext& names, CompiledItems& out);
bool compile_zip(const StageForm& stage, const ResolveContext& names, CompiledItems& out);

}  // namespace ropewalk::detail

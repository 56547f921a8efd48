#include "planner/environment.hpp"

#include "choices/attempt_bindings.hpp"
#include "expressions/binding.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {

namespace {

constexpr std::string_view kContainsNul = "it contains a NUL character, which no variable can";

}  // namespace

void read_environment(const Node* env, const ResolveContext& names, Environment& environment, AttemptBindings* later) {
  if (!env) return;
  for (std::size_t i = 0; i < env->keys.size(); ++i) {
    const std::string& name = env->keys[i].text;
    const Node& node = env->children[i];
    const std::string what = fmt::format("environment variable '{}'", name);
    if (!node.is_scalar()) {
      report_wrong_form(names.source(), node, "text", what, names.diagnostics);
      continue;
    }
    constexpr Wanted kWanted{Type::bytes, Type::any};
    const auto put = [name](AttemptValues& own, const Value& made) {
      if (made.as_string()->find('\0') != std::string::npos) return std::string(kContainsNul);
      return own.env[name] = *made.as_string(), std::string();
    };
    const auto value =
        later != nullptr ? later->known(node, kWanted, what, names, put) : Binding::known(node, kWanted, what, names);
    if (!value) continue;
    if (value->as_string()->find('\0') != std::string::npos)
      names.diagnostics.add(codes::kWrongType, place_of(names.source(), node),
                            fmt::format("{} contains a NUL character, which none can", what));
    else
      environment[name] = *value->as_string();
  }
}

}  // namespace ropewalk

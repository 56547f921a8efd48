#include "planner/environment.hpp"

#include "expressions/binding.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {

void read_environment(const Node* env, const ResolveContext& names, Environment& environment) {
  if (!env) return;
  for (std::size_t i = 0; i < env->keys.size(); ++i) {
    const std::string& name = env->keys[i].text;
    const Node& node = env->children[i];
    const std::string what = fmt::format("environment variable '{}'", name);
    if (!node.is_scalar()) {
      report_wrong_form(names.source(), node, "text", what, names.diagnostics);
      continue;
    }
    const auto value = Binding::known(node, {Type::bytes, Type::any}, what, names);
    if (!value) continue;
    if (value->as_string()->find('\0') != std::string::npos)
      names.diagnostics.add(codes::kWrongType, place_of(names.source(), node),
                            fmt::format("{} contains a NUL character, which none can", what));
    else
      environment[name] = *value->as_string();
  }
}

}  // namespace ropewalk

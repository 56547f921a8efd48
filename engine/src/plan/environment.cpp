#include "plan/environment.hpp"

#include "plan/binding.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {

void read_environment(const Node* env, const Names& names, Environment& environment) {
  if (!env) return;
  for (std::size_t i = 0; i < env->keys.size(); ++i) {
    const std::string& name = env->keys[i].text;
    const Node& node = env->children[i];
    const auto value = Binding::known(node, {Type::text, Type::any}, fmt::format("environment variable '{}'", name), names);
    if (!value) continue;
    if (value->as_text()->find('\0') != std::string::npos)
      names.mistakes.add(codes::kWrongType, place_of(names.source(), node),
                         fmt::format("environment variable '{}' contains a NUL character, which none can", name));
    else environment[name] = *value->as_text();
  }
}

}  // namespace ropewalk

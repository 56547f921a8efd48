#include "values/type_words.hpp"

namespace ropewalk {
namespace {

constexpr Word<Type> kTypes[] = {
    {"bool", Type::boolean}, {"int", Type::integer}, {"float", Type::real},        {"text", Type::text},
    {"bytes", Type::bytes},  {"path", Type::path},   {"duration", Type::duration}, {"size", Type::size},
    {"list", Type::list},    {"map", Type::map},     {"any", Type::any},
};

}  // namespace

WordTable<Type> type_words() { return kTypes; }

std::string_view type_name(Type type) {
  const std::string_view name = word_for(type_words(), type);
  return name.empty() ? "?" : name;
}

}  // namespace ropewalk

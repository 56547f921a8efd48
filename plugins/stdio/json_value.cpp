#include "stdio/json_value.hpp"

#include <openssl/evp.h>

#include <string>
#include <string_view>

namespace stdio {
namespace {

using nlohmann::json;

json text_of(std::string_view bytes) {
  json text = std::string(bytes);
  try {
    (void)text.dump();
    return text;
  } catch (const json::type_error&) {  // no UTF-8
  }
  std::string encoded(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return {{"base64", std::move(encoded)}};
}

}  // namespace

json json_of(const ropewalk::Any& value) {
  switch (value.type()) {
    case ROPEWALK_TYPE_BOOL: return value.boolean();
    case ROPEWALK_TYPE_INT:
    case ROPEWALK_TYPE_SIZE: return value.integer();
    case ROPEWALK_TYPE_DURATION: return static_cast<double>(value.integer()) / 1e9;
    case ROPEWALK_TYPE_FLOAT: return value.real();
    case ROPEWALK_TYPE_TEXT:
    case ROPEWALK_TYPE_BYTES:
    case ROPEWALK_TYPE_PATH: return text_of(value.text());
    case ROPEWALK_TYPE_LIST: {
      json list = json::array();
      for (std::uint64_t i = 0; i < value.size(); ++i) list.push_back(json_of(value[i]));
      return list;
    }
    case ROPEWALK_TYPE_MAP: {
      json map = json::object();
      for (std::uint64_t i = 0; i < value.size(); ++i) map[std::string(value.key(i))] = json_of(value[i]);
      return map;
    }
    default: return nullptr;
  }
}

}  // namespace stdio

namespace ropewalk {
inline namespace [[gnu::visibility("hidden")]] sdk_v1 {
namespace detail {

void Codec<stdio::JsonValue>::build(Host host, ropewalk_builder* builder, const nlohmann::json& json) {
  using Kind = nlohmann::json::value_t;
  switch (json.type()) {
    case Kind::boolean: return host->build_bool(builder, json.get<bool>());
    case Kind::number_unsigned:
      if (json.get<std::uint64_t>() > INT64_MAX)
        throw Permanent("the answer holds " + json.dump() + ", which does not fit into 64 bits with a sign");
      [[fallthrough]];
    case Kind::number_integer: return host->build_int(builder, json.get<std::int64_t>());
    case Kind::number_float: return host->build_float(builder, json.get<double>());
    case Kind::string: return host->build_text(builder, ROPEWALK_TYPE_TEXT, borrow(json.get_ref<const std::string&>()));
    case Kind::array:
      host->build_begin_list(builder);
      for (const nlohmann::json& element : json) build(host, builder, element);
      return host->build_end(builder);
    case Kind::object:
      host->build_begin_map(builder);
      for (const auto& [key, element] : json.items()) {
        host->build_key(builder, borrow(key));
        build(host, builder, element);
      }
      return host->build_end(builder);
    default: return host->build_null(builder);
  }
}

}  // namespace detail
}  // namespace sdk_v1
}  // namespace ropewalk

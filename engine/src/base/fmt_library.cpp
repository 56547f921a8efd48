// Compiles fmt once into Ropewalk's programs. Debian ships fmt as a shared library only. That library would load the
// shared libstdc++, and both slow down each cold start. Header-only use would double the compile time of every file
// that includes it.

#include <fmt/format-inl.h>

namespace fmt {
inline namespace v9 {
namespace detail {

// The instantiations that callers expect in the library.
template void buffer<char>::append(const char*, const char*);
template void vformat_to(buffer<char>&, string_view, basic_format_args<buffer_context<char>>, locale_ref);
template dragonbox::decimal_fp<float> dragonbox::to_decimal(float) noexcept;
template dragonbox::decimal_fp<double> dragonbox::to_decimal(double) noexcept;
template thousands_sep_result<char> thousands_sep_impl(locale_ref);
template char decimal_point_impl(locale_ref);
template locale_ref::locale_ref(const std::locale&);
template std::locale locale_ref::get<std::locale>() const;

}  // namespace detail
}  // namespace v9
}  // namespace fmt

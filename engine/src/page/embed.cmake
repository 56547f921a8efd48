# Makes OUTPUT, a C++ source with the parts of the page: TEMPLATE, STYLE, and SCRIPTS as one script. The hashes are
# those by which the page's Content-Security-Policy admits the style and the script.
string(REPLACE "\\;" ";" SCRIPTS "${SCRIPTS}")
set(script ${OUTPUT}.js)
file(WRITE ${script} "'use strict';\n(() => {\n")
foreach(file IN LISTS SCRIPTS)
  file(READ ${file} text)
  file(APPEND ${script} "${text}")
endforeach()
file(APPEND ${script} "})();\n")

set(source "#include \"page/page_parts.hpp\"\n\nnamespace ropewalk::page {\nnamespace {\n")
foreach(part TEMPLATE STYLE script)
  file(READ ${${part}} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND source "constexpr unsigned char ${part}_bytes[] = {${bytes}};\n")
endforeach()
string(APPEND source "std::string_view text_of(const unsigned char* bytes, std::size_t size) {\n"
  "  return {reinterpret_cast<const char*>(bytes), size};\n}\n}  // namespace\n\n")
file(SHA256 ${STYLE} style_hash)
file(SHA256 ${script} script_hash)
string(APPEND source "std::string_view page_template() { return text_of(TEMPLATE_bytes, sizeof TEMPLATE_bytes); }\n"
  "std::string_view page_style() { return text_of(STYLE_bytes, sizeof STYLE_bytes); }\n"
  "std::string_view page_script() { return text_of(script_bytes, sizeof script_bytes); }\n"
  "std::string_view style_hash() { return \"${style_hash}\"; }\n"
  "std::string_view script_hash() { return \"${script_hash}\"; }\n\n}  // namespace ropewalk::page\n")
file(WRITE ${OUTPUT} "${source}")

# ropewalk_add_plugin(NAME sources... [LINK libraries...] [OUTPUT folder])
# A workload plugin: the target plugin_NAME makes NAME.so, which exports its entry symbol and nothing else, in OUTPUT
# (the folder plugins of the project's build folder). The installed package has this file too, so it needs nothing of
# this tree.
function(ropewalk_add_plugin name)
  cmake_parse_arguments(ARG "" "OUTPUT" "LINK" ${ARGN})
  if(NOT name MATCHES "^[a-z][a-z0-9_-]*$")
    message(FATAL_ERROR
      "ropewalk_add_plugin: '${name}' cannot name a plugin: use lower-case letters, digits, '_' and '-', a letter first")
  endif()
  if(NOT ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ropewalk_add_plugin(${name}): name its source files: ropewalk_add_plugin(${name} ${name}.cpp)")
  endif()
  if(NOT ARG_OUTPUT)
    set(ARG_OUTPUT ${PROJECT_BINARY_DIR}/plugins)
  endif()
  add_library(plugin_${name} MODULE ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${ARG_OUTPUT} CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden)
  target_link_libraries(plugin_${name} PRIVATE Ropewalk::plugin ${ARG_LINK})
  set(script ${PROJECT_BINARY_DIR}/ropewalk_plugin.map)
  file(CONFIGURE OUTPUT ${script} CONTENT "{ global: ropewalk_plugin_v1; local: *; };\n")
  target_link_options(plugin_${name} PRIVATE -Wl,--version-script=${script})
  if(COMMAND ropewalk_plugin_of_this_tree AND PROJECT_NAME STREQUAL "ropewalk")
    ropewalk_plugin_of_this_tree(plugin_${name})
  endif()
endfunction()

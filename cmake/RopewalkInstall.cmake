# What `cmake --install` puts where, by component:
#   runtime  programs, plugins, schema, completions, man pages
#   python   the package for Python, and the plugins that are written in it
#   engine   the library for programs that embed the engine
#   plugin   the SDK for plugins
#   debug    the symbols that were split off, only if this component is named
# Nothing of it knows the prefix, so an installed tree can be moved as a whole.
include(CMakePackageConfigHelpers)
set(cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Ropewalk)
set(package_folder ${PROJECT_BINARY_DIR}/package)
file(RELATIVE_PATH prefix_from_pkgconfig /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)

# --- plugin ---
install(TARGETS ropewalk_sdk EXPORT RopewalkPluginTargets)
install(EXPORT RopewalkPluginTargets NAMESPACE Ropewalk:: DESTINATION ${cmake_folder} COMPONENT plugin)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/sdk/include/ropewalk DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT plugin
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/package/RopewalkConfig.cmake.in
  ${package_folder}/RopewalkConfig.cmake
  INSTALL_DESTINATION ${cmake_folder} PATH_VARS CMAKE_INSTALL_BINDIR NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${package_folder}/RopewalkConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
configure_file(${PROJECT_SOURCE_DIR}/cmake/package/ropewalk-plugin.pc.in ${package_folder}/ropewalk-plugin.pc @ONLY)
install(FILES ${package_folder}/RopewalkConfig.cmake ${package_folder}/RopewalkConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/RopewalkPlugin.cmake
  DESTINATION ${cmake_folder} COMPONENT plugin)
install(FILES ${package_folder}/ropewalk-plugin.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT plugin)
if(NOT ROPEWALK_ENGINE)
  return()
endif()

# --- engine ---
install(TARGETS ropewalk_library EXPORT RopewalkEngineTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT engine)
install(EXPORT RopewalkEngineTargets NAMESPACE Ropewalk:: DESTINATION ${cmake_folder} COMPONENT engine)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/engine/include/ropewalk DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT engine
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
configure_file(${PROJECT_SOURCE_DIR}/cmake/package/ropewalk.pc.in ${package_folder}/ropewalk.pc @ONLY)
install(FILES ${package_folder}/ropewalk.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT engine)

# --- runtime ---
get_target_property(plugins shipped_plugins ROPEWALK_PLUGINS)
install(TARGETS ropewalk RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(TARGETS ropewalk-host ropewalk-warden
  RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/ropewalk COMPONENT runtime)
install(TARGETS ${plugins} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/ropewalk/plugins COMPONENT runtime)

# What the program says of itself, as files. Man pages where scdoc is installed.
find_program(ROPEWALK_SCDOC scdoc)
set(share ${PROJECT_BINARY_DIR}/share)
add_custom_command(OUTPUT ${share}/made
  COMMAND ${CMAKE_COMMAND} -DROPEWALK=$<TARGET_FILE:ropewalk> -DSHARE=${share}
  "-DSCDOC=$<$<BOOL:${ROPEWALK_SCDOC}>:${ROPEWALK_SCDOC}>"
          -P ${PROJECT_SOURCE_DIR}/cmake/package/Share.cmake
  DEPENDS ropewalk_programs ropewalk ropewalk-host ropewalk-warden ${plugins}
          ${PROJECT_SOURCE_DIR}/cmake/package/Share.cmake
  COMMENT "Writing completions, schema and man pages" VERBATIM)
set(always ALL)
if(ROPEWALK_SANITIZE)
  set(always "")  # such a build is for tests
endif()
add_custom_target(ropewalk_share ${always} DEPENDS ${share}/made)
install(FILES ${share}/workflow.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/ropewalk COMPONENT runtime)
install(FILES ${share}/ropewalk.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME ropewalk COMPONENT runtime)
install(FILES ${share}/ropewalk.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
  RENAME _ropewalk COMPONENT runtime)
install(FILES ${share}/ropewalk.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT runtime)
if(ROPEWALK_SCDOC)
  install(DIRECTORY ${share}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT runtime)
endif()

# --- python ---
set(extensions "")
if(TARGET python_host)
  set(python_folder ${CMAKE_INSTALL_LIBDIR}/ropewalk/python/ropewalk)
  get_property(extensions GLOBAL PROPERTY ROPEWALK_PYTHON_EXTENSIONS)
  get_property(python_files GLOBAL PROPERTY ROPEWALK_PYTHON_FILES)
  install(FILES ${python_files} DESTINATION ${python_folder} COMPONENT python)
  install(TARGETS ${extensions} LIBRARY DESTINATION ${python_folder} COMPONENT python)
  install(FILES ${PROJECT_SOURCE_DIR}/plugins/python.py DESTINATION ${CMAKE_INSTALL_LIBDIR}/ropewalk/plugins
    COMPONENT python)
  # Compiled, because a user may not write there. The names of the files in it know no prefix.
  install(CODE "
    execute_process(COMMAND \"${ROPEWALK_PYTHON}\" -m compileall -q -d ropewalk --invalidation-mode checked-hash
      \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${python_folder}\" COMMAND_ERROR_IS_FATAL ANY)" COMPONENT python)
  # Where Debian's Python looks for packages. Below another prefix, PYTHONPATH names the folder.
  install(CODE "
    if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
      set(packages \"\$ENV{DESTDIR}/usr/lib/python3/dist-packages\")
      file(MAKE_DIRECTORY \"\${packages}\")
      file(RELATIVE_PATH target /usr/lib/python3/dist-packages \"/usr/${python_folder}\")
      file(CREATE_LINK \"\${target}\" \"\${packages}/ropewalk\" SYMBOLIC)
    endif()" COMPONENT python)
endif()

# --- stripping, and what it takes away ---
foreach(target ropewalk ropewalk-host ropewalk-warden ${plugins} ${extensions})
  set(folder ${CMAKE_INSTALL_LIBDIR}/ropewalk/plugins)
  set(component runtime)
  if(target STREQUAL "ropewalk")
    set(folder ${CMAKE_INSTALL_BINDIR})
  elseif(target MATCHES "^ropewalk-")
    set(folder ${CMAKE_INSTALL_LIBEXECDIR}/ropewalk)
  elseif(target IN_LIST extensions)
    set(folder ${python_folder})
    set(component python)
  endif()
  foreach(each ${component} debug)
    list(APPEND built_${each} $<TARGET_FILE:${target}>)
    list(APPEND installed_${each} ${folder}/$<TARGET_FILE_NAME:${target}>)
  endforeach()
endforeach()
foreach(component runtime engine python debug)
  set(only "")
  if(component STREQUAL "debug")
    set(only EXCLUDE_FROM_ALL)
  endif()
  install(CODE "
    set(component ${component})
    set(built \"${built_${component}}\")
    set(installed \"${installed_${component}}\")
    set(archive \"${CMAKE_INSTALL_LIBDIR}/$<TARGET_FILE_NAME:ropewalk_library>\")
    set(symbols \"${PROJECT_BINARY_DIR}/debug\")
    set(objcopy \"${CMAKE_OBJCOPY}\")
    set(readelf \"${CMAKE_READELF}\")
    include(\"${PROJECT_SOURCE_DIR}/cmake/package/Strip.cmake\")" COMPONENT ${component} ${only})
endforeach()

if(PROJECT_IS_TOP_LEVEL)
  include(RopewalkPackages)
endif()

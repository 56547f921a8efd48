# Debian packages, which script/package makes with CPack.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ropewalk)
set(CPACK_PACKAGE_VENDOR "Ropewalk")
set(CPACK_PACKAGE_CONTACT "The Ropewalk developers <ropewalk@localhost>")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL runtime engine plugin debug)
if(TARGET python_host)
  list(APPEND CPACK_COMPONENTS_ALL python)
endif()
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES OFF)  # cmake/package/Strip.cmake does, and keeps the symbols
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ropewalk)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "plugin-based workload engine
 Ropewalk runs many tasks on one machine, serially, on threads or in crash-isolated
 processes. A workflow is a YAML file whose stages run task types of plugins.")
set(CPACK_DEBIAN_PLUGIN_PACKAGE_NAME ropewalk-plugin-dev)
set(CPACK_DEBIAN_PLUGIN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PLUGIN_PACKAGE_SHLIBDEPS OFF)
set(CPACK_COMPONENT_PLUGIN_DESCRIPTION "headers for plugins of Ropewalk
 The SDK for plugins of the workload engine Ropewalk in C++ and in C. It needs no library.")
set(CPACK_DEBIAN_ENGINE_PACKAGE_NAME libropewalk-dev)
set(CPACK_DEBIAN_ENGINE_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_ENGINE_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_ENGINE_PACKAGE_DEPENDS
  "ropewalk (= ${PROJECT_VERSION}), ropewalk-plugin-dev (= ${PROJECT_VERSION}), libboost1.81-dev, libyaml-cpp-dev, libsqlite3-dev, libre2-dev")
set(CPACK_COMPONENT_ENGINE_DESCRIPTION "Ropewalk as a library
 The workload engine Ropewalk for programs that embed it: a static library and its headers.")
set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-ropewalk)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "ropewalk (= ${PROJECT_VERSION}), python3 (>= 3.11)")
set(CPACK_COMPONENT_PYTHON_DESCRIPTION "Ropewalk for Python
 Plugins of the workload engine Ropewalk as files in Python, for any Python from 3.11 on.")
set(CPACK_DEBIAN_DEBUG_PACKAGE_NAME ropewalk-dbgsym)
set(CPACK_DEBIAN_DEBUG_PACKAGE_SECTION debug)
set(CPACK_DEBIAN_DEBUG_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEBUG_PACKAGE_DEPENDS "ropewalk (= ${PROJECT_VERSION})")
set(CPACK_COMPONENT_DEBUG_DESCRIPTION "debug symbols for Ropewalk
 The symbols that were split off the programs and plugins of the package ropewalk.")
include(CPack)

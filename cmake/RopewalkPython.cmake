# Python.h, for the parts of Ropewalk that run Python. It sets ROPEWALK_PYTHON, the interpreter that tests use, and
# ROPEWALK_PYTHON_INCLUDE, which is empty where these parts are left out.

# Debian's Python, which has the packages that script/bootstrap installs.
find_program(ROPEWALK_PYTHON python3 HINTS /usr/bin)
set(ROPEWALK_PYTHON_FOLDER ${PROJECT_BINARY_DIR}/python/ropewalk)

if(NOT DEFINED ROPEWALK_PYTHON_INCLUDE AND ROPEWALK_PYTHON)
  execute_process(COMMAND ${ROPEWALK_PYTHON} -c
    "import os, sys, sysconfig; p = sysconfig.get_path('include'); print(p if sys.version_info >= (3, 11) and os.path.exists(p + '/Python.h') else '')"
    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT found)
    message(STATUS "Python plugins are left out: there is no Python.h of Python 3.11 or newer; script/bootstrap installs it")
  endif()
  set(ROPEWALK_PYTHON_INCLUDE "${found}" CACHE PATH "The folder of Python.h; empty: leave out what runs Python")
endif()

# ropewalk_python_extension(TARGET NAME): makes a module the extension NAME.abi3.so of the package. It exports its one
# entry, and uses the stable ABI of Python 3.11.
function(ropewalk_python_extension target name)
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name} SUFFIX .abi3.so
    LIBRARY_OUTPUT_DIRECTORY ${ROPEWALK_PYTHON_FOLDER} CXX_VISIBILITY_PRESET hidden)
  target_compile_definitions(${target} PRIVATE Py_LIMITED_API=0x030B0000)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/engine/python)  # reference.hpp
  target_include_directories(${target} SYSTEM PRIVATE ${ROPEWALK_PYTHON_INCLUDE})
  set(script ${CMAKE_CURRENT_BINARY_DIR}/${target}.map)
  file(CONFIGURE OUTPUT ${script} CONTENT "{ global: PyInit_${name}; local: *; };\n")
  target_link_options(${target} PRIVATE -Wl,--version-script=${script} -Wl,-z,now)
  set_property(GLOBAL APPEND PROPERTY ROPEWALK_PYTHON_EXTENSIONS ${target})
endfunction()

# ropewalk_python_files(FILES...): files of the current folder that are a part of the package ropewalk. In the build
# tree they are links, so that a change takes effect at once.
function(ropewalk_python_files)
  file(MAKE_DIRECTORY ${ROPEWALK_PYTHON_FOLDER})
  foreach(file ${ARGN})
    file(RELATIVE_PATH target ${ROPEWALK_PYTHON_FOLDER} ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    file(CREATE_LINK ${target} ${ROPEWALK_PYTHON_FOLDER}/${file} SYMBOLIC)
  endforeach()
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  set_property(GLOBAL APPEND PROPERTY ROPEWALK_PYTHON_FILES ${ARGN})
endfunction()

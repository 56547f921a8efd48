# The compile options of every Ropewalk target, and one function to add each kind of target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
  endif()
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
  set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1")
endif()

option(ROPEWALK_WERROR "Warnings are errors" ${PROJECT_IS_TOP_LEVEL})
set(ROPEWALK_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")

add_library(ropewalk_warnings INTERFACE)
# g++ 12 reports uninitialised members in every moved std::variant, and overlaps in "x" + string.
target_compile_options(ropewalk_warnings INTERFACE -Wall -Wextra $<$<BOOL:${ROPEWALK_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-restrict>
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)  # base/mutex.hpp

add_library(ropewalk_flags INTERFACE)
target_link_libraries(ropewalk_flags INTERFACE ropewalk_warnings)
# assert() names its file. What is installed must not know the folder of its build. The last map that fits counts.
target_compile_options(ropewalk_flags INTERFACE
  -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/= -fmacro-prefix-map=${PROJECT_BINARY_DIR}/=)
if(ROPEWALK_SANITIZE)
  add_compile_options(-fsanitize=${ROPEWALK_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ROPEWALK_SANITIZE})
  if(ROPEWALK_SANITIZE MATCHES thread)
    add_compile_options(-Wno-tsan)  # Asio has fences, which the sanitizer does not know
  endif()
else()
  target_compile_options(ropewalk_flags INTERFACE -fstack-protector-strong -fstack-clash-protection
    $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2> -D_GLIBCXX_ASSERTIONS)
  target_link_options(ropewalk_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

# A full build spends most of its time on headers. Batches and precompiled headers read them once for many files. Switch
# both off to rebuild single files quickly, or to check that each file includes what it uses (preset "tidy").
option(ROPEWALK_UNITY "Compile the files of a target in batches" ON)
option(ROPEWALK_PCH "Precompile the headers that most files include" ON)

# ropewalk_precompile(OWNER LIBS libraries... HEADERS headers...): an object library with a precompiled header. A target
# uses it with ropewalk_precompiled(), if both are compiled with the same flags and LIBS.
function(ropewalk_precompile owner)
  cmake_parse_arguments(ARG "" "" "LIBS;OPTIONS;HEADERS" ${ARGN})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${owner}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Empty: this target exists for its precompiled header.\n")
  add_library(${owner} OBJECT ${source})
  target_link_libraries(${owner} PRIVATE ${ARG_LIBS})
  target_compile_options(${owner} PRIVATE ${ARG_OPTIONS})
  target_precompile_headers(${owner} PRIVATE ${ARG_HEADERS})
endfunction()
function(ropewalk_precompiled name owner)
  if(ROPEWALK_PCH)
    target_precompile_headers(${name} REUSE_FROM ${owner})
  endif()
endfunction()

# ropewalk_batches(NAME SIZE [ALONE sources...]): compiles the sources of a target SIZE at a time. The files of a batch
# share one anonymous namespace; sources that cannot share it are listed as ALONE.
function(ropewalk_batches name size)
  cmake_parse_arguments(ARG "" "" "ALONE" ${ARGN})
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${ROPEWALK_UNITY} UNITY_BUILD_BATCH_SIZE ${size})
  set_source_files_properties(${ARG_ALONE} TARGET_DIRECTORY ${name} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# What ropewalk_add_plugin() adds to plugins of this tree.
function(ropewalk_plugin_of_this_tree target)
  target_link_libraries(${target} PRIVATE ropewalk_flags)
  ropewalk_batches(${target} 16)
endfunction()

# For a plugin that does undefined things: they must happen as in a user's plugin, so no sanitizer watches them.
function(ropewalk_unwatched target)
  if(ROPEWALK_SANITIZE)
    target_compile_options(${target} PRIVATE -fno-sanitize=all)
  endif()
endfunction()

# ropewalk_root(NAME VARIABLE): an include root in which the current source folder is called NAME.
function(ropewalk_root name variable)
  set(root ${PROJECT_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${name} SYMBOLIC)
  set(${variable} ${root} PARENT_SCOPE)
endfunction()

# ropewalk_room(NAME SOURCES... [ALONE...] [EXPORTS rooms...] [USES rooms...] [PUBLIC libraries...] [PRIVATE
# libraries...])
# A folder of the engine: the static library ropewalk_NAME. Its headers are included as "NAME/file.hpp". Only targets
# that name the room find them, because each room has its own include root. EXPORTS lists the rooms that its headers
# include, USES those that only its sources include.
function(ropewalk_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ALONE;EXPORTS;USES;PUBLIC;PRIVATE" ${ARGN})
  ropewalk_root(${name} root)
  list(TRANSFORM ARG_EXPORTS PREPEND ropewalk_)
  list(TRANSFORM ARG_USES PREPEND ropewalk_)
  set(target ropewalk_${name})
  if(ARG_SOURCES OR ARG_ALONE)
    add_library(${target} STATIC ${ARG_SOURCES} ${ARG_ALONE})
    target_include_directories(${target} PUBLIC ${root} ${PROJECT_SOURCE_DIR}/engine/include)
    target_link_libraries(${target} PUBLIC ${ARG_EXPORTS} ${ARG_PUBLIC} PRIVATE ropewalk_flags ropewalk_fmt ${ARG_USES}
      ${ARG_PRIVATE})
    ropewalk_batches(${target} 16 ALONE ${ARG_ALONE})
    ropewalk_precompiled(${target} precompiled_library)
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${root} ${PROJECT_SOURCE_DIR}/engine/include)
    target_link_libraries(${target} INTERFACE ${ARG_EXPORTS} ${ARG_PUBLIC})
  endif()
  set_property(GLOBAL APPEND PROPERTY ROPEWALK_ROOMS ${name})
  set_target_properties(${target} PROPERTIES ROPEWALK_EXPORTS "${ARG_EXPORTS}" ROPEWALK_USES "${ARG_USES}")
endfunction()

# For a program that starts often and loads no plugin: each start with shared libraries costs it a millisecond. The host
# shares these libraries with its plugins, because it inspects their exceptions.
function(ropewalk_quick_start name)
  if(NOT ROPEWALK_SANITIZE)
    target_link_options(${name} PRIVATE -static-pie)
  endif()
endfunction()

# Tests are compiled so often that compile time matters more than their own speed. With -fPIC, an object library can own
# their precompiled header.
set(ROPEWALK_TEST_OPTIONS -O0 -fPIC)

# A test with this label says nothing about code that a sanitizer watches: it reads texts or symbols, runs a compiler or
# a browser, or counts what a task costs. The presets "asan" and "tsan" leave it out.
set(ROPEWALK_UNINSTRUMENTED LABELS uninstrumented)

# A program of GoogleTest tests, each of them a test of CTest. Their names begin with PREFIX.
function(ropewalk_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT;PREFIX" "SOURCES;ALONE;LIBS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 1800)  # seconds; only ends a hang, even on a slow machine under load
  endif()
  add_executable(${name} ${ARG_SOURCES} ${ARG_ALONE})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ropewalk_warnings ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${ROPEWALK_TEST_OPTIONS})
  ropewalk_batches(${name} 4 ALONE ${ARG_ALONE})
  ropewalk_precompiled(${name} precompiled_tests)
  set(properties TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LABELS)
    list(APPEND properties LABELS ${ARG_LABELS})
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 600 TEST_PREFIX "${ARG_PREFIX}"
    PROPERTIES ${properties})
endfunction()

# ropewalk_script_test(NAME SCRIPT CHECK [ARGUMENTS...] [MAY_SKIP] [LABELS labels...]): a check of a Python script in
# the current folder.
# The script is given CHECK and ARGUMENTS, by default the program. MAY_SKIP: it ends with 77 where it lacks something.
function(ropewalk_script_test name script check)
  cmake_parse_arguments(ARG "MAY_SKIP" "" "LABELS" ${ARGN})
  set(arguments ${ARG_UNPARSED_ARGUMENTS})
  if(NOT arguments)
    set(arguments $<TARGET_FILE:ropewalk>)
  endif()
  # -B: nothing is written into the source tree.
  add_test(NAME ${name} COMMAND ${ROPEWALK_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/${script} ${check} ${arguments})
  set_tests_properties(${name} PROPERTIES TIMEOUT 1800 LABELS "${ARG_LABELS}")
  if(ARG_MAY_SKIP)
    set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
  endif()
endfunction()

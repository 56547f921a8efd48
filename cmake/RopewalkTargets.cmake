# What every target of ours is compiled with, and the one way to add each kind.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1")

option(ROPEWALK_WERROR "Warnings are errors" ON)
set(ROPEWALK_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")

add_library(ropewalk_flags INTERFACE)
# g++ 12 sees uninitialised members in every moved std::variant, and overlaps in "x" + string.
target_compile_options(ropewalk_flags INTERFACE -Wall -Wextra $<$<BOOL:${ROPEWALK_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-restrict>)
if(ROPEWALK_SANITIZE)
  add_compile_options(-fsanitize=${ROPEWALK_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ROPEWALK_SANITIZE})
else()
  target_compile_options(ropewalk_flags INTERFACE -fstack-protector-strong -fstack-clash-protection
    $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2> -D_GLIBCXX_ASSERTIONS)
  target_link_options(ropewalk_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

# A folder of engine/src: a static library that sees engine/src and links only the folders above it.
function(ropewalk_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/engine/include PRIVATE ${CMAKE_SOURCE_DIR}/engine/src)
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE ropewalk_flags ${ARG_PRIVATE})
endfunction()

# A program that is started again and again and loads no plugin: shared libraries cost it a millisecond each time.
# The host shares them with its plugins, whose exceptions it looks at.
function(ropewalk_quick_start name)
  if(NOT ROPEWALK_SANITIZE)
    target_link_options(${name} PRIVATE -static-pie)
  endif()
endfunction()

# A program of GoogleTest tests, each of them a test of CTest.
function(ropewalk_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 180)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/engine/src ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ropewalk_flags ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()

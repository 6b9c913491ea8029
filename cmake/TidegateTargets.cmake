# One helper per target kind. A target's name, folder and namespace are one word; its DEPS are the law's arrows.

# Rooms tell the fuzzer which of their branches an input takes.
set(TIDEGATE_FUZZED_OPTIONS)
if(TIDEGATE_FUZZ)
  set(TIDEGATE_FUZZED_OPTIONS -fsanitize=fuzzer-no-link)
endif()
# Generating code takes most of a build, and a test's own code need not be fast: what it calls is optimised all the same.
set(TIDEGATE_TEST_OPTIONS -O0)

# What nearly all read is parsed once, by one target of each set of flags. Every source still names what it uses: preset
# dev builds without.
function(tidegate_precompiled_headers)
  cmake_parse_arguments(ARG "" "NAME" "OPTIONS;HEADERS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${ARG_NAME}.cc CONTENT "// Precompiled headers hang on a source.\n")
  add_library(${ARG_NAME} OBJECT ${CMAKE_BINARY_DIR}/${ARG_NAME}.cc)
  target_link_libraries(${ARG_NAME} PRIVATE tidegate_flags)
  target_compile_options(${ARG_NAME} PRIVATE ${ARG_OPTIONS})
  target_precompile_headers(${ARG_NAME} PRIVATE
    <algorithm> <array> <cstdint> <filesystem> <fstream> <functional> <map> <memory> <optional> <set> <string> <string_view>
    <utility> <vector> <absl/container/flat_hash_map.h> <absl/status/status.h> <absl/status/statusor.h>
    <absl/strings/str_cat.h> ${ARG_HEADERS})
endfunction()
if(TIDEGATE_TESTS AND TIDEGATE_PRECOMPILED_HEADERS)
  tidegate_precompiled_headers(NAME headers_of_tests OPTIONS ${TIDEGATE_TEST_OPTIONS} HEADERS <gmock/gmock.h> <gtest/gtest.h>)
endif()
# With precompiled headers GCC 12 takes some of a system header's lines for ours, and warns of them: rooms do without.
if(TIDEGATE_PRECOMPILED_HEADERS AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  tidegate_precompiled_headers(NAME headers_of_rooms OPTIONS ${TIDEGATE_FUZZED_OPTIONS})
endif()

# tidegate_library(NAME store SRCS a.cc b.cc DEPS record LIBS PkgConfig::LMDB)
#   DEPS: other rooms by name (public); LIBS: outside libraries (public).
function(tidegate_library)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS;LIBS" ${ARGN})
  add_library(tidegate_${ARG_NAME} STATIC ${ARG_SRCS})
  add_library(tidegate::${ARG_NAME} ALIAS tidegate_${ARG_NAME})
  list(TRANSFORM ARG_DEPS PREPEND tidegate::)
  target_link_libraries(tidegate_${ARG_NAME} PUBLIC tidegate_flags ${ARG_DEPS} ${ARG_LIBS})
  set_target_properties(tidegate_${ARG_NAME} PROPERTIES UNITY_BUILD ${TIDEGATE_UNITY} UNITY_BUILD_BATCH_SIZE 12)
  target_compile_options(tidegate_${ARG_NAME} PRIVATE ${TIDEGATE_FUZZED_OPTIONS})
  if(ARG_NAME IN_LIST TIDEGATE_COVERAGE)
    # Threads count too: of two that count at once, neither may be lost.
    target_compile_options(tidegate_${ARG_NAME} PRIVATE -fprofile-instr-generate -fprofile-update=atomic -fcoverage-mapping)
    target_link_options(tidegate_${ARG_NAME} INTERFACE -fprofile-instr-generate)
  endif()
  if(TARGET headers_of_rooms)
    target_precompile_headers(tidegate_${ARG_NAME} REUSE_FROM headers_of_rooms)
  endif()
endfunction()

# tidegate_test(NAME merkle_test SRCS proofs_test.cc multiproof_test.cc DEPS merkle LABEL unit)
#   A GoogleTest program, for a room's unit tests one; tests/run finds it through the ctest label.
#   ONE_THREAD: nothing in it starts a thread, so that the thread sanitizer has nothing to see and does not build it. A
#   thread that is started all the same ends the program (tests/support/one_thread.cc).
function(tidegate_test)
  cmake_parse_arguments(ARG "ONE_THREAD" "NAME;LABEL" "SRCS;DEPS;LIBS;DEFINES" ${ARGN})
  if(ARG_ONE_THREAD AND TIDEGATE_SANITIZE STREQUAL "thread")
    return()
  endif()
  add_executable(${ARG_NAME} ${ARG_SRCS})
  if(ARG_ONE_THREAD AND NOT TIDEGATE_SANITIZE)
    target_sources(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/one_thread.cc)
    set_source_files_properties(${PROJECT_SOURCE_DIR}/tests/support/one_thread.cc PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  list(TRANSFORM ARG_DEPS PREPEND tidegate::)
  target_link_libraries(${ARG_NAME} PRIVATE tidegate_flags ${ARG_DEPS} ${ARG_LIBS} gtest gmock gtest_main Threads::Threads)
  target_compile_options(${ARG_NAME} PRIVATE ${TIDEGATE_TEST_OPTIONS})
  target_compile_definitions(${ARG_NAME} PRIVATE ${ARG_DEFINES})
  set_target_properties(${ARG_NAME} PROPERTIES UNITY_BUILD ${TIDEGATE_UNITY} UNITY_BUILD_BATCH_SIZE 10)
  if(TARGET headers_of_tests)
    target_precompile_headers(${ARG_NAME} REUSE_FROM headers_of_tests)
    # See above: GCC 12 with precompiled headers.
    target_compile_options(${ARG_NAME} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>)
  endif()
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME})
  set_tests_properties(${ARG_NAME} PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT 600)
  if(ARG_LABEL STREQUAL "unit")
    set_property(GLOBAL APPEND PROPERTY TIDEGATE_SANITIZED_TARGETS ${ARG_NAME})
  endif()
endfunction()

# tidegate_program(NAME conformance_vectors SRCS x.cc DEPS crypto): an executable without GoogleTest's main.
function(tidegate_program)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS;LIBS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  list(TRANSFORM ARG_DEPS PREPEND tidegate::)
  target_link_libraries(${ARG_NAME} PRIVATE tidegate_flags ${ARG_DEPS} ${ARG_LIBS} Threads::Threads)
endfunction()

# tidegate_fuzz(NAME fuzz_view SRCS fuzz_view.cc DEPS record): a libFuzzer target; built only where TIDEGATE_FUZZ is on.
function(tidegate_fuzz)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS;LIBS" ${ARGN})
  if(NOT TIDEGATE_FUZZ)
    return()
  endif()
  add_executable(${ARG_NAME} ${ARG_SRCS})
  list(TRANSFORM ARG_DEPS PREPEND tidegate::)
  target_link_libraries(${ARG_NAME} PRIVATE tidegate_flags ${ARG_DEPS} ${ARG_LIBS} Threads::Threads)
  target_link_options(${ARG_NAME} PRIVATE -fsanitize=fuzzer)
  # The target too: an input that it turns away itself must count as covering something.
  target_compile_options(${ARG_NAME} PRIVATE ${TIDEGATE_FUZZED_OPTIONS})
  if(TARGET headers_of_rooms)
    target_precompile_headers(${ARG_NAME} REUSE_FROM headers_of_rooms)
  endif()
  set_property(GLOBAL APPEND PROPERTY TIDEGATE_SANITIZED_TARGETS ${ARG_NAME})
endfunction()

# Adds what one kind of tests consists of: each folder below this one, and each `.cmake` file in it.
macro(tidegate_test_parts)
  file(GLOB parts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt ${CMAKE_CURRENT_SOURCE_DIR}/*.cmake)
  foreach(part ${parts})
    if(part MATCHES "\\.cmake$")
      include(${part})
    else()
      get_filename_component(folder ${part} DIRECTORY)
      add_subdirectory(${folder})
    endif()
  endforeach()
endmacro()

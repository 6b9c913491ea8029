# One helper per target kind. A target's name, folder and namespace are one word; its DEPS are the law's arrows.

# tidegate_library(NAME store SRCS a.cc b.cc DEPS record LIBS PkgConfig::LMDB)
#   DEPS: other rooms by name (public); LIBS: outside libraries (public).
function(tidegate_library)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS;LIBS" ${ARGN})
  add_library(tidegate_${ARG_NAME} STATIC ${ARG_SRCS})
  add_library(tidegate::${ARG_NAME} ALIAS tidegate_${ARG_NAME})
  list(TRANSFORM ARG_DEPS PREPEND tidegate::)
  target_link_libraries(tidegate_${ARG_NAME} PUBLIC tidegate_flags ${ARG_DEPS} ${ARG_LIBS})
  set_target_properties(tidegate_${ARG_NAME} PROPERTIES UNITY_BUILD ${TIDEGATE_UNITY} UNITY_BUILD_BATCH_SIZE 8)
  if(TIDEGATE_FUZZ)
    target_compile_options(tidegate_${ARG_NAME} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# Generating code takes most of a build, and a test's own code need not be fast: what it calls is optimised all the same.
set(TIDEGATE_TEST_OPTIONS -O0)

# What most tests read is parsed once. Every source still names what it uses: preset dev builds without.
if(TIDEGATE_TESTS AND TIDEGATE_PRECOMPILED_HEADERS)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/headers_of_tests.cc CONTENT "// Precompiled headers hang on a source.\n")
  add_library(headers_of_tests OBJECT ${CMAKE_BINARY_DIR}/headers_of_tests.cc)
  target_link_libraries(headers_of_tests PRIVATE tidegate_flags)
  target_compile_options(headers_of_tests PRIVATE ${TIDEGATE_TEST_OPTIONS})
  target_precompile_headers(headers_of_tests PRIVATE
    <algorithm> <array> <cstdint> <filesystem> <fstream> <functional> <map> <memory> <optional> <set> <string> <string_view>
    <utility> <vector> <absl/container/flat_hash_map.h> <absl/status/status.h> <absl/status/statusor.h>
    <absl/strings/str_cat.h> <gmock/gmock.h> <gtest/gtest.h>)
endif()

# tidegate_test(NAME merkle_test SRCS proofs_test.cc multiproof_test.cc DEPS merkle LABEL unit)
#   A GoogleTest program, for a room's unit tests one; tests/run finds it through the ctest label.
function(tidegate_test)
  cmake_parse_arguments(ARG "" "NAME;LABEL" "SRCS;DEPS;LIBS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  list(TRANSFORM ARG_DEPS PREPEND tidegate::)
  target_link_libraries(${ARG_NAME} PRIVATE tidegate_flags ${ARG_DEPS} ${ARG_LIBS} gtest gmock gtest_main Threads::Threads)
  target_compile_options(${ARG_NAME} PRIVATE ${TIDEGATE_TEST_OPTIONS})
  set_target_properties(${ARG_NAME} PROPERTIES UNITY_BUILD ${TIDEGATE_UNITY} UNITY_BUILD_BATCH_SIZE 5)
  if(TIDEGATE_PRECOMPILED_HEADERS)
    target_precompile_headers(${ARG_NAME} REUSE_FROM headers_of_tests)
    # With them GCC 12 forgets which lines are a system header's, and warns of the standard library's own.
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
  set_property(GLOBAL APPEND PROPERTY TIDEGATE_SANITIZED_TARGETS ${ARG_NAME})
endfunction()

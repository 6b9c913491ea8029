# One helper per target kind. A target's name, folder and namespace are one word; its DEPS are the law's arrows.

# tidegate_library(NAME store SRCS a.cc b.cc DEPS record LIBS PkgConfig::LMDB)
#   DEPS: other rooms by name (public); LIBS: outside libraries (public).
function(tidegate_library)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS;LIBS" ${ARGN})
  add_library(tidegate_${ARG_NAME} STATIC ${ARG_SRCS})
  add_library(tidegate::${ARG_NAME} ALIAS tidegate_${ARG_NAME})
  list(TRANSFORM ARG_DEPS PREPEND tidegate::)
  target_link_libraries(tidegate_${ARG_NAME} PUBLIC tidegate_flags ${ARG_DEPS} ${ARG_LIBS})
endfunction()

# tidegate_test(NAME merkle_test SRCS merkle_test.cc DEPS merkle LABEL unit)
#   A GoogleTest program; tests/run finds it through the ctest label.
function(tidegate_test)
  cmake_parse_arguments(ARG "" "NAME;LABEL" "SRCS;DEPS;LIBS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  list(TRANSFORM ARG_DEPS PREPEND tidegate::)
  target_link_libraries(${ARG_NAME} PRIVATE tidegate_flags ${ARG_DEPS} ${ARG_LIBS} gtest gmock gtest_main Threads::Threads)
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

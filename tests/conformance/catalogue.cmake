# The catalogue's compiler: each rule it holds, and that the catalogue of this tree passes.
tidegate_test(NAME catalogue_compiler_test SRCS ${CMAKE_CURRENT_SOURCE_DIR}/catalogue_compiler_test.cc
  DEPS catalogue_source LABEL conformance)
target_compile_definitions(catalogue_compiler_test PRIVATE TIDEGATE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

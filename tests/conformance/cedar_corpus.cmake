tidegate_program(NAME cedar_corpus SRCS ${CMAKE_CURRENT_LIST_DIR}/cedar_corpus.cc DEPS cedar
  LIBS nlohmann_json::nlohmann_json)
tidegate_test(NAME cedar_corpus_test SRCS ${CMAKE_CURRENT_LIST_DIR}/cedar_corpus_test.cc LABEL conformance)
target_compile_definitions(cedar_corpus_test PRIVATE CEDAR_CORPUS_PROGRAM="$<TARGET_FILE:cedar_corpus>"
  PROJECT_ROOT="${PROJECT_SOURCE_DIR}")
add_dependencies(cedar_corpus_test cedar_corpus)

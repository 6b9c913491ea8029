tidegate_fuzz(NAME fuzz_query SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_query.cc DEPS search)

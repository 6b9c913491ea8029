tidegate_fuzz(NAME fuzz_introduction SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_introduction.cc DEPS exchange)

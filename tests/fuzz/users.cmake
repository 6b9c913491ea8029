tidegate_fuzz(NAME fuzz_users_rows SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_users_rows.cc DEPS users)

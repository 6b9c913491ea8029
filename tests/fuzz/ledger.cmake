tidegate_fuzz(NAME fuzz_register_entry SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_register_entry.cc DEPS ledger)
tidegate_fuzz(NAME fuzz_excerpt SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_excerpt.cc DEPS excerpt)

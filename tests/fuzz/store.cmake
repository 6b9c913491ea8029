tidegate_fuzz(NAME fuzz_store_rows SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_store_rows.cc DEPS store)
tidegate_fuzz(NAME fuzz_pages SRCS fuzz_pages.cc DEPS pages LIBS PkgConfig::LMDB)

tidegate_fuzz(NAME fuzz_record_view SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_record_view.cc DEPS record)
tidegate_fuzz(NAME fuzz_record_held SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_record_held.cc DEPS record)
tidegate_fuzz(NAME fuzz_record_tampered SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_record_tampered.cc DEPS record)
tidegate_fuzz(NAME fuzz_record_value SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_record_value.cc DEPS record)
tidegate_fuzz(NAME fuzz_record_handling SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_record_handling.cc DEPS record)
tidegate_fuzz(NAME fuzz_record_text SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_record_text.cc DEPS record
  LIBS nlohmann_json::nlohmann_json)

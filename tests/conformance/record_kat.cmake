# The record room's commitments against the known answers that lie beside the project.
tidegate_test(NAME record_kat_test SRCS ${CMAKE_CURRENT_SOURCE_DIR}/record_kat_test.cc DEPS record
  LIBS nlohmann_json::nlohmann_json LABEL conformance)
target_compile_definitions(record_kat_test PRIVATE TIDEGATE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

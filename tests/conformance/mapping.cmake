# The catalogue against the standards it stands for.
add_library(conformance_shared_tables STATIC ${CMAKE_CURRENT_SOURCE_DIR}/shared_tables.cc)
target_link_libraries(conformance_shared_tables PUBLIC tidegate_flags)
target_compile_definitions(conformance_shared_tables PRIVATE TIDEGATE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

tidegate_test(NAME mapping_test SRCS ${CMAKE_CURRENT_SOURCE_DIR}/mapping_test.cc DEPS record
  LIBS conformance_shared_tables LABEL conformance)
tidegate_test(NAME catalogue_facts_test SRCS ${CMAKE_CURRENT_SOURCE_DIR}/catalogue_facts_test.cc DEPS record
  LIBS conformance_shared_tables nlohmann_json::nlohmann_json LABEL conformance)

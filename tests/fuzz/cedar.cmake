tidegate_fuzz(NAME fuzz_cedar_policy SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_cedar_policy.cc DEPS cedar)
tidegate_fuzz(NAME fuzz_cedar_policy_json SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_cedar_policy_json.cc DEPS cedar)
tidegate_fuzz(NAME fuzz_cedar_schema SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_cedar_schema.cc DEPS cedar)
tidegate_fuzz(NAME fuzz_cedar_entities SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_cedar_entities.cc DEPS cedar)

tidegate_fuzz(NAME fuzz_proposal SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_proposal.cc DEPS flow)

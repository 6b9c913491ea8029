tidegate_fuzz(NAME fuzz_introduction SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_introduction.cc DEPS exchange)
tidegate_fuzz(NAME fuzz_door_frames SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_door_frames.cc DEPS door)
tidegate_fuzz(NAME fuzz_door_conversation SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_door_conversation.cc DEPS door)
tidegate_fuzz(NAME fuzz_door_inquiry SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_door_inquiry.cc DEPS door)

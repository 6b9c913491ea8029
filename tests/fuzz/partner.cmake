foreach(target invitation notice)
  tidegate_fuzz(NAME fuzz_${target} SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_${target}.cc DEPS partner)
endforeach()

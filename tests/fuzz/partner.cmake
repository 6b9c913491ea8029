tidegate_fuzz(NAME fuzz_partner_rows SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_partner_rows.cc DEPS partner)
foreach(target invitation notice)
  tidegate_fuzz(NAME fuzz_${target} SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_${target}.cc DEPS partner)
endforeach()

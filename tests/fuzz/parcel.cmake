foreach(target parcel_plaintext manifest receipt)
  tidegate_fuzz(NAME fuzz_${target} SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_${target}.cc DEPS parcel)
endforeach()

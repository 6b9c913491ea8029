# Every parser of outside formats: no input may crash it, hang it or make it break what it promises.
tidegate_fuzz(NAME fuzz_intake_csv SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_intake_csv.cc DEPS intake)
tidegate_fuzz(NAME fuzz_intake_mapping SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_intake_mapping.cc DEPS intake)
tidegate_fuzz(NAME fuzz_intake_report SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_intake_report.cc DEPS intake)
tidegate_fuzz(NAME fuzz_intake_stix SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_intake_stix.cc DEPS intake)
tidegate_fuzz(NAME fuzz_intake_frames SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_intake_frames.cc DEPS intake)
tidegate_fuzz(NAME fuzz_intake_sheet SRCS ${CMAKE_CURRENT_LIST_DIR}/fuzz_intake_sheet.cc DEPS intake)

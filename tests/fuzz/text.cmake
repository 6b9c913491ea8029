tidegate_fuzz(NAME fuzz_text_shown SRCS fuzz_text_shown.cc DEPS text)

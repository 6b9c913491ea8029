tidegate_fuzz(NAME fuzz_policy_label SRCS fuzz_policy_label.cc DEPS label)
tidegate_fuzz(NAME fuzz_policy_check SRCS fuzz_policy_check.cc DEPS policy review)
tidegate_fuzz(NAME fuzz_policy_versions SRCS fuzz_policy_versions.cc DEPS decision)
tidegate_fuzz(NAME fuzz_policy_cases SRCS fuzz_policy_cases.cc DEPS policy review)

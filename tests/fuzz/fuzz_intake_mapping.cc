#include "tests/fuzz/fuzz_intake.h"

// A mapping file that is accepted can be used, and its errors name it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text = "kind = \"report\"\nsource = \"fuzz\"\n";
  text.append(reinterpret_cast<const char*>(data), size);
  absl::StatusOr<tidegate::intake::Mapping> mapping = tidegate::intake::Mapping::Parse(text, "fuzz.toml");
  if (!mapping.ok()) {
    std::string message(mapping.status().message().data(), mapping.status().message().size());
    tidegate::intake::Require(message.find("fuzz.toml") != std::string::npos);
    return 0;
  }
  tidegate::intake::ImportTwice(tidegate::intake::Format::kCsv, "a,b,c\n1,2,3\n\"x\",,2025-01-01\n", &*mapping);
  return 0;
}

#include <iterator>

#include "tests/fuzz/fuzz_intake.h"

// The bytes as a whole file, as the objects of a bundle, and as the properties of one object.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tidegate::intake::Format;
  using tidegate::intake::ImportTwice;
  static constexpr std::string_view kTypes[] = {"report",        "incident",           "identity",
                                                "location",      "relationship",       "sighting",
                                                "observed-data", "x-tidegate-account", "x-other"};
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ImportTwice(Format::kStix, bytes);
  std::string objects = R"({"type":"bundle","objects":[)";
  ImportTwice(Format::kStix, objects.append(bytes).append("]}"));
  if (size == 0) return 0;
  std::string type(kTypes[data[0] % std::size(kTypes)]);
  std::string object = R"({"type":"bundle","objects":[{"type":")" + type + R"(","id":")" + type +
                       R"(--00000000-0000-4000-8000-000000000001",)";
  ImportTwice(Format::kStix, object.append(bytes.substr(1)).append("}]}"));
  return 0;
}

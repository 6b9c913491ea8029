#include "node/intake/report/front_matter.h"
#include "tests/fuzz/fuzz_intake.h"

// The body after front matter is the end of the text, byte for byte.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const tidegate::intake::FrontMatter front = tidegate::intake::ParseFrontMatter(bytes);
  tidegate::intake::Require(front.body.size() <= size && bytes.substr(size - front.body.size()) == front.body);
  tidegate::intake::ImportTwice(tidegate::intake::Format::kReport, bytes);
  std::string titled = "---\ntitle: t\n";
  tidegate::intake::ImportTwice(tidegate::intake::Format::kReport, titled.append(bytes));
  return 0;
}

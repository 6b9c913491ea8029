#include "tests/fuzz/fuzz_intake.h"

namespace {

constexpr std::string_view kMapping = R"~(
kind = "report"
source = "fuzz"
identity = ["id"]
unknown = ["?"]
[columns]
id = { to = "report.external_id", scheme = "case", optional = true }
title = { to = "report.title", optional = true }
kinds = { to = "report.exploitation", codes = "kinds", split = ",", optional = true }
phone = { to = "report.identifiers", scheme = "phone", calling_code = "+44", optional = true }
count = { to = "report.victim_count", decimal = ",", pattern = '\d+', optional = true }
more = { to = "report.other_places", optional = true }
grade = { to = "handling.grade", optional = true }
until = { to = "handling.expiry", optional = true }
[columns.when]
to = "report.observed"
date = ["%d/%m/%Y %H:%M", "%d %B %y", "excel", "Q%q %Y", "%A %I:%M %p %Y-%m-%d"]
first_year = 1950
offset = "+01:00"
optional = true
[places."report.place"]
locality = { column = "town", optional = true }
country = { column = "land", optional = true }
latitude = { column = "lat", optional = true }
longitude = { column = "lon", optional = true }
[amounts."report.wage"]
value = { column = "wage", optional = true }
unit = { column = "currency", optional = true }
[codes.kinds]
a = "labour"
"*" = "keep"
[[skip]]
matches = "(?i)^total"
[[also]]
kind = "person"
identity = ["phone"]
[also.columns]
name = { to = "person.family_name", optional = true }
[[link]]
from = "report"
verb = "mentions"
to = "person"
)~";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const absl::StatusOr<tidegate::intake::Mapping>* const mapping =
      new absl::StatusOr<tidegate::intake::Mapping>(tidegate::intake::Mapping::Parse(kMapping, "fuzz"));
  tidegate::intake::Require(mapping->ok());
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // Half of the inputs get a header that fits, so that the rows behind it are reached.
  std::string text = "id,title,when,kinds,phone,count,more,grade,until,town,land,lat,lon,wage,currency,name\n";
  bool fitting = size > 0 && (data[0] & 1) == 0;
  if (fitting) bytes = text.append(bytes.substr(1));
  tidegate::intake::ImportTwice(tidegate::intake::Format::kCsv, bytes, &**mapping);
  return 0;
}

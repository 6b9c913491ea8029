#include "node/search/facets.h"

#include <algorithm>
#include <array>
#include <set>

#include "absl/time/time.h"
#include "node/search/say.h"
#include "text/text.h"

namespace tidegate::search {
namespace {

constexpr int kMostMonths = 12;
constexpr std::array<std::string_view, 10> kFacets = {"kind",     "origin",  "country", "month", "exploitation",
                                                      "industry", "control", "subject", "tlp",   "region"};

// The list of codes that a facet counts; empty for the others.
std::string_view ListOf(std::string_view facet) {
  if (facet == "country") return record::kCountryList;
  if (facet == "control") return "control-method";
  if (facet == "subject") return "subject-category";
  return facet == "exploitation" || facet == "industry" ? facet : std::string_view();
}

void AddSaid(std::string_view facet, const Subject& subject, std::set<std::string>& values) {
  const std::string_view list = ListOf(facet);
  for (size_t i = 0; i < subject.view->size(); ++i) {
    const record::Slot& slot = subject.view->slot(i);
    if (!slot.searchable) continue;
    for (const record::Scalar& scalar : subject.view->value(i).items) {
      if (const auto* place = std::get_if<record::Place>(&scalar)) {
        if (facet == "country" && !place->country.empty()) values.insert(place->country);
        if (facet == "region" && !place->region.empty()) values.insert(place->region);
      }
      const auto* code = std::get_if<record::CodeValue>(&scalar);
      if (code != nullptr && !list.empty() && slot.code_list == list) values.insert(code->code);
    }
  }
}

void AddMonths(const Subject& subject, std::set<std::string>& values) {
  const auto month_of = [](int64_t ms) {
    return absl::CivilMonth(absl::ToCivilDay(absl::FromUnixMillis(ms), absl::UTCTimeZone()));
  };
  for (const Span& span : SeenSpans(subject)) {
    if (!span.from || !span.until || *span.until <= *span.from) continue;
    const absl::CivilMonth first = month_of(*span.from), last = month_of(*span.until - 1);
    if (last - first >= kMostMonths) continue;
    for (absl::CivilMonth month = first; month <= last; ++month) values.insert(absl::FormatCivilTime(month));
  }
}

}  // namespace

std::span<const std::string_view> FacetNames() { return kFacets; }

absl::Status CheckFacet(std::string_view facet) {
  if (std::find(kFacets.begin(), kFacets.end(), facet) != kFacets.end()) return absl::OkStatus();
  std::string known;
  for (const std::string_view one : kFacets) known += Say({known.empty() ? "" : ", ", one});
  return Expected(
      {"search: records are not counted by `", facet, "`", text::DidYouMean(facet, kFacets), "; there are ", known});
}

std::vector<std::string> FacetValues(std::string_view facet, const Subject& subject) {
  std::set<std::string> values;
  if (facet == "kind") {
    const record::Kind* const kind = record::Catalogue::FindKind(subject.statement.kind);
    if (kind != nullptr) values.insert(std::string(kind->name));
  } else if (facet == "origin") {
    values.insert(std::string(subject.origin));
  } else if (subject.view != nullptr) {
    if (facet == "tlp") {
      values.insert(std::string(record::TlpName(subject.view->handling().effective_tlp())));
    } else if (facet == "month") {
      AddMonths(subject, values);
    } else {
      AddSaid(facet, subject, values);
    }
  }
  return {values.begin(), values.end()};
}

}  // namespace tidegate::search

#include "policy/label/label.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "absl/status/status.h"

namespace tidegate::label {
namespace {

constexpr uint8_t kLabelVersion = 1;
constexpr uint8_t kMarkingVersion = 1;
constexpr uint8_t kPartyVersion = 1;

size_t TlpStrictness(std::string_view tlp) {
  return static_cast<size_t>(std::find(std::begin(kTlps), std::end(kTlps), tlp) - std::begin(kTlps));
}

// In ascending order, each once.
bool IsNormal(const FactSet& facts) {
  return !facts.has_value() || std::adjacent_find(facts->begin(), facts->end(), std::greater_equal<>()) == facts->end();
}

// Most sets have one member or none: they are left as they are.
void Normalise(FactSet& facts) {
  if (!IsNormal(facts)) facts = SortedUnique(*std::move(facts));
}

}  // namespace

bool FieldMarking::empty() const { return *this == FieldMarking{}; }

HeldRungs HeldFrom(int8_t finest, size_t rungs) {
  if (finest < 0 || rungs > kMostRungs || static_cast<size_t>(finest) >= rungs) return 0;
  const uint32_t all = (uint32_t{1} << rungs) - 1;
  const uint32_t finer = (uint32_t{1} << finest) - 1;
  return static_cast<HeldRungs>(all & ~finer);
}

int8_t GoingRung(int8_t permitted, HeldRungs held) {
  if (permitted < 0) return kWithheld;
  for (int8_t rung = permitted; rung < static_cast<int8_t>(kMostRungs); ++rung) {
    if ((held >> rung) & 1) return rung;
  }
  return kWithheld;
}

const LabelFact* FindLabelFact(std::string_view name) {
  const auto* found = std::find_if(std::begin(kLabelFacts), std::end(kLabelFacts),
                                   [&](const LabelFact& fact) { return fact.name == name; });
  return found == std::end(kLabelFacts) ? nullptr : found;
}

void Normalise(Label& label) {
  for (const LabelFact& fact : kLabelFacts) {
    if (fact.many != nullptr) Normalise(label.*fact.many);
  }
}

std::string EncodeLabel(const Label& label) {
  Writer out;
  out.U8(kLabelVersion);
  out.Text(label.kind);
  for (const LabelFact& fact : kLabelFacts) {
    if (fact.one != nullptr) {
      out.Optional(label.*fact.one);
    } else if (const FactSet& facts = label.*fact.many; IsNormal(facts)) {
      out.Optional(facts);
    } else {
      out.Optional(FactSet(SortedUnique(*facts)));
    }
  }
  return std::move(out).Take();
}

absl::StatusOr<Label> DecodeLabel(std::string_view bytes) {
  Reading in(bytes);
  if (in.U8() != kLabelVersion) return absl::InvalidArgumentError("policy: label has an unknown version");
  Label label;
  label.kind = in.Text();
  for (const LabelFact& fact : kLabelFacts) {
    if (fact.one != nullptr) {
      label.*fact.one = in.OptionalFact();
    } else {
      label.*fact.many = in.OptionalFacts();
    }
  }
  if (!in.AtEnd()) return absl::InvalidArgumentError("policy: label is cut short, out of order or too long");
  return label;
}

std::string EncodeMarking(const FieldMarking& marking) {
  Writer out;
  out.U8(kMarkingVersion);
  for (const Fact* fact :
       {&marking.tlp, &marking.basis, &marking.source_grade, &marking.intelligence_grade, &marking.asserted_by}) {
    out.Optional(*fact);
  }
  return std::move(out).Take();
}

absl::StatusOr<FieldMarking> DecodeMarking(std::string_view bytes) {
  Reading in(bytes);
  if (in.U8() != kMarkingVersion) return absl::InvalidArgumentError("policy: field marking has an unknown version");
  FieldMarking marking;
  for (Fact* fact :
       {&marking.tlp, &marking.basis, &marking.source_grade, &marking.intelligence_grade, &marking.asserted_by}) {
    *fact = in.OptionalFact();
  }
  if (!in.AtEnd()) return absl::InvalidArgumentError("policy: field marking is cut short or too long");
  return marking;
}

std::string EncodeParty(const Party& party) {
  Writer out;
  out.U8(kPartyVersion);
  out.Text(party.organisation);
  out.Text(party.sector);
  out.Text(party.country);
  out.Texts(SortedUnique(party.circles));
  out.Texts(SortedUnique(party.purposes));
  out.Texts(SortedUnique(party.legal_bases));
  out.U8(party.confirmed ? 1 : 0);
  return std::move(out).Take();
}

std::string_view StricterTlp(std::string_view a, std::string_view b) {
  return TlpStrictness(a) >= TlpStrictness(b) ? a : b;
}

}  // namespace tidegate::label

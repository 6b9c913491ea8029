#include "tests/bench/workload/workload.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "crypto/hash.h"
#include "nlohmann/json.hpp"

namespace tidegate::bench {
namespace {

constexpr char kExtension[] = "extension-definition--799cd2ef-2c13-4285-b782-702513655767";
constexpr std::array<const char*, 8> kTowns = {"Grimsby", "Hull",  "Boston", "Leeds",
                                               "Goole",   "Selby", "York",   "Wakefield"};
constexpr std::array<const char*, 4> kRegions = {"Lincolnshire", "East Yorkshire", "West Yorkshire", "Humberside"};
constexpr std::array<std::string_view, 4> kTlp = {"GREEN", "AMBER", "GREEN", "AMBER"};
constexpr std::array<const char*, 16> kWords = {"number", "advert",  "shown",   "again", "under", "another",
                                                "name",   "harbour", "street",  "night", "calls", "answered",
                                                "driver", "before",  "evening", "weeks"};

// SplitMix64: the same on every machine.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 0x7469646567617465u) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  uint64_t Below(uint64_t n) { return Next() % n; }

 private:
  uint64_t state_;
};

std::string Prose(Numbers& numbers, size_t bytes) {
  std::string text;
  while (text.size() < bytes) absl::StrAppend(&text, text.empty() ? "" : " ", kWords[numbers.Below(kWords.size())]);
  text.resize(bytes, ' ');
  while (!text.empty() && text.back() == ' ') text.back() = '.';
  return text;
}

std::string Day(Numbers& numbers, int year) {
  return absl::StrFormat("%d-%02d-%02d", year, 1 + numbers.Below(12), 1 + numbers.Below(28));
}

std::string Uuid(uint64_t i) {
  Numbers numbers(i ^ 0x75756964u);
  const uint64_t a = numbers.Next(), b = numbers.Next();
  return absl::StrFormat("%08x-%04x-4%03x-8%03x-%012x", a >> 32, (a >> 16) & 0xffff, a & 0xfff, (b >> 48) & 0xfff,
                         b & 0xffffffffffffu);
}

}  // namespace

Texts FieldsOf(uint64_t i) {
  Numbers numbers(i);
  return {{"external_id", absl::StrCat("case:B-", i)},
          {"number", absl::StrFormat("phone:+4477%08d", i % 100'000'000)},
          {"devices", absl::StrFormat("imsi:23415%010d", numbers.Below(10'000'000'000))},
          {"phone_type", "mobile"},
          {"country", "GB"},
          {"carrier", Prose(numbers, 150)},
          {"services", "whatsapp"},
          {"subscriber", absl::StrCat("Subscriber", numbers.Below(1'000'000))},
          {"exploitation", "labour.personal-services"},
          {"in_adverts", numbers.Below(2) == 0 ? "yes" : "no"},
          {"advert_count", absl::StrCat(1 + numbers.Below(90))},
          {"first_seen", Day(numbers, 2025)},
          {"last_seen", Day(numbers, 2026)},
          {"place", absl::StrFormat("%d Quay|%s|%s|GB", 1 + numbers.Below(400), kTowns[numbers.Below(kTowns.size())],
                                    kRegions[numbers.Below(kRegions.size())])},
          {"narrative", "Seen."},
          {"narrative.sanitised", Prose(numbers, 230)},
          {"informant", Prose(numbers, 240)}};
}

Texts HandlingOf(uint64_t i) {
  return {{"tlp", std::string(kTlp[i % kTlp.size()])},
          {"grade", "1BP"},
          {"purposes", "prevention"},
          {"legal_basis", "gdpr-6-1-f"}};
}

record::Draft DraftOf(uint64_t i) {
  record::Draft draft = Must(record::Draft::Create("phone"));
  for (const auto& [name, text] : FieldsOf(i)) Must(draft.SetField(name, text));
  for (const auto& [name, text] : HandlingOf(i)) Must(draft.handling.Set(name, text));
  return draft;
}

record::VerifiedView Committed(uint64_t i) {
  record::CommitContext context;
  context.author_fpr = crypto::HashOf({"author"});
  const crypto::Hash digest = crypto::HashOf({"record", std::to_string(i)});
  std::copy_n(digest.begin(), context.record_id.size(), context.record_id.begin());
  context.created_ms = 1'772'000'000'000;
  return Must(record::Commit(DraftOf(i), context, crypto::HashOf({"seed", std::to_string(i)})));
}

std::vector<int8_t> HalfOpened() {
  const record::Kind& kind = *record::Catalogue::FindKind("phone");
  std::vector<int8_t> finest(kind.slots.size(), -1);
  for (std::string_view name : {"phone_type", "country", "services", "exploitation"}) {
    finest[kind.FindSlot(name)->number] = 0;
  }
  finest[kind.FindSlot("narrative")->number] = 1;
  const auto at = [&](std::string_view name, std::string_view rung) {
    const record::Slot& slot = *kind.FindSlot(name);
    const auto found = std::find(slot.rungs.begin(), slot.rungs.end(), rung);
    if (found == slot.rungs.end()) std::cerr << "no rung " << rung << std::endl, std::abort();
    finest[slot.number] = static_cast<int8_t>(found - slot.rungs.begin());
  };
  at("first_seen", "time.month");
  at("last_seen", "time.month");
  at("place", "place.region");
  return finest;
}

std::string StixBundle(uint64_t from, uint64_t count) {
  std::string out = absl::StrCat("{\"type\":\"bundle\",\"id\":\"bundle--", Uuid(~from), "\",\"objects\":[\n");
  for (uint64_t i = from; i < from + count; ++i) {
    nlohmann::ordered_json fields, handling;
    for (const auto& [name, text] : FieldsOf(i)) fields[name] = text;
    for (const auto& [name, text] : HandlingOf(i)) {
      if (name == "purposes" || name == "legal_basis") {
        handling[name] = nlohmann::json::array({text});
      } else if (name != "tlp") {
        handling[name] = text;
      }
    }
    const bool green = kTlp[i % kTlp.size()] == "GREEN";
    const nlohmann::ordered_json object = {
        {"type", "x-tidegate-phone"},
        {"spec_version", "2.1"},
        {"id", absl::StrCat("x-tidegate-phone--", Uuid(i))},
        {"created", "2026-03-04T10:20:00.000Z"},
        {"modified", "2026-03-04T10:20:00.000Z"},
        {"object_marking_refs",
         nlohmann::json::array({green ? "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
                                      : "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"})},
        {"extensions",
         {{kExtension,
           {{"extension_type", "property-extension"},
            {"kind", "phone"},
            {"fields", fields},
            {"handling", handling}}}}}};
    absl::StrAppend(&out, i == from ? "" : ",\n", object.dump());
  }
  return out + "\n]}\n";
}

std::string CsvFile(uint64_t from, uint64_t count) {
  std::string out;
  for (uint64_t i = from; i < from + count; ++i) {
    Texts row = FieldsOf(i);
    const Texts handling = HandlingOf(i);
    row.insert(row.end(), handling.begin(), handling.end());
    if (i == from) {
      for (size_t column = 0; column < row.size(); ++column) {
        absl::StrAppend(&out, column == 0 ? "" : ",", row[column].first);
      }
      out += '\n';
    }
    for (size_t column = 0; column < row.size(); ++column) {
      absl::StrAppend(&out, column == 0 ? "\"" : ",\"", row[column].second, "\"");
    }
    out += '\n';
  }
  return out;
}

std::string CsvMapping() {
  std::string out = "kind = \"phone\"\nsource = \"bench\"\nidentity = [\"external_id\"]\n[columns]\n";
  for (const auto& [name, text] : FieldsOf(0)) {
    absl::StrAppend(&out, "\"", name, "\" = \"phone.", name, "\"\n");
  }
  for (const auto& [name, text] : HandlingOf(0)) absl::StrAppend(&out, "\"", name, "\" = \"handling.", name, "\"\n");
  return out;
}

std::string PolicyFor(std::string_view circle_name, int variant) {
  const std::string circle(circle_name);
  static constexpr std::array<const char*, 4> kPlaces = {"place.region", "place.locality", "place.country",
                                                         "place.exact"};
  static constexpr std::array<const char*, 3> kTimes = {"time.month", "time.day", "time.year"};
  return absl::StrCat(
      "@id(\"bench.", circle, "\") permit (principal in Circle::\"", circle,
      "\", action == Action::\"disclose\", resource in Kind::\"phone\")\n"
      "when { resource.record.tlp in Tlp::\"AMBER\" }\nwhen { resource in [Precision::\"",
      kPlaces[static_cast<size_t>(variant) % kPlaces.size()], "\", Precision::\"",
      kTimes[static_cast<size_t>(variant) % kTimes.size()],
      "\", Precision::\"narrative.sanitised\", Slot::\"phone.exploitation\", Slot::\"phone.phone_type\","
      " Slot::\"phone.services\", Slot::\"phone.country\"] };\n@id(\"alerts.",
      circle, "\") permit (principal in Circle::\"", circle,
      "\", action == Action::\"disclose\", resource in Kind::\"alert\")\n"
      "when { resource.record.tlp in Tlp::\"AMBER\" };\n");
}

}  // namespace tidegate::bench

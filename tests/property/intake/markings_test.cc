// For any markings of a STIX object, in any form: no record that is made of it is less strict than its source.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "node/intake/intake.h"
#include "tests/property/crypto/dice.h"
#include "tests/property/intake/strictness.h"

namespace tidegate::intake {
namespace {

using property::Dice;
using record::Tlp;

constexpr std::string_view kOwnExtension = "extension-definition--799cd2ef-2c13-4285-b782-702513655767";
constexpr std::string_view kTlp2Extension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
// TLP 1, STIX 2.1 section 7.2.1.4: white, green, amber, red.
constexpr std::pair<std::string_view, Tlp> kTlp1Ids[] = {
    {"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::kClear},
    {"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::kGreen},
    {"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", Tlp::kAmber},
    {"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::kRed}};
constexpr std::string_view kTlpIds[] = {"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
                                        "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
                                        "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
                                        "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
                                        "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"};

std::string Number(std::string_view type, uint64_t number) {
  std::string digits = std::to_string(number);
  return std::string(type) + "--00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

// One marking: its id, its definition as an object (empty: predefined, or nobody's), and what it asks for.
struct Mark {
  std::string id;
  std::string definition;
  std::string again;      // a second definition, or empty
  std::string statement;  // to be kept
  Tlp least = Tlp::kClear;
};

std::string Defined(const std::string& id, const std::string& body) {
  return R"({"type":"marking-definition","spec_version":"2.1","id":")" + id + R"(",)" + body + "}";
}

Mark RandomMark(Dice& dice, uint64_t number) {
  static constexpr std::string_view kWords[] = {"white", "GREEN", "tlp:amber", "Amber+Strict", "RED", "mauve"};
  static constexpr Tlp kMeant[] = {Tlp::kClear, Tlp::kGreen, Tlp::kAmber, Tlp::kAmberStrict, Tlp::kRed, Tlp::kRed};
  Mark mark;
  mark.id = Number("marking-definition", number);
  const auto word = [&](Tlp* least) {
    const uint64_t one = dice.Below(std::size(kWords));
    *least = std::max(*least, kMeant[one]);
    return R"("definition":{"tlp":")" + std::string(kWords[one]) + "\"}";
  };
  switch (dice.Below(10)) {
    case 0: {
      const uint64_t tlp = dice.Below(5);
      mark.id = kTlpIds[tlp];
      mark.least = static_cast<Tlp>(tlp);
      break;
    }
    case 1:
      mark.least = Tlp::kRed;  // nobody defines it
      break;
    case 2:
      mark.definition = Defined(mark.id, word(&mark.least));
      break;
    case 3:
      mark.definition = Defined(mark.id, word(&mark.least));
      mark.again = Defined(mark.id, word(&mark.least));
      break;
    case 4:
      mark.statement = "statement " + std::to_string(number);
      if (dice.Below(4) == 0) mark.statement += std::string(300, 'x');
      mark.definition = Defined(mark.id, R"("definition":{"statement":")" + mark.statement + "\"}");
      break;
    case 5:  // JSON's line break: what is kept, if anything, has two lines
      mark.statement = "statement " + std::to_string(number) + "\nand no further";
      mark.definition = Defined(
          mark.id, R"("definition":{"statement":"statement )" + std::to_string(number) + R"(\nand no further"})");
      break;
    case 6: {
      const auto& [id, tlp] = kTlp1Ids[dice.Below(std::size(kTlp1Ids))];
      mark.id = id;
      mark.least = tlp;
      break;
    }
    case 7: {  // TLP 2.0 as its own definitions write it
      const uint64_t one = dice.Below(std::size(kWords));
      mark.least = kMeant[one];
      mark.definition = Defined(mark.id, R"("extensions":{")" + std::string(kTlp2Extension) +
                                             R"(":{"extension_type":"property-extension","tlp_2_0":")" +
                                             std::string(kWords[one]) + "\"}}");
      break;
    }
    case 8:  // PAP, IEP and others that say something we have no word for
      mark.definition = Defined(mark.id, dice.Chance(2) ? R"("definition_type":"pap","definition":{"pap":"GREEN"})"
                                                        : R"("definition_type":"iep","definition":{"hasl":"public"})");
      mark.least = Tlp::kRed;
      break;
    default:
      mark.definition = Defined(mark.id, R"("definition":{"releasability":"some"})");
      mark.least = Tlp::kRed;
      break;
  }
  return mark;
}

// The field that is made of a property of the object, or none.
struct Property {
  std::string_view name, json, field;
  std::string_view part = {};  // further behind the name, where a selector may go on
};
constexpr Property kIncident[] = {
    {"name", R"("Nail bar")", "title"},
    {"description", R"("Two girls")", "narrative"},
    {"confidence", "40", "confidence"},
    {"labels", R"(["sar","no tag"])", "tags"},
    {"x_officer", R"("N. Name")", ""},
    {"x_parts", R"([{"who":"N. Name"}])", ""},
    {"x_deep", R"({"a":{"b":["N. Name",{"c":"N. Name"}]}})", "", ".a.b.[1].c"},
    {"aliases", R"(["one","two"])", "", ".[1]"},
    {"external_references", R"([{"source_name":"s","external_id":"7"}])", "external_id", ".[0].external_id"}};
// The field that our own extension names.
constexpr std::string_view kExtensionFields[] = {"place", "amount"};

struct Case {
  std::string text;
  bool foreign = false;     // no kind is made of its type: it is kept whole, and a part of it is no field
  Tlp whole = Tlp::kClear;  // that everything must have
  bool marked = false;      // the object as a whole is
  std::vector<std::pair<std::string_view, Tlp>> parts;
  std::vector<std::pair<std::string, std::string_view>> statements;  // and the property that each marks, or none
};

void Ask(const Mark& mark, std::string_view property, Case* made) {
  if (!mark.statement.empty()) made->statements.emplace_back(mark.statement, property);
  if (!property.empty()) {
    made->parts.emplace_back(property, mark.least);
    return;
  }
  made->whole = std::max(made->whole, mark.least);
  made->marked |= mark.statement.empty();
}

Case RandomCase(Dice& dice) {
  Case made;
  std::vector<std::string> objects;
  std::string refs, granular, body;
  for (const Property& property : kIncident) {
    body += ",\"" + std::string(property.name) + "\":" + std::string(property.json);
  }
  const bool extended = dice.Chance(2);
  if (extended) {
    body +=
        R"(,"extensions":{")" + std::string(kOwnExtension) +
        R"(":{"extension_type":"property-extension","kind":"alert","fields":{"place":"|Leeds||GB","amount":"5 GBP"}}})";
  }
  for (uint64_t i = dice.Below(5); i > 0; --i) {
    const Mark mark = RandomMark(dice, 100 + i);
    for (const std::string& definition : {mark.definition, mark.again}) {
      if (!definition.empty()) objects.push_back(definition);
    }
    switch (dice.Below(3)) {
      case 0:
        refs += (refs.empty() ? "\"" : ",\"") + mark.id + "\"";
        Ask(mark, "", &made);
        break;
      case 1: {
        if (extended && dice.Chance(4)) {
          const std::string_view field = kExtensionFields[dice.Below(std::size(kExtensionFields))];
          granular += std::string(granular.empty() ? "" : ",") + R"({"marking_ref":")" + mark.id +
                      R"(","selectors":["extensions.)" + std::string(kOwnExtension) + ".fields." + std::string(field) +
                      R"("]})";
          Ask(mark, field, &made);
          break;
        }
        const Property& property = kIncident[dice.Below(std::size(kIncident))];
        std::string selector(property.name);
        if (property.json.front() == '[' && dice.Below(2) == 0) selector += ".[0]";
        if (!property.part.empty() && dice.Below(2) == 0)
          selector = std::string(property.name) + std::string(property.part);
        granular += std::string(granular.empty() ? "" : ",") + R"({"marking_ref":")" + mark.id + R"(","selectors":[")" +
                    selector + R"("]})";
        Ask(mark, property.name, &made);
        break;
      }
      default:
        body += R"(,"x_)" + std::to_string(i) + R"(":{"within":{"object_marking_refs":[")" + mark.id + R"("]}})";
        Ask(mark, "x_nested", &made);
        break;
    }
  }
  made.foreign = dice.Chance(4);
  const std::string type = made.foreign ? "x-other" : "incident";
  std::string object = R"({"type":")" + type + R"(","id":")" + Number(type, 1) +
                       R"(","modified":"2025-01-01T00:00:00Z")" + body + R"(,"object_marking_refs":[)" + refs +
                       R"(],"granular_markings":[)" + granular + "]}";
  objects.insert(objects.begin() + static_cast<std::ptrdiff_t>(dice.Below(objects.size() + 1)), object);
  made.text = R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[)";
  for (size_t i = 0; i < objects.size(); ++i) made.text += (i > 0 ? "," : "") + objects[i];
  made.text += "]}";
  return made;
}

// How strictly that is held which `property` (none: the object) became. A property without a field counts for all.
Tlp Held(const Case& made, const record::Draft& draft, std::string_view property) {
  if (made.foreign) return draft.handling.effective_tlp();
  for (const Property& known : kIncident) {
    if (known.name != property || known.field.empty()) continue;
    // A label without a code stands in the narrative.
    const Tlp words = property == "labels" ? TlpOfField(draft, "narrative") : Tlp::kRed;
    return std::min(words, TlpOfField(draft, known.field));
  }
  for (const std::string_view field : kExtensionFields) {
    if (field == property) return TlpOfField(draft, field);
  }
  return draft.handling.effective_tlp();
}

TEST(Markings, NothingIsLessStrictThanItsSource) {
  Dice dice("markings");
  for (int round = 0; round < 2000; ++round) {
    const Case made = RandomCase(dice);
    std::vector<record::Draft> drafts;
    std::vector<std::string> rejects;
    const auto summary = Read(
        Format::kStix, {"source", made.text, true}, nullptr, {}, {},
        [&](std::vector<Item>& items) {
          for (Item& item : items) drafts.push_back(std::move(item.draft));
          return absl::OkStatus();
        },
        [&](const Reject& reject) {
          rejects.push_back(reject.reason);
          return absl::OkStatus();
        });
    ASSERT_TRUE(summary.ok()) << summary.status() << made.text;
    ASSERT_EQ(drafts.size() + rejects.size(), 1u) << made.text;
    if (drafts.empty()) continue;
    const record::Draft& draft = drafts[0];
    EXPECT_GE(draft.handling.effective_tlp(), made.marked ? made.whole : Tlp::kRed) << made.text;
    for (const auto& [property, least] : made.parts) {
      EXPECT_GE(Held(made, draft, property), least) << property << " in " << made.text;
    }
    for (const auto& [statement, property] : made.statements) {
      const auto& conditions = draft.handling.conditions;
      const bool kept = std::find(conditions.begin(), conditions.end(), statement) != conditions.end();
      EXPECT_TRUE(kept || Held(made, draft, property) == Tlp::kRed) << statement << " in " << made.text;
      const auto& told = summary->warnings;
      const bool warned = std::any_of(told.begin(), told.end(), [](const std::string& warning) {
        return warning.find("a statement cannot be kept") != std::string::npos;
      });
      EXPECT_TRUE(kept || warned) << statement << " in " << made.text;
    }
    if (HasFailure()) return;
  }
}

// The record of an object does not depend on the order in which the object names its markings, nor on the order of
// objects.
TEST(Markings, TheirOrderMeansNothing) {
  Dice dice("markings");
  for (int round = 0; round < 500; ++round) {
    std::vector<Mark> marks;
    for (uint64_t i = 1 + dice.Below(5); i > 0; --i) marks.push_back(RandomMark(dice, 200 + i));
    std::vector<std::string> seen;
    for (int turn = 0; turn < 3; ++turn) {
      std::rotate(marks.begin(), marks.begin() + static_cast<std::ptrdiff_t>(dice.Below(marks.size())), marks.end());
      if (turn == 2) std::reverse(marks.begin(), marks.end());
      std::string refs, definitions;
      for (const Mark& mark : marks) {
        refs += (refs.empty() ? "\"" : ",\"") + mark.id + "\"";
        for (const std::string& definition : {mark.again, mark.definition}) {
          if (!definition.empty()) definitions += "," + definition;
        }
      }
      const std::string text = R"({"type":"bundle","objects":[{"type":"incident","id":")" + Number("incident", 1) +
                               R"(","name":"x","object_marking_refs":[)" + refs + "]}" + definitions + "]}";
      const auto summary = Read(
          Format::kStix, {"source", text, true}, nullptr, {}, {},
          [&](std::vector<Item>& items) {
            record::Handling handling = items.at(0).draft.handling;
            std::sort(handling.conditions.begin(), handling.conditions.end());
            seen.push_back(record::EncodeHandling(handling).value_or(""));
            return absl::OkStatus();
          },
          [](const Reject&) { return absl::OkStatus(); });
      ASSERT_TRUE(summary.ok()) << summary.status();
      ASSERT_EQ(seen.size(), static_cast<size_t>(turn + 1)) << text;
      EXPECT_EQ(seen.back(), seen.front()) << text;
    }
    if (HasFailure()) return;
  }
}

// However many conditions are asked for: what has no place among the 32 makes the object RED.
TEST(Markings, NoStatementIsLostForWantOfRoom) {
  for (const size_t count : {31u, 32u, 33u, 70u}) {
    std::string refs, definitions;
    for (size_t i = 0; i < count; ++i) {
      const std::string id = Number("marking-definition", 300 + i);
      refs += ",\"" + id + "\"";
      definitions += "," + Defined(id, R"("definition":{"statement":"condition )" + std::to_string(i) + "\"}");
    }
    const std::string text = R"({"type":"bundle","objects":[{"type":"incident","id":")" + Number("incident", 1) +
                             R"(","name":"x","object_marking_refs":[")" + std::string(kTlpIds[1]) + "\"" + refs + "]}" +
                             definitions + "]}";
    std::vector<record::Draft> drafts;
    const auto summary = Read(
        Format::kStix, {"source", text, true}, nullptr, {}, {},
        [&](std::vector<Item>& items) {
          for (Item& item : items) drafts.push_back(std::move(item.draft));
          return absl::OkStatus();
        },
        [](const Reject&) { return absl::OkStatus(); });
    ASSERT_TRUE(summary.ok()) << summary.status();
    ASSERT_EQ(drafts.size(), 1u);
    EXPECT_EQ(drafts[0].handling.effective_tlp(), count <= 32 ? Tlp::kGreen : Tlp::kRed) << count;
    EXPECT_EQ(summary->warnings.empty(), count <= 32) << count;
  }
}

}  // namespace
}  // namespace tidegate::intake

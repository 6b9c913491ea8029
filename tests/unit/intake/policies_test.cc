// The sample policies over the sample data: who of the three organisations sees what.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crypto/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/record/record.h"
#include "policy/review/review.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using ::testing::IsEmpty;

const std::string kSample = std::string(TIDEGATE_SOURCE_DIR) + "/deploy/sample";
constexpr std::string_view kCharity = "lantern-community";
constexpr std::string_view kBank = "meridian-union-bank";
constexpr std::string_view kPolice = "northfield-police";

policy::Digest Sha256(std::string_view bytes) { return crypto::HashOf({bytes}); }

policy::Vocabulary VocabularyOf(std::string_view self) {
  policy::Vocabulary vocabulary;
  vocabulary.self = self;
  vocabulary.circles = {"banks", "charities", "harbour"};
  return vocabulary;
}

std::vector<policy::PolicySource> SourcesOf(const std::string& name) {
  return {{name + ".cedar", ReadFile(kSample + "/policies/" + name + ".cedar")}};
}

policy::Party Partner(std::string_view organisation) {
  policy::Party party;
  party.organisation = organisation;
  party.country = "GB";
  party.confirmed = true;
  party.purposes = {"prevention", "safeguarding", "financial-crime"};
  party.legal_bases = {"gdpr-6-1-f"};
  party.sector = organisation == kPolice ? "police" : organisation == kBank ? "bank" : "ngo";
  if (organisation == kBank) party.circles = {"banks", "harbour"};
  if (organisation == kCharity) party.circles = {"charities", "harbour"};
  return party;
}

// The precision at which `partner` sees each field of a draft by `author`: "withheld" for a field that does not go;
// empty if the record does not travel.
std::map<std::string, std::string> Seen(const std::string& policies, std::string_view author, record::Draft draft,
                                        std::string_view partner) {
  auto engine = policy::Engine::Create(SourcesOf(policies), record::Shapes(), VocabularyOf(author), &Sha256);
  EXPECT_TRUE(engine.ok()) << engine.status();
  absl::StatusOr<record::VerifiedView> view = record::Commit(draft, {}, {});
  EXPECT_TRUE(view.ok()) << view.status();
  policy::Candidate candidate;
  candidate.leaf = view->leaf();
  candidate.kind = draft.kind->number;
  candidate.label = (*engine)->Intern(record::LabelOf(*view, draft.local, author, true));
  for (const record::HeldSlot& held : record::HeldSlotsOf(*view)) {
    candidate.fields.push_back({held.slot, held.rungs, (*engine)->Intern(held.marking)});
  }
  review::Explanation explanation = review::Explain(**engine, (*engine)->Intern(Partner(partner)), candidate, 0);
  std::map<std::string, std::string> seen;
  if (!explanation.travels) return seen;
  for (const review::FieldExplanation& field : explanation.fields) seen[field.name] = field.precision;
  return seen;
}

std::vector<Item> CharityItems() {
  absl::StatusOr<Mapping> mapping = Mapping::Load(kSample + "/charity/community-reports.toml");
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return Collect(Format::kCsv, {kSample + "/charity/community-reports.csv", {}, false}, &*mapping).items;
}

std::vector<Item> BankItems() { return Collect(Format::kStix, {kSample + "/bank/alerts.stix.json", {}, false}).items; }

record::Draft FindItem(const std::vector<Item>& items, std::string_view ending) {
  for (const Item& item : items) {
    if (item.source_key.size() >= ending.size() &&
        std::string_view(item.source_key).substr(item.source_key.size() - ending.size()) == ending) {
      return item.draft;
    }
  }
  ADD_FAILURE() << "no item ends in " << ending;
  return {};
}

TEST(SamplePolicies, AreValidAndWithoutFindings) {
  for (const auto& [name, self] :
       {std::pair<std::string, std::string_view>{"charity", kCharity}, {"bank", kBank}, {"police", kPolice}}) {
    for (const policy::Diagnostic& finding : review::Check(SourcesOf(name), record::Shapes(), VocabularyOf(self))) {
      ADD_FAILURE() << finding.ToString();
    }
  }
}

TEST(SamplePolicies, PoliceSeeTheExactPlaceTheBankItsRegion) {
  record::Draft draft = FindItem(CharityItems(), ":LC-0147");
  auto police = Seen("charity", kCharity, draft, kPolice);
  EXPECT_EQ(police["place"], "place.exact");
  EXPECT_EQ(police["observed"], "time.day");  // as exact as it was told
  EXPECT_EQ(police["identifiers"], "identifier.whole");
  EXPECT_EQ(police["narrative"], "narrative.full");
  EXPECT_EQ(police["nationalities"], "whole");
  EXPECT_EQ(police["informant"], "withheld");
  EXPECT_EQ(police["informant_contact"], "withheld");
  auto bank = Seen("charity", kCharity, draft, kBank);
  EXPECT_EQ(bank["place"], "place.region");
  EXPECT_EQ(bank["observed"], "time.month");
  EXPECT_EQ(bank["identifiers"], "identifier.masked");
  EXPECT_EQ(bank["narrative"], "narrative.sanitised");
  EXPECT_EQ(bank["exploitation"], "code.exact");
  EXPECT_EQ(bank["nationalities"], "withheld");
  EXPECT_EQ(bank["informant"], "withheld");
}

TEST(SamplePolicies, NothingRedOrUnmarkedReachesTheBankAndPoliceGetWhatNamesThem) {
  int red = 0;
  for (const Item& item : CharityItems()) {
    if (item.draft.handling.effective_tlp() < record::Tlp::kAmberStrict) continue;
    EXPECT_THAT(Seen("charity", kCharity, item.draft, kBank), IsEmpty()) << item.source_key;
    bool named = !item.draft.local.named_recipients.empty();
    EXPECT_EQ(Seen("charity", kCharity, item.draft, kPolice).empty(), !named) << item.source_key;
    red += named ? 1 : 0;
    if (red > 2) break;
  }
  EXPECT_GT(red, 0);
}

TEST(SamplePolicies, CodeCReachesThoseOfWhomItsConditionsHold) {
  int conditional = 0;
  for (const Item& item : CharityItems()) {
    if (item.draft.handling.handling_code != "C") continue;
    EXPECT_FALSE(Seen("charity", kCharity, item.draft, kPolice).empty()) << item.source_key;
    EXPECT_THAT(Seen("charity", kCharity, item.draft, kBank), IsEmpty()) << item.source_key;
    if (++conditional == 2) break;
  }
  EXPECT_EQ(conditional, 2);
}

TEST(SamplePolicies, AlertsShowAccountsWholeToPoliceMaskedToTheCharity) {
  int alerts = 0;
  int reported = 0;
  for (const Item& item : BankItems()) {
    if (item.draft.kind->name != "alert") continue;
    auto police = Seen("bank", kBank, item.draft, kPolice);
    auto charity = Seen("bank", kBank, item.draft, kCharity);
    if (record::TaggedSar(item.draft)) {
      ++reported;
      EXPECT_FALSE(police.empty());
      EXPECT_THAT(charity, IsEmpty());
    } else if (item.draft.handling.effective_tlp() <= record::Tlp::kAmber && ++alerts < 4) {
      EXPECT_EQ(police["accounts"], "identifier.whole") << item.source_key;
      EXPECT_EQ(police["persons_named"], "whole");
      EXPECT_EQ(charity["place"], "place.region");
      EXPECT_EQ(charity["amount"], "amount.band");
      EXPECT_EQ(charity["accounts"], "identifier.masked");
      EXPECT_EQ(charity["persons_named"], "withheld");
    }
  }
  EXPECT_EQ(reported, 1);
  EXPECT_GE(alerts, 10);
}

TEST(SamplePolicies, PoliceTellTheAuthorAndNobodyElseWhatBecameOfARecord) {
  absl::StatusOr<record::Draft> sighting = record::Draft::Create("sighting");
  ASSERT_TRUE(sighting.ok());
  ASSERT_TRUE(sighting->SetValue("reference", {{record::Reference{}}}).ok());
  ASSERT_TRUE(sighting->SetField("outcome", "acted-on").ok());
  ASSERT_TRUE(sighting->handling.Set("tlp", "AMBER").ok());
  ASSERT_TRUE(sighting->handling.Set("purposes", "prevention").ok());
  EXPECT_THAT(Seen("police", kPolice, *sighting, kCharity), IsEmpty()) << "it names nobody";
  for (const auto& [author, other] : {std::pair{kCharity, kBank}, std::pair{kBank, kCharity}}) {
    sighting->local.named_recipients = {std::string(author)};
    EXPECT_EQ(Seen("police", kPolice, *sighting, author)["outcome"], "code.exact") << author;
    EXPECT_THAT(Seen("police", kPolice, *sighting, other), IsEmpty()) << "about a record of " << author;
  }
}

}  // namespace
}  // namespace tidegate::intake

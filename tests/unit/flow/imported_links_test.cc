// Links and sightings that a file says are handled no looser than what they are about, wherever that comes from: held
// already, in the same file, or on its way into the store.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::MemoryNode;
using support::Must;

constexpr char kGreen[] = R"("object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"])";
constexpr char kExtension[] = "extension-definition--799cd2ef-2c13-4285-b782-702513655767";
constexpr char kToBank[] = R"(@id("all") permit (principal, action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" };)";

std::string Id(const std::string& type, int number) {
  return absl::StrCat(type, "--0000000", number, "-0000-4000-8000-00000000000a");
}

// The values of our own extension, beside its TLP.
std::string Own(const std::string& members) {
  return absl::StrCat(R"("extensions":{")", kExtension, R"(":{"extension_type":"property-extension",)", members, "}}");
}

std::string Object(const std::string& type, int number, const std::string& members, const std::string& marking = kGreen,
                   int year = 2026) {
  return absl::StrCat(R"({"type":")", type, R"(","spec_version":"2.1","id":")", Id(type, number),
                      R"(","created":"2020-01-01T00:00:00Z","modified":")", year, R"(-01-01T00:00:00Z",)", members, ",",
                      marking, "}");
}

// A suspicious activity report for one bank, whose narrative is stricter than the rest.
std::string Suspicion(int number, int year = 2026, const std::string& pap = "RED") {
  return Object(
      "incident", number,
      absl::StrCat(R"("name":"Nine men, one account",)",
                   Own(absl::StrCat(R"("fields":{"narrative":"Whole"},"attributes":{"narrative":{"tlp":"AMBER"}},)",
                                    R"("handling":{"pap":")", pap,
                                    R"(","purposes":["prevention"],"legal_basis":["gdpr-6-1-f"],)",
                                    R"("expiry":"2099-01-01T00:00Z"},"tags":["sar"],"recipients":["bank"])"))),
      kGreen, year);
}

std::string Plain(int number) { return Object("incident", number, R"("name":"Nail bar")"); }

std::string Relationship(int number, int from, int to, const std::string& more = R"("confidence":60)") {
  return Object("relationship", number,
                absl::StrCat(R"("relationship_type":"related-to","source_ref":")", Id("incident", from),
                             R"(","target_ref":")", Id("incident", to), R"(",)", more));
}

std::string Sighting(int number, int of, const std::string& more = R"("confidence":60)") {
  return Object("sighting", number, absl::StrCat(R"("sighting_of_ref":")", Id("incident", of), R"(",)", more));
}

class ImportedLinksTest : public testing::Test {
 protected:
  ImportProgress ImportWithRejects(const std::vector<std::string>& objects, bool dry_run = false) {
    std::string text = R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[)";
    for (size_t i = 0; i < objects.size(); ++i) absl::StrAppend(&text, i == 0 ? "" : ",", objects[i]);
    return ImportText("bundle.json", text + "]}", "", dry_run);
  }
  ImportProgress Import(const std::vector<std::string>& objects, bool dry_run = false) {
    return WithoutRejects(ImportWithRejects(objects, dry_run));
  }
  static ImportProgress WithoutRejects(ImportProgress told) {
    for (const ImportReject& reject : told.rejects) ADD_FAILURE() << reject.position << ": " << reject.reason;
    return told;
  }
  ImportProgress ImportText(const std::string& name, const std::string& text, const std::string& mapping,
                            bool dry_run = false) {
    const std::string path = files_.path() + "/" + name;
    std::ofstream(path, std::ios::trunc) << text;
    ImportFile what;
    what.may_change = [](policy::Action, const record::RecordId&) { return true; };
    what.path = path;
    what.mapping = mapping;
    what.mapping_name = mapping.empty() ? "" : "test.toml";
    what.dry_run = dry_run;
    ImportProgress last;
    Must(charity_.authoring().Import(policy::PrincipalMint::Mint("ana", true, {"analyst"}), "a test", what,
                                     [&last](const ImportProgress& progress) {
                                       last = progress;
                                       return true;
                                     }));
    return last;
  }
  // The only record of that kind, as it would be amended.
  record::Draft Only(const std::string& kind) {
    auto snapshot = charity_.Read();
    store::Query query;
    query.where = store::Where::OfKind(kind);
    const auto page = Must(snapshot->Find(query));
    EXPECT_EQ(page.seqs.size(), 1u);
    if (page.seqs.empty()) return *record::Draft::Create(kind);
    return Must(DraftOf(Must(snapshot->GetRecord(page.seqs.front()))));
  }
  void ExpectAsStrictAsTheSuspicion(const record::Draft& draft) {
    EXPECT_EQ(draft.handling.effective_tlp(), record::Tlp::kAmber) << "of its strictest field";
    EXPECT_EQ(draft.handling.pap, "RED");
    EXPECT_EQ(draft.handling.purposes, std::vector<std::string>{"prevention"});
    EXPECT_EQ(draft.handling.legal_basis, std::vector<std::string>{"gdpr-6-1-f"});
    EXPECT_TRUE(draft.handling.expiry_ms.has_value());
    EXPECT_EQ(draft.local.tags, std::vector<std::string>{"sar"});
    EXPECT_EQ(draft.local.named_recipients, std::vector<std::string>{"bank"});
  }

  Clock clock_;
  support::Folder files_;
  MemoryNode charity_{"charity", "ngo", clock_};
};

TEST_F(ImportedLinksTest, ARelationshipInheritsFromWhatIsHeld) {
  Import({Suspicion(1), Suspicion(2)});
  Import({Relationship(3, 1, 2)});
  ExpectAsStrictAsTheSuspicion(Only("link"));
}

TEST_F(ImportedLinksTest, ARelationshipInheritsFromTheSameBundle) {
  const ImportProgress told = Import({Relationship(3, 1, 2), Suspicion(1), Suspicion(2)});
  EXPECT_EQ(told.stored, 3u);
  ExpectAsStrictAsTheSuspicion(Only("link"));
}

TEST_F(ImportedLinksTest, TheStricterEndHolds) {
  Import({Plain(1), Suspicion(2), Relationship(3, 1, 2)});
  const record::Draft link = Only("link");
  EXPECT_EQ(link.handling.effective_tlp(), record::Tlp::kAmber);
  EXPECT_EQ(link.handling.pap, "RED");
  EXPECT_EQ(link.local.tags, std::vector<std::string>{"sar"});
  EXPECT_TRUE(link.local.named_recipients.empty()) << "the other end names nobody";
}

TEST_F(ImportedLinksTest, WhatTheFileSaysStricterStays) {
  Import({Plain(1), Plain(2),
          Relationship(3, 1, 2, Own(R"("handling":{"tlp":"RED","pap":"AMBER","grade":"3BP"},"tags":["informant"])"))});
  const record::Draft link = Only("link");
  EXPECT_EQ(link.handling.effective_tlp(), record::Tlp::kRed);
  EXPECT_EQ(link.handling.pap, "AMBER");
  EXPECT_EQ(link.handling.source_grade, "3") << "how good it is, is its own";
  EXPECT_EQ(link.local.tags, std::vector<std::string>{"informant"});
}

TEST_F(ImportedLinksTest, ASightingInheritsAndGoesToNobodyElse) {
  Import({Suspicion(1), Sighting(4, 1, Own(R"("recipients":["bank","police"])"))});
  ExpectAsStrictAsTheSuspicion(Only("sighting"));
}

TEST_F(ImportedLinksTest, ASightingOfWhatNamesNobodyGoesToWhomItNames) {
  Import({Plain(1), Sighting(4, 1, Own(R"("recipients":["police"])"))});
  EXPECT_EQ(Only("sighting").local.named_recipients, std::vector<std::string>{"police"});
}

TEST_F(ImportedLinksTest, AnEndThatIsAmendedInTheSameBundlePassesOnWhatItSaysNow) {
  Import({Suspicion(1, 2025, "AMBER"), Suspicion(2, 2025, "AMBER")});
  Import({Suspicion(1, 2026, "RED"), Relationship(3, 1, 2)});
  ExpectAsStrictAsTheSuspicion(Only("link"));
}

TEST_F(ImportedLinksTest, TheSameFileAgainIsNoNews) {
  Import({Suspicion(1), Suspicion(2), Relationship(3, 1, 2), Sighting(4, 1)});
  const ImportProgress again = Import({Suspicion(1), Suspicion(2), Relationship(3, 1, 2), Sighting(4, 1)});
  EXPECT_EQ(again.unchanged, 4u);
  EXPECT_EQ(again.amended + again.stored + again.conflicts, 0u);
}

TEST_F(ImportedLinksTest, ADryRunCountsTheSame) {
  const std::vector<std::string> objects{Suspicion(1), Suspicion(2), Relationship(3, 1, 2), Sighting(4, 1)};
  EXPECT_EQ(Import(objects, /*dry_run=*/true).stored, 4u);
  EXPECT_EQ(Import(objects).stored, 4u);
}

std::string NoteOf(const record::Draft& draft) {
  const auto field = draft.fields.find(draft.kind->FindSlot("note")->number);
  return field == draft.fields.end() ? "" : std::get<record::Narrative>(field->second.value.items.front()).text;
}

bool Has(const record::Draft& draft, const std::string& field) {
  return draft.fields.count(draft.kind->FindSlot(field)->number) > 0;
}

TEST_F(ImportedLinksTest, ARelationshipToWhatIsNotHeldIsKeptWithoutThatEndAndGoesToNobody) {
  const ImportProgress told = Import({Plain(1), Relationship(3, 1, 2, Own(R"("recipients":["bank"])"))});
  EXPECT_EQ(told.stored, 2u);
  EXPECT_EQ(told.dangling, 1u);
  EXPECT_FALSE(told.warnings.empty());
  const record::Draft link = Only("link");
  EXPECT_TRUE(Has(link, "from"));
  EXPECT_FALSE(Has(link, "to"));
  EXPECT_EQ(NoteOf(link), "to: " + Id("incident", 2) + ", which is not held here");
  EXPECT_EQ(link.handling.effective_tlp(), record::Tlp::kRed) << "how the other end is marked, nobody knows";
  EXPECT_TRUE(link.local.named_recipients.empty());
}

TEST_F(ImportedLinksTest, WhatLacksAnEndIsNoNewsAgainAndGetsItWhenItIsHeld) {
  Import({Relationship(3, 1, 2)});
  EXPECT_EQ(Import({Relationship(3, 1, 2)}).unchanged, 1u);
  EXPECT_EQ(Import({Plain(1), Relationship(3, 1, 2)}).amended, 1u) << "one end came";
  EXPECT_EQ(Import({Plain(1), Relationship(3, 1, 2)}).unchanged, 2u);
  EXPECT_EQ(Import({Plain(2), Relationship(3, 1, 2)}).amended, 1u) << "the other came";
  record::Draft link = Only("link");
  EXPECT_TRUE(Has(link, "from") && Has(link, "to"));
  EXPECT_EQ(NoteOf(link), "");
  EXPECT_EQ(link.handling.effective_tlp(), record::Tlp::kGreen) << "as if all had come at once";
  EXPECT_EQ(Import({Relationship(3, 1, 2)}).unchanged, 1u);
}

TEST_F(ImportedLinksTest, ALaterVersionOfALinkThatLacksBothEndsIsTaken) {
  Import({Relationship(3, 1, 2)});
  const std::string later =
      Object("relationship", 3,
             absl::StrCat(R"("relationship_type":"related-to","source_ref":")", Id("incident", 1),
                          R"(","target_ref":")", Id("incident", 2), R"(","description":"Seen again")"),
             kGreen, 2027);
  EXPECT_EQ(Import({later}).amended, 1u);
  EXPECT_EQ(Import({later}).unchanged, 1u);
}

TEST_F(ImportedLinksTest, AnEndThatAnotherFileBringsCompletesTheLink) {
  Import({Relationship(3, 1, 2)});
  const ImportProgress one = Import({Plain(2)});
  EXPECT_EQ(one.stored, 1u);
  EXPECT_EQ(one.amended, 1u) << "the link has one of its ends";
  record::Draft link = Only("link");
  EXPECT_TRUE(!Has(link, "from") && Has(link, "to"));
  EXPECT_EQ(NoteOf(link), "from: " + Id("incident", 1) + ", which is not held here");
  EXPECT_EQ(link.handling.effective_tlp(), record::Tlp::kRed);
  EXPECT_EQ(Import({Plain(1)}).amended, 1u);
  link = Only("link");
  EXPECT_TRUE(Has(link, "from") && Has(link, "to"));
  EXPECT_EQ(NoteOf(link), "");
  EXPECT_EQ(link.handling.effective_tlp(), record::Tlp::kGreen) << "as if all had come at once";
  const ImportProgress again = Import({Plain(1), Plain(2), Relationship(3, 1, 2)});
  EXPECT_EQ(again.unchanged, 3u) << "its own file says nothing new";
}

TEST_F(ImportedLinksTest, AMentionAndASightingAreCompletedToo) {
  const std::string report =
      Object("report", 5, absl::StrCat(R"("name":"R","object_refs":[")", Id("incident", 2), R"("])"));
  Import({report, Sighting(4, 1)});
  EXPECT_EQ(Import({Plain(1), Plain(2)}).amended, 2u);
  EXPECT_TRUE(Has(Only("link"), "to"));
  EXPECT_TRUE(Has(Only("sighting"), "reference"));
}

TEST_F(ImportedLinksTest, ADryRunForeseesTheLinksThatAreCompleted) {
  Import({Plain(1), Relationship(3, 1, 2)});
  EXPECT_EQ(Import({Plain(2)}, /*dry_run=*/true).amended, 1u);
  EXPECT_EQ(Import({Plain(2)}).amended, 1u);
}

TEST_F(ImportedLinksTest, ACompletedLinkInheritsFromTheEndThatCame) {
  Import({Suspicion(1, 2025, "AMBER"), Relationship(3, 1, 2)});
  Import({Suspicion(2, 2025, "RED")});
  ExpectAsStrictAsTheSuspicion(Only("link"));
}

TEST_F(ImportedLinksTest, BothEndsMayComeAtOnce) {
  Import({Relationship(3, 1, 2)});
  EXPECT_EQ(Import({Plain(1), Plain(2), Relationship(3, 1, 2)}).amended, 1u);
  EXPECT_EQ(Only("link").handling.effective_tlp(), record::Tlp::kGreen);
}

// The id is the same and the thing is not: neither says anything of the other.
TEST_F(ImportedLinksTest, AnObjectOfAnotherProducerUnderTheSameIdIsRejected) {
  const auto made_by = [](int who, const std::string& name) {
    return Object("incident", 1,
                  absl::StrCat(R"("name":")", name, R"(","created_by_ref":")", Id("identity", who), "\""));
  };
  EXPECT_EQ(Import({made_by(7, "Nail bar")}).stored, 1u);
  const ImportProgress told = ImportWithRejects({made_by(8, "Car wash")});
  EXPECT_EQ(told.amended, 0u);
  ASSERT_EQ(told.rejects.size(), 1u);
  EXPECT_NE(told.rejects.front().reason.find("another organisation's object"), std::string::npos);
}

// A relationship from incident 1 to incident 2, as its source marks it in that year.
std::string Marked(const std::string& tlp, int year) {
  return Object(
      "relationship", 3,
      absl::StrCat(R"("relationship_type":"related-to","source_ref":")", Id("incident", 1), R"(","target_ref":")",
                   Id("incident", 2), "\",", Own(R"("handling":{"tlp":")" + tlp + R"("})")),
      kGreen, year);
}

TEST_F(ImportedLinksTest, AnEndThatComesIsNoLeaveToLoosenWhatTheSourceSaidBefore) {
  Import({Plain(1), Marked("AMBER", 2025)});
  EXPECT_EQ(ImportWithRejects({Plain(2), Marked("GREEN", 2026)}).rejected, 1u);
  EXPECT_EQ(Only("link").handling.effective_tlp(), record::Tlp::kAmber)
      << "what it said before, with the end that came; its looser word is refused";
}

TEST_F(ImportedLinksTest, ALaterVersionOfWhatLacksAnEndIsTakenWithTheEnd) {
  Import({Plain(1), Marked("GREEN", 2025)});
  const ImportProgress told = Import({Plain(2), Marked("GREEN", 2026)});
  EXPECT_EQ(told.amended, 1u);
  EXPECT_EQ(Only("link").handling.effective_tlp(), record::Tlp::kGreen);
  EXPECT_EQ(Import({Plain(2), Marked("GREEN", 2026)}).unchanged, 2u);
}

TEST_F(ImportedLinksTest, ALaterVersionThatLacksTheEndTooIsNoLeaveToLoosenEither) {
  Import({Plain(1), Marked("AMBER", 2025)});
  EXPECT_EQ(ImportWithRejects({Marked("GREEN", 2026)}).rejected, 1u)
      << "RED here in any case, but only until it has its end";
  EXPECT_EQ(Import({Marked("AMBER", 2026)}).unchanged, 1u);
  EXPECT_EQ(Import({Plain(2)}).amended, 1u);
  EXPECT_EQ(Only("link").handling.effective_tlp(), record::Tlp::kAmber);
}

TEST_F(ImportedLinksTest, ALaterVersionThatNoLongerHasItsEndIsNoLeaveToLoosenEither) {
  Import({Plain(1), Plain(2), Marked("AMBER", 2025)});
  const std::string elsewhere =
      Object("relationship", 3,
             absl::StrCat(R"("relationship_type":"related-to","source_ref":")", Id("incident", 1),
                          R"(","target_ref":")", Id("incident", 7), "\",", Own(R"("handling":{"tlp":"GREEN"})")));
  EXPECT_EQ(ImportWithRejects({elsewhere}).rejected, 1u);
  EXPECT_TRUE(Has(Only("link"), "to"));
  EXPECT_EQ(Only("link").handling.effective_tlp(), record::Tlp::kAmber);
}

TEST_F(ImportedLinksTest, ALaterVersionOfWhatSomebodyChangedHereIsHeldAgainstOurs) {
  Import({Plain(1), Marked("GREEN", 2025)});
  auto snapshot = charity_.Read();
  store::Query links;
  links.where = store::Where::OfKind("link");
  const uint64_t seq = Must(snapshot->Find(links)).seqs.at(0);
  const auto statement = Must(record::ParseStatement(Must(snapshot->GetRecord(seq)).view.statement));
  Must(charity_.Amend(record::FormatRecordId(statement.record_id), {{"note", "seen by us too"}}));
  EXPECT_EQ(Import({Plain(2), Marked("GREEN", 2026)}).conflicts, 1u);
  EXPECT_EQ(Only("link").handling.effective_tlp(), record::Tlp::kRed);
}

TEST_F(ImportedLinksTest, ARowThatStandsTwiceCompletesItsLinkOnce) {
  Import({Plain(1), Relationship(3, 1, 2)});
  Must(charity_.store().Write([](store::WriteTransaction& transaction) -> absl::Status {
    std::string row;
    store::Damage damage;
    auto read =
        transaction.ForEachNamed(store::Named::kReject, "waits", damage, [&](std::string_view, std::string_view value) {
          row = std::string(value);
          return true;
        });
    if (!read.ok()) return read;
    return transaction.PutNamed(store::Named::kReject, "waits", "another name", row);
  }));
  EXPECT_EQ(ImportWithRejects({Plain(2)}).amended, 1u);
  EXPECT_TRUE(Has(Only("link"), "to"));
}

TEST_F(ImportedLinksTest, ASightingAndAMentionMayLackTheirEndToo) {
  const std::string report =
      Object("report", 5, absl::StrCat(R"("name":"R","object_refs":[")", Id("incident", 2), R"("])"));
  const ImportProgress told = Import({report, Sighting(4, 1)});
  EXPECT_EQ(told.stored, 3u);
  EXPECT_EQ(told.dangling, 2u);
  EXPECT_EQ(NoteOf(Only("link")), "to: " + Id("incident", 2) + ", which is not held here");
  EXPECT_NE(NoteOf(Only("sighting")).find("reference: " + Id("incident", 1)), std::string::npos);
}

TEST_F(ImportedLinksTest, WhatNamesSomethingThatItsAuthorTookBackIsLeftOut) {
  Import({Plain(1), Plain(2)});
  const ImportProgress told =
      Import({Object("incident", 1, R"("name":"Nail bar","revoked":true)", kGreen, 2027), Relationship(3, 1, 2)});
  EXPECT_EQ(told.withdrawn, 1u);
  EXPECT_EQ(told.recalled, 1u);
  EXPECT_EQ(told.stored, 0u);
  EXPECT_EQ(Import({Relationship(3, 1, 2)}).recalled, 1u);
}

TEST_F(ImportedLinksTest, CountsWhatIsKeptWholeByItsTypes) {
  const ImportProgress told =
      Import({Plain(1), Object("malware", 2, R"("name":"m")"), Object("malware", 3, R"("name":"n")"),
              Object("phone-number", 4, R"("name":"p")")});
  EXPECT_EQ(told.whole, 3u);
  EXPECT_EQ(told.whole_types, (std::set<std::string>{"malware", "phone-number"}));
}

TEST_F(ImportedLinksTest, ALinkOfATableInheritsToo) {
  constexpr char kPeople[] = R"(source = "desk"
kind = "person"
identity = ["Ref"]
[columns]
Ref = { to = "person.external_id", scheme = "case" }
Name = "person.name"
[constants]
"handling.tlp" = "RED"
"handling.purposes" = "prevention"
)";
  constexpr char kKnows[] = R"(source = "desk"
kind = "link"
identity = ["Ref"]
[columns]
Ref = { to = "link.note" }
From = { to = "link.from", refers = "person" }
To = { to = "link.to", refers = "person" }
[constants]
"link.verb" = "related-to"
"handling.tlp" = "GREEN"
"handling.purposes" = "prevention; prosecution"
)";
  EXPECT_EQ(WithoutRejects(ImportText("people.csv", "Ref,Name\nP1,Ana Novak\nP2,Bo Lind\n", kPeople)).stored, 2u);
  EXPECT_EQ(WithoutRejects(ImportText("knows.csv", "Ref,From,To\nL1,P1,P2\n", kKnows)).stored, 1u);
  const record::Draft link = Only("link");
  EXPECT_EQ(link.handling.effective_tlp(), record::Tlp::kRed);
  EXPECT_EQ(link.handling.purposes, std::vector<std::string>{"prevention"});
}

// Tipping off: a bank that was not named must not learn of the report by a sighting in somebody's file.
TEST_F(ImportedLinksTest, NobodyElseIsTippedOff) {
  MemoryNode other("other-bank", "bank", clock_);
  support::Pair(charity_, other);
  charity_.Apply(kToBank);
  support::Line line(charity_, other);
  Import({Suspicion(1), Suspicion(2), Relationship(3, 1, 2), Sighting(4, 1, Own(R"("recipients":["other-bank"])"))});
  line.Meet();
  EXPECT_EQ(other.Read()->LastSeq(), 0u);
}

}  // namespace
}  // namespace tidegate::flow

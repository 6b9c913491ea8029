// Two nodes live through all that they do for each other, while one call of the store fails: each call once, or each
// call from one on, as for a process that dies there. Whatever fails: nothing aborts, the error says that it was the
// store and what it was doing, what is in memory is what is on disk, and the work can be done again. At the end each
// node holds what a computation from the beginning says, and both stores verify. TIDEGATE_SEED=N tries other calls,
// TIDEGATE_FULL=1 every one.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <random>

#include "absl/strings/escaping.h"
#include "node/flow/embargo.h"
#include "node/flow/expiry.h"
#include "node/flow/kept.h"
#include "node/flow/leftovers.h"
#include "node/flow/looked.h"
#include "node/flow/removal.h"
#include "node/flow/retention.h"
#include "node/store/verify/verify.h"
#include "policy/principal_mint.h"
#include "tests/support/failing_store.h"
#include "tests/support/full.h"
#include "tests/support/held.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Assignments;
using support::Clock;
using support::FailingStore;
using support::Fate;
using support::kShareAll;
using support::Line;
using support::MemoryNode;
using support::Must;
using testing::HasSubstr;

constexpr uint64_t kHourMs = 3'600'000;
constexpr char kCoarse[] = R"(@id("coarse") permit (principal, action == Action::"disclose", resource)
when { resource in [Precision::"place.region", Precision::"time.month", FieldClass::"analytic"] };)";
constexpr char kToFriends[] = R"(@id("analytic") permit (principal, action == Action::"disclose", resource)
when { resource in FieldClass::"analytic" };
@id("friends") permit (principal in Circle::"friends", action == Action::"disclose", resource);)";

class FaultsTest : public testing::Test {
 protected:
  FaultsTest() {
    const char* given = std::getenv("TIDEGATE_SEED");
    const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
    std::cout << "TIDEGATE_SEED=" << seed << "\n";
    random_.seed(seed);
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
    bank_.Apply(kShareAll);
  }

  // Does `prepare` without a fault and then `act` with one, for one call after the other, until `act` makes no call
  // that could still fail.
  void Try(const std::string& what, const std::function<void()>& prepare, const std::function<absl::Status()>& act) {
    uint64_t failures = 0;
    for (uint64_t call = 1;; call += full_ ? 1 : 1 + Below(call)) {
      const bool dies = Below(3) == 0;
      SCOPED_TRACE(what + ", call " + std::to_string(call) + (dies ? " and all after it" : ""));
      prepare();
      FailingStore::FailAt(call, dies);
      const absl::Status done = act();
      FailingStore::Mend();
      if (!FailingStore::failed()) {
        EXPECT_TRUE(done.ok()) << done;
        EXPECT_GT(failures, 0u) << "nothing of this reaches the store";
        return;
      }
      ++failures;
      if (!done.ok()) {
        EXPECT_THAT(std::string(done.message()), HasSubstr("store: "));
      }
      Reopen(dies);
      if (HasFailure()) return;
    }
  }

  // What a node knows at once, from memory or from its store.
  static std::string PictureOf(MemoryNode& node) {
    auto snapshot = node.Read();
    std::string picture = "arrivals " + std::to_string(snapshot->LastSeq()) + ", records " +
                          std::to_string(Must(snapshot->RecordCount())) + ", log " + std::to_string(node.log().size()) +
                          ", register " + std::to_string(node.disclosures().log().size()) + ", policies " +
                          std::to_string(node.decisions().in_force().number) + ", waiting " +
                          std::to_string(Must(node.policies().Waiting()).size()) + " and " +
                          std::to_string(Must(node.governance().Waiting())) + ", read-only `" +
                          node.authoring().ReadOnly() + "`";
    for (const partner::PartnerPtr& partner : node.directory().List()) {
      picture += "\n" + partner->organisation + " " + std::string(partner->state()) + " " + partner->sector +
                 ", held " + std::to_string(node.receiving().UsedBy(partner->organisation).records) + ", cursor " +
                 absl::BytesToHexString(Must(node.receiving().Cursor(partner))).substr(0, 16);
      for (const std::string& circle : partner->circles) picture += ", in " + circle;
    }
    return picture;
  }

  // A node that is started again knows what it knew before. One that died is started again in any case.
  void Reopen(bool died) {
    if (!died && Below(4) != 0 && !full_) return;
    for (MemoryNode* node : {&charity_, &bank_}) {
      const std::string before = died ? "" : PictureOf(*node);
      node->Crash();
      if (!died) {
        EXPECT_EQ(before, PictureOf(*node)) << "of " << node->name();
      }
    }
  }

  void ExpectAllAsItMustBe() {
    clock_.now_ms += 4 * kHourMs;
    Must(ReleaseDue(charity_.store(), clock_.now_ms).status());
    for (int i = 0; i < 3; ++i) {
      Must(Met(there_));
      Must(Met(back_));
    }
    EXPECT_EQ(there_.Meet().stored, 0u) << "something is said again and again";
    support::ExpectHeldAsAllowed(charity_, bank_);
    support::ExpectHeldAsAllowed(bank_, charity_);
    for (MemoryNode* node : {&charity_, &bank_}) ExpectVerified(*node);
  }
  void ExpectVerified(MemoryNode& node) {
    verify::Options options;
    options.log_key = node.identity().keys().log_key;
    options.register_key = node.register_key();
    options.author_key = [&node](std::string_view organisation, std::string_view) {
      const partner::PartnerPtr author = node.directory().Find(std::string(organisation));
      return author == nullptr ? std::nullopt : std::optional(author->keys.log_key);
    };
    options.pinned = true;
    auto snapshot = node.Read();
    const verify::Report report = Must(verify::Verify(node.store_folder(), node.vault(), options));
    EXPECT_GT(report.records, 0u);
    for (const verify::Fault& fault : report.faults) {
      ADD_FAILURE() << node.name() << ": " << fault.table << ", " << fault.where << ": " << fault.what;
    }
  }

  uint64_t Below(uint64_t n) { return random_() % n; }
  static absl::Status Met(Line& line, const std::function<Fate(size_t)>& fate = nullptr) {
    const support::Meeting meeting = line.Meet(fate);
    EXPECT_EQ(meeting.refused, 0u);
    return meeting.fault.ok() ? meeting.status : meeting.fault;
  }
  static Assignments Report(const std::string& title) {
    return {{"title", title},
            {"place", "14 Harbour Lane|Grimsby|Lincolnshire|GB"},
            {"tlp", "GREEN"},
            {"purpose", "prevention"}};
  }
  std::string Add() { return charity_.Add("report", Report("Report " + std::to_string(++made_))); }
  Act By(const std::string& user) const {
    return {policy::PrincipalMint::Mint(user, true, policy::EveryRole()), "agreement", clock_.now_ms};
  }
  absl::Status Import() {
    ImportFile file;
    file.may_change = [](policy::Action, const record::RecordId&) { return true; };
    file.path = folder_.path() + "/calls.csv";
    file.format = "csv";
    file.mapping =
        "kind = \"report\"\nsource = \"calls\"\nidentity = [\"ref\"]\n[columns]\nwhat = \"report.title\"\n"
        "tlp = \"handling.tlp\"\npurpose = \"handling.purposes\"\n";
    file.mapping_name = "m";
    std::ofstream out(file.path, std::ios::binary);
    out << "ref,what,tlp,purpose\n";
    for (int i = 0; i < 3; ++i) out << made_ << "-" << i << ",a van " << made_ << ",GREEN,prevention\n";
    out << "kept,a car " << made_ << ",GREEN,prevention\n";
    out.close();
    return charity_.authoring().Import(ana_, "nightly", file, [](const ImportProgress&) { return true; });
  }

  // A link of STIX from an incident to another. `ends`: with these two.
  absl::Status ImportLink(bool ends) {
    const auto object = [this](const std::string& type, char number, const std::string& members) {
      return R"({"type":")" + type + R"(","spec_version":"2.1","id":")" + IdOf(type, number) +
             R"(","created":"2020-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z",)" + members +
             R"(,"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]})";
    };
    std::string text = "[";
    if (ends) text += object("incident", 'a', R"("name":"A")") + "," + object("incident", 'b', R"("name":"B")") + ",";
    text += object("relationship", 'c',
                   R"("relationship_type":"related-to","source_ref":")" + IdOf("incident", 'a') +
                       R"(","target_ref":")" + IdOf("incident", 'b') + "\"");
    ImportFile file;
    file.may_change = [](policy::Action, const record::RecordId&) { return true; };
    file.path = folder_.path() + "/link.json";
    file.format = "stix";
    std::ofstream(file.path, std::ios::binary) << text + "]";
    return charity_.authoring().Import(ana_, "nightly", file, [](const ImportProgress&) { return true; });
  }
  std::string IdOf(const std::string& type, char number) const {
    const std::string digits = std::to_string(made_);
    return type + "--00000000-0000-4000-8000-" + std::string(11 - digits.size(), '0') + digits + number;
  }

  const bool full_ = support::Full();
  std::mt19937_64 random_;
  Clock clock_;
  support::Folder folder_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line there_{charity_, bank_, support::Faults::kAreTold}, back_{bank_, charity_, support::Faults::kAreTold};
  const policy::Principal ana_ = policy::PrincipalMint::Mint("ana", true, policy::EveryRole());
  uint64_t made_ = 0;
};

TEST_F(FaultsTest, WhatIsAuthored) {
  const auto nothing = [] {};
  Try("add", nothing, [&] { return charity_.TryAdd("report", Report("Added")).status(); });
  std::string id = Add(), other = Add();
  Try("amend", nothing, [&] { return charity_.Amend(id, {{"title", "Amended " + std::to_string(++made_)}}); });
  Try("rehearsal of an amendment", nothing, [&]() -> absl::Status {
    const Keeping keeping(charity_.store(), charity_.disclosures(), charity_.directory(), charity_.decisions());
    const record::RecordId record = Must(record::ParseRecordId(id));
    const auto held = keeping.HeldOf(record);
    if (!held.ok()) return held.status();
    AmendRecord what{id, {{"title", "Rehearsed"}}};
    what.rehearse = [&](const store::Reader& reader) {
      return keeping.KeptOf(reader, record, *held, static_cast<int64_t>(clock_.now_ms)).status();
    };
    if (auto rehearsed = charity_.authoring().Amend(ana_, "why", what); !rehearsed.ok()) return rehearsed.status();
    return keeping.KeptNow(record, *held, static_cast<int64_t>(clock_.now_ms)).status();
  });
  Try(
      "link", [&] { id = Add(), other = Add(); },
      [&] {
        const absl::Status linked = charity_.TryLink(id, "related-to", other).status();
        return absl::IsAlreadyExists(linked) ? absl::OkStatus() : linked;
      });
  Try(
      "import", [&] { ++made_; }, [&] { return Import(); });
  Try(
      "recall", [&] { id = Add(); }, [&] { return charity_.Recall(id); });
  Try(
      "recall of an import",
      [&] {
        ++made_;
        Must(Import());
      },
      [&]() -> absl::Status {
        const auto imports = charity_.authoring().Imports(UINT64_MAX, 1);
        if (!imports.ok()) return imports.status();
        const RecallMany what{{}, imports->front().number};
        const auto plan = charity_.authoring().ShowRecall(ana_, "wrong mapping", what);
        if (!plan.ok()) return plan.status();
        const auto done =
            charity_.authoring().RecallAll(ana_, "wrong mapping", what, plan->digest, [](uint64_t) { return true; });
        if (done.ok() && !done->faults.empty()) return absl::InternalError(done->faults.front().why);
        return done.status();
      });
  Try(
      "release",
      [&] {
        Assignments later = Report("Later");
        later.emplace_back("not-before", support::Instant(clock_.now_ms + kHourMs));
        charity_.Add("report", later);
        clock_.now_ms += 2 * kHourMs;
      },
      [&] { return ReleaseDue(charity_.store(), clock_.now_ms).status(); });
  ExpectAllAsItMustBe();
}

TEST_F(FaultsTest, WhatIsImportedWithoutItsEnds) {
  Add();
  Must(Met(there_));
  const auto another = [&] { ++made_; };
  Try("a link without its ends", another, [&] { return ImportLink(false); });
  Try(
      "its ends",
      [&] {
        ++made_;
        Must(ImportLink(false));
      },
      [&] { return ImportLink(true); });
  ExpectAllAsItMustBe();
}

TEST_F(FaultsTest, WhatExpiresAndWhatIsKept) {
  std::string id;
  const auto share = [&] {
    Assignments expires = Report("Expires");
    expires.emplace_back("expiry", support::Instant(clock_.now_ms + kHourMs));
    id = charity_.Add("report", expires);
    Must(Met(there_));
  };
  Try(
      "what an earlier version stored is gathered",
      [&] {
        share();
        Must(bank_.store().Write([](store::WriteTransaction& transaction) {
          const absl::Status gone = transaction.DeleteNamed(store::Named::kRetention, "expiry", "gathered");
          return absl::IsNotFound(gone) ? absl::OkStatus() : gone;
        }));
      },
      [&] { return GatherExpiries(bank_.store()).status(); });
  Try(
      "what has expired is erased",
      [&] {
        share();
        clock_.now_ms += 25 * kHourMs;
      },
      [&]() -> absl::Status {
        for (MemoryNode* node : {&bank_, &charity_}) {
          auto erased = EraseExpired(node->store(), node->disclosures(), clock_.now_ms);
          if (!erased.ok()) return erased.status();
        }
        return absl::OkStatus();
      });
  Try(
      "a hold, a review and a disposal",
      [&] {
        id = Add();
        Must(Met(there_));
      },
      [&]() -> absl::Status {
        const Retention retention(charity_.store(), charity_.disclosures(), charity_.authoring(),
                                  [this] { return clock_.now_ms; });
        uint32_t unreadable = 0;
        if (auto held = retention.Hold(ana_, "order of a court", {id, ""}); !held.ok()) return held.status();
        if (auto holds = retention.Held(&unreadable); !holds.ok()) return holds.status();
        if (auto kept = retention.Retain(ana_, "still needed", {id, ""}, clock_.now_ms + 1); !kept.ok()) {
          return kept.status();
        }
        if (auto due = retention.Due(ana_, "review", kHourMs, 0, 0); !due.ok()) return due.status();
        if (auto over = retention.Release(ana_, "the order ended", {id, ""}); !over.ok()) return over.status();
        return retention.Dispose(ana_, "no purpose any more", {id, ""}, false).status();
      });
  for (MemoryNode* node : {&bank_, &charity_}) {
    Must(EraseExpired(node->store(), node->disclosures(), clock_.now_ms).status());
  }
  EXPECT_TRUE(charity_.Open(id).empty());
  ExpectAllAsItMustBe();
}

TEST_F(FaultsTest, WhatGoesToAPartnerAndComesBack) {
  std::string id;
  const auto meet = [&] { return Met(there_); };
  const auto add_and_meet = [&] {
    id = Add();
    Must(Met(there_));
  };
  Try(
      "a record goes", [&] { id = Add(); }, meet);
  Try(
      "an amendment goes",
      [&] {
        add_and_meet();
        Must(charity_.Amend(id, {{"title", "Amended"}, {"place", "|Grimsby|Lincolnshire|GB"}}));
      },
      meet);
  Try(
      "a link goes with its ends, and is taken back with one of them",
      [&] {
        add_and_meet();
        const std::string other = Add();
        Must(charity_.TryLink(id, "related-to", other).status());
        Must(Met(there_));
        Must(charity_.Amend(other, {{"tlp", "RED"}}));
      },
      meet);
  Try(
      "policies tighten or loosen", [&] { charity_.Apply(++made_ % 2 == 0 ? kShareAll : kCoarse); }, meet);
  charity_.Apply(kShareAll);
  Try(
      "a recall goes",
      [&] {
        add_and_meet();
        Must(charity_.Recall(id));
      },
      meet);
  Try(
      "an answer to a recall that was lost",
      [&] {
        add_and_meet();
        Must(charity_.Recall(id));
        there_.Meet([](size_t) { return Fate::kReceiptLost; });
        clock_.now_ms += 2 * kHourMs;
      },
      meet);
  Try(
      "what was embargoed goes",
      [&] {
        Assignments later = Report("Later");
        later.emplace_back("not-before", support::Instant(clock_.now_ms + kHourMs));
        charity_.Add("report", later);
        Must(Met(there_));
        clock_.now_ms += 2 * kHourMs;
        Must(ReleaseDue(charity_.store(), clock_.now_ms).status());
      },
      meet);
  Try("a sighting comes back", add_and_meet, [&] {
    const absl::Status sighted = bank_.TrySight(id, "known").status();
    return sighted.ok() ? Met(back_) : sighted;
  });
  ExpectAllAsItMustBe();
}

// A store that fails for a moment makes nobody read-only for ever.
TEST_F(FaultsTest, WhatNodesTellEachOtherOfTheirLogs) {
  Add();
  Must(Met(there_));
  const partner::PartnerPtr charity = bank_.directory().Find("charity"), bank = charity_.directory().Find("bank");
  const exchange::Greeting theirs = bank_.receiving().Greet(*charity);
  ASSERT_FALSE(theirs.checkpoints.empty());
  Try(
      "a greeting", [] {},
      [&] {
        charity_.sharing().Greet(*bank, theirs);
        const std::string why = charity_.authoring().ReadOnly();
        return why.empty() ? absl::OkStatus() : absl::InternalError(why);
      });
}

TEST_F(FaultsTest, WhatIsDecided) {
  Must(charity_.directory().CreateCircle("friends", By("ana").deed()).status());
  charity_.decisions().SetCircles({"friends"});
  charity_.Apply(kToFriends);
  Add();
  const Proposal proposed{.organisation = "bank", .kind = ProposalKind::kCircle, .circle = "friends"};
  const auto out = [&] {
    (void)charity_.directory().DropFromCircle("friends", "bank", By("ana").deed());
    charity_.decisions().RequireApprovals(2);
  };
  Try("a circle, by two people", out, [&]() -> absl::Status {
    Governance& governance = charity_.governance();
    const auto weighed = governance.Weigh(proposed);
    if (!weighed.ok()) return weighed.status();
    const auto first = governance.Decide(proposed, weighed->digest, By("ana"));
    if (!first.ok() && !absl::IsPermissionDenied(first.status())) return first.status();
    if (auto waits = governance.Waits(); !waits.ok()) return waits.status();
    return governance.Approve(weighed->digest, By("bo")).status();
  });
  Try("a circle that is proposed and withdrawn", out, [&]() -> absl::Status {
    Governance& governance = charity_.governance();
    const auto weighed = governance.Weigh(proposed);
    if (!weighed.ok()) return weighed.status();
    const auto first = governance.Decide(proposed, weighed->digest, By("ana"));
    if (!first.ok() && !absl::IsPermissionDenied(first.status())) return first.status();
    return governance.Withdraw(weighed->digest, By("bo")).status();
  });
  Must(charity_.directory().AddToCircle("friends", "bank", By("ana").deed()).status());
  Try(
      "policies, by two people",
      [&] {
        charity_.decisions().RequireApprovals(2);
        ++made_;
      },
      [&]() -> absl::Status {
        const std::string text = std::string(kToFriends) + "\n// " + std::to_string(made_);
        absl::Status first = charity_.TryApply(text);
        if (!first.ok() && !absl::IsPermissionDenied(first)) return first;
        auto waiting = charity_.policies().Waiting();
        if (!waiting.ok()) return waiting.status();
        if (waiting->empty()) return absl::OkStatus();  // opens nothing, or was approved
        const policy::Digest plan = waiting->front().application.plan;
        if (waiting->front().lapsed || made_ % 2 == 0) {
          return charity_.policies().Withdraw(plan, policy::PrincipalMint::Mint("bo", true, {"admin"}), "no").status();
        }
        auto sources = charity_.policies().SourcesOf(plan);
        if (!sources.ok()) return sources.status();
        return charity_.policies()
            .Apply(*sources, plan, policy::PrincipalMint::Mint("bo", true, {"admin"}), "yes")
            .status();
      });
  Try(
      "a suspension and its end", [&] { charity_.decisions().RequireApprovals(2); },
      [&]() -> absl::Status {
        if (auto suspended = charity_.directory().SetSuspended("bank", true, By("ana").deed()); !suspended.ok())
          return suspended;
        const Proposal resume{.organisation = "bank", .kind = ProposalKind::kResume};
        const auto weighed = charity_.governance().Weigh(resume);
        if (!weighed.ok()) return weighed.status();
        const auto first = charity_.governance().Decide(resume, weighed->digest, By("ana"));
        if (!first.ok() && !absl::IsPermissionDenied(first.status())) return first.status();
        if (first.ok() && !first->pending) return absl::OkStatus();
        return charity_.governance().Decide(resume, weighed->digest, By("bo")).status();
      });
  charity_.decisions().RequireApprovals(1);
  const auto weighed = charity_.governance().Weigh({.organisation = "bank", .kind = ProposalKind::kResume});
  Must(charity_.governance()
           .Decide({.organisation = "bank", .kind = ProposalKind::kResume}, weighed->digest, By("ana"))
           .status());
  ExpectAllAsItMustBe();
}

TEST_F(FaultsTest, WhatIsLookedThroughAndForgotten) {
  const std::string id = Add();
  Must(Met(there_));
  Try(
      "leftovers", [] {},
      [&]() -> absl::Status {
        Leftovers leftovers(charity_.store(), charity_.disclosures(), [this] { return clock_.now_ms; });
        leftovers.Stop();
        if (auto looked = leftovers.Look(); !looked.ok()) return looked;
        return leftovers.Open().status();
      });
  Try(
      "a start", [&] { charity_.Close(); },
      [&] {
        absl::Status opened = charity_.TryOpen();
        // Where it cannot tell whether it may write, it starts read-only and says why. The next start looks again.
        const std::string why = opened.ok() ? charity_.authoring().ReadOnly() : "";
        if (opened.ok() && why.empty()) return opened;
        FailingStore::Mend();
        charity_.Crash();
        return opened.ok() ? absl::InternalError(why) : opened;
      });
  ExpectAllAsItMustBe();
  // The last: the partner is forgotten.
  const auto forget = [&]() -> absl::Status {
    Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
    removals.Stop();
    const absl::Status removed = removals.RemoveNow("bank", By("ana")).status();
    return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
  };
  Try(
      "a removal", [] {}, forget);
  EXPECT_EQ(charity_.directory().Find("bank"), nullptr);
  ExpectVerified(charity_);
}

}  // namespace
}  // namespace tidegate::flow

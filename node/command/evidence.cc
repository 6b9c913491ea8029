#include "node/command/evidence.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/fingerprint.h"
#include "crypto/merkle/merkle.h"
#include "node/record/record.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr size_t kMostFileBytes = 64 << 20;

struct Proven {
  record::VerifiedView view;
  std::string origin;
  std::string author_fingerprint;
  uint64_t log_index = 0;
  uint64_t log_size = 0;
};

// Layer by layer; the message names the first that does not hold.
absl::StatusOr<Proven> Prove(const v1::Evidence& evidence) {
  auto key = checkpoint::ParseVerifierKey(evidence.verifier_key());
  if (!key.ok()) return key.status();
  auto checkpoint = checkpoint::VerifyCheckpoint(evidence.checkpoint(), *key);
  if (!checkpoint.ok()) return checkpoint.status();
  auto decoded = record::DecodeView(evidence.view());
  if (!decoded.ok()) return decoded.status();
  auto view = record::Verify(*std::move(decoded));
  if (!view.ok()) return view.status();
  const crypto::Hash fingerprint = crypto::Fingerprint(crypto::KeyType::kLog, key->name, crypto::View(key->public_key));
  if (fingerprint != view->statement().author_fpr) {
    return absl::UnauthenticatedError("proof: the record names another author than the key that signed the checkpoint");
  }
  const std::vector<uint64_t> positions(evidence.positions().begin(), evidence.positions().end());
  std::vector<crypto::Hash> leaves;
  std::vector<crypto::Hash> proof;
  for (const auto& [from, to] : {std::pair{&evidence.leaves(), &leaves}, {&evidence.proof(), &proof}}) {
    for (const std::string& bytes : *from) {
      auto hash = crypto::HashFrom(bytes);
      if (!hash.ok()) return hash.status();
      to->push_back(*hash);
    }
  }
  const uint64_t index = evidence.log_index();
  bool named = false;
  for (size_t i = 0; i < positions.size() && i < leaves.size(); ++i) {
    named = named || (positions[i] == index && leaves[i] == view->leaf());
  }
  auto root = merkle::RootFromMulti(checkpoint->size, positions, leaves, proof);
  if (!root.ok()) return root.status();
  if (!named || *root != checkpoint->root) {
    return absl::UnauthenticatedError("proof: the record is not in the log that the checkpoint signs");
  }
  return Proven{*std::move(view), checkpoint->origin, absl::BytesToHexString(std::string(crypto::View(fingerprint))),
                index, checkpoint->size};
}

std::string InSeconds(std::optional<uint64_t> unix_ms) {
  if (!unix_ms.has_value()) return "";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixMillis(static_cast<int64_t>(*unix_ms)),
                          absl::UTCTimeZone());
}

std::vector<std::string> ListOf(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

// A name that stands twice in one object: a person may read the first, and this program the last. Empty if none does.
std::string ToldTwice(const std::string& json) {
  std::vector<std::set<std::string>> open;
  std::string twice;
  const auto look = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    if (event == nlohmann::json::parse_event_t::object_start) open.emplace_back();
    if (event == nlohmann::json::parse_event_t::object_end) open.pop_back();
    if (event == nlohmann::json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second) {
      twice = parsed.get<std::string>();
    }
    return true;
  };
  [[maybe_unused]] const nlohmann::json whole = nlohmann::json::parse(json, look, /*allow_exceptions=*/false);
  return twice;
}

// Whose log it is: `tidegate.FEDERATION/ORGANISATION/NODE/log/EPOCH` (PARTNER.md, "Names").
std::string OrganisationOf(const std::string& log) {
  const std::vector<std::string> parts = absl::StrSplit(log, '/');
  return parts.size() > 1 ? parts[1] : std::string();
}

// Finds where the readable part of the file differs from the signed part. It does not compare what nobody signed:
// state, dates of arrival, tags and recipients. Of the sentence that is made from the handling it compares only the
// TLP, because other versions make other sentences.
class Comparison {
 public:
  Comparison(const v1::Record& file, const Proven& proven) : file_(file), proven_(proven), view_(proven.view) {}

  std::vector<std::string> Run() && {
    const record::Statement& statement = view_.statement();
    Same("id", file_.id() == record::FormatRecordId(statement.record_id));
    Same("kind", file_.kind() == view_.kind().name);
    Same("revision", file_.revision() == statement.revision);
    Same("created", file_.created() == InSeconds(statement.created_ms));
    Same("author_fingerprint",
         file_.author_fingerprint() == absl::BytesToHexString(std::string(crypto::View(statement.author_fpr))));
    Same("leaf", file_.leaf() == absl::BytesToHexString(std::string(crypto::View(view_.leaf()))));
    Same("origin", file_.origin() == OrganisationOf(proven_.origin));
    Same("log_index", file_.log_index() == proven_.log_index);
    Same("log_size", file_.log_size() == proven_.log_size);
    CompareHandling();
    std::set<std::string> told;
    for (const v1::Field& field : file_.fields()) {
      CompareField(field);
      if (!told.insert(field.name()).second)
        Differs(absl::StrCat("field `", text::Line(field.name()), "`, told twice"));
    }
    for (size_t i = 0; i < view_.size(); ++i) {
      const std::string name(view_.slot(i).name);
      if (!told.contains(name)) Differs(absl::StrCat("field `", name, "`, left out"));
    }
    Same("title", TitleIsOfFields());
    return std::move(differs_);
  }

 private:
  void Differs(std::string what) { differs_.push_back(std::move(what)); }
  void Same(std::string_view what, bool same) {
    if (!same) Differs(std::string(what));
  }

  // Each version makes the title in its own way, but each word of the title stands in a field.
  bool TitleIsOfFields() const {
    std::string_view title = file_.title();
    if (absl::EndsWith(file_.title(), "...")) title.remove_suffix(3);
    std::string signed_words;
    for (size_t i = 0; i < view_.size(); ++i) {
      absl::StrAppend(&signed_words, record::DisplayValue(view_.slot(i), view_.value(i)), " ",
                      absl::StrJoin(LabelsOf(i), " "), " ");
    }
    const std::vector<std::string> words = absl::StrSplit(std::string(title), absl::ByAnyChar(" :"));
    return std::all_of(words.begin(), words.end(),
                       [&](const std::string& word) { return absl::StrContains(signed_words, word); });
  }

  // What the codes of a field are called.
  std::vector<std::string> LabelsOf(size_t i) const {
    std::vector<std::string> labels;
    const record::CodeList* list = record::Catalogue::FindCodeList(view_.slot(i).code_list);
    for (const record::Scalar& item : view_.value(i).items) {
      const auto* coded = std::get_if<record::CodeValue>(&item);
      if (list == nullptr || coded == nullptr) return {};
      const record::Code* code = record::Catalogue::FindCode(*list, coded->code);
      labels.emplace_back(code == nullptr ? coded->code : std::string(code->label));
    }
    return labels;
  }

  void CompareHandling() {
    const record::Handling& is = view_.handling();
    const v1::Handling& told = file_.handling();
    const std::string tlp(record::TlpName(is.effective_tlp()));
    Same("handling: tlp", told.tlp() == tlp);
    Same("handling: line", absl::StartsWith(told.line(), absl::StrCat("TLP:", tlp, " ")));
    Same("handling: grade", told.grade() == absl::StrCat(is.source_grade, is.intelligence_grade, is.handling_code));
    Same("handling: conditions", ListOf(told.conditions()) == is.conditions);
    Same("handling: purposes", ListOf(told.purposes()) == is.purposes);
    Same("handling: legal_basis", told.legal_basis() == absl::StrJoin(is.legal_basis, ", "));
    Same("handling: onward", told.onward() == is.effective_onward());
    Same("handling: pap", told.pap() == is.pap);
    Same("handling: expiry", told.expiry() == InSeconds(is.expiry_ms));
    Same("handling: not_before", told.not_before() == InSeconds(is.not_before_ms));
    Same("handling: retention", told.retention() == is.retention);
  }

  void CompareField(const v1::Field& told) {
    const std::string what = absl::StrCat("field `", text::Line(told.name()), "`");
    const record::Slot* slot = view_.kind().FindSlot(told.name());
    const int at = slot == nullptr ? -1 : view_.Find(slot->number);
    if (at < 0) return Differs(absl::StrCat(what, ", which is not signed"));
    const auto i = static_cast<size_t>(at);
    const record::FieldAttributes& attributes = view_.attributes(i);
    const std::string marking =
        attributes.tlp ? absl::StrCat("TLP:", std::string(record::TlpName(*attributes.tlp))) : std::string();
    std::string json;
    const bool named = told.names().empty() || ListOf(told.names()) == LabelsOf(i);
    const bool printed = google::protobuf::util::MessageToJsonString(told.value(), &json).ok();
    const bool same = named && told.text() == record::DisplayValue(view_.slot(i), view_.value(i)) &&
                      told.rung() == view_.precision(i) && printed &&
                      nlohmann::json::parse(json, nullptr, false) == record::ToJson(view_.slot(i), view_.value(i)) &&
                      told.class_() == record::FieldClassName(slot->field_class) && told.marking() == marking &&
                      told.basis() == attributes.basis && told.asserted_by() == attributes.asserted_by &&
                      told.grade() == absl::StrCat(attributes.source_grade, attributes.intelligence_grade);
    if (!same) Differs(what);
  }

  const v1::Record& file_;
  const Proven& proven_;
  const record::VerifiedView& view_;
  std::vector<std::string> differs_;
};

nlohmann::json ToJson(const Proven& proven, const std::vector<std::string>& differs) {
  nlohmann::json json = {{"verified", true},
                         {"id", record::FormatRecordId(proven.view.statement().record_id)},
                         {"kind", std::string(proven.view.kind().name)},
                         {"log", proven.origin},
                         {"author_fingerprint", proven.author_fingerprint},
                         {"log_index", proven.log_index},
                         {"log_size", proven.log_size},
                         {"file_differs_in", differs},
                         {"fields", nlohmann::json::object()}};
  for (size_t i = 0; i < proven.view.size(); ++i) {
    json["fields"][std::string(proven.view.slot(i).name)] = record::ToJson(proven.view.slot(i), proven.view.value(i));
  }
  return json;
}

}  // namespace

void VerifyEvidence(Session& session, const std::string& path) {
  auto text = ReadFile(path, kMostFileBytes);
  if (!session.Check(text.status())) return;
  v1::Record record;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(*text, &record, options).ok() || !record.has_evidence()) {
    return session.Usage("`" + path +
                         "` does not contain evidence; make it with `tidegate show ID --evidence --reason WHY`");
  }
  auto proven = Prove(record.evidence());
  if (!proven.ok()) {
    session.exit_code = kRefused;
    if (session.json) {
      const nlohmann::json problem = {{"verified", false}, {"problem", std::string(proven.status().message())}};
      std::cout << text::JsonTree(problem, 2) << "\n";
    } else {
      std::cout << "NOT VERIFIED: " << text::Lines(std::string(proven.status().message())) << "\n";
    }
    return;
  }
  std::vector<std::string> differs = Comparison(record, *proven).Run();
  if (const std::string twice = ToldTwice(*text); !twice.empty()) {
    differs.push_back(absl::StrCat("`", text::Line(twice), "`, told twice"));
  }
  if (!differs.empty()) session.exit_code = kRefused;
  if (session.json) {
    std::cout << text::JsonTree(ToJson(*proven, differs), 2) << "\n";
    return;
  }
  std::cout << text::Line(record::DisplayHandling(proven->view.handling())) << "\n"
            << "verified: " << proven->view.kind().name << " "
            << record::FormatRecordId(proven->view.statement().record_id) << ", entry " << proven->log_index << " of "
            << proven->log_size << " in " << proven->origin << "\nauthor key " << proven->author_fingerprint
            << ": compare it with what the author reads out\n";
  for (size_t i = 0; i < proven->view.size(); ++i) {
    std::cout << proven->view.slot(i).name << ": "
              << text::Lines(record::DisplayValue(proven->view.slot(i), proven->view.value(i))) << " ("
              << proven->view.precision(i) << ")\n";
  }
  if (differs.empty()) return;
  std::cout
      << "\nTHE FILE WAS ALTERED: its readable part is not what the author signed. The text above is what the author "
         "signed. They differ in:\n";
  for (const std::string& what : differs) std::cout << "  - " << what << "\n";
}

}  // namespace tidegate::command

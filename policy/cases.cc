#include "policy/cases.h"

#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tidegate::policy {
namespace {

constexpr size_t kMostCases = 10'000;

// A record as a case describes it.
struct Described {
  Label label;
  const KindShape* kind = nullptr;
  std::map<std::string, std::string> finest;  // slot to precision
  std::map<std::string, FieldMarking> markings;
};

struct NamedFact {
  const char* name;
  Fact Label::*one;
  FactSet Label::*many;
};

constexpr NamedFact kFacts[] = {
    {"tlp", &Label::tlp, nullptr},
    {"handling_code", &Label::handling_code, nullptr},
    {"source_grade", &Label::source_grade, nullptr},
    {"intelligence_grade", &Label::intelligence_grade, nullptr},
    {"pap", &Label::pap, nullptr},
    {"onward", &Label::onward, nullptr},
    {"retention", &Label::retention, nullptr},
    {"origin", &Label::origin, nullptr},
    {"purposes", nullptr, &Label::purposes},
    {"legal_basis", nullptr, &Label::legal_basis},
    {"conditions", nullptr, &Label::conditions},
    {"named_recipients", nullptr, &Label::named_recipients},
    {"subjects", nullptr, &Label::subjects},
    {"exploitation", nullptr, &Label::exploitation},
    {"countries", nullptr, &Label::countries},
    {"tags", nullptr, &Label::tags},
};

const NamedFact* FindFact(std::string_view name) {
  for (const NamedFact& fact : kFacts) {
    if (name == fact.name) return &fact;
  }
  return nullptr;
}

class Runner {
 public:
  Runner(const Engine& engine, std::string file) : engine_(engine), file_(std::move(file)) {}

  absl::StatusOr<CaseReport> Run(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string name(key.str());
      if (name != "partner" && name != "record" && name != "case") {
        return Wrong(node, absl::StrCat("`", name, "` is not `partner`, `record` or `case`"));
      }
    }
    if (absl::Status status = ReadPartners(root); !status.ok()) return status;
    if (absl::Status status = ReadRecords(root); !status.ok()) return status;
    const toml::array* cases = root["case"].as_array();
    if (cases == nullptr) return absl::InvalidArgumentError(absl::StrCat("policy: ", file_, ": has no `[[case]]`"));
    if (cases->size() > kMostCases) {
      return absl::InvalidArgumentError(absl::StrCat("policy: ", file_, ": has more than ", kMostCases, " cases"));
    }
    for (const toml::node& node : *cases) {
      const toml::table* one = node.as_table();
      if (one == nullptr) return Wrong(node, "a case is a table");
      if (absl::Status status = RunCase(*one); !status.ok()) return status;
    }
    return std::move(report_);
  }

 private:
  absl::Status Wrong(const toml::node& node, const std::string& what) const {
    return absl::InvalidArgumentError(absl::StrCat("policy: ", file_, ":", node.source().begin.line, ": ", what));
  }

  absl::StatusOr<std::string> Text(const toml::node& node) const {
    if (const auto* text = node.as_string()) return text->get();
    return Wrong(node, "must be a text in quotes");
  }

  absl::StatusOr<std::vector<std::string>> Texts(const toml::node& node) const {
    const toml::array* array = node.as_array();
    if (array == nullptr) return Wrong(node, "must be a list of texts in quotes");
    std::vector<std::string> texts;
    for (const toml::node& element : *array) {
      absl::StatusOr<std::string> text = Text(element);
      if (!text.ok()) return text.status();
      texts.push_back(*std::move(text));
    }
    return texts;
  }

  absl::Status ReadPartners(const toml::table& root) {
    const toml::table* partners = root["partner"].as_table();
    if (partners == nullptr) return absl::OkStatus();
    for (const auto& [key, node] : *partners) {
      const toml::table* table = node.as_table();
      if (table == nullptr) return Wrong(node, "a partner is a table");
      absl::StatusOr<Party> party = ReadParty(std::string(key.str()), *table);
      if (!party.ok()) return party.status();
      partners_[std::string(key.str())] = *std::move(party);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Party> ReadParty(const std::string& name, const toml::table& table) const {
    Party party;
    party.organisation = name;
    party.confirmed = true;
    const std::map<std::string, std::string*> texts = {
        {"organisation", &party.organisation}, {"sector", &party.sector}, {"country", &party.country}};
    const std::map<std::string, std::vector<std::string>*> lists = {
        {"circles", &party.circles}, {"purposes", &party.purposes}, {"legal_bases", &party.legal_bases}};
    for (const auto& [key, node] : table) {
      const std::string field(key.str());
      if (const auto text = texts.find(field); text != texts.end()) {
        absl::StatusOr<std::string> value = Text(node);
        if (!value.ok()) return value.status();
        *text->second = *std::move(value);
      } else if (const auto list = lists.find(field); list != lists.end()) {
        absl::StatusOr<std::vector<std::string>> value = Texts(node);
        if (!value.ok()) return value.status();
        *list->second = *std::move(value);
      } else if (field == "confirmed" && node.is_boolean()) {
        party.confirmed = node.as_boolean()->get();
      } else {
        return Wrong(node, absl::StrCat("partner `", name, "` cannot have `", field, "`"));
      }
    }
    return party;
  }

  absl::Status ReadRecords(const toml::table& root) {
    const toml::table* records = root["record"].as_table();
    if (records == nullptr) return absl::OkStatus();
    for (const auto& [key, node] : *records) {
      const toml::table* table = node.as_table();
      if (table == nullptr) return Wrong(node, "a record is a table");
      absl::StatusOr<Described> record = ReadRecord(*table);
      if (!record.ok()) return record.status();
      records_[std::string(key.str())] = *std::move(record);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Described> ReadRecord(const toml::table& table) const {
    Described record;
    const auto kind = table["kind"].value<std::string>();
    if (!kind.has_value()) return Wrong(table, "a record needs its `kind`");
    for (const KindShape& shape : engine_.kinds()) {
      if (shape.name == *kind) record.kind = &shape;
    }
    if (record.kind == nullptr) return Wrong(table, absl::StrCat("there is no kind `", *kind, "`"));
    record.label.kind = *kind;
    for (const NamedFact& fact : kFacts) {
      if (fact.one != nullptr) {
        record.label.*fact.one = std::string(kUnstated);
      } else {
        record.label.*fact.many = std::vector<std::string>{};
      }
    }
    record.label.onward.emplace("no");
    record.label.origin = engine_.self();
    if (absl::Status status = SetFacts(table, record); !status.ok()) return status;
    return record;
  }

  absl::Status SetFacts(const toml::table& table, Described& record) const {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      absl::Status status;
      if (name == "kind") continue;
      if (name == "absent") {
        status = SetAbsent(node, record);
      } else if (name == "finest") {
        status = SetFinest(node, record);
      } else if (name == "marking") {
        status = SetMarkings(node, record);
      } else {
        status = SetFact(name, node, record.label);
      }
      if (!status.ok()) return status;
    }
    Normalise(record.label);
    return absl::OkStatus();
  }

  absl::Status SetFact(const std::string& name, const toml::node& node, Label& label) const {
    const NamedFact* fact = FindFact(name);
    if (fact == nullptr) return Wrong(node, absl::StrCat("a record has no fact `", name, "`"));
    if (fact->one != nullptr) {
      absl::StatusOr<std::string> text = Text(node);
      if (!text.ok()) return text.status();
      label.*fact->one = *std::move(text);
      return absl::OkStatus();
    }
    absl::StatusOr<std::vector<std::string>> texts = Texts(node);
    if (!texts.ok()) return texts.status();
    label.*fact->many = *std::move(texts);
    return absl::OkStatus();
  }

  absl::Status SetAbsent(const toml::node& node, Described& record) const {
    absl::StatusOr<std::vector<std::string>> names = Texts(node);
    if (!names.ok()) return names.status();
    for (const std::string& name : *names) {
      const NamedFact* fact = FindFact(name);
      if (fact == nullptr) return Wrong(node, absl::StrCat("a record has no fact `", name, "`"));
      if (fact->one != nullptr) {
        (record.label.*fact->one).reset();
      } else {
        (record.label.*fact->many).reset();
      }
    }
    return absl::OkStatus();
  }

  static const SlotShape* FindSlot(const KindShape& kind, std::string_view name) {
    for (const SlotShape& slot : kind.slots) {
      if (slot.name == name) return &slot;
    }
    return nullptr;
  }

  absl::Status SetFinest(const toml::node& node, Described& record) const {
    const toml::table* table = node.as_table();
    if (table == nullptr) return Wrong(node, "`finest` is a table of fields");
    for (const auto& [key, value] : *table) {
      const SlotShape* slot = FindSlot(*record.kind, key.str());
      if (slot == nullptr) return Wrong(value, absl::StrCat("there is no field `", std::string(key.str()), "`"));
      absl::StatusOr<std::string> precision = Text(value);
      if (!precision.ok()) return precision.status();
      if (absl::Status status = CheckPrecision(value, *slot, *precision); !status.ok()) return status;
      record.finest[slot->name] = *precision;
    }
    return absl::OkStatus();
  }

  // A rung of the field, or `withheld` where nothing of it is held or goes.
  absl::Status CheckPrecision(const toml::node& node, const SlotShape& slot, const std::string& precision) const {
    if (precision == "withheld") return absl::OkStatus();
    if (std::find(slot.precisions.begin(), slot.precisions.end(), precision) != slot.precisions.end()) {
      return absl::OkStatus();
    }
    std::string rungs;
    for (const std::string& rung : slot.precisions) absl::StrAppend(&rungs, "`", rung, "`, ");
    return Wrong(node,
                 absl::StrCat("`", slot.name, "` has no rung `", precision, "`; it has ", rungs, "or `withheld`"));
  }

  absl::Status SetMarkings(const toml::node& node, Described& record) const {
    const toml::table* table = node.as_table();
    if (table == nullptr) return Wrong(node, "`marking` is a table of fields");
    for (const auto& [key, value] : *table) {
      const SlotShape* slot = FindSlot(*record.kind, key.str());
      const toml::table* facts = value.as_table();
      if (slot == nullptr) return Wrong(value, absl::StrCat("there is no field `", std::string(key.str()), "`"));
      if (facts == nullptr) return Wrong(value, "a marking is a table");
      FieldMarking marking;
      const std::map<std::string, Fact*> known = {{"tlp", &marking.tlp},
                                                  {"basis", &marking.basis},
                                                  {"source_grade", &marking.source_grade},
                                                  {"intelligence_grade", &marking.intelligence_grade},
                                                  {"asserted_by", &marking.asserted_by}};
      for (const auto& [fact, text] : *facts) {
        const auto found = known.find(std::string(fact.str()));
        if (found == known.end()) return Wrong(text, absl::StrCat("a marking has no `", std::string(fact.str()), "`"));
        absl::StatusOr<std::string> read = Text(text);
        if (!read.ok()) return read.status();
        *found->second = *std::move(read);
      }
      record.markings[slot->name] = std::move(marking);
    }
    return absl::OkStatus();
  }

  absl::Status RunCase(const toml::table& table) {
    static const std::set<std::string> kKeys = {"name", "record", "set", "partner", "expect", "refused", "refused_by"};
    for (const auto& [key, node] : table) {
      if (!kKeys.contains(std::string(key.str()))) {
        return Wrong(node, absl::StrCat("a case has no `", std::string(key.str()), "`"));
      }
    }
    CaseResult result;
    result.line = table.source().begin.line;
    result.name = table["name"].value_or(absl::StrCat("case at line ", result.line));
    const auto named = records_.find(table["record"].value_or(std::string()));
    if (named == records_.end()) return Wrong(table, "`record` must name one of the file's records");
    Described record = named->second;
    if (const toml::node* changes = table.get("set"); changes != nullptr) {
      if (!changes->is_table()) return Wrong(*changes, "`set` is a table of facts");
      if (absl::Status status = SetFacts(*changes->as_table(), record); !status.ok()) return status;
    }
    const toml::node* partner = table.get("partner");
    if (partner == nullptr) return Wrong(table, "a case needs a `partner`");
    std::vector<std::string> names;
    if (partner->is_string()) {
      names.push_back(partner->as_string()->get());
    } else {
      absl::StatusOr<std::vector<std::string>> list = Texts(*partner);
      if (!list.ok()) return list.status();
      names = *std::move(list);
    }
    for (const std::string& name : names) {
      const auto found = partners_.find(name);
      if (found == partners_.end())
        return Wrong(*partner, absl::StrCat("there is no partner `", name, "` in the file"));
      if (absl::Status status = Compare(table, record, found->second, result); !status.ok()) return status;
    }
    report_.cases.push_back(std::move(result));
    return absl::OkStatus();
  }

  absl::Status Compare(const toml::table& table, const Described& record, const Party& party,
                       CaseResult& result) const {
    const Explanation said = engine_.Explain(engine_.Intern(party), CandidateOf(record), 0);
    const auto fail = [&](const std::string& what) {
      result.failures.push_back(absl::StrCat(party.organisation, ": ", what));
    };
    const auto refused_by = table["refused_by"].value<std::string>();
    if (refused_by.has_value() || table["refused"].value_or(false)) {
      if (said.travels) {
        fail("expected a refusal, but the record goes");
      } else if (refused_by.has_value() && std::none_of(said.refused_by.begin(), said.refused_by.end(),
                                                        [&](const Rule& rule) { return rule.id == *refused_by; })) {
        fail(absl::StrCat("expected a refusal by ", *refused_by, ", but: ", said.sentence));
      }
      return absl::OkStatus();
    }
    const toml::table* expected = table["expect"].as_table();
    if (expected == nullptr) return Wrong(table, "a case needs `expect`, `refused` or `refused_by`");
    for (const auto& [key, node] : *expected) {
      const SlotShape* slot = FindSlot(*record.kind, key.str());
      absl::StatusOr<std::string> precision = Text(node);
      if (!precision.ok()) return precision.status();
      if (slot == nullptr && key.str() != "*") {
        return Wrong(node, absl::StrCat("there is no field `", std::string(key.str()), "`"));
      }
      if (slot == nullptr) continue;
      if (absl::Status status = CheckPrecision(node, *slot, *precision); !status.ok()) return status;
    }
    const auto others = (*expected)["*"].value<std::string>();
    for (const FieldExplanation& field : said.fields) {
      const auto wanted = (*expected)[field.name].value<std::string>();
      const std::optional<std::string>& want = wanted.has_value() ? wanted : others;
      if (want.has_value() && *want != field.precision) {
        fail(absl::StrCat("`", field.name, "`: expected ", *want, ", but it ", field.sentence));
      }
    }
    return absl::OkStatus();
  }

  Candidate CandidateOf(const Described& record) const {
    Candidate candidate;
    candidate.kind = record.kind->number;
    candidate.label = engine_.Intern(record.label);
    for (size_t i = 0; i < record.kind->slots.size(); ++i) {
      const SlotShape& slot = record.kind->slots[i];
      HeldField field;
      field.slot = static_cast<uint16_t>(i);
      size_t finest = 0;
      if (const auto told = record.finest.find(slot.name); told != record.finest.end()) {
        finest = static_cast<size_t>(std::find(slot.precisions.begin(), slot.precisions.end(), told->second) -
                                     slot.precisions.begin());
      }
      field.rungs = HeldFrom(static_cast<int8_t>(finest), slot.precisions.size());
      const auto marking = record.markings.find(slot.name);
      if (marking != record.markings.end()) field.marking = engine_.Intern(marking->second);
      candidate.fields.push_back(std::move(field));
    }
    return candidate;
  }

  const Engine& engine_;
  const std::string file_;
  std::map<std::string, Party> partners_;
  std::map<std::string, Described> records_;
  CaseReport report_;
};

}  // namespace

size_t CaseReport::failed() const {
  return static_cast<size_t>(
      std::count_if(cases.begin(), cases.end(), [](const CaseResult& result) { return !result.passed(); }));
}

std::string CaseReport::ToString() const {
  std::string text;
  for (const CaseResult& result : cases) {
    for (const std::string& failure : result.failures) {
      absl::StrAppend(&text, "FAILED ", result.name, " (line ", result.line, "): ", failure, "\n");
    }
  }
  absl::StrAppend(&text, cases.size() - failed(), " passed, ", failed(), " failed\n");
  return text;
}

absl::StatusOr<CaseReport> RunCases(const Engine& engine, std::string_view text, const std::string& file) {
  toml::table root;
  try {
    root = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(absl::StrCat("policy: ", file, ":", error.source().begin.line, ":",
                                                   error.source().begin.column, ": ",
                                                   std::string(error.description())));
  }
  return Runner(engine, file).Run(root);
}

}  // namespace tidegate::policy

#include "policy/review/cases.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "policy/cedar/cedar.h"
#include "policy/review/explain.h"
#include "text/text.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

constexpr size_t kMostCases = 10'000;

// A record as a case describes it.
struct Described {
  Label label;
  const KindShape* kind = nullptr;
  std::map<std::string, std::string> finest;  // slot to precision
  std::map<std::string, FieldMarking> markings;
};

// The word itself with what was expected in its place.
using NameList = std::vector<std::string_view>;

std::string Unknown(std::string_view what, std::string_view word, const NameList& known) {
  return absl::StrCat(std::string(what), " `", std::string(word), "`", cedar::Expected(word, known));
}

template <typename Map>
NameList KeysOf(const Map& map) {
  NameList names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

NameList FactNames() {
  NameList names;
  for (const LabelFact& fact : kLabelFacts) names.push_back(fact.name);
  return names;
}

NameList SlotNames(const KindShape& kind) {
  NameList names;
  for (const SlotShape& slot : kind.slots) names.push_back(slot.name);
  return names;
}

// The list that a fact's words are of.
std::string_view ListOf(const LabelFact& fact) { return fact.entity.empty() ? fact.name : fact.entity; }

using Type = CaseNode::Type;

class Runner {
 public:
  Runner(const Engine& engine, const cedar::Source& source, const KnownWords& words)
      : engine_(engine), source_(source), words_(words) {}

  absl::StatusOr<CaseReport> Run(const CaseNode& root) {
    for (const CaseMember& member : root.members) {
      const std::string_view name = member.key;
      if (name != "partner" && name != "record" && name != "case") {
        return Wrong(member, Unknown("a file of cases has no", name, {"partner", "record", "case"}));
      }
    }
    if (absl::Status status = ReadPartners(root); !status.ok()) return status;
    if (absl::Status status = ReadRecords(root); !status.ok()) return status;
    const CaseNode* cases = root.Find("case");
    if (cases == nullptr || cases->type != Type::kList) {
      return WrongAtEnd("the file has no `[[case]]`; expected one at least");
    }
    if (cases->items.size() > kMostCases) {
      return Wrong(*cases, absl::StrCat("the file has more than ", kMostCases, " cases"));
    }
    for (const CaseNode& one : cases->items) {
      if (one.type != Type::kTable) return Wrong(one, "expected a table, as in `[[case]]`");
      if (absl::Status status = RunCase(one); !status.ok()) return status;
    }
    return std::move(report_);
  }

 private:
  // A key or a value, whichever is wrong, with a caret under it.
  template <typename Placed>
  absl::Status Wrong(const Placed& placed, const std::string& what) const {
    return source_.Error(source_.OffsetOf(placed.line, placed.column), what);
  }
  absl::Status WrongAtEnd(const std::string& what) const {
    return source_.Error(static_cast<uint32_t>(source_.text().size()), what);
  }

  absl::StatusOr<std::string> Text(const CaseNode& node) const {
    if (node.type == Type::kText) return node.text;
    return Wrong(node, "expected a text in quotes");
  }

  absl::StatusOr<bool> Flag(const CaseNode& node) const {
    if (node.type == Type::kFlag) return node.flag;
    return Wrong(node, "expected true or false");
  }

  absl::StatusOr<std::vector<std::string>> Texts(const CaseNode& node) const {
    if (node.type != Type::kList) return Wrong(node, "expected a list of texts in quotes");
    std::vector<std::string> texts;
    for (const CaseNode& element : node.items) {
      absl::StatusOr<std::string> text = Text(element);
      if (!text.ok()) return text.status();
      texts.push_back(*std::move(text));
    }
    return texts;
  }

  // Whether a word is one of its list; where there is no such list, any is.
  absl::Status Known(std::string_view list, std::string_view word, const CaseNode& node) const {
    if (list == "Organisation" || list == "tags" || word == kUnstated || word.empty()) return absl::OkStatus();
    const auto known = words_.find(list);
    if (known == words_.end()) return absl::OkStatus();
    text::Nearest nearest(word);
    NameList all;
    for (const KnownWord& one : known->second) {
      if (one.word == word) return absl::OkStatus();
      all.push_back(one.word);
      nearest.Offer(one.word, one.word);
      for (const std::string& spelling : one.spellings) nearest.Offer(spelling, one.word);
    }
    const std::string what = absl::StrCat("no ", std::string(list), " is called `", std::string(word), "`");
    if (nearest.best().empty()) return Wrong(node, absl::StrCat(what, cedar::Expected(word, all)));
    return Wrong(node, absl::StrCat(what, " (did you mean `", std::string(nearest.best()), "`?)"));
  }

  absl::Status Known(std::string_view list, const std::vector<std::string>& words, const CaseNode& node) const {
    for (size_t i = 0; i < words.size(); ++i) {
      if (absl::Status known = Known(list, words[i], node.items[i]); !known.ok()) return known;
    }
    return absl::OkStatus();
  }

  absl::Status ReadPartners(const CaseNode& root) {
    const CaseNode* partners = root.Find("partner");
    if (partners == nullptr) return absl::OkStatus();
    for (const auto& [key, line, column, node] : partners->members) {
      if (node.type != Type::kTable) return Wrong(node, "expected a table, as in `[partner.first-bank]`");
      absl::StatusOr<Party> party = ReadParty(key, node);
      if (!party.ok()) return party.status();
      partners_[key] = *std::move(party);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Party> ReadParty(const std::string& name, const CaseNode& table) const {
    Party party;
    party.organisation = name;
    party.confirmed = true;
    const std::map<std::string, std::string*> texts = {
        {"organisation", &party.organisation}, {"sector", &party.sector}, {"country", &party.country}};
    const std::map<std::string, std::vector<std::string>*> lists = {
        {"circles", &party.circles}, {"purposes", &party.purposes}, {"legal_bases", &party.legal_bases}};
    for (const CaseMember& member : table.members) {
      const std::string& field = member.key;
      const CaseNode& node = member.value;
      if (const auto text = texts.find(field); text != texts.end()) {
        absl::StatusOr<std::string> value = Text(node);
        if (!value.ok()) return value.status();
        const std::string_view words = field == "sector" ? "Sector" : field == "country" ? "Country" : "Organisation";
        if (absl::Status known = Known(words, *value, node); !known.ok()) return known;
        *text->second = *std::move(value);
      } else if (const auto list = lists.find(field); list != lists.end()) {
        absl::StatusOr<std::vector<std::string>> value = Texts(node);
        if (!value.ok()) return value.status();
        const std::string_view words = field == "purposes"      ? "Purpose"
                                       : field == "legal_bases" ? "legal_basis"
                                                                : "Circle";
        if (absl::Status known = Known(words, *value, node); !known.ok()) return known;
        *list->second = *std::move(value);
      } else if (field == "confirmed") {
        absl::StatusOr<bool> value = Flag(node);
        if (!value.ok()) return value.status();
        party.confirmed = *value;
      } else {
        NameList known = KeysOf(texts);
        for (const std::string_view more : KeysOf(lists)) known.push_back(more);
        known.push_back("confirmed");
        return Wrong(member, Unknown("a partner has no", field, known));
      }
    }
    return party;
  }

  absl::Status ReadRecords(const CaseNode& root) {
    const CaseNode* records = root.Find("record");
    if (records == nullptr) return absl::OkStatus();
    for (const auto& [key, line, column, node] : records->members) {
      if (node.type != Type::kTable) return Wrong(node, "expected a table, as in `[record.car-wash]`");
      absl::StatusOr<Described> record = ReadRecord(node);
      if (!record.ok()) return record.status();
      records_[key] = *std::move(record);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Described> ReadRecord(const CaseNode& table) const {
    Described record;
    const CaseNode* named = table.Find("kind");
    if (named == nullptr) return Wrong(table, "a record needs its `kind`");
    const absl::StatusOr<std::string> kind = Text(*named);
    if (!kind.ok()) return kind.status();
    NameList kinds;
    for (const KindShape& shape : engine_.kinds()) {
      kinds.push_back(shape.name);
      if (shape.name == *kind) record.kind = &shape;
    }
    if (record.kind == nullptr) return Wrong(*named, Unknown("there is no kind", *kind, kinds));
    record.label.kind = *kind;
    for (const LabelFact& fact : kLabelFacts) {
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

  absl::Status SetFacts(const CaseNode& table, Described& record) const {
    for (const CaseMember& member : table.members) {
      const std::string& name = member.key;
      const CaseNode& node = member.value;
      absl::Status status;
      if (name == "kind") continue;
      if (name == "absent") {
        status = SetAbsent(node, record);
      } else if (name == "finest") {
        status = SetFinest(node, record);
      } else if (name == "marking") {
        status = SetMarkings(node, record);
      } else {
        status = SetFact(member, record.label);
      }
      if (!status.ok()) return status;
    }
    Normalise(record.label);
    return absl::OkStatus();
  }

  absl::Status SetFact(const CaseMember& member, Label& label) const {
    const CaseNode& node = member.value;
    const LabelFact* fact = FindLabelFact(member.key);
    if (fact == nullptr) {
      NameList known = FactNames();
      known.insert(known.end(), {"kind", "absent", "finest", "marking"});
      return Wrong(member, Unknown("a record has no fact", member.key, known));
    }
    if (fact->one != nullptr) {
      absl::StatusOr<std::string> text = Text(node);
      if (!text.ok()) return text.status();
      if (absl::Status known = Known(ListOf(*fact), *text, node); !known.ok()) return known;
      label.*fact->one = *std::move(text);
      return absl::OkStatus();
    }
    absl::StatusOr<std::vector<std::string>> texts = Texts(node);
    if (!texts.ok()) return texts.status();
    if (absl::Status known = Known(ListOf(*fact), *texts, node); !known.ok()) return known;
    label.*fact->many = *std::move(texts);
    return absl::OkStatus();
  }

  absl::Status SetAbsent(const CaseNode& node, Described& record) const {
    absl::StatusOr<std::vector<std::string>> names = Texts(node);
    if (!names.ok()) return names.status();
    for (size_t i = 0; i < names->size(); ++i) {
      const std::string& name = (*names)[i];
      const LabelFact* fact = FindLabelFact(name);
      if (fact == nullptr) return Wrong(node.items[i], Unknown("a record has no fact", name, FactNames()));
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

  static std::string UnknownSlot(const KindShape& kind, std::string_view name) {
    return Unknown(absl::StrCat("a ", kind.name, " has no field"), name, SlotNames(kind));
  }

  absl::Status SetFinest(const CaseNode& node, Described& record) const {
    if (node.type != Type::kTable)
      return Wrong(node, "expected a table of fields and rungs, as in `{ where = \"place.region\" }`");
    for (const CaseMember& member : node.members) {
      const CaseNode& value = member.value;
      const SlotShape* slot = FindSlot(*record.kind, member.key);
      if (slot == nullptr) return Wrong(member, UnknownSlot(*record.kind, member.key));
      absl::StatusOr<std::string> precision = Text(value);
      if (!precision.ok()) return precision.status();
      if (absl::Status status = CheckPrecision(value, *slot, *precision); !status.ok()) return status;
      record.finest[slot->name] = *precision;
    }
    return absl::OkStatus();
  }

  // A rung of the field, or `withheld` where nothing of it is held or goes.
  absl::Status CheckPrecision(const CaseNode& node, const SlotShape& slot, const std::string& precision) const {
    if (precision == "withheld") return absl::OkStatus();
    if (std::find(slot.precisions.begin(), slot.precisions.end(), precision) != slot.precisions.end()) {
      return absl::OkStatus();
    }
    NameList rungs(slot.precisions.begin(), slot.precisions.end());
    rungs.push_back("withheld");
    return Wrong(node, Unknown(absl::StrCat("`", slot.name, "` has no rung"), precision, rungs));
  }

  absl::Status SetMarkings(const CaseNode& node, Described& record) const {
    if (node.type != Type::kTable)
      return Wrong(node, "expected a table of fields and markings, as in `{ story = { tlp = \"AMBER\" } }`");
    for (const CaseMember& member : node.members) {
      const CaseNode& value = member.value;
      const SlotShape* slot = FindSlot(*record.kind, member.key);
      if (slot == nullptr) return Wrong(member, UnknownSlot(*record.kind, member.key));
      if (value.type != Type::kTable) return Wrong(value, "expected a table, as in `{ tlp = \"AMBER\" }`");
      FieldMarking marking;
      const std::map<std::string, Fact*> known = {{"tlp", &marking.tlp},
                                                  {"basis", &marking.basis},
                                                  {"source_grade", &marking.source_grade},
                                                  {"intelligence_grade", &marking.intelligence_grade},
                                                  {"asserted_by", &marking.asserted_by}};
      for (const CaseMember& fact : value.members) {
        const auto found = known.find(fact.key);
        if (found == known.end()) return Wrong(fact, Unknown("a marking has no", fact.key, KeysOf(known)));
        absl::StatusOr<std::string> read = Text(fact.value);
        if (!read.ok()) return read.status();
        *found->second = *std::move(read);
      }
      record.markings[slot->name] = std::move(marking);
    }
    return absl::OkStatus();
  }

  absl::Status RunCase(const CaseNode& table) {
    static const std::set<std::string, std::less<>> kKeys = {"name",   "record",  "set",       "partner",
                                                             "expect", "refused", "refused_by"};
    for (const CaseMember& member : table.members) {
      if (!kKeys.contains(member.key)) {
        return Wrong(member, Unknown("a case has no", member.key, NameList(kKeys.begin(), kKeys.end())));
      }
    }
    CaseResult result;
    result.line = table.line;
    result.name = absl::StrCat("case at line ", result.line);
    if (const CaseNode* name = table.Find("name"); name != nullptr) {
      absl::StatusOr<std::string> text = Text(*name);
      if (!text.ok()) return text.status();
      result.name = *std::move(text);
    }
    absl::StatusOr<Described> record = RecordOf(table);
    if (!record.ok()) return record.status();
    absl::StatusOr<std::vector<const Party*>> partners = PartnersOf(table);
    if (!partners.ok()) return partners.status();
    absl::StatusOr<Expectation> expected = ExpectationOf(table, *record->kind);
    if (!expected.ok()) return expected.status();
    for (const Party* party : *partners) Compare(*expected, *record, *party, result);
    report_.cases.push_back(std::move(result));
    return absl::OkStatus();
  }

  // The record that a case names, with its changes.
  absl::StatusOr<Described> RecordOf(const CaseNode& table) const {
    const CaseNode* named = table.Find("record");
    if (named == nullptr) return Wrong(table, "a case needs its `record`");
    const absl::StatusOr<std::string> name = Text(*named);
    if (!name.ok()) return name.status();
    const auto found = records_.find(*name);
    if (found == records_.end()) return Wrong(*named, Unknown("the file has no record", *name, KeysOf(records_)));
    Described record = found->second;
    const CaseNode* changes = table.Find("set");
    if (changes == nullptr) return record;
    if (changes->type != Type::kTable) return Wrong(*changes, "expected a table of facts, as in `{ tlp = \"RED\" }`");
    if (absl::Status status = SetFacts(*changes, record); !status.ok()) return status;
    return record;
  }

  absl::StatusOr<std::vector<const Party*>> PartnersOf(const CaseNode& table) const {
    const CaseNode* named = table.Find("partner");
    if (named == nullptr) return Wrong(table, "a case needs its `partner`, or a list of them");
    std::vector<const Party*> parties;
    const auto add = [&](const CaseNode& node) -> absl::Status {
      if (node.type != Type::kText) return Wrong(node, "expected a partner's name in quotes, or a list of them");
      const auto found = partners_.find(node.text);
      if (found == partners_.end()) {
        return Wrong(node, Unknown("the file has no partner", node.text, KeysOf(partners_)));
      }
      parties.push_back(&found->second);
      return absl::OkStatus();
    };
    if (named->type != Type::kList) {
      if (absl::Status status = add(*named); !status.ok()) return status;
      return parties;
    }
    if (named->items.empty()) return Wrong(*named, "expected one partner at least");
    for (const CaseNode& node : named->items) {
      if (absl::Status status = add(node); !status.ok()) return status;
    }
    return parties;
  }

  // The expectation of a case: a refusal (by one policy, if the case names it), or rungs by field.
  struct Expectation {
    bool refused = false;
    std::string refused_by;
    std::map<std::string, std::string> rungs;
    std::optional<std::string> others;
  };

  absl::StatusOr<Expectation> ExpectationOf(const CaseNode& table, const KindShape& kind) const {
    Expectation expected;
    if (const CaseNode* rule = table.Find("refused_by"); rule != nullptr) {
      absl::StatusOr<std::string> text = Text(*rule);
      if (!text.ok()) return text.status();
      expected.refused = true;
      expected.refused_by = *std::move(text);
    } else if (const CaseNode* refused = table.Find("refused"); refused != nullptr) {
      const absl::StatusOr<bool> flag = Flag(*refused);
      if (!flag.ok()) return flag.status();
      expected.refused = *flag;
    }
    if (expected.refused) return expected;
    const CaseNode* fields = table.Find("expect");
    if (fields == nullptr) return Wrong(table, "a case needs `expect`, `refused` or `refused_by`");
    if (fields->type != Type::kTable)
      return Wrong(*fields, "expected a table of fields, as in `{ where = \"place.region\" }`");
    for (const CaseMember& member : fields->members) {
      const CaseNode& node = member.value;
      absl::StatusOr<std::string> precision = Text(node);
      if (!precision.ok()) return precision.status();
      const SlotShape* slot = FindSlot(kind, member.key);
      if (slot == nullptr && member.key != "*") return Wrong(member, UnknownSlot(kind, member.key));
      const absl::Status known =
          slot == nullptr ? CheckAnyPrecision(node, kind, *precision) : CheckPrecision(node, *slot, *precision);
      if (!known.ok()) return known;
      if (slot == nullptr) {
        expected.others = *precision;
      } else {
        expected.rungs[slot->name] = *precision;
      }
    }
    return expected;
  }

  // Checks what a case expects of all other fields: `withheld`, or a rung that some field has.
  absl::Status CheckAnyPrecision(const CaseNode& node, const KindShape& kind, const std::string& precision) const {
    NameList known = {"withheld"};
    for (const SlotShape& slot : kind.slots) known.insert(known.end(), slot.precisions.begin(), slot.precisions.end());
    if (std::find(known.begin(), known.end(), precision) != known.end()) return absl::OkStatus();
    return Wrong(node, Unknown("no field has the rung", precision, known));
  }

  void Compare(const Expectation& expected, const Described& record, const Party& party, CaseResult& result) const {
    const Explanation said = Explain(engine_, engine_.Intern(party), CandidateOf(record), 0);
    const auto fail = [&](const std::string& what) {
      result.failures.push_back(absl::StrCat(party.organisation, ": ", what));
    };
    if (expected.refused) {
      const auto blames = [&](const Rule& rule) { return rule.id == expected.refused_by; };
      if (said.travels) {
        fail("expected a refusal, but the record goes");
      } else if (!expected.refused_by.empty() && std::none_of(said.refused_by.begin(), said.refused_by.end(), blames)) {
        fail(absl::StrCat("expected a refusal by ", expected.refused_by, UnknownRule(expected.refused_by),
                          ", but: ", said.sentence));
      }
      return;
    }
    for (const FieldExplanation& field : said.fields) {
      const auto named = expected.rungs.find(field.name);
      const std::optional<std::string> want =
          named == expected.rungs.end() ? expected.others : std::optional<std::string>(named->second);
      if (want.has_value() && *want != field.precision) {
        fail(absl::StrCat("`", field.name, "`: expected ", *want, ", but it ", field.sentence));
      }
    }
  }

  // Said of a name that no policy bears; "" of any other.
  std::string UnknownRule(const std::string& id) const {
    NameList known;
    for (const Rule& rule : engine_.rules()) {
      if (rule.id == id) return "";
      known.push_back(rule.id);
    }
    return absl::StrCat(", which no policy is called", cedar::Suggestion(id, known));
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
  const cedar::Source& source_;
  const KnownWords& words_;
  std::map<std::string, Party, std::less<>> partners_;
  std::map<std::string, Described, std::less<>> records_;
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

absl::StatusOr<CaseReport> RunCases(const Engine& engine, const CaseNode& root, std::string_view text,
                                    const std::string& file, const KnownWords& words) {
  if (text.size() > kMostCasesBytes) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": the file is larger than ", kMostCasesBytes, " bytes"));
  }
  const cedar::Source source(text, file);
  return Runner(engine, source, words).Run(root);
}

}  // namespace tidegate::review

#include "node/record/catalogue/check.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace tidegate::catalogue {
namespace {

bool IsWord(std::string_view text, std::string_view joiners) {
  if (text.empty() || text.front() < 'a' || text.front() > 'z') return false;
  return std::all_of(text.begin(), text.end(), [joiners](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || joiners.find(c) != std::string_view::npos;
  });
}

// A code as a record stores it: printable ASCII without spaces, quotes or list separators.
bool IsCode(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '+';
  });
}

// Letters and digits in lower case: how Catalogue::ResolveCode compares spellings. Letters beyond ASCII stay as they
// are written here.
std::string Folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0) out += c;
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string Quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

// The catalogue under examination: what has been met so far, and the complaints.
class Examiner {
 public:
  Examiner(const Source& source, std::vector<Complaint>& complaints) : source_(source), complaints_(complaints) {}

  void Run() {
    for (const auto& file : source_.codes) ExamineCodeFile(file);
    for (const char* needed : {"country", "currency"}) {
      if (!lists_.contains(needed)) Complain({}, 0, "the catalogue has no code list " + Quoted(needed));
    }
    for (const auto& file : source_.reservations) ExamineReservation(file);
    for (const auto& file : source_.kinds) ExamineKind(file);
  }

 private:
  struct ListFacts {
    std::string where;
    bool has_parents = false;
  };

  void Complain(const Place& place, int line, std::string text) {
    complaints_.push_back({place.file().empty() ? "catalogue" : place.file(), line, std::move(text)});
  }

  // Claims a name or number once; complains when it was taken, naming who has it.
  template <typename Key>
  void Claim(std::map<Key, std::string>& taken, const Key& key, const std::string& shown, const std::string& what,
             const Place& place, int line) {
    const std::string here = place.file() + ":" + std::to_string(line);
    const auto claimed = taken.emplace(key, here);
    if (!claimed.second) Complain(place, line, what + " " + Quoted(shown) + " is taken by " + claimed.first->second);
  }

  void ExamineReservation(const Parsed<Reservation>& file) {
    for (int i = 0; i < file.message.kind_size(); ++i) {
      const ReservedKind& kind = file.message.kind(i);
      const Place place = file.place().Nested(file.message, "kind", i);
      ClaimKind(kind.number(), kind.name(), place, place.LineOf(kind, "number"), place.LineOf(kind, "name"));
    }
  }

  void ClaimKind(uint32_t number, const std::string& name, const Place& place, int number_line, int name_line) {
    if (number == 0) Complain(place, number_line, "kind " + Quoted(name) + " has no number");
    if (!IsWord(name, "_")) Complain(place, name_line, "kind name " + Quoted(name) + " is not a lower-case word");
    Claim(kind_numbers_, number, std::to_string(number), "kind number", place, number_line);
    Claim(kind_names_, name, name, "kind name", place, name_line);
  }

  void ExamineKind(const Parsed<Kind>& file) {
    const Kind& kind = file.message;
    const Place place = file.place();
    ClaimKind(kind.number(), kind.name(), place, place.LineOf(kind, "number"), place.LineOf(kind, "name"));
    if (!("/" + file.file).ends_with("/" + kind.name() + ".textproto")) {
      Complain(place, place.LineOf(kind, "name"),
               "kind " + Quoted(kind.name()) + " belongs in a file of that name: rename one of them");
    }
    if (kind.help().empty()) Complain(place, 1, "kind " + Quoted(kind.name()) + " has no help sentence");
    if (kind.slot_size() == 0 || kind.slot_size() > kMaxSlots) {
      Complain(place, 1,
               "kind " + Quoted(kind.name()) + " has " + std::to_string(kind.slot_size()) + " slots: it needs 1 to " +
                   std::to_string(kMaxSlots));
    }
    std::map<std::string, std::string> names;
    uint32_t newest = 1;
    for (int i = 0; i < kind.slot_size(); ++i) {
      const Slot& slot = kind.slot(i);
      const Place at = place.Nested(kind, "slot", i);
      if (slot.number() != static_cast<uint32_t>(i)) {
        Complain(at, at.LineOf(slot, "number"),
                 "slot " + Quoted(slot.name()) + " must have number " + std::to_string(i) +
                     ": slots are numbered in order from 0");
      }
      if (!IsWord(slot.name(), "_")) {
        Complain(at, at.LineOf(slot, "name"), "slot name " + Quoted(slot.name()) + " is not a snake_case word");
      }
      Claim(names, slot.name(), slot.name(), "slot name", at, at.LineOf(slot, "name"));
      const uint32_t since = std::max<uint32_t>(1, slot.since());
      if (since < newest || since > newest + 1) {
        Complain(at, at.LineOf(slot, "since"),
                 "slot " + Quoted(slot.name()) + " is of version " + std::to_string(since) + " after one of " +
                     std::to_string(newest) + ": new slots go last, and versions rise by one");
      }
      newest = std::max(newest, since);
      ExamineSlot(slot, at);
    }
    if (kind.version() != newest) {
      Complain(place, place.LineOf(kind, "version"),
               "kind " + Quoted(kind.name()) + " says version " + std::to_string(kind.version()) +
                   " but its newest slot is of version " + std::to_string(newest));
    }
    if (!names.contains(kind.title_slot())) {
      Complain(place, place.LineOf(kind, "title_slot"),
               "title_slot " + Quoted(kind.title_slot()) + " is not a slot of " + Quoted(kind.name()));
    }
  }

  void ExamineSlot(const Slot& slot, const Place& at) {
    const std::string name = "slot " + Quoted(slot.name());
    if (slot.type() == ValueType::UNSPECIFIED) Complain(at, at.line(), name + " has no type");
    if (slot.class_() == FieldClass::UNSPECIFIED) Complain(at, at.line(), name + " has no class");
    if (slot.help().empty()) Complain(at, at.line(), name + " has no help sentence");
    if (MaxBytes(slot) > kMaxValueBytes) {
      Complain(at, at.LineOf(slot, "max_bytes"),
               name + " allows more than " + std::to_string(kMaxValueBytes) + " bytes");
    }
    ExamineCodesOfSlot(slot, at, name);
    ExamineUnit(slot, at, name);
    ExamineLadder(slot, at, name);
    if (slot.fact() != LabelFact::NONE && slot.type() != ValueType::CODE) {
      Complain(at, at.LineOf(slot, "fact"), name + " supplies a label fact but is not of type CODE");
    }
  }

  void ExamineCodesOfSlot(const Slot& slot, const Place& at, const std::string& name) {
    const bool wanted = slot.type() == ValueType::CODE || slot.type() == ValueType::IDENTIFIER;
    if (wanted && slot.codes().empty()) Complain(at, at.line(), name + " needs a code list (`codes`)");
    if (!wanted && !slot.codes().empty()) {
      Complain(at, at.LineOf(slot, "codes"), name + " has a code list but its type takes none");
    }
    if (wanted && !slot.codes().empty() && !lists_.contains(slot.codes())) {
      Complain(at, at.LineOf(slot, "codes"),
               name + " names the code list " + Quoted(slot.codes()) + ", which no file under codes defines");
    }
  }

  void ExamineUnit(const Slot& slot, const Place& at, const std::string& name) {
    const bool wanted = slot.type() == ValueType::QUANTITY;
    if (wanted && !IsWord(slot.unit(), "_")) Complain(at, at.LineOf(slot, "unit"), name + " needs a unit");
    if (!wanted && !slot.unit().empty()) Complain(at, at.LineOf(slot, "unit"), name + " has a unit but is no QUANTITY");
  }

  void ExamineLadder(const Slot& slot, const Place& at, const std::string& name) {
    bool fits = true;
    switch (slot.ladder()) {
      case Ladder::PLACE:
        fits = slot.type() == ValueType::PLACE;
        break;
      case Ladder::TIME:
        fits = slot.type() == ValueType::TIME;
        break;
      case Ladder::AGE:
        fits = slot.type() == ValueType::QUANTITY && slot.unit() == "years";
        break;
      case Ladder::AMOUNT:
        fits = slot.type() == ValueType::QUANTITY && slot.unit() == "money";
        break;
      case Ladder::IDENTIFIER:
        fits = slot.type() == ValueType::IDENTIFIER;
        break;
      case Ladder::CODE:
        fits = slot.type() == ValueType::CODE;
        break;
      case Ladder::NARRATIVE:
        fits = slot.type() == ValueType::NARRATIVE;
        break;
      default:
        fits = slot.type() != ValueType::NARRATIVE;  // a narrative always has its three rungs
    }
    const int line = at.LineOf(slot, "ladder");
    if (!fits) {
      Complain(at, line,
               name + " of type " + ValueType::Value_Name(slot.type()) + " cannot have the ladder " +
                   Ladder::Value_Name(slot.ladder()));
    }
    const auto list = lists_.find(slot.codes());
    if (slot.ladder() == Ladder::CODE && list != lists_.end() && !list->second.has_parents) {
      Complain(at, line, name + " has the ladder CODE but no code of " + Quoted(slot.codes()) + " has a parent");
    }
  }

  void ExamineCodeFile(const Parsed<CodeFile>& file) {
    if (file.message.list_size() == 0) Complain(file.place(), 1, "the file has no code list");
    for (int i = 0; i < file.message.list_size(); ++i) {
      const CodeList& list = file.message.list(i);
      const Place place = file.place().Nested(file.message, "list", i);
      const int line = place.LineOf(list, "name");
      if (!IsWord(list.name(), "-")) {
        Complain(place, line, "code list name " + Quoted(list.name()) + " is not a kebab-case word");
      }
      Claim(list_names_, list.name(), list.name(), "code list name", place, line);
      if (list.title().empty() || list.source().empty() || list.code_size() == 0) {
        Complain(place, line, "code list " + Quoted(list.name()) + " needs `title`, `source` and codes");
      }
      ExamineCodes(list, place);
    }
  }

  void ExamineCodes(const CodeList& list, const Place& place) {
    std::map<std::string, const Code*> by_id;
    std::map<std::string, std::string> meanings;  // every spelling, folded, and the code it means
    ListFacts& facts = lists_[list.name()];
    for (int i = 0; i < list.code_size(); ++i) {
      const Code& code = list.code(i);
      const Place at = place.Nested(list, "code", i);
      if (!IsCode(code.id())) {
        Complain(at, at.line(),
                 "code " + Quoted(code.id()) + " of " + Quoted(list.name()) +
                     " is not a word of letters, digits, `-`, `.` and `+`");
      }
      if (code.name().empty()) Complain(at, at.line(), "code " + Quoted(code.id()) + " has no name");
      if (!by_id.emplace(code.id(), &code).second) {
        Complain(at, at.line(), "code " + Quoted(code.id()) + " is twice in " + Quoted(list.name()));
      }
      ExamineSpellings(code, meanings, at);
      if (!code.parent().empty()) facts.has_parents = true;
    }
    for (int i = 0; i < list.code_size(); ++i) {
      ExamineParent(list.code(i), by_id, place.Nested(list, "code", i));
    }
  }

  // No spelling that an import accepts may mean two codes.
  void ExamineSpellings(const Code& code, std::map<std::string, std::string>& meanings, const Place& at) {
    const auto claim = [&](std::string_view spelling) {
      const std::string folded = Folded(spelling);
      if (folded.empty()) return;  // signs alone
      const auto claimed = meanings.emplace(folded, code.id());
      if (claimed.first->second != code.id()) {
        Complain(at, at.line(),
                 "`" + std::string(spelling) + "` of code " + Quoted(code.id()) + " also means code " +
                     Quoted(claimed.first->second));
      }
    };
    claim(code.id());
    claim(code.name());
    for (const std::string& alias : code.alias()) claim(alias);
  }

  // Two levels, so that one step of the ladder reaches the top: this also rules out every cycle.
  void ExamineParent(const Code& code, const std::map<std::string, const Code*>& by_id, const Place& at) {
    if (code.parent().empty()) return;
    const int line = at.LineOf(code, "parent");
    const auto parent = by_id.find(code.parent());
    if (parent == by_id.end()) {
      Complain(
          at, line,
          "code " + Quoted(code.id()) + " has the parent " + Quoted(code.parent()) + ", which the list does not have");
    } else if (!parent->second->parent().empty()) {
      Complain(at, line,
               "code " + Quoted(code.id()) + " has the parent " + Quoted(code.parent()) +
                   ", which has a parent itself: lists have two levels and no cycles");
    }
  }

  const Source& source_;
  std::vector<Complaint>& complaints_;
  std::map<std::string, ListFacts> lists_;
  std::map<std::string, std::string> list_names_;
  std::map<uint32_t, std::string> kind_numbers_;
  std::map<std::string, std::string> kind_names_;
};

uint32_t DefaultBytes(ValueType::Value type) {
  switch (type) {
    case ValueType::TEXT:
    case ValueType::PLACE:
      return 2048;
    case ValueType::NARRATIVE:
      return 128 << 10;
    case ValueType::IDENTIFIER:
      return 512;
    default:
      return 256;
  }
}

}  // namespace

void Check(const Source& source, std::vector<Complaint>& complaints) { Examiner(source, complaints).Run(); }

uint32_t MaxBytes(const Slot& slot) {
  if (slot.max_bytes() != 0) return slot.max_bytes();
  constexpr uint32_t kListFactor = 16;
  return std::min(kMaxValueBytes, DefaultBytes(slot.type()) * (slot.repeated() ? kListFactor : 1));
}

}  // namespace tidegate::catalogue

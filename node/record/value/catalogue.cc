#include "node/record/value/catalogue.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "node/record/value/ascii.h"
#include "text/text.h"

namespace tidegate::value {
namespace {

constexpr std::array<std::string_view, 1> kWhole = {"whole"};
constexpr std::array<std::string_view, 4> kPlaceRungs = {"place.exact", "place.locality", "place.region",
                                                         "place.country"};
constexpr std::array<std::string_view, 4> kTimeRungs = {"time.minute", "time.day", "time.month", "time.year"};
constexpr std::array<std::string_view, 3> kAgeRungs = {"age.years", "age.band", "age.adult"};
constexpr std::array<std::string_view, 3> kAmountRungs = {"amount.exact", "amount.band", "amount.currency"};
constexpr std::array<std::string_view, 2> kIdentifierRungs = {"identifier.whole", "identifier.masked"};
constexpr std::array<std::string_view, 2> kCodeRungs = {"code.exact", "code.parent"};
constexpr std::array<std::string_view, 3> kNarrativeRungs = {"narrative.full", "narrative.sanitised",
                                                             "narrative.heading"};

constexpr size_t kLongestSpelling = 128;

// Letters and digits in lower case, so that "forced labour", "ForcedLabour" and "forced_labour" are one. Letters of
// every script count; no-break spaces and the dashes and quotes of print do not.
std::string Folded(std::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
  const std::string lower = ascii ? std::string() : text::LowerCase(text);
  if (!ascii) text = lower;
  const auto punctuation = [&text](size_t at) -> size_t {
    if (text.substr(at, 2) == "\xC2\xA0") return 2;
    return text.substr(at, 2) == "\xE2\x80" ? 3 : 0;
  };
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (const size_t skipped = punctuation(at); skipped > 0) {
      at += skipped;
      continue;
    }
    const char l = Lower(text[at++]);
    if ((l >= 'a' && l <= 'z') || (l >= '0' && l <= '9') || (l & 0x80) != 0) out.push_back(l);
  }
  return out;
}

// Lists by name and codes by list: reading, checking and indexing a record all ask for the same few, again and again.
class CodeIndex {
 public:
  CodeIndex() {
    for (const CodeList& list : kCatalogueData.code_lists) {
      codes_.emplace(Key{nullptr, list.name}, Found{.list = &list});
      for (const Code& code : list.codes) codes_.emplace(Key{&list, code.code}, Found{.code = &code});
    }
    for (const Kind& kind : kCatalogueData.kinds) {
      for (const Slot& slot : kind.slots) {
        if (const CodeList* list = Find({nullptr, slot.code_list}).list) of_slots_.emplace(slot.code_list.data(), list);
      }
    }
  }

  // Made when first asked; never destroyed, because the tables outlive every thread.
  static const CodeIndex& Get() {
    static const auto* const index = new CodeIndex();
    return *index;
  }

  const CodeList* FindList(std::string_view name) const {
    const auto at = of_slots_.find(name.data());
    if (at != of_slots_.end() && at->second->name.size() == name.size()) return at->second;
    return Find({nullptr, name}).list;
  }
  const Code* FindCode(const CodeList& list, std::string_view code) const { return Find({&list, code}).code; }

 private:
  struct Key {
    const CodeList* list;  // null for the name of a list
    std::string_view name;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    size_t operator()(const Key& key) const {
      return absl::HashOf(key.list, absl::string_view(key.name.data(), key.name.size()));
    }
  };
  struct Found {
    const CodeList* list = nullptr;
    const Code* code = nullptr;
  };

  Found Find(const Key& key) const {
    const auto at = codes_.find(key);
    return at == codes_.end() ? Found() : at->second;
  }

  absl::flat_hash_map<Key, Found, Hash> codes_;
  // By the address of the name that a slot gives, which is constant data: most look-ups are of those.
  absl::flat_hash_map<const void*, const CodeList*> of_slots_;
};

// Every spelling of every code, folded: an import asks for each cell of a column.
class SpellingIndex {
 public:
  SpellingIndex() {
    for (const CodeList& list : kCatalogueData.code_lists) {
      for (const Code& code : list.codes) {
        Add(list, code.code, code);
        Add(list, code.label, code);
        for (std::string_view alias : code.aliases) Add(list, alias, code);
      }
    }
  }

  const Code* Find(const CodeList& list, const std::string& folded) const {
    const auto at = codes_.find(Key(list, folded));
    return at == codes_.end() ? nullptr : at->second;
  }

 private:
  static std::string Key(const CodeList& list, std::string_view folded) {
    std::string key(list.name);
    key.push_back('\0');
    return key.append(folded);
  }
  void Add(const CodeList& list, std::string_view spelling, const Code& code) {
    const std::string folded = Folded(spelling);
    if (!folded.empty()) codes_.emplace(Key(list, folded), &code);
  }

  std::unordered_map<std::string, const Code*> codes_;
};

}  // namespace

std::span<const std::string_view> RungNames(Ladder ladder) {
  switch (ladder) {
    case Ladder::kNone:
      return kWhole;
    case Ladder::kPlace:
      return kPlaceRungs;
    case Ladder::kTime:
      return kTimeRungs;
    case Ladder::kAge:
      return kAgeRungs;
    case Ladder::kAmount:
      return kAmountRungs;
    case Ladder::kIdentifier:
      return kIdentifierRungs;
    case Ladder::kCode:
      return kCodeRungs;
    case Ladder::kNarrative:
      return kNarrativeRungs;
  }
  return kWhole;
}

std::string_view FieldClassName(FieldClass field_class) {
  static constexpr std::array<std::string_view, 8> kNames = {"personal",  "identifier", "location",  "time",
                                                             "financial", "source",     "narrative", "analytic"};
  return kNames[static_cast<size_t>(field_class) % kNames.size()];
}

std::string_view TypeName(Type type) {
  static constexpr std::array<std::string_view, 11> kNames = {"invalid",    "text",     "code",       "quantity",
                                                              "time",       "place",    "identifier", "reference",
                                                              "attachment", "tristate", "narrative"};
  const auto index = static_cast<size_t>(type);
  return kNames[index < kNames.size() ? index : 0];
}

const Slot* Kind::FindSlot(std::string_view slot_name) const {
  for (const Slot& slot : slots) {
    if (slot.name == slot_name) return &slot;
  }
  return nullptr;
}

std::span<const Kind> Catalogue::Kinds() { return kCatalogueData.kinds; }

const Kind* Catalogue::FindKind(std::string_view name) {
  const Kind* found = nullptr;
  for (const Kind& kind : kCatalogueData.kinds) {
    if (kind.name == name) found = &kind;  // the last is the newest version
  }
  return found;
}

const Kind* Catalogue::FindKind(uint32_t number) {
  const Kind* found = nullptr;
  for (const Kind& kind : kCatalogueData.kinds) {
    if (kind.number == number) found = &kind;
  }
  return found;
}

const Kind* Catalogue::FindKind(uint32_t number, uint16_t schema_version) {
  for (const Kind& kind : kCatalogueData.kinds) {
    if (kind.number == number && kind.schema_version == schema_version) return &kind;
  }
  return nullptr;
}

const CodeList* Catalogue::FindCodeList(std::string_view name) { return CodeIndex::Get().FindList(name); }

const Code* Catalogue::FindCode(const CodeList& list, std::string_view code) {
  return CodeIndex::Get().FindCode(list, code);
}

const Code* Catalogue::ResolveCode(const CodeList& list, std::string_view text) {
  if (const Code* exact = FindCode(list, text)) return exact;
  static const auto* const index = new SpellingIndex();  // never destroyed: the tables outlive every thread
  return text.size() > kLongestSpelling ? nullptr : index->Find(list, Folded(text));
}

std::string_view Catalogue::NearestCode(const CodeList& list, std::string_view text) {
  if (const Code* meant = ResolveCode(list, text)) return meant->code == text ? std::string_view() : meant->code;
  text::Nearest nearest(text);
  // A column of words that no list knows asks for each of them, and countries have thousands of spellings: of these
  // only those that begin alike are compared.
  const char first = text.empty() ? '\0' : Lower(text.front());
  for (const Code& code : list.codes) {
    nearest.Offer(code.code, code.code);
    nearest.Offer(code.label, code.code);
    for (const std::string_view alias : code.aliases) {
      if (!alias.empty() && Lower(alias.front()) == first) nearest.Offer(alias, code.code);
    }
  }
  return nearest.best();
}

std::string_view Catalogue::NearestSlot(const Kind& kind, std::string_view text) {
  text::Nearest nearest(text);
  for (const Slot& slot : kind.slots) nearest.Offer(slot.name, slot.name);
  return nearest.best();
}

}  // namespace tidegate::value

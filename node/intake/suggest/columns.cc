#include "node/intake/suggest/columns.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <set>

#include "node/intake/numbers.h"
#include "node/intake/suggest/date_forms.h"
#include "node/intake/suggest/number_forms.h"
#include "node/intake/suggest/words.h"
#include "node/intake/text.h"
#include "re2/re2.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

using record::Slot;
using record::Type;

constexpr std::size_t kMostCodes = 60;             // of a code map that is proposed
constexpr std::size_t kMostWords = kProfiledRows;  // different values of a column that can be of a list of codes
constexpr double kMostlyFits = 0.5;
constexpr int kUnnamedDate = 30;
constexpr char kPhoneAmongWords[] = R"((\+?\(?\d[\d ()./-]{5,}\d))";
constexpr int kByScheme = 75;     // the name, or all values, say which scheme of identifiers it is
constexpr double kEvident = 0.8;  // so many values say themselves what they are

const record::CodeList* ListOf(const Slot& slot) { return record::Catalogue::FindCodeList(slot.code_list); }

std::string TargetText(const record::Kind& kind, const Slot& slot) { return Cat({kind.name, ".", slot.name}); }

std::string Share(std::uint64_t fits, std::uint64_t of) {
  return Cat({std::to_string(of - fits), " of ", std::to_string(of), " values"});
}

class ColumnReader {
 public:
  ColumnReader(const record::Kind& kind, const ColumnProfile& column, const std::string& home)
      : kind_(kind), column_(column), home_(home), words_(WordsOf(column.name())), kept_(column.kept()) {}

  std::vector<Offer> Read() {
    for (const Slot& slot : kind_.slots) ReadSlot(slot);
    ReadHandling();
    return std::move(offers_);
  }

 private:
  Offer Begin(const Slot& slot, int name_score) const {
    Offer offer;
    offer.target = TargetText(kind_, slot);
    offer.slot = &slot;
    offer.many = slot.repeated;
    offer.name_score = name_score;
    offer.of = kept_;
    return offer;
  }

  void Add(Offer offer) {
    if (offer.share() < kMostlyFits || offer.score() < kLeastScore) return;
    if (offer.fits < offer.of) offer.doubts.push_back(Cat({Share(offer.fits, offer.of), " do not fit"}));
    if (offer.name_score < 60) {
      offer.doubts.push_back("told from the values more than from the name");
    } else if (offer.name_score < 85 && offer.name_score != kByScheme) {
      offer.doubts.push_back("the column's name says something more, or something less, than the field's");
    }
    offers_.push_back(std::move(offer));
  }

  void ReadSlot(const Slot& slot) {
    const int name = NameScore(words_, slot.name);
    // Who told us is protected apart. A column about that person speaks of nobody else.
    const bool of_source = slot.field_class == record::FieldClass::kSource;
    if (SpeaksOfInformant(words_) && !of_source) return;
    if (of_source && name == 0) return;
    switch (slot.type) {
      case Type::kText:
        return ReadText(slot, name);
      case Type::kNarrative:
        return ReadText(slot, column_.IsProse() && slot.name == "narrative" ? std::max(name, 35) : name);
      case Type::kTime:
        return ReadTime(slot, name);
      case Type::kCode:
        return ReadCode(slot, name);
      case Type::kQuantity:
        return ReadQuantity(slot, name);
      case Type::kPlace:
        return ReadPlace(slot);
      case Type::kIdentifier:
        return ReadIdentifier(slot, name);
      case Type::kTristate:
        return ReadTristate(slot, name);
      default:
        return;  // references and attachments need more than a column's name
    }
  }

  // Any text fits, so the name alone decides.
  void ReadText(const Slot& slot, int name) {
    if (name == 0 || kept_ + column_.filled() == 0) return;
    constexpr std::size_t kFraming = 16;  // more than the encoding of a text adds to it
    if (column_.longest() + kFraming > slot.max_bytes) return;
    Offer offer = Begin(slot, name);
    offer.of = std::max<std::uint64_t>(kept_, 1);
    offer.fits = offer.of;
    if (slot.type == Type::kText && column_.IsProse() && name < 100) offer.name_score = name / 2;
    Add(std::move(offer));
  }

  void ReadTime(const Slot& slot, int name) {
    const bool first = NameScore(words_, "pair.first") >= 90;
    const bool last = NameScore(words_, "pair.last") >= 90;
    if (name == 0 && (first || last)) name = 60;
    // A number of four digits can be a year, and anything else too.
    constexpr std::size_t kTelling = 7;
    const auto tells = [](const std::string& value) {
      return value.size() >= kTelling && value.find_first_of("0123456789") != std::string::npos;
    };
    const bool telling = column_.Passing(tells) == kept_;
    if (name == 0 && !telling) return;
    const DateGuess& guess = DatesOf(slot, name);
    // A date of birth, or of a visa, looks like any other: without a word for it a person must say which it is.
    const bool unnamed = name == 0 && guess.fits > 0;
    Offer offer = Begin(slot, unnamed ? kUnnamedDate : name);
    offer.asleep = unnamed;
    offer.fits = guess.fits;
    if (first || last) offer.part = first ? "first" : "last";
    offer.dates = guess.forms;
    offer.doubts = guess.doubts;
    offer.zoneless = guess.zoneless;
    if (unnamed) offer.doubts.emplace_back("nothing says which date this is; if it is this one, take the `#` away");
    if (!guess.forms.empty()) offer.options.emplace_back("date", FormsText(guess.forms));
    if (guess.first_year.has_value()) offer.options.emplace_back("first_year", std::to_string(*guess.first_year));
    Add(std::move(offer));
  }

  // Every field of times reads the same texts; only what is hoped for differs.
  const DateGuess& DatesOf(const Slot& slot, int name) {
    const DateHints hints = {name >= 60, home_ == "US", slot.name == "birth"};
    for (const auto& [known, guess] : dates_) {
      if (known.named == hints.named && known.birth == hints.birth) return guess;
    }
    return dates_.emplace_back(hints, GuessDates(slot, column_, hints)).second;
  }

  void ReadCode(const Slot& slot, int name) {
    const record::CodeList* list = ListOf(slot);
    if (list == nullptr || column_.values().empty() || column_.values().size() > kMostWords) return;
    Offer offer = Begin(slot, name);
    const auto resolves = [list](std::string_view text) {
      return record::Catalogue::ResolveCode(*list, text) != nullptr;
    };
    char best_split = ';';
    for (char split : {';', ',', '/', '|', '+'}) {
      const std::uint64_t fits = column_.Passing([&](const std::string& value) {
        const std::vector<std::string_view> parts = SplitList(value, split);
        return !parts.empty() && (slot.repeated ? std::all_of(parts.begin(), parts.end(), resolves) : resolves(value));
      });
      if (fits <= offer.fits) continue;
      offer.fits = fits;
      best_split = split;
    }
    if (name == 0 && !EvidentCodes(slot, offer)) return;
    if (name == 0) offer.name_score = 40;
    // Values that the list does not know need a code map. With one, the import takes all of them.
    const bool mapped = offer.share() >= 0.3 || name >= 90;
    if (offer.fits < offer.of && mapped) MapCodes(slot, *list, best_split, &offer);
    if (best_split != ';') offer.options.emplace_back("split", text::Json(std::string_view(&best_split, 1)));
    Add(std::move(offer));
  }

  // Values that say themselves of which list they are: several different ones, and more than yes and no.
  bool EvidentCodes(const Slot& slot, const Offer& offer) const {
    const bool telling = std::any_of(column_.values().begin(), column_.values().end(), [](const auto& value) {
      return value.first.size() > 3 && HasLetters(value.first) && MeansYes(value.first) < 0;
    });
    return telling && offer.share() >= kEvident && column_.values().size() > 1 && slot.name != "tags";
  }

  void MapCodes(const Slot& slot, const record::CodeList& list, char split, Offer* offer) const {
    std::set<std::string> texts;
    for (const auto& [value, count] : column_.values()) {
      if (!slot.repeated) texts.insert(value);
      if (!slot.repeated) continue;
      for (std::string_view part : SplitList(value, split)) texts.emplace(part);
    }
    std::set<std::string> lowered;  // in a code map, upper and lower case are one
    for (const std::string& text : texts) {
      if (record::Catalogue::ResolveCode(list, text) != nullptr || !lowered.insert(Lower(text)).second) continue;
      offer->codes.emplace_back(text, "");
    }
    KeepOthers(offer);
    if (offer->codes.empty()) return;
    offer->fits = offer->of;
    offer->doubts.push_back(Cat({"the list `", list.name, "` does not know all of its values: complete the code map"}));
  }

  // What the map does not name is read as it is. None if the map would be too long for people.
  static void KeepOthers(Offer* offer) {
    if (offer->codes.size() > kMostCodes) offer->codes.clear();
    if (!offer->codes.empty()) offer->codes.emplace_back("*", "keep");
  }

  void ReadQuantity(const Slot& slot, int name) {
    if (NameScore(words_, "pair.currency") >= 90 && slot.unit == "money") return ReadCurrency(slot);
    if (name == 0) return;
    Offer offer = Begin(slot, name);
    NumberGuess guess = GuessNumbers(slot, column_, slot.unit == "money" ? CurrencyOfName() : std::string());
    offer.fits = guess.fits;
    offer.doubts = std::move(guess.doubts);
    if (!guess.pattern.empty()) offer.options.emplace_back("pattern", text::Json(guess.pattern));
    if (guess.decimal != '\0') {
      offer.options.emplace_back("decimal", text::Json(std::string_view(&guess.decimal, 1)));
    }
    if (!guess.unit.empty()) offer.options.emplace_back("unit", text::Json(guess.unit));
    // Whoever assembles the mapping looks for a column with the currency.
    if (guess.without_unit || (!guess.unit.empty() && guess.pattern.empty())) offer.part = "value";
    Add(std::move(offer));
  }

  void ReadCurrency(const Slot& slot) {
    const record::CodeList* list = record::Catalogue::FindCodeList(record::kCurrencyList);
    if (list == nullptr) return;
    Offer offer = Begin(slot, 90);
    offer.part = "currency";
    offer.fits = column_.Passing(
        [list](const std::string& value) { return record::Catalogue::FindCode(*list, value) != nullptr; });
    Add(std::move(offer));
  }

  std::string CurrencyOfName() const {
    const record::CodeList* list = record::Catalogue::FindCodeList(record::kCurrencyList);
    constexpr std::pair<std::string_view, std::string_view> kSigns[] = {{"£", "GBP"}, {"€", "EUR"}, {"$", "USD"}};
    for (const auto& [sign, code] : kSigns) {
      if (column_.name().find(sign) != std::string::npos) return std::string(code);
    }
    for (std::string word : words_) {
      std::transform(word.begin(), word.end(), word.begin(), [](char c) { return 'a' <= c && c <= 'z' ? c - 32 : c; });
      if (word.size() == 3 && list != nullptr && record::Catalogue::FindCode(*list, word) != nullptr) return word;
    }
    const bool dollars = column_.Passing([](const std::string& value) { return value.find('$') != value.npos; }) > 0;
    return dollars && home_ == "US" ? "USD" : "";
  }

  // A column gives one part of a place. Where the kind has several places, the name says which: `from town`.
  void ReadPlace(const Slot& slot) {
    if (slot.repeated) return;
    std::vector<std::string> words = words_;
    const std::vector<std::string> own = WordsOf(slot.name);
    const bool named = std::all_of(own.begin(), own.end(), [&words](const std::string& word) {
      return std::find(words.begin(), words.end(), word) != words.end();
    });
    if (named && words.size() > own.size()) {
      for (const std::string& word : own) words.erase(std::find(words.begin(), words.end(), word));
    }
    for (std::string_view part : {"name", "locality", "region", "country", "latitude", "longitude"}) {
      int name = NameScore(words, Cat({"place.", part}));
      if (part == "name" && words.size() == 1 && words[0] == "name") name = 0;
      if (name < 60) continue;
      Offer offer = Begin(slot, named ? name : name - 1);
      offer.many = false;
      offer.part = part;
      const bool degrees = part == "latitude" || part == "longitude";
      const char decimal = degrees ? GuessDecimal(column_) : '\0';
      if (decimal != '\0') offer.options.emplace_back("decimal", text::Json(std::string_view(&decimal, 1)));
      offer.fits = column_.Passing([&](const std::string& value) {
        const absl::StatusOr<std::string> plain = decimal == '\0' ? value : PlainNumber(value, decimal);
        return plain.ok() && FitsPart(part, *plain);
      });
      if (part == "country" && offer.fits < offer.of) MapCountries(&offer);
      Add(std::move(offer));
    }
    ReadCoordinates(slot);
  }

  // Both degrees in one cell.
  void ReadCoordinates(const Slot& slot) {
    Offer offer = Begin(slot, NameScore(words_, "place.coordinates"));
    offer.many = false;
    offer.part = "coordinates";
    offer.fits = CoordinatePairs(column_);
    if (offer.share() < kEvident) return;
    offer.name_score = std::max(offer.name_score, kByScheme);
    Add(std::move(offer));
  }

  static bool FitsPart(std::string_view part, const std::string& value) {
    if (part == "country") {
      return record::ParseCountry(value).ok();
    }
    if (part != "latitude" && part != "longitude") return HasLetters(value);
    char* end = nullptr;
    const double degrees = std::strtod(value.c_str(), &end);
    const double most = part == "latitude" ? 90 : 180;
    return end == value.c_str() + value.size() && degrees >= -most && degrees <= most;
  }

  // Values that are no country go into a code map, in which a person says what they mean.
  void MapCountries(Offer* offer) const {
    std::set<std::string> lowered;
    for (const auto& [value, count] : column_.values()) {
      if (!record::ParseCountry(value).ok() && lowered.insert(Lower(value)).second) {
        offer->codes.emplace_back(value, "");
      }
    }
    KeepOthers(offer);
    if (offer->codes.empty()) return;
    offer->fits = offer->of;
    offer->doubts.push_back("not all of its values are countries: complete the code map");
  }

  void ReadIdentifier(const Slot& slot, int name) {
    const record::CodeList* list = ListOf(slot);
    if (list == nullptr) return;
    if (slot.name == "source_reference") return;
    if (slot.name == "external_id") return ReadReference(slot, *list, name);
    const std::string scheme = SchemeOf(*list);
    if (scheme.empty()) return;
    const bool main = !slot.repeated || slot.name == "identifiers" || slot.name == "contacts";
    Offer offer = Begin(slot, std::max(name, main ? kByScheme : kByScheme - 5));
    offer.options.emplace_back("scheme", text::Json(scheme));
    const bool one = list->codes.size() == 1 && !slot.repeated;
    if (one) offer.options.clear();
    for (char split : {';', ',', '/'}) {
      const std::uint64_t fits = column_.Passing([&](const std::string& value) {
        const std::vector<std::string_view> parts = slot.repeated ? SplitList(value, split) : SplitList(value, '\n');
        return !parts.empty() && std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
          return scheme == "phone" ? LooksLikePhone(part) : record::ParseValue(slot, Cat({scheme, ":", part})).ok();
        });
      });
      if (fits <= offer.fits) continue;
      offer.fits = fits;
      std::erase_if(offer.options, [](const auto& option) { return option.first == "split"; });
      if (split != ';') offer.options.emplace_back("split", text::Json(std::string_view(&split, 1)));
    }
    if (scheme == "phone") ReadPhones(&offer);
    Add(std::move(offer));
  }

  // The scheme that the name says, or that the values say themselves.
  std::string SchemeOf(const record::CodeList& list) const {
    for (std::size_t first = 0; first < words_.size(); ++first) {
      for (std::size_t count = words_.size() - first; count > 0; --count) {
        std::string phrase;
        for (std::size_t i = first; i < first + count; ++i) phrase.append(phrase.empty() ? "" : " ").append(words_[i]);
        const record::Code* code = record::Catalogue::ResolveCode(list, phrase);
        if (code != nullptr && code->code != "local") return std::string(code->code);
      }
    }
    for (std::string_view scheme : {"phone", "email", "plate"}) {
      const bool named = NameScore(words_, Cat({"scheme.", scheme})) >= 60;
      if (named && record::Catalogue::FindCode(list, scheme) != nullptr) return std::string(scheme);
    }
    constexpr std::array<std::string_view, 3> kSaySo = {"email", "url", "iban"};
    for (std::string_view scheme : kSaySo) {
      const std::uint64_t fits = column_.Passing([scheme](const std::string& value) {
        const bool looks = scheme == "email" ? value.find('@') != std::string::npos
                           : scheme == "url" ? value.find("://") != std::string::npos
                                             : value.size() > 14;
        return looks && record::CanonicalIdentifier(scheme, value).ok();
      });
      if (kept_ > 0 && fits >= kept_ * kEvident && record::Catalogue::FindCode(list, scheme) != nullptr) {
        return std::string(scheme);
      }
    }
    const std::uint64_t phones = column_.Passing(
        [](const std::string& value) { return LooksLikePhone(value) && (value[0] == '+' || StartsWith(value, "0")); });
    const bool phone = kept_ > 0 && phones >= kept_ * kEvident && record::Catalogue::FindCode(list, "phone") != nullptr;
    return phone ? "phone" : "";
  }

  static bool LooksLikePhone(std::string_view text) {
    std::size_t digits = 0;
    for (char c : text) {
      if (c >= '0' && c <= '9')
        ++digits;
      else if (std::string_view("+-() ./").find(c) == std::string_view::npos)
        return false;
    }
    return digits >= 7 && digits <= 15 && text.find('/') == std::string_view::npos;
  }

  // Numbers among words, and the country of those that do not say theirs.
  void ReadPhones(Offer* offer) const {
    static const RE2* const kAmongWords = new RE2(kPhoneAmongWords);
    const auto single = [](const std::string& value) {
      std::string number;
      re2::StringPiece rest(value.data(), value.size());
      if (!RE2::FindAndConsume(&rest, *kAmongWords, &number)) return false;
      return LooksLikePhone(number) && !RE2::PartialMatch(rest, *kAmongWords);
    };
    const std::uint64_t among = offer->fits < offer->of ? column_.Passing(single) : 0;
    if (among > offer->fits) {
      std::erase_if(offer->options, [](const auto& option) { return option.first == "split"; });
      offer->fits = among;
      offer->options.emplace_back("pattern", text::Json(kPhoneAmongWords));
      offer->doubts.emplace_back("words stand beside its numbers, and are left out");
    }
    const std::uint64_t national = column_.Passing(
        [](const std::string& value) { return value[0] != '+' && !StartsWith(value, "00") && value[0] != '('; });
    if (national == 0) return;
    const std::string others = CallingCodeOfOthers();
    const std::string calling_code = others.empty() ? CallingCodeOf(home_) : others;
    // A mapping says it, so that the table is read alike on a node of another country.
    if (!calling_code.empty()) offer->options.emplace_back("calling_code", text::Json(calling_code));
    const std::string why = !others.empty() ? Cat({"the others of the column are ", others, ", and they are read so"})
                            : calling_code.empty() ? std::string("the import reads them as those of the node's country")
                                                   : Cat({"they are read as those of ", home_});
    offer->doubts.push_back(
        Cat({std::to_string(national), national == 1 ? " number has no country: " : " numbers have no country: ", why,
             "; if they are of another, write its code as `calling_code`"}));
  }

  // The calling code of a country; empty if it shares one with a larger country.
  static std::string CallingCodeOf(const std::string& country) {
    constexpr int kMostCode = 999;
    for (int code = 1; code <= kMostCode && !country.empty(); ++code) {
      std::string text = Cat({"+", std::to_string(code)});
      if (record::CountryOfCallingCode(text) == country) return text;
    }
    return "";
  }

  // The calling code that all international numbers of the column have; empty if they have none or several.
  std::string CallingCodeOfOthers() const {
    std::string code;
    bool several = false;
    for (const auto& [value, count] : column_.values()) {
      if (value[0] != '+') continue;
      std::string found;
      for (std::size_t digits = 1; digits <= 3 && found.empty(); ++digits) {
        const std::string tried = value.substr(0, digits + 1);
        if (!record::CountryOfCallingCode(tried).empty()) found = tried;
      }
      several = several || (!code.empty() && code != found);
      code = found;
    }
    return several ? std::string() : code;
  }

  // How the source numbers its records.
  void ReadReference(const Slot& slot, const record::CodeList& list, int name) {
    if (name < 60 || column_.IsProse() || NameScore(words_, "row.related") >= 60) return;
    std::string scheme = SchemeOf(list);
    if (scheme.empty() || scheme == "row" || scheme == "stix" || scheme == "misp") scheme = "local";
    Offer offer = Begin(slot, name);
    offer.part = "reference";
    offer.options.emplace_back("scheme", text::Json(scheme));
    offer.fits = column_.Passing([&](const std::string& value) {
      return record::ParseValue(slot, Cat({scheme, ":", value})).ok();
    });
    Add(std::move(offer));
  }

  void ReadTristate(const Slot& slot, int name) {
    if (name < 60) return;
    Offer offer = Begin(slot, name);
    offer.fits = column_.Passing([](const std::string& value) { return MeansYes(value) >= 0; });
    const std::uint64_t plain =
        column_.Passing([&slot](const std::string& value) { return record::ParseValue(slot, value).ok(); });
    if (plain < offer.fits) {
      for (const auto& [value, count] : column_.values()) {
        const int yes = MeansYes(value);
        if (yes >= 0) offer.codes.emplace_back(value, yes == 1 ? "yes" : "no");
      }
    }
    Add(std::move(offer));
  }

  void ReadHandling() {
    if (SpeaksOfInformant(words_)) return;
    for (std::string_view word : {"tlp", "grade", "pap", "conditions", "purposes", "legal_basis"}) ReadMarking(word);
    const int name = NameScore(words_, "recipients");
    if (name < 90 || kept_ == 0) return;
    Offer offer;
    offer.target = "local.recipients";
    offer.many = true;
    offer.name_score = name;
    offer.fits = offer.of = kept_;
    Add(std::move(offer));
  }

  // A marking by its values: most are words of the handling.
  void ReadMarking(std::string_view word) {
    Offer offer;
    offer.target = Cat({"handling.", word});
    offer.name_score = NameScore(words_, word);
    offer.of = kept_;
    const bool free = word == "conditions";  // any text is one
    const auto fits = [word](const std::string& value) {
      record::Handling handling;
      return handling.Set(word, value).ok();
    };
    if (free && offer.name_score < 90) return;
    offer.fits = column_.Passing(fits);
    if (offer.share() < (offer.name_score > 0 ? 0.3 : kEvident)) return;
    if (offer.name_score == 0 && word != "tlp" && word != "grade") return;
    offer.name_score = std::max(offer.name_score, 70);
    if (word == "tlp" && offer.fits < offer.of && column_.values().size() <= kMostCodes) {
      std::set<std::string> lowered;
      for (const auto& [value, count] : column_.values()) {
        if (!lowered.insert(Lower(value)).second) continue;
        const std::string upper = Lower(value);
        const bool white = upper.find("white") != std::string::npos;
        offer.codes.emplace_back(value, fits(value) ? value : white ? "CLEAR" : "RED");
      }
      offer.fits = offer.of;
      offer.doubts.push_back("values that are no TLP are proposed as RED: complete the code map");
    }
    Add(std::move(offer));
  }

  const record::Kind& kind_;
  const ColumnProfile& column_;
  const std::string& home_;
  const std::vector<std::string> words_;
  const std::uint64_t kept_;
  std::deque<std::pair<DateHints, DateGuess>> dates_;
  std::vector<Offer> offers_;
};

}  // namespace

std::vector<Offer> OffersFor(const record::Kind& kind, const ColumnProfile& column, const std::string& home) {
  return ColumnReader(kind, column, home).Read();
}

}  // namespace tidegate::intake

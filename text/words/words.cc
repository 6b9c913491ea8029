#include "text/words/words.h"

#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uversion.h>

#include <algorithm>
#include <array>
#include <memory>

namespace tidegate::words {
namespace {

// Folds case and width, and takes marks off their letters.
icu::UnicodeString Folded(std::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const fold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  const icu::Normalizer2* const apart = icu::Normalizer2::getNFDInstance(error);
  icu::UnicodeString whole =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  if (U_FAILURE(error)) return whole;
  const icu::UnicodeString split = apart->normalize(fold->normalize(whole, error), error);
  if (U_FAILURE(error)) return whole;
  icu::UnicodeString out;
  for (int32_t i = 0; i < split.length(); i = split.moveIndex32(i, 1)) {
    const UChar32 c = split.char32At(i);
    constexpr UChar32 kTatweel = 0x0640;  // lengthens a word of Arabic and means nothing
    if (u_charType(c) != U_NON_SPACING_MARK && c != kTatweel) out.append(c);
  }
  return out;
}

// One for each thread: making it reads ICU's rules.
icu::BreakIterator* Breaks() {
  thread_local const std::unique_ptr<icu::BreakIterator> breaks = [] {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> made(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
    return U_SUCCESS(error) ? std::move(made) : nullptr;
  }();
  return breaks.get();
}

std::string Utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

void AddEach(const icu::UnicodeString& word, std::vector<std::string>& words) {
  for (int32_t i = 0; i < word.length(); i = word.moveIndex32(i, 1)) {
    words.push_back(Utf8(icu::UnicodeString(word.char32At(i))));
  }
}

std::vector<std::string> ByIcu(std::string_view text) {
  std::vector<std::string> words;
  icu::BreakIterator* const breaks = Breaks();
  if (breaks == nullptr) return words;
  const icu::UnicodeString folded = Folded(text);
  breaks->setText(folded);
  for (int32_t begin = breaks->first(), end = breaks->next(); end != icu::BreakIterator::DONE;
       begin = end, end = breaks->next()) {
    const int32_t sort = breaks->getRuleStatus();
    if (sort < UBRK_WORD_NONE_LIMIT) continue;
    const icu::UnicodeString word = folded.tempSubStringBetween(begin, end);
    if (sort >= UBRK_WORD_KANA && sort < UBRK_WORD_IDEO_LIMIT) {
      AddEach(word, words);
    } else {
      words.push_back(Utf8(word));
    }
  }
  return words;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsInWord(char c) { return IsDigit(c) || IsLetter(c); }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// What ICU says of each character of ASCII that is no letter and no digit. It is asked once.
class Signs {
 public:
  Signs() {
    constexpr char kFirstShown = ' ', kLastShown = '~';
    for (char c = kFirstShown; c <= kLastShown; ++c) {
      if (IsInWord(c)) continue;
      ends_[static_cast<unsigned char>(c)] = c != '_' && ByIcu(std::string{' ', c, ' '}).empty();
      for (const bool before : {false, true}) {
        for (const bool after : {false, true}) {
          const std::string text = {before ? '1' : 'a', c, after ? '1' : 'a'};
          joins_[Place(c, before, after)] = ByIcu(text).size() == 1;
        }
      }
    }
  }
  // Whether it is in no word, but for where it joins. ICU takes `@` for a letter, and `_` joins signs too.
  bool Ends(char c) const { return ends_[static_cast<unsigned char>(c)]; }
  // Whether it holds a word together that has letters or digits on both sides: `cafe's`, `1.5`.
  bool Join(char before, char c, char after) const {
    return IsInWord(before) && IsInWord(after) && joins_[Place(c, IsDigit(before), IsDigit(after))];
  }

 private:
  static size_t Place(char c, bool digit_before, bool digit_after) {
    return size_t{4} * static_cast<unsigned char>(c) + (digit_before ? 2 : 0) + (digit_after ? 1 : 0);
  }
  std::array<bool, 128> ends_{};
  std::array<bool, size_t{4} * 128> joins_{};
};
const Signs& TheSigns() {
  static const Signs& signs = *new Signs();
  return signs;
}

// Text of plain ASCII, whose words end the same way without ICU.
bool IsPlain(std::string_view text) {
  const Signs& signs = TheSigns();
  return std::all_of(text.begin(), text.end(), [&signs](char c) {
    return IsInWord(c) || c == '\n' || c == '\r' || c == '\t' || (c >= ' ' && c <= '~' && signs.Ends(c));
  });
}

std::vector<std::string> OfPlain(std::string_view text) {
  const Signs& signs = TheSigns();
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    if (!IsInWord(text[at])) {
      ++at;
      continue;
    }
    std::string& word = words.emplace_back();
    do {
      word.push_back(Lower(text[at++]));
    } while (at < text.size() &&
             (IsInWord(text[at]) || (at + 1 < text.size() && signs.Join(text[at - 1], text[at], text[at + 1]))));
  }
  return words;
}

}  // namespace

std::vector<std::string> WordsOf(std::string_view text) { return IsPlain(text) ? OfPlain(text) : ByIcu(text); }

std::string Edition() {
  UVersionInfo icu, unicode;
  u_getVersion(icu);
  u_getUnicodeVersion(unicode);
  std::array<char, U_MAX_VERSION_STRING_LENGTH> text{};
  u_versionToString(icu, text.data());
  std::string edition = std::string("icu ") + text.data();
  u_versionToString(unicode, text.data());
  return edition + " unicode " + text.data();
}

bool HasPhrase(const std::vector<std::string>& words, const std::vector<std::string>& phrase) {
  return std::search(words.begin(), words.end(), phrase.begin(), phrase.end()) != words.end();
}

}  // namespace tidegate::words

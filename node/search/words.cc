#include "node/search/words.h"

#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

namespace tidegate::search {
namespace {

// Folds case and width, and takes marks off their letters.
icu::UnicodeString Folded(std::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const fold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  const icu::Normalizer2* const apart = icu::Normalizer2::getNFDInstance(error);
  const icu::UnicodeString whole =
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

}  // namespace

std::vector<std::string> WordsOf(std::string_view text) {
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

bool HasPhrase(const std::vector<std::string>& words, const std::vector<std::string>& phrase) {
  return std::search(words.begin(), words.end(), phrase.begin(), phrase.end()) != words.end();
}

}  // namespace tidegate::search

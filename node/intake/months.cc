#include "node/intake/months.h"

#include <array>
#include <string>

#include "absl/strings/ascii.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

// In lower case, with the forms that a date takes ("5 marca", "5 марта"). Croatian is left out: its `listopad` is
// October, and the Polish and Czech one November.
constexpr std::array<std::string_view, 12> kMonthNames = {
    "january januari januar janvier enero janeiro gennaio ianuarie styczeń stycznia leden ledna január январь января "
    "січень січня януари janar ocak jänner",
    "february februari februar février fevrier febrero fevereiro febbraio februarie luty lutego únor února február "
    "февраль февраля лютий лютого февруари shkurt şubat",
    "march maart märz maerz mars marzo março marco martie marzec marca březen března március март марта березень "
    "березня marts mart",
    "april avril abril aprile aprilie kwiecień kwietnia duben dubna április апрель апреля квітень квітня април prill "
    "nisan",
    "may mei mai mayo maio maggio maj maja květen května május май мая травень травня mayıs",
    "june juni juin junio junho giugno iunie czerwiec czerwca červen června június июнь июня червень червня юни "
    "qershor haziran",
    "july juli juillet julio julho luglio iulie lipiec lipca červenec července július июль июля липень липня юли "
    "korrik temmuz",
    "august augustus août aout agosto sierpień sierpnia srpen srpna augusztus август августа серпень серпня gusht "
    "ağustos augusti",
    "september septembre septiembre setembro settembre septembrie wrzesień września září szeptember сентябрь сентября "
    "вересень вересня септември shtator eylül",
    "october oktober octobre octubre outubro ottobre octombrie październik października říjen října október октябрь "
    "октября жовтень жовтня октомври tetor ekim",
    "november novembre noviembre novembro noiembrie listopad listopada листопад листопада ноябрь ноября ноември "
    "nëntor nentor kasım",
    "december dezember décembre decembre diciembre dezembro dicembre decembrie grudzień grudnia prosinec prosince "
    "декабрь декабря грудень грудня декември dhjetor aralık"};

// The number of letters at the front: letters of ASCII, and all bytes beyond ASCII.
std::size_t LettersOf(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && (absl::ascii_isalpha(static_cast<unsigned char>(text[at])) || (text[at] & 0x80) != 0))
    ++at;
  return at;
}

std::size_t Characters(std::string_view text) {
  std::size_t count = 0;
  for (char c : text) count += (c & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

enum class MonthFit { kNone, kBegins, kWhole };

MonthFit FitOfMonth(std::string_view names, std::string_view word) {
  MonthFit fit = MonthFit::kNone;
  for (std::string_view name : SplitList(names, ' ')) {
    if (name == word) return MonthFit::kWhole;
    if (StartsWith(name, word)) fit = MonthFit::kBegins;
  }
  return fit;
}

}  // namespace

int TakeMonthName(std::string_view* text) {
  constexpr std::size_t kShortest = 3;  // letters
  const std::size_t length = LettersOf(*text);
  const std::string word = Lower(text->substr(0, length));
  if (Characters(word) < kShortest) return 0;
  int begins = 0;
  int several = 0;
  int month = 0;
  for (std::size_t i = 0; i < kMonthNames.size(); ++i) {
    const MonthFit fit = FitOfMonth(kMonthNames[i], word);
    if (fit == MonthFit::kWhole) month = static_cast<int>(i) + 1;
    if (fit == MonthFit::kBegins) {
      begins = static_cast<int>(i) + 1;
      ++several;
    }
  }
  if (month == 0 && several == 1) month = begins;
  if (month != 0) text->remove_prefix(length);
  return month;
}

}  // namespace tidegate::intake

// The names of months in the languages of Europe.
#ifndef TIDEGATE_NODE_INTAKE_MONTHS_H_
#define TIDEGATE_NODE_INTAKE_MONTHS_H_

#include <string_view>

namespace tidegate::intake {

// Reads a month's name at the front of `*text`: whole or its first three letters or more, in any case, in English,
// Dutch, German, French, Spanish, Portuguese, Italian, Romanian, Polish, Czech, Hungarian, Russian, Ukrainian,
// Bulgarian, Albanian, Turkish, Swedish and Danish. Returns 1 to 12 and shortens `*text`; 0 if there is none, or if the
// letters begin the names of two months.
int TakeMonthName(std::string_view* text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_MONTHS_H_

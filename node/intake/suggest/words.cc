#include "node/intake/suggest/words.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

// Other names of a thing; bars separate phrases.
struct Called {
  std::string_view thing;
  std::string_view phrases;
};
constexpr Called kCalled[] = {
    {"external_id",
     "ref|reference|ref no|our ref|case|case ref|case reference|case no|case number|case id|id|record id|record no|"
     "report id|report no|report number|alert id|crime number|crime ref|fallnummer|aktenzeichen|numero|dossier|"
     "referencia|expediente|incident number|log number|urn|key"},
    {"title", "subject|headline|summary|heading|betreff|titre|titulo|topic"},
    {"narrative",
     "description|details|text|notes|note|comments|comment|what happened|story|circumstances|information|intelligence|"
     "body|account of events|beschreibung|bemerkung|bemerkungen|descripcion|commentaires|free text|remarks|situation"},
    {"observed",
     "date|seen|date seen|when|incident date|date of incident|event date|datum|fecha|date of event|occurred|"
     "date occurred|date time|datetime|sighting date|date observed|day|vorfallsdatum|date des faits"},
    {"reported",
     "date reported|report date|received|date received|created|date created|logged|date logged|gemeldet|recorded|"
     "entered|call date|date of call|date of report"},
    {"raised", "date|alert date|date raised|created|datum"},
    {"time", "date|when|travel date|date of travel|departure|datum"},
    {"exploitation",
     "type of exploitation|exploitation type|form of exploitation|trade|abuse type|type of abuse|ausbeutung|"
     "ausbeutungsform|explotacion|crime type"},
    {"industry", "sector|business type|type of business|branche|secteur|trade"},
    {"victim_count",
     "victims|number of victims|no of victims|people|persons|how many|head count|headcount|potential victims|workers|"
     "no of persons|number of people|opfer|anzahl"},
    {"suspect_count", "suspects|number of suspects|no of suspects"},
    {"age", "alter|edad|years old"},
    {"ages", "age|alter|edad"},
    {"gender", "sex|geschlecht|sexe|sexo"},
    {"genders", "gender|sex|geschlecht|sexe|sexo"},
    {"nationalities",
     "nationality|citizenship|country of origin|origin|staatsangehorigkeit|nationalitat|nationalite|nacionalidad|"
     "country of citizenship"},
    {"languages", "language|language spoken|spoken language|sprache|langue|idioma"},
    {"informant", "caller|reporter|reported by|informant name|caller name|source name|melder"},
    {"informant_contact", "caller phone|informant phone|reporter email|caller email|reporter phone|caller number"},
    {"persons_named", "name|names|person|person named|suspect|suspect name|victim name|subject name|individual"},
    {"organisations_named",
     "company|company name|organisation|organization|business|business name|employer|firma|entreprise|empresa"},
    {"platforms", "platform|app|social media|found on"},
    {"platform", "app|social media|found on"},
    {"wage", "pay|salary|pay rate|wages|lohn|salaire"},
    {"amounts", "amount|value|sum|betrag|montant|importe|total|total amount|cost"},
    {"amount", "value|sum|betrag|montant|importe|total|total amount|transaction amount"},
    {"price", "cost|rate|fee"},
    {"source_channel", "channel|how received|source|received by|source type|reported via|via"},
    {"place_type", "premises type|type of premises|venue type|type of place|location type"},
    {"ongoing", "still happening|current|still ongoing"},
    {"reported_to_police", "police informed|police told|police notified|reported police"},
    {"tags", "keywords|labels|tag|schlagworter"},
    {"indicators", "signs|indicator|signs seen|warning signs"},
    {"red_flags", "red flag|flag|flags"},
    {"name", "full name|person name|customer name|nom|nombre|organisation name|company name|company"},
    {"given_names", "first name|firstname|forename|given name|vorname|prenom|first names"},
    {"family_name", "surname|last name|lastname|nachname|nom de famille|apellido|apellidos"},
    {"aliases", "alias|aka|nickname|known as|other names|street name"},
    {"birth", "dob|date of birth|birth date|birthdate|born|geburtsdatum|fecha de nacimiento|date de naissance"},
    {"occupation", "job|profession|job title|beruf"},
    {"victim_status", "status|nrm status"},
    {"holder", "account holder|holder name|customer|customer name|name|kontoinhaber"},
    {"number", "account|account number|account no|iban|konto|phone|phone number|telephone|mobile"},
    {"registration",
     "reg|plate|number plate|vrm|vehicle reg|registration number|license plate|licence plate|kennzeichen"},
    {"colour", "color|farbe|couleur"},
    {"keeper", "owner|registered keeper"},
    {"alert_type", "type|alert|scenario|typology"},
    {"urgency", "priority|severity|urgent"},
    {"last_seen", "last seen date|date last seen"},
    {"head_count", "people|persons|passengers|number of people|travellers"},
    {"address", "url|link|web address|website|profile|site"},
    // Parts of a place.
    {"place.name",
     "premises|venue|address|street|site|location name|place name|street address|address line 1|address 1|adresse|"
     "strasse|rue|direccion|property|establishment|business address"},
    {"place.locality",
     "town|city|village|place|location|ort|stadt|ville|ciudad|municipality|borough|post town|area|where"},
    {"place.region", "county|state|province|district|bundesland|departement|provincia|police area|force area"},
    {"place.country", "land|pays|pais|nation|country code|country of incident"},
    {"place.latitude", "lat|y"},
    {"place.longitude", "lon|lng|long|x"},
    // Handling.
    {"tlp", "sharing|marking|classification|share|protective marking|traffic light|tlp marking|sharing level"},
    {"grade", "grading|3x5x2|5x5x5|nim grading|source grading"},
    {"conditions", "handling conditions|sharing conditions|conditions of use"},
    {"recipients", "share with|named recipients|for"},
    // Two ends, and a unit.
    {"pair.first", "from|start|begin|beginning|first seen|since|start date|date from|von|first"},
    {"pair.last", "to|end|until|last seen|end date|date to|bis|last"},
    {"pair.currency", "currency|ccy|wahrung|devise|moneda|currency code"},
};

// Letters with marks are written without, so that `Straße` and `Wahrung` find what they should.
std::string Folded(std::string_view text) {
  struct Fold {
    std::string_view from, to;
  };
  constexpr Fold kFolds[] = {{"ä", "a"}, {"ö", "o"}, {"ü", "u"}, {"ß", "ss"}, {"é", "e"}, {"è", "e"}, {"ê", "e"},
                             {"à", "a"}, {"á", "a"}, {"í", "i"}, {"ó", "o"},  {"ú", "u"}, {"ñ", "n"}, {"ç", "c"}};
  std::string out(text);
  for (const Fold& fold : kFolds) {
    for (std::size_t at = out.find(fold.from); at != std::string::npos; at = out.find(fold.from, at)) {
      out.replace(at, fold.from.size(), fold.to);
    }
  }
  return out;
}

// One of several: `victims` is `victim`.
std::string Singular(std::string_view word) {
  constexpr std::size_t kShort = 3;
  const bool many = word.size() > kShort && EndsWith(word, "s") && !EndsWith(word, "ss") && !EndsWith(word, "us");
  if (many && EndsWith(word, "ies")) return std::string(word.substr(0, word.size() - 3)).append("y");
  return std::string(many ? word.substr(0, word.size() - 1) : word);
}

bool SameWords(const std::vector<std::string>& a, const std::vector<std::string>& b, std::size_t from) {
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (Singular(a[from + i]) != Singular(b[i])) return false;
  }
  return true;
}

bool Holds(const std::vector<std::string>& whole, const std::vector<std::string>& part) {
  for (std::size_t from = 0; !part.empty() && from + part.size() <= whole.size(); ++from) {
    if (SameWords(whole, part, from)) return true;
  }
  return false;
}

int PhraseScore(const std::vector<std::string>& name, const std::vector<std::string>& phrase, int whole) {
  constexpr int kSaysMore = 60;
  constexpr int kSaysLess = 30;
  if (name.size() == phrase.size() && Holds(name, phrase)) return whole;
  if (Holds(name, phrase)) return kSaysMore;
  return Holds(phrase, name) && name.front().size() > 2 ? kSaysLess : 0;
}

bool IsOneOf(std::string_view text, std::string_view list) {
  const std::string word = Folded(Lower(TrimBlank(text)));
  for (std::string_view one : SplitList(list, '|')) {
    if (one == word) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> WordsOf(std::string_view name) {
  std::string spaced;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    const auto before = i > 0 ? static_cast<unsigned char>(name[i - 1]) : static_cast<unsigned char>(' ');
    const bool letter = absl::ascii_isalnum(c) || c >= 0x80;
    if (letter && absl::ascii_isupper(c) && absl::ascii_islower(before)) spaced.push_back(' ');
    spaced.push_back(letter ? name[i] : ' ');
  }
  std::vector<std::string> words;
  const std::string folded = Folded(Lower(spaced));
  for (std::string_view word : SplitList(folded, ' ')) words.emplace_back(word);
  return words;
}

int NameScore(const std::vector<std::string>& name, std::string_view thing) {
  if (name.empty()) return 0;
  constexpr int kItsName = 100;
  constexpr int kCalledSo = 90;
  const std::size_t dot = thing.rfind('.');
  int score = PhraseScore(name, WordsOf(dot == std::string_view::npos ? thing : thing.substr(dot + 1)), kItsName);
  for (const Called& called : kCalled) {
    if (called.thing != thing) continue;
    for (std::string_view phrase : SplitList(called.phrases, '|')) {
      score = std::max(score, PhraseScore(name, WordsOf(phrase), kCalledSo));
    }
  }
  return score;
}

bool SpeaksOfInformant(const std::vector<std::string>& name) {
  constexpr std::array<std::string_view, 5> kWords = {"informant", "caller", "reporter", "complainant", "melder"};
  return std::any_of(name.begin(), name.end(), [&](const std::string& word) {
    return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
  });
}

bool MeansUnknown(std::string_view text) {
  return IsOneOf(
      text, "n/k|nk|not known|unknown|unk|not sure|don't know|unbekannt|unklar|inconnu|desconocido|onbekend|?|??|-99");
}

int MeansYes(std::string_view text) {
  if (IsOneOf(text, "yes|y|true|1|x|ja|oui|si|wahr")) return 1;
  return IsOneOf(text, "no|n|false|0|nein|non|nee|falsch") ? 0 : -1;
}

bool HasLetters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_isalpha(byte) || byte >= 0x80;
  });
}

}  // namespace tidegate::intake

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

// The same in German, French, Spanish, Italian, Dutch, Polish, Romanian and Czech, as WordsOf folds it. Italian and
// Romanian `nome` and `nume` are left out where they could be a whole name and a part of one.
constexpr Called kCalledElsewhere[] = {
    {"external_id",
     "vorgangsnummer|vorgang|fall nr|fallnr|az|geschaftszeichen|numero de dossier|no dossier|n dossier|nr dossier|"
     "reference dossier|num expediente|n expediente|caso|pratica|numero pratica|protocollo|rif|zaaknummer|zaak|"
     "dossiernummer|kenmerk|sygnatura|sprawa|nr sprawy|numer sprawy|znak sprawy|numer|dosar|nr dosar|numar dosar|"
     "cislo pripadu|spisova znacka|kennung"},
    {"title",
     "titel|kurzbeschreibung|zusammenfassung|uberschrift|kurzinfo|objet|resume|intitule|sujet|asunto|resumen|titolo|"
     "oggetto|onderwerp|samenvatting|tytul|temat|przedmiot|streszczenie|titlu|subiect|rezumat|nazev|predmet"},
    {"narrative",
     "sachverhalt|schilderung|anmerkung|anmerkungen|hinweis|hinweise|notiz|notizen|faits|recit|observations|"
     "remarques|commentaire|descripcion de los hechos|hechos|observaciones|relato|descrizione|fatti|osservazioni|"
     "omschrijving|opmerking|opmerkingen|toelichting|opis|opis zdarzenia|uwagi|notatki|tresc|szczegoly|descriere|"
     "observatii|detalii|popis|poznamka"},
    {"observed",
     "tatzeit|tattag|tatdatum|ereignisdatum|datum des vorfalls|vorfall am|gesehen am|beobachtet am|date de l incident|"
     "date d observation|date du fait|vu le|fecha de los hechos|fecha del incidente|fecha del hecho|data evento|"
     "data del fatto|datum incident|datum voorval|data|data zdarzenia|kiedy|data incidentului|datum udalosti"},
    {"reported",
     "meldedatum|eingang|eingegangen|eingangsdatum|gemeldet am|erfasst|erfasst am|erstellt am|date de signalement|"
     "signale le|date d appel|recu le|date de reception|fecha de denuncia|fecha de recepcion|data segnalazione|"
     "meldingsdatum|datum melding|ontvangen|data zgloszenia|zgloszono|data przyjecia|przyjeto|data sesizarii|"
     "data raportarii"},
    {"exploitation",
     "art der ausbeutung|form der ausbeutung|type d exploitation|forme d exploitation|tipo de explotacion|"
     "tipo di sfruttamento|sfruttamento|soort uitbuiting|vorm van uitbuiting|uitbuiting|rodzaj wyzysku|forma wyzysku|"
     "wyzysk|tip exploatare|exploatare"},
    {"industry", "wirtschaftszweig|secteur d activite|settore|sectorul|branza|obor"},
    {"victim_count",
     "anzahl opfer|anzahl personen|anzahl der opfer|personenzahl|betroffene|nombre de victimes|nb victimes|victimes|"
     "nombre de personnes|numero de victimas|victimas|numero vittime|vittime|aantal slachtoffers|slachtoffers|"
     "liczba ofiar|liczba osob|ofiary|numar victime|victime"},
    {"suspect_count", "anzahl tater|anzahl verdachtige|nombre de suspects|liczba podejrzanych|aantal verdachten"},
    {"age", "wiek|eta|leeftijd|varsta|vek"},
    {"ages", "wiek|eta|leeftijd|varsta|ages des victimes"},
    {"gender", "plec|sesso|genere|geslacht|genre|gen|pohlavi"},
    {"genders", "plec|sesso|genere|geslacht|genre|pohlavi"},
    {"nationalities",
     "herkunftsland|herkunft|pays d origine|pais de origen|nazionalita|cittadinanza|paese di origine|nationaliteit|"
     "land van herkomst|obywatelstwo|narodowosc|kraj pochodzenia|nationalitate|cetatenie|tara de origine|"
     "statni prislusnost"},
    {"languages", "jezyk|lingua|taal|limba|jazyk"},
    {"informant", "anrufer|hinweisgeber|appelant|signalant|denunciante|segnalante|zglaszajacy"},
    {"informant_contact",
     "telefon anrufer|telefon hinweisgeber|telefon melder|telephone appelant|telefon zglaszajacego"},
    {"persons_named", "beschuldigter|tatverdachtiger|suspect|personne|personne citee|osoba|podejrzany|imie i nazwisko"},
    {"organisations_named",
     "arbeitgeber|betrieb|unternehmen|employeur|societe|empleador|azienda|datore di lavoro|bedrijf|werkgever|"
     "nazwa firmy|pracodawca|angajator"},
    {"platforms", "plattform|plateforme|plataforma|piattaforma|platforma"},
    {"wage", "stundenlohn|gehalt|remuneration|salario|paga|stipendio|loon|placa|stawka|wynagrodzenie|salariu|mzda"},
    {"amounts", "geldbetrag|hohe|summe|somme|importo|bedrag|kwota|suma|valoare|castka"},
    {"amount", "geldbetrag|hohe|summe|somme|importo|bedrag|kwota|suma|valoare|castka"},
    {"name",
     "vollstandiger name|name vorname|nom prenom|nombre y apellidos|imie i nazwisko|naam|nume si prenume|jmeno"},
    {"given_names", "vornamen|prenoms|nombres|nombre de pila|nome|voornaam|voornamen|imie|imiona|prenume"},
    {"family_name", "familienname|zuname|nom|cognome|achternaam|nazwisko|nume de familie|prijmeni"},
    {"birth", "geb|geboren|geboren am|ne le|nacimiento|data di nascita|geboortedatum|data urodzenia|data nasterii"},
    {"occupation", "profession|metier|ocupacion|professione|beroep|zawod|ocupatie"},
    {"registration", "immatriculation|plaque|matricula|targa|kenteken|numer rejestracyjny|nr rejestracyjny|spz"},
    {"place.name",
     "anschrift|tatort|objekt|lieu dit|adresse exacte|calle|domicilio|indirizzo|via|straat|adres|ulica|adresa|strada|"
     "miejsce zdarzenia"},
    {"place.locality",
     "gemeinde|ortschaft|wohnort|commune|localite|lieu|localidad|municipio|poblacion|lugar|citta|comune|luogo|plaats|"
     "stad|woonplaats|gemeente|miasto|miejscowosc|miejsce|oras|localitate|mesto|obec"},
    {"place.region",
     "kreis|landkreis|kanton|canton|comunidad autonoma|regione|provincie|wojewodztwo|powiat|judet|kraj okres"},
    {"place.country", "staat|paese|nazione|kraj|panstwo|tara|zeme|stat"},
    {"place.latitude",
     "latitud|latitudine|breitengrad|geogr breite|geographische breite|szerokosc|szerokosc geograficzna|breedtegraad"},
    {"place.longitude",
     "longitud|longitudine|langengrad|geogr lange|geographische lange|dlugosc|dlugosc geograficzna|lengtegraad"},
    {"place.coordinates",
     "coordinates|coords|gps|gps coordinates|lat long|lat lon|lat lng|latlong|latlon|geolocation|koordinaten|"
     "coordonnees|coordenadas|coordinate|wspolrzedne|coordonate"},
    {"clock",
     "time|hour|time of day|uhrzeit|zeit|heure|hora|ora|tijd|tijdstip|godzina|godz|cas|hodina|time seen|call time"},
    {"zone.local",
     "local time|local|lokalzeit|ortszeit|heure locale|hora local|ora locale|lokale tijd|czas lokalny|ora locala|uk "
     "time"},
    {"clock.zone",
     "time zone|timezone|tz|zeitzone|fuseau|fuseau horaire|fuso|fuso orario|huso|huso horario|tijdzone|strefa czasowa|"
     "strefa|fus orar"},
    {"row.related",
     "related|linked|link to|parent|parent case|see also|duplicate of|same as|associate|associates|associated with|"
     "reports to|recruited by|introduced by|siehe auch|verknupft mit|bezug|bezug zu|lie a|dossier lie|voir aussi|"
     "relacionado|relacionado con|vinculado a|ver tambien|collegato a|vedi anche|gerelateerd|zie ook|powiazana|"
     "powiazane|legat de|vezi si|viz take"},
    {"tlp", "weitergabe|einstufung|freigabe|diffusion|niveau de partage|difusion|udostepnianie|klauzula|delen"},
    {"conditions", "auflagen|bedingungen|conditions de partage"},
    {"pair.first", "desde|inicio|debut|du|dal|van|od|de la|datum von|beginn"},
    {"pair.last", "hasta|fin|au|al|tot|do|pana la|datum bis|ende"},
    {"pair.currency", "waluta|valuta|munt|mena"},
    // Schemes of identifiers.
    {"scheme.phone",
     "phone|telefon|telefonnummer|rufnummer|handy|handynummer|mobil|mobilnummer|mobile|cell|telephone|portable|"
     "numero de telephone|telefono|movil|celular|cellulare|telefoon|telefoonnummer|mobiel|numer telefonu|nr telefonu|"
     "komorka|numar telefon"},
    {"scheme.email", "e mail|email|mail|courriel|correo|correo electronico|poczta|adres e mail|email address"},
    {"scheme.plate",
     "plate|plates|kennzeichen|autokennzeichen|immatriculation|plaque|matricula|targa|kenteken|nummerplaat|"
     "numer rejestracyjny|nr rejestracyjny|vehicle registration|number plate"},
};

// Letters with marks are written without, so that `Straße` and `Wahrung` find what they should.
std::string Folded(std::string_view text) {
  struct Fold {
    std::string_view from, to;
  };
  constexpr Fold kFolds[] = {
      {"ä", "a"},  {"ö", "o"},  {"ü", "u"}, {"ß", "ss"}, {"é", "e"}, {"è", "e"}, {"ê", "e"}, {"ë", "e"}, {"à", "a"},
      {"á", "a"},  {"â", "a"},  {"ã", "a"}, {"å", "a"},  {"í", "i"}, {"î", "i"}, {"ï", "i"}, {"ì", "i"}, {"ó", "o"},
      {"ò", "o"},  {"ô", "o"},  {"õ", "o"}, {"ø", "o"},  {"ú", "u"}, {"ù", "u"}, {"û", "u"}, {"ñ", "n"}, {"ç", "c"},
      {"ł", "l"},  {"ż", "z"},  {"ź", "z"}, {"ś", "s"},  {"ć", "c"}, {"ą", "a"}, {"ę", "e"}, {"ń", "n"}, {"č", "c"},
      {"ř", "r"},  {"š", "s"},  {"ž", "z"}, {"ě", "e"},  {"ů", "u"}, {"ý", "y"}, {"ď", "d"}, {"ť", "t"}, {"ň", "n"},
      {"ș", "s"},  {"ş", "s"},  {"ț", "t"}, {"ţ", "t"},  {"ă", "a"}, {"ő", "o"}, {"ű", "u"}, {"ğ", "g"}, {"ı", "i"},
      {"æ", "ae"}, {"œ", "oe"}, {"º", " "}, {"°", " "},  {"’", " "}};
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
  const auto look = [&](const Called& called) {
    if (called.thing != thing) return;
    for (std::string_view phrase : SplitList(called.phrases, '|')) {
      score = std::max(score, PhraseScore(name, WordsOf(phrase), kCalledSo));
    }
  };
  std::for_each(std::begin(kCalled), std::end(kCalled), look);
  std::for_each(std::begin(kCalledElsewhere), std::end(kCalledElsewhere), look);
  return score;
}

bool SpeaksOfInformant(const std::vector<std::string>& name) {
  constexpr std::array<std::string_view, 16> kWords = {"informant",     "caller",      "reporter",      "complainant",
                                                       "melder",        "anrufer",     "hinweisgeber",  "appelant",
                                                       "signalant",     "denunciante", "segnalante",    "zglaszajacy",
                                                       "zglaszajacego", "tipster",     "whistleblower", "informateur"};
  return std::any_of(name.begin(), name.end(), [&](const std::string& word) {
    return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
  });
}

bool MeansUnknown(std::string_view text) {
  return IsOneOf(
      text,
      "n/k|nk|not known|unknown|unk|not sure|don't know|unbekannt|unklar|nicht bekannt|keine angabe|k.a.|k. a.|inconnu|"
      "inconnue|non connu|non renseigne|desconocido|desconocida|no consta|onbekend|niet bekend|sconosciuto|non noto|"
      "nieznany|nieznana|nieznane|nie wiadomo|brak danych|b/d|necunoscut|neznamy|?|??|-99");
}

int MeansYes(std::string_view text) {
  if (IsOneOf(text, "yes|y|true|1|x|ja|j|oui|si|wahr|vrai|verdadero|vero|tak|da|ano|waar|sim|igen")) return 1;
  return IsOneOf(text, "no|n|false|0|nein|non|nee|falsch|faux|falso|nie|nu|ne|onwaar|nao|nem") ? 0 : -1;
}

bool MeansTotal(std::string_view text) {
  while (!text.empty() && (text.back() == ':' || text.back() == ' ')) text.remove_suffix(1);
  return IsOneOf(text,
                 "total|totals|grand total|sub total|subtotal|sum|summe|summen|gesamt|gesamtsumme|insgesamt|"
                 "zwischensumme|total general|sous total|sous-total|suma|razem|ogolem|lacznie|totaal|subtotaal|totale|"
                 "totali|subtotale|celkem|osszesen|toplam|totalt|i alt|итого|всего|общо");
}

bool HasLetters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_isalpha(byte) || byte >= 0x80;
  });
}

}  // namespace tidegate::intake

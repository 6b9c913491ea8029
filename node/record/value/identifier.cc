// Canonical forms of identifiers, so that one telephone number written in two ways is found once.
#include <algorithm>

#include "absl/status/status.h"
#include "node/record/value/ascii.h"
#include "node/record/value/refusal.h"
#include "node/record/value/telephone.h"
#include "node/record/value/value.h"

namespace tidegate::value {
namespace {

// Letters and digits in upper case; separators go. Other characters are kept, so that nothing is silently lost.
std::string Compact(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c != ' ' && c != '-' && c != '.' && c != '/') out.push_back(Upper(c));
  }
  return out;
}

// ISO 13616: two letters, two check digits, up to 30 letters and digits; mod 97 is 1.
absl::StatusOr<std::string> Iban(std::string_view text) {
  std::string iban = Compact(text);
  const auto letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool shaped = iban.size() >= 15 && iban.size() <= 34 && letter(iban[0]) && letter(iban[1]) &&
                      IsDigit(iban[2]) && IsDigit(iban[3]) &&
                      std::all_of(iban.begin(), iban.end(), [&](char c) { return letter(c) || IsDigit(c); });
  if (!shaped) return Refuse({"an IBAN has two letters, two digits and 11 to 30 letters or digits"});
  unsigned remainder = 0;
  for (size_t i = 0; i < iban.size(); ++i) {
    const char c = iban[(i + 4) % iban.size()];
    remainder = letter(c) ? (remainder * 100 + static_cast<unsigned>(c - 'A' + 10)) % 97
                          : (remainder * 10 + static_cast<unsigned>(c - '0')) % 97;
  }
  if (remainder != 1) return Refuse({"the IBAN's check digits are wrong"});
  return iban;
}

absl::StatusOr<std::string> Email(std::string_view text) {
  std::string address = Lowered(text);
  const size_t at = address.find('@');
  const bool one_word = address.find_first_of(" \t\n\r") == std::string::npos;
  if (at == std::string::npos || at == 0 || at + 1 == address.size() ||
      address.find('@', at + 1) != std::string::npos || !one_word) {
    return Refuse({"an e-mail address is `name@domain`"});
  }
  return address;
}

// The scheme and the host are of no case; the rest is. `hxxp` and `[.]` are how analysts keep a link from being opened.
std::string WebAddress(std::string_view text) {
  std::string url;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == "[.]") {
      url.push_back('.');
      i += 2;
    } else {
      url.push_back(text[i]);
    }
  }
  const size_t colon = url.find("://");
  const size_t host = colon == std::string::npos ? 0 : colon + 3;
  const size_t end = std::min(url.find_first_of("/?#", host), url.size());
  std::transform(url.begin(), url.begin() + static_cast<std::ptrdiff_t>(end), url.begin(), Lower);
  if (url.compare(0, 4, "hxxp") == 0) url.replace(0, 4, "http");
  return url;
}

}  // namespace

absl::StatusOr<std::string> CanonicalIdentifier(std::string_view scheme, std::string_view value,
                                                std::string_view home) {
  const std::string_view text = Trimmed(value);
  if (text.empty()) return Refuse({"the identifier is empty"});
  if (scheme == "phone") return CanonicalTelephone(text, home);
  if (scheme == "iban") return Iban(text);
  if (scheme == "email") return Email(text);
  if (scheme == "url") return WebAddress(text);
  if (OneOf(scheme, {"domain", "handle", "eth", "ip"})) return Lowered(text);
  if (OneOf(scheme, {"plate",
                     "vin",
                     "imei",
                     "imsi",
                     "iccid",
                     "imo",
                     "mmsi",
                     "call-sign",
                     "hull",
                     "tail",
                     "passport",
                     "national-id",
                     "nino",
                     "residence-permit",
                     "driving-licence",
                     "document",
                     "account",
                     "uk-account",
                     "aba-account",
                     "card",
                     "company",
                     "vat",
                     "lei",
                     "bic",
                     "duns"})) {
    std::string compact = Compact(text);
    if (compact.empty()) return Refuse({"the identifier has no letters or digits"});
    return compact;
  }
  return std::string(text);
}

}  // namespace tidegate::value

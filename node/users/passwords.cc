#include "node/users/passwords.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "node/users/users.h"
#include "text/text.h"

namespace tidegate::users {
namespace {

// What people choose where they are asked for a password, and what is tried first: words that stand near the top of the
// lists that were published after break-ins (as in NCSC's guidance of 2019 and the yearly reports of NordPass), and the
// words of this software. The rule
// looks at what is left when they are taken away, so each stands for all its forms. Longer words come first.
constexpr std::string_view kCommon[] = {"abcdefghijklmnopqrstuvwxyz",
                                        "correcthorsebatterystaple",
                                        "administrator",
                                        "investigator",
                                        "passphrase",
                                        "qwertyuiop",
                                        "supervisor",
                                        "asdfghjkl",
                                        "liverpool",
                                        "screening",
                                        "abcdefgh",
                                        "baseball",
                                        "changeme",
                                        "computer",
                                        "football",
                                        "iloveyou",
                                        "internet",
                                        "password",
                                        "passwort",
                                        "princess",
                                        "sunshine",
                                        "superman",
                                        "tidegate",
                                        "whatever",
                                        "analyst",
                                        "arsenal",
                                        "auditor",
                                        "charlie",
                                        "chelsea",
                                        "default",
                                        "freedom",
                                        "january",
                                        "jessica",
                                        "letmein",
                                        "michael",
                                        "pokemon",
                                        "service",
                                        "trustno",
                                        "welcome",
                                        "yxcvbnm",
                                        "zxcvbnm",
                                        "abcdef",
                                        "asdfgh",
                                        "ashley",
                                        "autumn",
                                        "azerty",
                                        "batman",
                                        "daniel",
                                        "dragon",
                                        "friday",
                                        "master",
                                        "monday",
                                        "monkey",
                                        "qazwsx",
                                        "qwerty",
                                        "qwertz",
                                        "secret",
                                        "shadow",
                                        "spring",
                                        "summer",
                                        "thomas",
                                        "winter",
                                        "zxcvbn",
                                        "admin",
                                        "guest",
                                        "hello",
                                        "login",
                                        "passw",
                                        "abcd",
                                        "asdf",
                                        "love",
                                        "node",
                                        "root",
                                        "test",
                                        "user",
                                        "abc"};

constexpr size_t kLeastLeft = 4;       // letters that are part of no common word
constexpr size_t kLeastDifferent = 6;  // characters

char AsLetter(char c) {
  constexpr std::pair<char, char> kFigures[] = {{'@', 'a'}, {'4', 'a'}, {'3', 'e'}, {'1', 'i'}, {'!', 'i'},
                                                {'0', 'o'}, {'$', 's'}, {'5', 's'}, {'7', 't'}};
  for (const auto& [figure, letter] : kFigures) {
    if (c == figure) return letter;
  }
  return absl::ascii_tolower(static_cast<unsigned char>(c));
}

bool IsLetter(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || (c & 0x80) != 0; }

// Its letters; those of figures that stand for letters too, but not of figures at its ends: people hang numbers on.
std::string LettersOf(std::string_view password) {
  while (!password.empty() && !IsLetter(password.front())) password.remove_prefix(1);
  while (!password.empty() && !IsLetter(password.back())) password.remove_suffix(1);
  std::string letters;
  for (const char c : password) {
    const char letter = AsLetter(c);
    if (IsLetter(letter)) letters.push_back(letter);
  }
  return letters;
}

void TakeAway(std::string_view word, std::string& letters) {
  for (size_t at = letters.find(word); word.size() >= 3 && at != std::string::npos; at = letters.find(word)) {
    letters.erase(at, word.size());
  }
}

size_t CharactersOf(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Whether it is one piece again and again.
bool Repeats(std::string_view text) {
  for (size_t length = 1; length <= text.size() / 2; ++length) {
    if (text.substr(length) == text.substr(0, text.size() - length)) return true;
  }
  return false;
}

size_t Different(std::string_view text) {
  std::string all(text);
  std::sort(all.begin(), all.end());
  return static_cast<size_t>(std::unique(all.begin(), all.end()) - all.begin());
}

}  // namespace

absl::Status CheckNewPassword(std::string_view password, std::string_view name) {
  if (password.size() > kMostPasswordBytes) {
    return absl::InvalidArgumentError(absl::StrCat("users: a password has at most ", kMostPasswordBytes, " bytes"));
  }
  if (CharactersOf(password) < kLeastPasswordCharacters) {
    return absl::InvalidArgumentError(
        absl::StrCat("users: a password has at least ", kLeastPasswordCharacters,
                     " characters; take a longer one, for example four words drawn at random"));
  }
  std::string letters = LettersOf(password);
  for (const std::string_view word : kCommon) TakeAway(word, letters);
  TakeAway(LettersOf(name), letters);
  if (CharactersOf(letters) >= kLeastLeft && Different(password) >= kLeastDifferent && !Repeats(password)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "users: the password is easy to guess: it is made of common words, of the name, of figures or of one piece again "
      "and again; take another, for example four words drawn at random");
}

// One of the few that work at a time.
class PasswordWork::Turn {
 public:
  static absl::Status Wait(PasswordWork& work) {
    threads::MutexLock lock(work.mutex_);
    if (work.working_ >= kMostAtOnce && work.waiting_ >= kMostWaiting) {
      return absl::ResourceExhaustedError("users: too many people log in at this moment; try again in some seconds");
    }
    ++work.waiting_;
    while (work.working_ >= kMostAtOnce) work.left_.Wait(work.mutex_);
    --work.waiting_;
    ++work.working_;
    return absl::OkStatus();
  }
  explicit Turn(PasswordWork& work) : work_(work) {}
  ~Turn() {
    {
      threads::MutexLock lock(work_.mutex_);
      --work_.working_;
    }
    work_.left_.NotifyOne();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  PasswordWork& work_;
};

absl::StatusOr<Digested> PasswordWork::Digest(std::string_view password) {
  if (auto status = Turn::Wait(*this); !status.ok()) return status;
  const Turn turn(*this);
  Digested digested;
  digested.salt = crypto::RandomArray<16>();
  digested.cost = cost_;
  auto key = crypto::Argon2id(password, crypto::View(digested.salt), cost_);
  if (!key.ok()) return key.status();
  std::memcpy(digested.key.data(), key->Expose().data(), digested.key.size());
  return digested;
}

absl::StatusOr<bool> PasswordWork::Matches(std::string_view password, const Digested& digested) {
  if (auto status = Turn::Wait(*this); !status.ok()) return status;
  const Turn turn(*this);
  auto key = crypto::Argon2id(password, crypto::View(digested.salt), digested.cost);
  if (!key.ok()) return key.status();
  auto kept = crypto::Secret<32>::CopyOf(crypto::View(digested.key));
  if (!kept.ok()) return kept.status();
  return *key == *kept;
}

Digested PasswordWork::Nobody() const {
  Digested nobody;
  nobody.salt = crypto::RandomArray<16>();
  nobody.cost = cost_;
  nobody.key = crypto::RandomArray<32>();  // 2^-256 that a password gives it
  return nobody;
}

}  // namespace tidegate::users

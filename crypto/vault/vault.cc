#include "crypto/vault/vault.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "crypto/vault/keyring.h"
#include "crypto/vault/keyring_file.h"
#include "crypto/vault/value.h"
#include "threads/threads.h"

namespace tidegate::vault {
namespace {

constexpr char kKeyringFile[] = "keyring";

// The epoch that new values of a class are sealed under, or null.
DataKey* CurrentOf(Contents& contents, std::string_view retention) {
  for (auto& [number, epoch] : contents.epochs) {
    if (epoch.current && epoch.retention == retention) return &epoch;
  }
  return nullptr;
}

absl::StatusOr<uint32_t> AddEpoch(Contents& contents, std::string_view retention) {
  if (retention.size() > kMaxRetentionSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("vault: the name of a retention class has at most ", kMaxRetentionSize, " bytes"));
  }
  if (contents.epochs.size() >= kMaxEpochs || contents.next_epoch == UINT32_MAX) {
    return absl::ResourceExhaustedError(
        "vault: the keyring has no room for another epoch; destroy epochs that are not needed");
  }
  if (DataKey* previous = CurrentOf(contents, retention)) previous->current = false;
  const uint32_t number = contents.next_epoch++;
  contents.epochs.emplace(number, DataKey{std::string(retention), true, crypto::Secret<32>::Random()});
  return number;
}

}  // namespace

// Readers share `mutex_`. (Standard mutexes: the thread sanitizer does not see the locks of a library built without
// it.) A change is made on a copy and written to disk under `change_mutex_` alone, so that sealing goes on during the
// write, and then put in place under `mutex_`.
class Vault::State {
 public:
  State(std::string path, Suite suite, Keyring keyring, Contents contents)
      : path_(std::move(path)), suite_(suite), keyring_(std::move(keyring)), contents_(std::move(contents)) {
    Rebuild();
  }

  absl::Status Seal(std::string_view retention, const Place& place, std::string_view value, std::string& out) {
    const std::shared_ptr<EpochCipher> cipher = Find(&State::current_, retention);
    if (cipher == nullptr) {
      return absl::NotFoundError(
          absl::StrCat("vault: retention class `", std::string(retention), "` has no current key; make a new epoch"));
    }
    return cipher->SealAppend(suite_, place, value, out);
  }

  absl::Status Open(const Place& place, std::string_view sealed, std::string& out) {
    absl::StatusOr<SealedValue> value = ParseSealedValue(sealed);
    if (!value.ok()) return value.status();
    const std::shared_ptr<EpochCipher> cipher = Find(&State::ciphers_, value->epoch);
    if (cipher == nullptr) {
      return absl::NotFoundError(
          absl::StrCat("vault: the key of epoch ", value->epoch, " is not in the keyring; it may have been destroyed"));
    }
    return cipher->OpenAppend(*value, place, out);
  }

  absl::StatusOr<std::unique_ptr<Vault>> OpenAgain() {
    threads::MutexLock change_lock(change_mutex_);
    return Vault::Open(path_, keyring_.Master(), suite_);
  }

  template <typename Read>
  auto Reading(Read read) {
    const threads::ReaderLock lock(mutex_);
    return read(static_cast<const Contents&>(contents_));
  }

  // `change` edits a copy of the contents and gives a status. `fresh` asks for a new wrap key; `master` for another
  // master key.
  template <typename Change>
  absl::Status Changing(bool fresh, MasterKey* master, Change change) {
    threads::MutexLock change_lock(change_mutex_);
    Contents contents = Reading([](const Contents& now) { return now.Clone(); });
    if (absl::Status status = change(contents); !status.ok()) return status;
    absl::StatusOr<Keyring> keyring = absl::NotFoundError("unchanged");
    if (master != nullptr) {
      keyring = Keyring::Make(std::move(*master));
    } else if (fresh) {
      keyring = keyring_.Renewed();
    }
    const bool rewrapped = master != nullptr || fresh;
    if (rewrapped && !keyring.ok()) return keyring.status();
    absl::StatusOr<std::string> file = (rewrapped ? *keyring : keyring_).Wrap(contents);
    if (!file.ok()) return file.status();
    if (absl::Status status = ReplacePrivateFile(path_, *file, kKeyringFile); !status.ok()) return status;
    if (rewrapped) keyring_ = *std::move(keyring);
    const threads::WriterLock lock(mutex_);
    contents_ = std::move(contents);
    Rebuild();
    return absl::OkStatus();
  }

 private:
  // The lock is held to find a cipher and not while it works, so that a change is not kept waiting by steady readers.
  template <typename Map, typename Key>
  std::shared_ptr<EpochCipher> Find(Map State::*map, const Key& key) {
    const threads::ReaderLock lock(mutex_);
    const auto found = (this->*map).find(key);
    return found == (this->*map).end() ? nullptr : found->second;
  }

  // The ciphers that the contents ask for; those already at work stay.
  void Rebuild() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::map<uint32_t, std::shared_ptr<EpochCipher>> ciphers;
    current_.clear();
    for (const auto& [number, epoch] : contents_.epochs) {
      const auto old = ciphers_.find(number);
      auto cipher = old != ciphers_.end() ? old->second : std::make_shared<EpochCipher>(number, epoch.key.Clone());
      if (epoch.current) current_.emplace(epoch.retention, cipher);
      ciphers.emplace(number, std::move(cipher));
    }
    ciphers_ = std::move(ciphers);
  }

  const std::string path_;
  const Suite suite_;
  // Taken before mutex_, and for the whole of a change.
  threads::Mutex change_mutex_;
  Keyring keyring_ ABSL_GUARDED_BY(change_mutex_);

  threads::SharedMutex mutex_;
  Contents contents_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, std::shared_ptr<EpochCipher>> ciphers_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<EpochCipher>, std::less<>> current_ ABSL_GUARDED_BY(mutex_);
};

Vault::Vault(std::unique_ptr<State> state) : state_(std::move(state)) {}
Vault::~Vault() = default;

absl::StatusOr<std::unique_ptr<Vault>> Vault::Create(const std::string& keyring_path, MasterKey master, Suite suite) {
  Contents contents;
  contents.index_key = crypto::Secret<32>::Random();
  if (absl::StatusOr<uint32_t> first = AddEpoch(contents, ""); !first.ok()) return first.status();
  absl::StatusOr<Keyring> keyring = Keyring::Make(std::move(master));
  if (!keyring.ok()) return keyring.status();
  absl::StatusOr<std::string> file = keyring->Wrap(contents);
  if (!file.ok()) return file.status();
  if (absl::Status status = WriteNewPrivateFile(keyring_path, *file, kKeyringFile); !status.ok()) return status;
  return std::unique_ptr<Vault>(
      new Vault(std::make_unique<State>(keyring_path, suite, *std::move(keyring), std::move(contents))));
}

absl::StatusOr<std::unique_ptr<Vault>> Vault::Open(const std::string& keyring_path, MasterKey master, Suite suite) {
  absl::StatusOr<crypto::SecretBytes> file = ReadPrivateFile(keyring_path, kMaxKeyringSize, kKeyringFile);
  if (!file.ok()) return file.status();
  absl::StatusOr<Keyring::Opened> opened = Keyring::Unwrap(file->Expose(), std::move(master));
  if (!opened.ok()) return opened.status();
  return std::unique_ptr<Vault>(
      new Vault(std::make_unique<State>(keyring_path, suite, std::move(opened->keyring), std::move(opened->contents))));
}

absl::StatusOr<std::unique_ptr<Vault>> Vault::OpenAgain() const { return state_->OpenAgain(); }

absl::Status Vault::SealAppend(std::string_view table, std::string_view key, std::string_view value,
                               std::string_view retention, std::string& out) const {
  const Place place{table, key};
  if (absl::Status status = CheckPlace(place); !status.ok()) return status;
  return state_->Seal(retention, place, value, out);
}

absl::StatusOr<std::string> Vault::Seal(std::string_view table, std::string_view key, std::string_view value,
                                        std::string_view retention) const {
  std::string out;
  if (absl::Status status = SealAppend(table, key, value, retention, out); !status.ok()) return status;
  return out;
}

absl::Status Vault::OpenAppend(std::string_view table, std::string_view key, std::string_view sealed,
                               std::string& out) const {
  const Place place{table, key};
  if (absl::Status status = CheckPlace(place); !status.ok()) return status;
  return state_->Open(place, sealed, out);
}

absl::StatusOr<std::string> Vault::Open(std::string_view table, std::string_view key, std::string_view sealed) const {
  std::string out;
  if (absl::Status status = OpenAppend(table, key, sealed, out); !status.ok()) return status;
  return out;
}

absl::StatusOr<uint32_t> Vault::EpochOf(std::string_view sealed) {
  absl::StatusOr<SealedValue> value = ParseSealedValue(sealed);
  if (!value.ok()) return value.status();
  return value->epoch;
}

BlindTermBytes Vault::BlindTerm(uint16_t slot, std::string_view normalised_term) const {
  constexpr size_t kLongest = 0xffff;
  if (normalised_term.size() > kLongest) {
    const crypto::Hash digest = crypto::HashOf({crypto::Label("TDGlgt1"), normalised_term});
    return BlindTerm(slot, crypto::View(digest));
  }
  const size_t length = normalised_term.size();
  const std::array<uint8_t, 4> head = {static_cast<uint8_t>(slot >> 8), static_cast<uint8_t>(slot),
                                       static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)};
  return state_->Reading([&](const Contents& now) {
    return crypto::Blake2b128(now.index_key.Expose(), {crypto::Label("TDGidx1"), crypto::View(head), normalised_term});
  });
}

absl::StatusOr<uint32_t> Vault::NewEpoch(std::string_view retention) {
  uint32_t number = 0;
  absl::Status status = state_->Changing(false, nullptr, [&](Contents& contents) -> absl::Status {
    absl::StatusOr<uint32_t> added = AddEpoch(contents, retention);
    if (!added.ok()) return added.status();
    number = *added;
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return number;
}

absl::Status Vault::RetireEpoch(uint32_t number) {
  return state_->Changing(false, nullptr, [&](Contents& contents) -> absl::Status {
    const auto epoch = contents.epochs.find(number);
    if (epoch == contents.epochs.end()) {
      return absl::NotFoundError(absl::StrCat("vault: there is no epoch ", number));
    }
    epoch->second.current = false;
    return absl::OkStatus();
  });
}

absl::Status Vault::DestroyEpoch(uint32_t number) {
  return state_->Changing(true, nullptr, [&](Contents& contents) -> absl::Status {
    if (contents.epochs.erase(number) == 0)
      return absl::NotFoundError(absl::StrCat("vault: there is no epoch ", number));
    return absl::OkStatus();
  });
}

std::vector<Epoch> Vault::Epochs() const {
  return state_->Reading([](const Contents& now) {
    std::vector<Epoch> epochs;
    for (const auto& [number, epoch] : now.epochs) epochs.push_back({number, epoch.retention, epoch.current});
    return epochs;
  });
}

absl::Status Vault::ReplaceIndexKey() {
  return state_->Changing(true, nullptr, [](Contents& contents) {
    contents.index_key = crypto::Secret<32>::Random();
    return absl::OkStatus();
  });
}

absl::Status Vault::ChangeMasterKey(MasterKey master) {
  return state_->Changing(true, &master, [](Contents&) { return absl::OkStatus(); });
}

absl::Status Vault::SetSecret(std::string_view name, const crypto::SecretBytes& value) {
  if (name.empty() || name.size() > 0xff || value.size() > 0xffff) {
    return absl::InvalidArgumentError("vault: the name of a secret has 1 to 255 bytes, and the secret at most 65,535");
  }
  return state_->Changing(false, nullptr, [&](Contents& contents) {
    contents.secrets.insert_or_assign(std::string(name), value.Clone());
    return absl::OkStatus();
  });
}

absl::StatusOr<crypto::SecretBytes> Vault::GetSecret(std::string_view name) const {
  return state_->Reading([&](const Contents& now) -> absl::StatusOr<crypto::SecretBytes> {
    const auto found = now.secrets.find(name);
    if (found == now.secrets.end()) {
      return absl::NotFoundError(absl::StrCat("vault: the keyring holds no secret `", std::string(name), "`"));
    }
    return found->second.Clone();
  });
}

absl::Status Vault::RemoveSecret(std::string_view name) {
  return state_->Changing(true, nullptr, [&](Contents& contents) -> absl::Status {
    const auto found = contents.secrets.find(name);
    if (found == contents.secrets.end()) {
      return absl::NotFoundError(absl::StrCat("vault: the keyring holds no secret `", std::string(name), "`"));
    }
    contents.secrets.erase(found);
    return absl::OkStatus();
  });
}

std::vector<std::string> Vault::SecretNames(std::string_view prefix) const {
  return state_->Reading([&](const Contents& now) {
    std::vector<std::string> names;
    for (auto it = now.secrets.lower_bound(prefix); it != now.secrets.end(); ++it) {
      if (it->first.compare(0, prefix.size(), prefix) != 0) break;
      names.push_back(it->first);
    }
    return names;
  });
}

}  // namespace tidegate::vault

#include "node/partner/directory.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "node/partner/words.h"

namespace tidegate::partner {
namespace {

constexpr char kPartners[] = "partners";
constexpr char kInvitations[] = "invitations";
constexpr char kCircles[] = "circles";

absl::Status Unknown(std::string_view organisation) {
  return absl::NotFoundError(absl::StrCat("partner: there is no partner `", std::string(organisation), "`"));
}

std::string Hex(const InvitationId& id) { return absl::BytesToHexString(std::string(crypto::View(id))); }

// Reads a scope whole; the first row that does not decode is an error.
template <typename Take>
absl::Status ReadScope(const store::Reader& reader, store::Named table, std::string_view scope, Take take) {
  absl::Status taken;
  absl::Status read = reader.ForEachNamed(table, scope, [&](std::string_view item, std::string_view value) {
    taken = take(item, value);
    return taken.ok();
  });
  return taken.ok() ? read : taken;
}

void SortUnique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

absl::Status Index(Book& book, std::string_view organisation, const Identity& identity) {
  const auto row = book.rows.find(organisation);
  absl::StatusOr<Partner> read = PartnerFrom(row->second, identity);
  if (!read.ok()) return read.status();
  for (const auto& [circle, members] : book.circles) {
    if (std::binary_search(members.begin(), members.end(), organisation)) read->circles.push_back(circle);
  }
  const PartnerPtr partner = std::make_shared<const Partner>(*std::move(read));
  PartnerPtr& place = book.partners[row->first];
  if (place != nullptr) {
    book.by_tls.erase(place->keys.tls_spki);
    book.by_feed.erase(place->incoming);
  }
  place = partner;
  book.by_tls[partner->keys.tls_spki] = partner;
  book.by_feed[partner->incoming] = partner;
  return absl::OkStatus();
}

absl::Status Directory::State::Load() {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto book = std::make_shared<Book>();
  absl::Status read = ReadScope(**snapshot, store::Named::kPartner, kPartners, [&](auto item, auto value) {
    absl::StatusOr<PartnerRow> row = DecodePartnerRow(value);
    if (row.ok()) book->rows[std::string(item)] = *std::move(row);
    return row.status();
  });
  if (!read.ok()) return read;
  read = ReadScope(**snapshot, store::Named::kPartner, kInvitations, [&](auto, auto value) {
    absl::StatusOr<InvitationRow> row = DecodeInvitationRow(value);
    if (row.ok()) book->invitations[row->id] = *std::move(row);
    return row.status();
  });
  if (!read.ok()) return read;
  read = ReadScope(**snapshot, store::Named::kCircle, kCircles, [&](auto item, auto value) {
    absl::StatusOr<std::vector<std::string>> members = DecodeNameList(value);
    if (members.ok()) book->circles[std::string(item)] = *std::move(members);
    return members.status();
  });
  if (!read.ok()) return read;
  for (const auto& [organisation, row] : book->rows) {
    if (absl::Status indexed = Index(*book, organisation, *identity_); !indexed.ok()) return indexed;
  }
  Publish(std::move(book));
  return absl::OkStatus();
}

void Directory::State::Watch(std::function<void()> on_change) {
  std::lock_guard lock(book_mutex_);
  watchers_.push_back(std::move(on_change));
}

void Directory::State::Publish(std::shared_ptr<const Book> book) {
  std::lock_guard lock(book_mutex_);
  book_ = std::move(book);
  generation_.fetch_add(1, std::memory_order_release);
}

void Directory::State::Tell() {
  std::vector<std::function<void()>> watchers;
  {
    std::lock_guard lock(book_mutex_);
    watchers = watchers_;
  }
  for (const auto& watcher : watchers) watcher();
}

absl::StatusOr<PartnerPtr> Directory::State::Put(PartnerRow row) {
  auto next = std::make_shared<Book>(*book());
  absl::StatusOr<KeyNotice> keys = ReadKeyNotice(row.key_notice);
  if (!keys.ok()) return keys.status();
  const std::string organisation = keys->names.organisation;
  const std::string value = EncodePartnerRow(row);
  next->rows[organisation] = std::move(row);
  if (absl::Status indexed = Index(*next, organisation, *identity_); !indexed.ok()) return indexed;
  absl::Status written = store_.Write([&](store::WriteTransaction& transaction) {
    return transaction.PutNamed(store::Named::kPartner, kPartners, organisation, value);
  });
  if (!written.ok()) return written;
  const PartnerPtr partner = next->partners[organisation];
  Publish(std::move(next));
  return partner;
}

absl::Status Directory::State::CheckNew(const Book& book, const KeyNotice& keys) const {
  const std::string& organisation = keys.names.organisation;
  if (organisation == identity_->names().organisation || keys.governance_key == identity_->keys().governance_key) {
    return absl::InvalidArgumentError("partner: this is our own organisation; the other side has to accept or reply");
  }
  if (keys.names.federation != identity_->names().federation) {
    return absl::InvalidArgumentError(
        absl::StrCat("partner: `", organisation, "` is of another federation, `", keys.names.federation, "`"));
  }
  if (book.partners.size() >= kMaxPartners) return absl::ResourceExhaustedError("partner: too many partners");
  for (const auto& [name, known] : book.partners) {
    if (name == organisation) {
      return absl::AlreadyExistsError(absl::StrCat("partner: `", name, "` is a partner already"));
    }
    if (known->keys.governance_key == keys.governance_key || known->keys.tls_spki == keys.tls_spki ||
        known->keys.log_key.public_key == keys.log_key.public_key || known->keys.delivery_key == keys.delivery_key) {
      return absl::AlreadyExistsError(
          absl::StrCat("partner: `", organisation, "` shows a key that belongs to `", name, "`"));
    }
  }
  return absl::OkStatus();
}

absl::Status Directory::State::DropInvitation(const InvitationId& id) {
  absl::Status written = store_.Write([&](store::WriteTransaction& transaction) {
    return transaction.DeleteNamed(store::Named::kPartner, kInvitations, Hex(id));
  });
  if (!written.ok()) return written;
  auto next = std::make_shared<Book>(*book());
  next->invitations.erase(id);
  Publish(std::move(next));
  const absl::Status forgotten = secrets_.ForgetInvitation(id);
  return absl::IsNotFound(forgotten) ? absl::OkStatus() : forgotten;
}

absl::Status Directory::State::DropExpired(uint64_t now_ms) {
  const std::shared_ptr<const Book> now = book();
  for (const auto& [id, invitation] : now->invitations) {
    if (invitation.expires_ms > now_ms) continue;
    if (absl::Status dropped = DropInvitation(id); !dropped.ok()) return dropped;
  }
  return absl::OkStatus();
}

absl::StatusOr<Invitation> Directory::State::Invite(bool without_code, std::string_view address, uint64_t now_ms) {
  if (!address.empty()) {
    if (absl::Status fine = CheckAddress(address); !fine.ok()) return fine;
  }
  InvitationDraft draft;
  draft.id = crypto::RandomArray<16>();
  draft.created_ms = now_ms;
  draft.expires_ms = now_ms + kInvitationLifeMs;
  draft.address = std::string(address);
  draft.code = without_code ? std::string() : RandomCode();
  draft.cost = options_.code_cost;
  const crypto::Secret<32> secret = crypto::Secret<32>::Random();
  absl::StatusOr<std::string> bytes = WriteInvitation(draft, *identity_, secret);
  if (!bytes.ok()) return bytes.status();
  const InvitationRow row{.id = draft.id,
                          .hash = crypto::HashOf({*bytes}),
                          .created_ms = now_ms,
                          .expires_ms = draft.expires_ms,
                          .with_code = !without_code,
                          .fingerprint = InvitationFingerprint(*bytes)};
  {
    std::lock_guard lock(write_mutex_);
    if (absl::Status dropped = DropExpired(now_ms); !dropped.ok()) return dropped;
    auto next = std::make_shared<Book>(*book());
    if (next->invitations.size() >= kMaxOpenInvitations) {
      return absl::ResourceExhaustedError("partner: too many invitations are open; wait until some expire");
    }
    if (absl::Status kept = secrets_.KeepInvitation(row.id, secret); !kept.ok()) return kept;
    absl::Status written = store_.Write([&](store::WriteTransaction& transaction) {
      return transaction.PutNamed(store::Named::kPartner, kInvitations, Hex(row.id), EncodeInvitationRow(row));
    });
    if (!written.ok()) return written;
    next->invitations[row.id] = row;
    Publish(std::move(next));
  }
  Tell();
  return Invitation{Armour(kInvitationArmour, *bytes), draft.code, row.fingerprint, row.expires_ms};
}

absl::StatusOr<Reply> Directory::State::Accept(std::string_view text, std::string_view spoken_code,
                                               std::string_view address, uint64_t now_ms) {
  if (!address.empty()) {
    if (absl::Status fine = CheckAddress(address); !fine.ok()) return fine;
  }
  absl::StatusOr<std::string> bytes = Unarmour(kInvitationArmour, text);
  if (!bytes.ok()) return bytes.status();
  std::string code;
  if (!spoken_code.empty()) {
    absl::StatusOr<std::string> read = ReadCode(spoken_code);
    if (!read.ok()) return read.status();
    code = *std::move(read);
  }
  absl::StatusOr<ReadInvitation> read = OpenInvitationBytes(*bytes, code);
  if (!read.ok()) return read.status();
  if (read->expires_ms <= now_ms) {
    return absl::FailedPreconditionError("partner: this invitation has expired; ask for a new one");
  }
  const crypto::Secret<32> own = crypto::Secret<32>::Random();
  absl::StatusOr<std::string> reply = WriteReply(*bytes, *read, *identity_, address, own);
  if (!reply.ok()) return reply.status();
  const std::string organisation = read->inviter.keys.names.organisation;
  {
    std::lock_guard lock(write_mutex_);
    if (absl::Status fine = CheckNew(*book(), read->inviter.keys); !fine.ok()) return fine;
    const crypto::Secret<32> psk =
        FirstPsk(identity_->governance_fingerprint(), read->inviter.keys.GovernanceFingerprint(), own.Expose(),
                 read->secret.Expose());
    if (absl::Status begun = secrets_.Begin(organisation, psk); !begun.ok()) return begun;
    PartnerRow row;
    row.key_notice = read->inviter.key_notice;
    row.kem_notice = read->inviter.kem_notice;
    row.address = read->inviter.address;
    row.fingerprint = InvitationFingerprint(*bytes);
    row.reply = *reply;
    row.quantum_safe = read->with_code;
    row.since_ms = now_ms;
    absl::StatusOr<PartnerPtr> put = Put(std::move(row));
    if (!put.ok()) return put.status();
  }
  Tell();
  return Reply{organisation, Armour(kReplyArmour, *reply), ReplyFingerprint(*reply)};
}

absl::StatusOr<PartnerPtr> Directory::State::TakeReply(std::string_view bytes, const ReplyHead& head,
                                                       const InvitationRow& invitation) {
  const KeyNotice& keys = head.acceptor.keys;
  if (absl::Status fine = CheckNew(*book(), keys); !fine.ok()) return fine;
  absl::StatusOr<crypto::Secret<32>> own = secrets_.InvitationSecret(invitation.id);
  if (!own.ok()) return own.status();
  absl::StatusOr<crypto::Secret<32>> theirs = OpenReplySecret(bytes, invitation.hash, *own, *identity_);
  if (!theirs.ok()) return theirs.status();
  const crypto::Secret<32> psk =
      FirstPsk(identity_->governance_fingerprint(), keys.GovernanceFingerprint(), own->Expose(), theirs->Expose());
  if (absl::Status begun = secrets_.Begin(keys.names.organisation, psk); !begun.ok()) return begun;
  PartnerRow row;
  row.key_notice = head.acceptor.key_notice;
  row.kem_notice = head.acceptor.kem_notice;
  row.address = head.acceptor.address;
  row.fingerprint = ReplyFingerprint(bytes);
  row.quantum_safe = invitation.with_code;
  row.since_ms = invitation.created_ms;
  absl::StatusOr<PartnerPtr> put = Put(std::move(row));
  if (!put.ok()) return put.status();
  if (absl::Status dropped = DropInvitation(invitation.id); !dropped.ok()) return dropped;
  return put;
}

absl::StatusOr<PartnerPtr> Directory::State::AcceptReply(std::string_view reply,
                                                         const std::optional<crypto::Hash>& tls_spki, uint64_t now_ms) {
  std::string bytes(reply);
  if (HasArmour(kReplyArmour, reply)) {
    absl::StatusOr<std::string> unarmoured = Unarmour(kReplyArmour, reply);
    if (!unarmoured.ok()) return unarmoured.status();
    bytes = *std::move(unarmoured);
  }
  absl::StatusOr<ReplyHead> head = ReadReplyHead(bytes);
  if (!head.ok()) return head.status();
  if (tls_spki.has_value() && *tls_spki != head->acceptor.keys.tls_spki) {
    return absl::PermissionDeniedError("partner: the reply came over a connection of somebody else");
  }
  absl::StatusOr<PartnerPtr> partner;
  {
    std::lock_guard lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const auto known = now->partners.find(head->acceptor.keys.names.organisation);
    if (known != now->partners.end() && known->second->fingerprint == ReplyFingerprint(bytes)) return known->second;
    const auto invitation = now->invitations.find(head->invitation);
    if (invitation == now->invitations.end() || invitation->second.expires_ms <= now_ms) {
      return absl::PermissionDeniedError("partner: the reply is to no open invitation; invite again");
    }
    partner = TakeReply(bytes, *head, invitation->second);
  }
  if (partner.ok()) Tell();
  return partner;
}

absl::StatusOr<PartnerPtr> Directory::State::Confirm(std::string_view organisation, std::string_view fingerprint,
                                                     std::vector<std::string> purposes,
                                                     std::optional<std::vector<std::string>> legal_bases) {
  for (const std::string& purpose : purposes) {
    if (absl::Status fine = CheckName("purpose", purpose); !fine.ok()) return fine;
  }
  SortUnique(purposes);
  if (legal_bases.has_value()) {
    for (const std::string& basis : *legal_bases) {
      if (absl::Status fine = CheckName("legal basis", basis); !fine.ok()) return fine;
    }
    SortUnique(*legal_bases);
  }
  absl::StatusOr<PartnerPtr> partner;
  {
    std::lock_guard lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const auto known = now->rows.find(organisation);
    if (known == now->rows.end()) return Unknown(organisation);
    if (!SameFingerprint(fingerprint, known->second.fingerprint)) {
      return absl::PermissionDeniedError(
          absl::StrCat("partner: this is not the fingerprint of what `", std::string(organisation),
                       "` sent us; compare again by telephone, and do not go on while they differ"));
    }
    PartnerRow row = known->second;
    row.confirmed_by_us = true;
    if (!purposes.empty()) row.purposes = std::move(purposes);
    if (legal_bases.has_value()) row.legal_bases = *std::move(legal_bases);
    partner = Put(std::move(row));
  }
  if (partner.ok()) Tell();
  return partner;
}

absl::StatusOr<bool> Directory::State::TakeNotices(const Heard& heard, const Partner& known, PartnerRow& row) const {
  bool changed = false;
  KeyNotice keys = known.keys;
  if (!heard.key_notice.empty() && heard.key_notice != row.key_notice.Encode()) {
    absl::StatusOr<SignedNotice> notice = SignedNotice::Decode(heard.key_notice);
    if (!notice.ok()) return notice.status();
    absl::StatusOr<KeyNotice> read = ReadKeyNotice(*notice);
    if (!read.ok()) return read.status();
    if (read->governance_key != known.keys.governance_key || read->names != known.names ||
        read->log_key != known.keys.log_key) {
      return absl::PermissionDeniedError("partner: a key notice is not of the pinned governance key and log");
    }
    if (read->version > known.keys.version) {
      if (read->version != known.keys.version + 1 || read->previous != crypto::HashOf({row.key_notice.bytes})) {
        return absl::FailedPreconditionError("partner: a key notice does not follow the one we know");
      }
      const std::shared_ptr<const Book> now = book();
      const auto holder = now->by_tls.find(read->tls_spki);
      if (holder != now->by_tls.end() && holder->second->organisation != known.organisation) {
        return absl::PermissionDeniedError("partner: a key notice shows another partner's TLS key");
      }
      row.key_notice = *std::move(notice);
      keys = *std::move(read);
      changed = true;
    }
  }
  if (heard.kem_notice.empty() || heard.kem_notice == row.kem_notice.Encode()) return changed;
  absl::StatusOr<SignedNotice> notice = SignedNotice::Decode(heard.kem_notice);
  if (!notice.ok()) return notice.status();
  absl::StatusOr<KemNotice> kem = ReadKemNotice(*notice, keys);
  if (!kem.ok()) return kem.status();
  if (kem->created_ms <= known.kem.created_ms) return changed;
  row.kem_notice = *std::move(notice);
  return true;
}

absl::StatusOr<PartnerPtr> Directory::State::Hear(std::string_view organisation, const Heard& heard) {
  if (!heard.address.empty()) {
    if (absl::Status fine = CheckAddress(heard.address); !fine.ok()) return fine;
  }
  absl::StatusOr<PartnerPtr> partner;
  {
    std::lock_guard lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const auto known = now->rows.find(organisation);
    if (known == now->rows.end()) return Unknown(organisation);
    const PartnerPtr before = now->partners.find(organisation)->second;
    PartnerRow row = known->second;
    absl::StatusOr<bool> changed = TakeNotices(heard, *before, row);
    if (!changed.ok()) return changed.status();
    const bool confirmed = row.confirmed_by_them || heard.confirmed;
    const bool moved = !heard.address.empty() && heard.address != row.address;
    const bool taken = heard.reply_taken && !row.reply.empty();
    if (!*changed && confirmed == row.confirmed_by_them && !moved && !taken) return before;
    row.confirmed_by_them = confirmed;
    if (moved) row.address = heard.address;
    if (taken) row.reply.clear();
    partner = Put(std::move(row));
  }
  if (partner.ok()) Tell();
  return partner;
}

absl::Status Directory::State::SetSuspended(std::string_view organisation, bool suspended) {
  {
    std::lock_guard lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const auto known = now->rows.find(organisation);
    if (known == now->rows.end()) return Unknown(organisation);
    if (known->second.suspended == suspended) return absl::OkStatus();
    PartnerRow row = known->second;
    row.suspended = suspended;
    if (absl::StatusOr<PartnerPtr> put = Put(std::move(row)); !put.ok()) return put.status();
  }
  Tell();
  return absl::OkStatus();
}

absl::StatusOr<PairPsk> Directory::State::SendingPsk(std::string_view organisation, uint64_t now_ms) {
  const std::shared_ptr<const Book> now = book();
  const auto known = now->rows.find(organisation);
  if (known == now->rows.end()) return Unknown(organisation);
  const uint64_t since = known->second.since_ms;
  const uint64_t days = now_ms > since ? (now_ms - since) / kDayMs : 0;
  std::lock_guard lock(write_mutex_);
  absl::StatusOr<uint32_t> newest = secrets_.Newest(organisation);
  if (!newest.ok()) return newest.status();
  // A clock that jumped may not throw away more of the chain than a partner could follow.
  const uint32_t epoch =
      static_cast<uint32_t>(std::clamp<uint64_t>(days, *newest, uint64_t{*newest} + kMaxPskEpochsAhead));
  if (absl::Status advanced = secrets_.Advance(organisation, epoch); !advanced.ok()) return advanced;
  return secrets_.At(organisation, epoch);
}

absl::Status Directory::State::AdvancePsk(std::string_view organisation, uint32_t epoch) {
  std::lock_guard lock(write_mutex_);
  return secrets_.Advance(organisation, epoch);
}

absl::Status Directory::State::PutCircle(const std::string& name, const std::vector<std::string>& organisations) {
  auto next = std::make_shared<Book>(*book());
  next->circles[name] = organisations;
  for (const std::string& organisation : organisations) {
    if (absl::Status indexed = Index(*next, organisation, *identity_); !indexed.ok()) return indexed;
  }
  absl::Status written = store_.Write([&](store::WriteTransaction& transaction) {
    return transaction.PutNamed(store::Named::kCircle, kCircles, name, EncodeNameList(organisations));
  });
  if (!written.ok()) return written;
  Publish(std::move(next));
  return absl::OkStatus();
}

absl::StatusOr<Circle> Directory::State::CreateCircle(std::string_view name) {
  if (absl::Status fine = CheckName("circle's name", name); !fine.ok()) return fine;
  {
    std::lock_guard lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    if (now->circles.contains(name)) {
      return absl::AlreadyExistsError(absl::StrCat("partner: there is a circle `", std::string(name), "` already"));
    }
    if (now->circles.size() >= kMaxCircles) return absl::ResourceExhaustedError("partner: too many circles");
    if (absl::Status put = PutCircle(std::string(name), {}); !put.ok()) return put;
  }
  Tell();
  return Circle{std::string(name), {}};
}

absl::StatusOr<Circle> Directory::State::AddToCircle(std::string_view circle, std::string_view organisation) {
  std::vector<std::string> members;
  {
    std::lock_guard lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const auto known = now->circles.find(circle);
    if (known == now->circles.end()) {
      return absl::NotFoundError(absl::StrCat("partner: there is no circle `", std::string(circle), "`"));
    }
    if (!now->partners.contains(organisation)) return Unknown(organisation);
    members = known->second;
    const auto place = std::lower_bound(members.begin(), members.end(), organisation);
    if (place == members.end() || *place != organisation) {
      members.insert(place, std::string(organisation));
      if (absl::Status put = PutCircle(std::string(circle), members); !put.ok()) return put;
    }
  }
  Tell();
  return Circle{std::string(circle), std::move(members)};
}

}  // namespace tidegate::partner

// How two nodes come to trust each other: invitations, replies, and how a pairing that failed is given up.
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/partner/directory.h"
#include "node/partner/words.h"
#include "threads/threads.h"

namespace tidegate::partner {

absl::Status Directory::State::CheckNewName(const Book& book, const std::string& organisation) const {
  const std::string& own = identity_->names().organisation;
  if (organisation == own) {
    return absl::InvalidArgumentError("partner: this is our own organisation; the other side has to accept or reply");
  }
  const auto known = book.rows.find(organisation);
  if (known != book.rows.end()) {
    if (!EverActive(known->second)) return absl::OkStatus();
    return absl::AlreadyExistsError(
        absl::StrCat("partner: `", organisation,
                     "` is a partner already; to pair again, first `tidegate partner remove ", organisation, "`"));
  }
  const std::string skeleton = Skeleton(organisation);
  const auto alike = [&](const std::string& name) {
    return absl::InvalidArgumentError(absl::StrCat("partner: the name `", organisation, "` looks like `", name,
                                                   "`, which is another; one of them has to change"));
  };
  if (Skeleton(own) == skeleton) return alike(own);
  for (const auto& [name, row] : book.rows) {
    if (Skeleton(name) == skeleton) return alike(name);
  }
  // What a removed partner wrote may still be here under its name.
  for (const auto& [name, key] : book.former) {
    if (name != organisation && Skeleton(name) == skeleton) return alike(name);
  }
  return absl::OkStatus();
}

// The reply of one of two whose names look alike could be taken for the other's. The same name again is a new letter.
absl::Status Directory::State::CheckAmongInvited(const Book& book, const std::string& invitee) {
  const std::string skeleton = Skeleton(invitee);
  for (const auto& [id, open] : book.invitations) {
    if (invitee.empty() || open.invitee.empty() || open.invitee == invitee || Skeleton(open.invitee) != skeleton)
      continue;
    return absl::InvalidArgumentError(absl::StrCat("partner: the name `", invitee, "` looks like `", open.invitee,
                                                   "`, whose invitation is open; one of them has to change, or "
                                                   "`tidegate partner cancel --invitations` gives them up"));
  }
  return absl::OkStatus();
}

absl::Status Directory::State::CheckNew(const Book& book, const KeyNotice& keys) const {
  const std::string& organisation = keys.names.organisation;
  if (keys.governance_key == identity_->keys().governance_key) {
    return absl::InvalidArgumentError("partner: this is our own organisation; the other side has to accept or reply");
  }
  if (absl::Status fine = CheckNewName(book, organisation); !fine.ok()) return fine;
  if (keys.names.federation != identity_->names().federation) {
    return absl::InvalidArgumentError(
        absl::StrCat("partner: `", organisation, "` is of another federation, `", keys.names.federation, "`"));
  }
  if (book.partners.size() >= kMaxPartners) return absl::ResourceExhaustedError("partner: too many partners");
  for (const auto& [name, known] : book.partners) {
    if (name == organisation) continue;  // it never became active, and is replaced
    if (known->keys.governance_key == keys.governance_key || known->keys.tls_spki == keys.tls_spki ||
        known->keys.log_key.public_key == keys.log_key.public_key || known->keys.delivery_key == keys.delivery_key) {
      return absl::AlreadyExistsError(
          absl::StrCat("partner: `", organisation, "` shows a key that belongs to `", name, "`"));
    }
  }
  return absl::OkStatus();
}

absl::Status Directory::State::DropInvitations(const std::vector<InvitationId>& ids, const Change& change) {
  if (ids.empty()) return absl::OkStatus();
  auto next = std::make_shared<Book>(*book());
  for (const InvitationId& id : ids) next->invitations.erase(id);
  absl::Status written = Commit(std::move(next), change, [&](store::WriteTransaction& transaction) {
    absl::Status done;
    for (const InvitationId& id : ids) {
      if (done.ok()) done = transaction.DeleteNamed(store::Named::kPartner, kInvitationScope, Hex(id));
    }
    return done;
  });
  for (const InvitationId& id : ids) {
    if (!written.ok()) return written;
    written = secrets_.ForgetInvitation(id);
    if (absl::IsNotFound(written)) written = absl::OkStatus();
  }
  return written;
}

// Deletes what has expired, and secrets that a crash left behind when their partner was removed.
absl::Status Directory::State::Tidy(uint64_t now_ms) {
  const std::shared_ptr<const Book> now = book();
  std::vector<InvitationId> expired;
  for (const auto& [id, invitation] : now->invitations) {
    if (invitation.expires_ms <= now_ms) expired.push_back(id);
  }
  if (absl::Status dropped = DropInvitations(expired, {}); !dropped.ok()) return dropped;
  for (const std::string& organisation : secrets_.Organisations()) {
    if (now->rows.contains(organisation)) continue;
    if (absl::Status forgotten = secrets_.Forget(organisation); !forgotten.ok()) return forgotten;
  }
  return absl::OkStatus();
}

absl::StatusOr<Invitation> Directory::State::Invite(const InviteRequest& request, const Deed& deed) {
  if (!request.address.empty()) {
    if (absl::Status fine = CheckAddress(request.address); !fine.ok()) return fine;
  }
  if (request.without_code && request.invitee.empty()) {
    return absl::InvalidArgumentError(
        "partner: anybody who gets hold of an invitation without a code can use it; name whom you invite");
  }
  if (!request.invitee.empty()) {
    if (absl::Status fine = CheckName("name of whom you invite", request.invitee); !fine.ok()) return fine;
    if (absl::Status fine = CheckNewName(*book(), request.invitee); !fine.ok()) return fine;
  }
  InvitationDraft draft;
  draft.id = crypto::RandomArray<16>();
  draft.created_ms = deed.at_ms;
  draft.expires_ms = deed.at_ms + kInvitationLifeMs;
  draft.address = request.address;
  draft.code = request.without_code ? std::string() : RandomCode();
  draft.cost = options_.code_cost;
  const crypto::Secret<32> secret = crypto::Secret<32>::Random();
  absl::StatusOr<std::string> bytes = WriteInvitation(draft, *identity_, secret);
  if (!bytes.ok()) return bytes.status();
  const InvitationRow row{.id = draft.id,
                          .hash = crypto::HashOf({*bytes}),
                          .created_ms = deed.at_ms,
                          .expires_ms = draft.expires_ms,
                          .with_code = !request.without_code,
                          .fingerprint = InvitationFingerprint(*bytes),
                          .invitee = request.invitee};
  {
    threads::MutexLock lock(write_mutex_);
    if (absl::Status dropped = Tidy(deed.at_ms); !dropped.ok()) return dropped;
    auto next = std::make_shared<Book>(*book());
    if (absl::Status fine = CheckAmongInvited(*next, request.invitee); !fine.ok()) return fine;
    if (next->invitations.size() >= kMaxOpenInvitations) {
      return absl::ResourceExhaustedError(
          "partner: too many invitations are open; `tidegate partner cancel --invitations` gives them up");
    }
    if (absl::Status kept = secrets_.KeepInvitation(row.id, secret); !kept.ok()) return kept;
    next->invitations[row.id] = row;
    const Change change{deed, request.invitee, "invitation made"};
    absl::Status written = Commit(std::move(next), change, [&](store::WriteTransaction& transaction) {
      return transaction.PutNamed(store::Named::kPartner, kInvitationScope, Hex(row.id), EncodeInvitationRow(row));
    });
    if (!written.ok()) return written;
  }
  Tell();
  return Invitation{.text = Armour(kInvitationArmour, *bytes),
                    .spoken_code = draft.code,
                    .fingerprint = identity_->keys().Fingerprint(),
                    .letter_fingerprint = row.fingerprint,
                    .expires_ms = row.expires_ms};
}

// Stores a pairing with its secret and both proofs. It replaces a half-made pairing with that organisation.
absl::StatusOr<PartnerPtr> Directory::State::PutPairing(PartnerRow row, const crypto::Secret<32>& own,
                                                        const crypto::Secret<32>& theirs,
                                                        const crypto::Hash& transcript, const Deed& deed,
                                                        std::string what) {
  absl::StatusOr<KeyNotice> keys = ReadKeyNotice(row.key_notice);
  if (!keys.ok()) return keys.status();
  const std::string& organisation = keys->names.organisation;
  if (book()->rows.contains(organisation)) {
    absl::Status erased =
        Erase(organisation, {deed, organisation, "its unconfirmed pairing replaced"}, std::nullopt, nullptr);
    if (!erased.ok()) return erased;
  }
  const crypto::Hash ours = identity_->governance_fingerprint(), them = keys->GovernanceFingerprint();
  const crypto::Secret<32> psk = FirstPsk(ours, them, own.Expose(), theirs.Expose());
  if (absl::Status begun = secrets_.Begin(organisation, psk); !begun.ok()) return begun;
  row.own_proof = ProofOf(psk, ours, them, transcript);
  row.their_proof = ProofOf(psk, them, ours, transcript);
  return Put(std::move(row), deed, std::move(what));
}

std::vector<crypto::Hash> Directory::State::LetterKeys(uint64_t now_ms) const {
  std::vector<crypto::Hash> keys;
  for (const auto& [id, invitation] : book()->invitations) {
    if (invitation.expires_ms <= now_ms) continue;
    const absl::StatusOr<crypto::Secret<32>> secret = secrets_.InvitationSecret(id);
    if (secret.ok()) keys.push_back(LetterKey(*secret));  // else it was used up meanwhile
  }
  return keys;
}

absl::StatusOr<Reply> Directory::State::Accept(std::string_view text, std::string_view spoken_code,
                                               std::string_view address, const Deed& deed) {
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
  if (read->expires_ms <= deed.at_ms) {
    return absl::FailedPreconditionError("partner: this invitation has expired; ask for a new one");
  }
  const std::string organisation = read->inviter.keys.names.organisation;
  const std::string letter = InvitationFingerprint(*bytes);
  std::string reply;
  {
    threads::MutexLock lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    if (absl::Status fine = CheckNew(*now, read->inviter.keys); !fine.ok()) return fine;
    const auto known = now->rows.find(organisation);
    if (known != now->rows.end() && known->second.letter_fingerprint == letter) {
      // The same letter again. The inviter may have taken the reply that we made for it, so we give that one again.
      if (known->second.reply.empty()) {
        return absl::FailedPreconditionError(
            absl::StrCat("partner: `", organisation, "` has our reply to this invitation; now confirm it"));
      }
      reply = known->second.reply;
    } else {
      const crypto::Secret<32> own = crypto::Secret<32>::Random();
      absl::StatusOr<std::string> written = WriteReply(*bytes, *read, *identity_, address, own);
      if (!written.ok()) return written.status();
      reply = *std::move(written);
      PartnerRow row;
      row.key_notice = read->inviter.key_notice;
      row.kem_notice = read->inviter.kem_notice;
      row.address = row.claimed_address = read->inviter.address;
      row.letter_fingerprint = letter;
      row.reply = reply;
      row.quantum_safe = read->with_code;
      row.since_ms = deed.at_ms;
      absl::StatusOr<PartnerPtr> put =
          PutPairing(std::move(row), own, read->secret, TranscriptOf(crypto::HashOf({*bytes}), crypto::HashOf({reply})),
                     deed, "its invitation accepted");
      if (!put.ok()) return put.status();
    }
    if (absl::Status kept = secrets_.KeepLetter(organisation, LetterKey(read->secret)); !kept.ok()) return kept;
  }
  Tell();
  return Reply{.organisation = organisation,
               .text = Armour(kReplyArmour, reply),
               .fingerprint = identity_->keys().Fingerprint(),
               .letter_fingerprint = ReplyFingerprint(reply)};
}

absl::StatusOr<PartnerPtr> Directory::State::TakeReply(std::string_view bytes, const ReplyHead& head,
                                                       const InvitationRow& invitation, const Deed& deed) {
  const KeyNotice& keys = head.acceptor.keys;
  if (absl::Status fine = CheckNew(*book(), keys); !fine.ok()) return fine;
  absl::StatusOr<crypto::Secret<32>> own = secrets_.InvitationSecret(invitation.id);
  if (!own.ok()) return own.status();
  absl::StatusOr<crypto::Secret<32>> theirs = OpenReplySecret(bytes, invitation.hash, *own, *identity_);
  if (!theirs.ok()) return theirs.status();
  PartnerRow row;
  row.key_notice = head.acceptor.key_notice;
  row.kem_notice = head.acceptor.kem_notice;
  row.address = row.claimed_address = head.acceptor.address;
  row.letter_fingerprint = ReplyFingerprint(bytes);
  row.quantum_safe = invitation.with_code;
  row.since_ms = invitation.created_ms;
  const crypto::Hash transcript = TranscriptOf(invitation.hash, crypto::HashOf({bytes}));
  const InvitationId used = invitation.id;  // `invitation` lies in a book that PutPairing replaces
  absl::StatusOr<PartnerPtr> put =
      PutPairing(std::move(row), *own, *theirs, transcript, deed, "has accepted our invitation");
  if (!put.ok()) return put.status();
  if (absl::Status dropped = DropInvitations({used}, {}); !dropped.ok()) return dropped;
  return put;
}

absl::StatusOr<PartnerPtr> Directory::State::AcceptReply(std::string_view reply,
                                                         const std::optional<crypto::Hash>& tls_spki,
                                                         const Deed& deed) {
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
    threads::MutexLock lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    const std::string& organisation = head->acceptor.keys.names.organisation;
    const auto known = now->rows.find(organisation);
    if (known != now->rows.end() && known->second.letter_fingerprint == ReplyFingerprint(bytes)) {
      return now->partners.find(organisation)->second;
    }
    const auto invitation = now->invitations.find(head->invitation);
    if (invitation == now->invitations.end() || invitation->second.expires_ms <= deed.at_ms) {
      return absl::PermissionDeniedError("partner: the reply is to no open invitation; invite again");
    }
    if (!invitation->second.invitee.empty() && invitation->second.invitee != organisation) {
      return absl::PermissionDeniedError(
          absl::StrCat("partner: `", organisation, "` replied to an invitation to `", invitation->second.invitee, "`"));
    }
    partner = TakeReply(bytes, *head, invitation->second, deed);
  }
  if (partner.ok()) Tell();
  return partner;
}

absl::Status Directory::State::Cancel(std::string_view organisation, const Deed& deed) {
  {
    threads::MutexLock lock(write_mutex_);
    const std::shared_ptr<const Book> now = book();
    std::vector<InvitationId> ids;
    for (const auto& [id, invitation] : now->invitations) {
      if (invitation.invitee == organisation) ids.push_back(id);
    }
    const auto known = now->rows.find(organisation);
    if (known == now->rows.end() && ids.empty()) return UnknownPartner(*now, organisation);
    if (known != now->rows.end() && EverActive(known->second)) {
      return absl::FailedPreconditionError(
          absl::StrCat("partner: the pairing with `", known->first,
                       "` is complete; `tidegate partner suspend` or `remove` ends it"));
    }
    const std::string name(organisation);
    if (absl::Status dropped = DropInvitations(ids, {deed, name, "its invitation cancelled"}); !dropped.ok()) {
      return dropped;
    }
    if (known != now->rows.end()) {
      absl::Status erased =
          Erase(organisation, {deed, name, "its unconfirmed pairing cancelled"}, std::nullopt, nullptr);
      if (!erased.ok()) return erased;
    }
  }
  Tell();
  return absl::OkStatus();
}

absl::StatusOr<size_t> Directory::State::CancelInvitations(const Deed& deed) {
  std::vector<InvitationId> ids;
  {
    threads::MutexLock lock(write_mutex_);
    for (const auto& [id, invitation] : book()->invitations) ids.push_back(id);
    const std::string what =
        absl::StrCat(ids.size(), ids.size() == 1 ? " invitation cancelled" : " invitations cancelled");
    if (absl::Status dropped = DropInvitations(ids, {deed, "", what}); !dropped.ok()) return dropped;
  }
  Tell();
  return ids.size();
}

}  // namespace tidegate::partner

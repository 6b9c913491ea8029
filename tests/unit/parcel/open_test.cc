// Each fault by itself, in a conversation that passes without it, and the layer that refuses it.
#include <gtest/gtest.h>

#include "tests/unit/parcel/correspondence.h"

namespace tidegate::parcel {
namespace {

class Refusals : public testing::Test {
 protected:
  Refusals() {
    post_.NewItem("Before");
    old_size_ = post_.log().size();
    sealed_ = Must(Seal(post_.Request(Sections(post_.MakeSection(post_.NewItems({"One", "Two", "Three"}))))));
    manifest_ = Must(ParseManifest(sealed_.manifest));
    EXPECT_TRUE(Open(post_.Context(), sealed_).ok());
  }

  void Expect(Layer layer, const absl::StatusOr<Opened>& opened) {
    ASSERT_FALSE(opened.ok());
    ASSERT_TRUE(LayerOf(opened.status()).has_value()) << opened.status();
    EXPECT_EQ(LayerName(*LayerOf(opened.status())), LayerName(layer)) << opened.status();
  }
  void Refused(Layer layer, const Sealed& sealed) { Expect(layer, Open(post_.Context(), sealed)); }
  void Refused(Layer layer, OpenContext context) { Expect(layer, Open(std::move(context), sealed_)); }
  // A manifest that lies, signed by the sender.
  void Refused(Layer layer, const std::function<void(Manifest&)>& change) {
    Manifest manifest = manifest_;
    change(manifest);
    Refused(layer, post_.Sign(manifest, sealed_));
  }
  // A section that lies, in a parcel that is sealed as it should be.
  void RefusedSection(Layer layer, const std::function<void(Section&)>& change) {
    Section section = post_.MakeSection(post_.NewItems({"Four", "Five"}), {}, linked_size_);
    change(section);
    Expect(layer, Open(post_.Context(), Must(Seal(post_.Request(Sections(std::move(section)))))));
  }
  void RefusedPlaintext(Layer layer, const std::function<void(std::string&)>& change) {
    std::string plaintext = post_.PlaintextOf(sealed_);
    change(plaintext);
    Refused(layer, post_.SealAnything(manifest_, plaintext));
  }
  void KnowOldSize() {
    post_.memory().last[post_.log().fingerprint()] = {old_size_, post_.log().Root(old_size_)};
    linked_size_ = old_size_;
  }

  Correspondence post_;
  uint64_t old_size_ = 0;
  uint64_t linked_size_ = 0;
  Sealed sealed_;
  Manifest manifest_;
};

TEST_F(Refusals, Version) {
  Sealed sealed = sealed_;
  sealed.manifest[6] = '2';
  Refused(Layer::kVersion, sealed);
  Refused(Layer::kVersion, [](Manifest& m) { m.suite = static_cast<Suite>(2); });
  RefusedPlaintext(Layer::kVersion, [](std::string& p) { p[6] = '9'; });
}

TEST_F(Refusals, EveryFlippedBitOfTheManifest) {
  for (size_t bit = 0; bit < sealed_.manifest.size() * 8; bit += 3) {
    Sealed sealed = sealed_;
    sealed.manifest[bit / 8] = static_cast<char>(sealed.manifest[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(Open(post_.Context(), sealed).ok()) << bit;
  }
  Sealed sealed = sealed_;
  sealed.signature[9] ^= 1;
  Refused(Layer::kManifest, sealed);
}

TEST_F(Refusals, Addressee) {
  Refused(Layer::kManifest, [](Manifest& m) { m.sender_fpr[0] ^= 1; });
  Refused(Layer::kManifest, [](Manifest& m) { m.recipient_fpr[0] ^= 1; });
  Refused(Layer::kManifest, [](Manifest& m) { m.delivery_fpr[0] ^= 1; });
  Refused(Layer::kManifest, [](Manifest& m) { m.feed[0] ^= 1; });
  OpenContext context = post_.Context();
  context.delivery_key = crypto::SigningKey::Generate().public_key();
  Refused(Layer::kManifest, std::move(context));
}

TEST_F(Refusals, Sequence) {
  OpenContext replayed = post_.Context();
  replayed.last_seq = 8;
  Refused(Layer::kSequence, std::move(replayed));
  OpenContext gap = post_.Context();
  gap.after = crypto::HashOf({"another cursor"});
  Refused(Layer::kSequence, std::move(gap));
}

TEST_F(Refusals, Limit) {
  OpenContext few = post_.Context();
  few.limits.records = 2;
  Refused(Layer::kLimit, std::move(few));
  OpenContext small = post_.Context();
  small.limits.plaintext_bytes = 1000;
  Refused(Layer::kLimit, std::move(small));
  Refused(Layer::kLimit, [](Manifest& m) { m.chunks = 1000000; });
  Sealed sealed = sealed_;
  sealed.chunks.push_back(sealed.chunks.back());
  Refused(Layer::kLimit, sealed);
  sealed = sealed_;
  sealed.chunks.back().resize(kMaxChunkBytes + 1);
  Refused(Layer::kLimit, sealed);
  sealed = sealed_;
  sealed.manifest.resize(kMaxManifestBytes + 1);
  Refused(Layer::kLimit, sealed);
}

TEST_F(Refusals, Seal) {
  for (size_t byte = 0; byte < sealed_.chunks[0].size(); byte += 97) {
    Sealed sealed = sealed_;
    sealed.chunks[0][byte] = static_cast<char>(sealed.chunks[0][byte] ^ 0x20);
    Refused(Layer::kSeal, sealed);
  }
  Refused(Layer::kSeal, [](Manifest& m) { m.enc[3] ^= 1; });
  Refused(Layer::kSeal, [](Manifest& m) { m.commitment[3] ^= 1; });
  Refused(Layer::kSeal, [](Manifest& m) { m.digest[3] ^= 1; });
  Refused(Layer::kSeal, [](Manifest& m) { m.psk_epoch = 4; });
  Refused(Layer::kSeal, [](Manifest& m) { m.kem_id[0] ^= 1; });
  Refused(Layer::kSeal, [](Manifest& m) { m.seq = 9; });
  Sealed sealed = sealed_;
  sealed.chunks.clear();
  Refused(Layer::kSeal, sealed);
  OpenContext context = post_.Context();
  context.psk = [](uint32_t) -> absl::StatusOr<crypto::Secret<32>> { return crypto::Secret<32>::Random(); };
  Refused(Layer::kSeal, std::move(context));
}

TEST_F(Refusals, Opening) {
  Refused(Layer::kOpening, [](Manifest& m) { m.n = 2; });
  Refused(Layer::kOpening, [](Manifest& m) { m.contents[0] ^= 1; });
  RefusedPlaintext(Layer::kOpening, [](std::string& p) { p.resize(p.size() - 1); });
  RefusedPlaintext(Layer::kOpening, [](std::string& p) { p += '\0'; });
  RefusedPlaintext(Layer::kOpening, [](std::string& p) { p[p.find("Documents") + 1] ^= 1; });
  // The purpose is committed to: it cannot be changed beside the records.
  RefusedPlaintext(Layer::kOpening, [](std::string& p) { p[p.find("prevention", 100)] = 'P'; });
}

TEST_F(Refusals, Proof) {
  RefusedSection(Layer::kProof, [](Section& s) { s.log_proof[0][0] ^= 1; });
  RefusedSection(Layer::kProof, [](Section& s) { s.log_proof.push_back(s.log_proof[0]); });
  RefusedSection(Layer::kProof, [](Section& s) { s.log_proof.pop_back(); });
  RefusedSection(Layer::kProof, [](Section& s) { s.items.pop_back(); });
  RefusedSection(Layer::kProof, [](Section& s) { s.items.clear(); });
}

TEST_F(Refusals, AnotherAuthorsRecord) {
  TestLog other("tidegate.example/mallory/node1/log/1");
  for (const Hash& leaf : post_.log().leaves()) other.Append(leaf);
  RefusedSection(Layer::kProof, [&](Section& s) {
    for (const Item& item : s.items) other.Append(item.disclosed().leaf);
    s.vkey = other.vkey();
    s.note = other.Note(other.size());
  });
}

TEST_F(Refusals, Checkpoint) {
  RefusedSection(Layer::kCheckpoint, [](Section& s) { s.note[s.note.size() - 8] ^= 1; });
  RefusedSection(Layer::kCheckpoint, [](Section& s) { s.vkey = "nonsense"; });
  TestLog impostor("tidegate.example/harbour/node1/log/1");
  RefusedSection(Layer::kCheckpoint,
                 [&](Section& s) { s.note = impostor.Note(post_.log().size(), post_.log().Root(post_.log().size())); });
}

TEST_F(Refusals, SendersOwnLogKeyIsPinned) {
  OpenContext context = post_.Context();
  context.sender_vkey = TestLog("tidegate.example/harbour/node1/log/1").vkey();
  Refused(Layer::kCheckpoint, std::move(context));
}

TEST_F(Refusals, UnlinkedCheckpointOnAKnownPath) {
  KnowOldSize();
  RefusedSection(Layer::kCheckpoint, [](Section& s) { s.consistency[0][0] ^= 1; });
  RefusedSection(Layer::kCheckpoint, [](Section& s) { s.consistency.clear(); });
  RefusedSection(Layer::kCheckpoint, [](Section& s) { s.linked_size = 0; });
  RefusedSection(Layer::kCheckpoint, [](Section& s) { s.linked_size = 2; });
}

TEST_F(Refusals, RewrittenHistory) {
  KnowOldSize();
  post_.log().leaves()[0][0] ^= 1;  // before what the receiver has seen
  RefusedSection(Layer::kCheckpoint, [](Section&) {});
}

TEST_F(Refusals, EquivocationOnOnePathIsKeptAsEvidence) {
  const uint64_t size = post_.log().size();
  post_.memory().last[post_.log().fingerprint()] = {size, crypto::HashOf({"another root"})};
  const absl::StatusOr<Opened> opened = Open(post_.Context(), sealed_);
  Expect(Layer::kCheckpoint, opened);
  const std::optional<Equivocation> evidence = EquivocationOf(opened.status());
  ASSERT_TRUE(evidence.has_value());
  EXPECT_EQ(evidence->vkey, post_.log().vkey());
  EXPECT_EQ(evidence->note, post_.log().Note(size));
  EXPECT_EQ(evidence->known_root, crypto::HashOf({"another root"}));
}

TEST_F(Refusals, EquivocationBetweenTwoPaths) {
  post_.memory().elsewhere[{post_.log().fingerprint(), post_.log().size()}] = crypto::HashOf({"shown to another"});
  const absl::StatusOr<Opened> opened = Open(post_.Context(), sealed_);
  Expect(Layer::kCheckpoint, opened);
  EXPECT_TRUE(EquivocationOf(opened.status()).has_value());
}

TEST_F(Refusals, LinksThatHold) {
  KnowOldSize();
  const auto link = [&](Section section) {
    const absl::StatusOr<Opened> opened =
        Open(post_.Context(), Must(Seal(post_.Request(Sections(std::move(section))))));
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? opened->sections[0].link : Link::kFirst;
  };
  EXPECT_EQ(link(post_.MakeSection(post_.NewItems({"Night work"}), {}, old_size_)), Link::kExtends);
  const uint64_t size = post_.log().size();
  post_.memory().last[post_.log().fingerprint()] = {size, post_.log().Root(size)};
  EXPECT_EQ(link(post_.MakeSection({}, {}, size)), Link::kSame);
  // A forwarder may show an older checkpoint of an author than it showed before, linked to the newer one.
  Section earlier;
  earlier.vkey = post_.log().vkey();
  earlier.note = post_.log().Note(old_size_);
  earlier.linked_size = size;
  earlier.consistency = post_.log().Consistency(old_size_, size);
  EXPECT_EQ(link(std::move(earlier)), Link::kEarlier);
}

TEST_F(Refusals, TwoSectionsOfOneAuthorMustFit) {
  const auto two = [&](uint64_t linked) {
    std::vector<Section> sections;
    Section first;
    first.vkey = post_.log().vkey();
    first.note = post_.log().Note(old_size_);
    sections.push_back(std::move(first));
    sections.push_back(post_.MakeSection(post_.NewItems({"Night work"}), {}, linked));
    return Open(post_.Context(), Must(Seal(post_.Request(std::move(sections)))));
  };
  EXPECT_TRUE(two(old_size_).ok());
  Expect(Layer::kCheckpoint, two(0));
}

TEST_F(Refusals, ARecallTravelsAsRecall) {
  const record::VerifiedView gone = post_.Commit();
  post_.log().Append(gone.leaf());
  RecallItem recall = post_.NewRecall(gone);
  RecallItem put{gone.view().statement, post_.log().size() - 2};
  EXPECT_TRUE(Open(post_.Context(), Must(Seal(post_.Request(Sections(post_.MakeSection({}, {recall})))))).ok());
  Expect(Layer::kOpening, Open(post_.Context(), Must(Seal(post_.Request(Sections(post_.MakeSection({}, {put})))))));
}

TEST_F(Refusals, ChangedHandling) {
  const auto change = [](std::string_view to) {
    return [to](std::string& p) {
      const size_t tlp = p.find("GREEN");
      ASSERT_NE(tlp, std::string::npos);
      p.replace(tlp, to.size(), to);
    };
  };
  // The statement with another marking is another statement, which is in no log.
  RefusedPlaintext(Layer::kProof, change("CLEAR"));
  RefusedPlaintext(Layer::kHandling, change("XREEN"));
}

TEST_F(Refusals, NothingAfterARefusal) {
  Opener opener = Must(Opener::Begin(post_.Context(), sealed_.manifest, crypto::View(sealed_.signature)));
  EXPECT_FALSE(opener.Add(std::string(4112, 'x')).ok());
  EXPECT_FALSE(opener.Add(sealed_.chunks[0]).ok());
  EXPECT_FALSE(opener.Finish().ok());
}

TEST(Layers, NamesAndPayloads) {
  for (uint8_t number = 1; number <= 12; ++number) {
    ASSERT_TRUE(LayerFrom(number).has_value());
    const absl::Status refused = Refuse(*LayerFrom(number), "no");
    EXPECT_EQ(LayerOf(refused), LayerFrom(number));
    EXPECT_EQ(LayerOf(AtLayer(Layer::kSeal, refused)), LayerFrom(number)) << "the first layer stays";
  }
  EXPECT_FALSE(LayerFrom(0).has_value());
  EXPECT_FALSE(LayerFrom(13).has_value());
  EXPECT_FALSE(LayerOf(absl::InternalError("disk full")).has_value());
  EXPECT_EQ(LayerName(Layer::kTls), "tls");
  EXPECT_EQ(LayerName(Layer::kAdmission), "admission");
  EXPECT_EQ(Refuse(Layer::kSeal, "no").message(), "parcel: seal: no");
}

}  // namespace
}  // namespace tidegate::parcel

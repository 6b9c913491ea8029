// A STIX bundle to items, in as many passes over the file as its references need.
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "crypto/hash.h"
#include "node/intake/batch.h"
#include "node/intake/rejects.h"
#include "node/intake/stix/bundle_reader.h"
#include "node/intake/stix/maker.h"
#include "node/intake/stix/markings.h"
#include "node/intake/stix/object.h"
#include "node/intake/text.h"
#include "node/intake/window.h"

namespace tidegate::intake {
namespace {

// An object waits for the pass in which everything that it needs is known. Memory grows by one byte for each object,
// and by some forty for each id.
enum Pass : std::uint8_t {
  kLearning = 0,    // what markings mean, and which version of an object is the latest
  kFirst = 1,       // everything that stands by itself
  kReferring = 2,   // relationships, sightings and whatever else refers to other objects
  kMentioning = 3,  // the links from reports, notes and observations to their objects
  kDone = 4,
};

std::uint64_t ShortHash(std::string_view text) {
  const crypto::Hash hash = crypto::HashOf({text});
  std::uint64_t number = 0;
  std::memcpy(&number, hash.data(), sizeof(number));
  return number;
}

class StixImport {
 public:
  StixImport(const std::string& system, Batch* batch) : batch_(*batch), maker_(markings_, system, batch) {}

  absl::Status Run(Window window) {
    for (std::uint8_t pass = kLearning; pass < kDone; ++pass) {
      if (pass > kFirst && std::find(waiting_.begin(), waiting_.end(), pass) == waiting_.end()) continue;
      absl::Status rewound = window.Rewind();
      if (rewound.ok()) rewound = RunPass(static_cast<Pass>(pass), &window);
      if (rewound.ok()) rewound = batch_.Flush();
      // A bundle that breaks off is read as far as it goes, by the next pass too; that one says where it broke.
      if (!rewound.ok() && pass != kLearning) return rewound;
    }
    maker_.TellLeftOut();
    return absl::OkStatus();
  }

 private:
  absl::Status RunPass(Pass pass, Window* window) {
    BundleReader reader(window, batch_.file(), batch_.limits());
    while (true) {
      if (window->MustSlide()) {
        absl::Status flushed = batch_.Flush();  // items show bytes that are about to move
        if (flushed.ok()) flushed = window->Slide();
        if (!flushed.ok()) return flushed;
      }
      absl::StatusOr<BundleReader::Step> step = reader.Next();
      if (!step.ok()) return step.status();
      if (*step == BundleReader::Step::kEnd) {
        if (reader.is_2_0()) TellVersion();
        return absl::OkStatus();
      }
      if (*step == BundleReader::Step::kAgain) continue;
      absl::Status taken = TakeStep(pass, *step, reader);
      if (!taken.ok()) return taken;
    }
  }

  absl::Status TakeStep(Pass pass, BundleReader::Step step, const BundleReader& reader) {
    std::size_t index = reader.index();
    if (pass == kLearning) return LearnStep(step, reader);
    if (index >= waiting_.size()) waiting_.resize(index + 1, kFirst);
    if (waiting_[index] != pass) return absl::OkStatus();
    if (pass == kFirst) {
      waiting_[index] = kDone;
      absl::Status counted = batch_.CheckCount();
      if (!counted.ok()) return counted;
    }
    if (reader.depth() > batch_.limits().depth) {
      return batch_.AddReject(index, "", "", Cat({"nested deeper than ", std::to_string(batch_.limits().depth)}),
                              reader.object());
    }
    if (step == BundleReader::Step::kObject) return TakeObject(pass, index, reader.object(), nullptr);
    if (!MayBeCut(reader)) {
      return batch_.AddReject(index, "", "",
                              Cat({"longer than ", std::to_string(batch_.limits().object_bytes), " bytes"}), "");
    }
    absl::Status taken = TakeObject(pass, index, reader.object(), &reader);
    return taken.ok() ? batch_.Flush() : taken;  // the reader keeps the text of one such object
  }

  // Whether what is left of an object that is too long says how it is marked, and what it is.
  static bool MayBeCut(const BundleReader& reader) {
    const auto sayable = [](const std::string& name) {
      return !IsNeverCut(name) && name != "extensions" &&
             name.find('\\') == std::string::npos;  // an escape may hide a name
    };
    return !reader.object().empty() && std::all_of(reader.cut().begin(), reader.cut().end(), sayable);
  }

  // This pass ignores faulty objects: the next one refuses them.
  absl::Status LearnStep(BundleReader::Step step, const BundleReader& reader) {
    waiting_.push_back(kFirst);
    if (waiting_.size() > batch_.limits().items) return batch_.CheckCount();
    if (reader.depth() > batch_.limits().depth) return absl::OkStatus();
    const bool cut = step == BundleReader::Step::kOversized;
    if (cut && !MayBeCut(reader)) return absl::OkStatus();
    std::string stripped;
    std::string_view json = reader.object();
    if (StripRejectReason(json, &stripped)) json = stripped;
    StixObject object;
    PropertyFault fault;
    if (!ParseStixObject(json, &parser_, &object, &fault)) return absl::OkStatus();
    if (object.IsOf20()) TellVersion();
    if (object.type == "marking-definition") {
      if (!cut) markings_.Learn(&object);
    } else {
      LearnVersion(object, json, reader.index());
    }
    return absl::OkStatus();
  }

  void TellVersion() { batch_.Warn("this is STIX 2.0; its objects are read as those of STIX 2.1"); }

  // If an object comes in several versions, the latest counts; of equal ones the first.
  void LearnVersion(const StixObject& object, std::string_view json, std::size_t index) {
    if (versions_.size() >= batch_.limits().identities) return;
    const Version mine = {VersionOf(object), ShortHash(json), index};
    const auto [at, fresh] = versions_.try_emplace(ShortHash(object.id), mine);
    if (fresh) return;
    Version& held = at->second;
    if (mine.version_us == held.version_us && mine.contents != held.contents) {
      batch_.Warn(
          Cat({"STIX ", object.type.substr(0, 64),
               ": the file has two objects with the same id and `modified`, and other contents; the first holds"}));
    }
    batch_.PassOlder();
    waiting_[mine.version_us > held.version_us ? held.index : index] = kDone;
    if (mine.version_us > held.version_us) held = mine;
  }

  // `cut`: says which members the text lacks; null: none.
  absl::Status TakeObject(Pass pass, std::size_t index, std::string_view json, const BundleReader* cut) {
    std::string stripped;
    if (StripRejectReason(json, &stripped)) {
      return TakeText(pass, index, json, stripped, cut);
    }
    return TakeText(pass, index, json, json, cut);
  }

  // `json` is the object; `original` is how it stands in the file, which may have a reason that RejectsFile put in.
  absl::Status TakeText(Pass pass, std::size_t index, std::string_view original, std::string_view json,
                        const BundleReader* cut) {
    StixObject object;
    if (cut != nullptr) object.cut = cut->cut();
    object.cut_only_texts = cut == nullptr || cut->cut_only_texts();
    PropertyFault fault;
    if (!ParseStixObject(json, &parser_, &object, &fault)) {
      return batch_.AddReject(index, object.id, fault.property, fault.reason, original, object.well_formed);
    }
    if (pass == kFirst && TakeDefinition(&object)) return absl::OkStatus();
    Item item;
    item.position = index;
    item.original = original;
    item.well_formed = true;
    bool revoked = false;
    if (!ReadRevoked(&object, &revoked, &fault)) return Reject(index, object, fault, original);
    if (revoked) {
      maker_.Name(&object, &item);
      item.revoked = true;
      absl::Status facts =
          maker_.EachRevokedFact(&object, item, [this](Item fact) { return batch_.Add(std::move(fact)); });
      return facts.ok() ? batch_.Add(std::move(item)) : facts;
    }
    if (!maker_.Make(&object, json, &item, &fault)) return Reject(index, object, fault, original);
    return Place(pass, index, std::move(item));
  }

  // Whether its author takes it back is not guessed: false, with the fault, if `revoked` says neither.
  static bool ReadRevoked(StixObject* object, bool* revoked, PropertyFault* fault) {
    const simdjson::dom::element* value = object->Take("revoked");
    if (value == nullptr || value->get_bool().get(*revoked) == simdjson::SUCCESS) return true;
    *fault = {"revoked", "is neither true nor false"};
    return false;
  }

  // Markings and our own extension's definition are no records.
  bool TakeDefinition(StixObject* object) {
    if (object->type != "marking-definition" && object->id != stix::kExtension) return false;
    batch_.Skip();
    return true;
  }

  absl::Status Reject(std::size_t index, const StixObject& object, const PropertyFault& fault,
                      std::string_view original) {
    return batch_.AddReject(index, object.id, fault.property, fault.reason, original, true);
  }

  // Hands the item over, or lets it wait for its pass.
  absl::Status Place(Pass pass, std::size_t index, Item item) {
    if (pass < kReferring && !item.references.empty()) {
      waiting_[index] = kReferring;
      return absl::OkStatus();
    }
    if (pass < kMentioning) {
      waiting_[index] = maker_.HasLinks() ? kMentioning : kDone;
      return batch_.Add(std::move(item));
    }
    return maker_.EachLink(item, [this](Item link) { return batch_.Add(std::move(link)); });
  }

  struct Version {
    std::uint64_t version_us = 0;
    std::uint64_t contents = 0;  // of its text
    std::size_t index = 0;       // in `objects`
  };

  Batch& batch_;
  StixMarkings markings_;
  StixMaker maker_;
  simdjson::dom::parser parser_;
  absl::flat_hash_map<std::uint64_t, Version> versions_;  // the latest of each id, by its hash
  std::vector<std::uint8_t> waiting_;                     // by index in `objects`: the pass that the object waits for
};

}  // namespace

absl::Status ReadStix(const Source& source, Batch* batch) {
  StixImport import(source.system, batch);
  if (source.in_memory) return import.Run(Window::OverBytes(source.bytes));
  absl::StatusOr<Window> window = Window::OverFile(source, batch->limits().object_bytes + 1);
  if (!window.ok()) return window.status();
  return import.Run(*std::move(window));
}

}  // namespace tidegate::intake

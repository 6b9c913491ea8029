// A STIX 2.1 bundle to items, in as many passes over the file as its references need.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/batch.h"
#include "node/intake/bundle_reader.h"
#include "node/intake/rejects.h"
#include "node/intake/stix_maker.h"
#include "node/intake/stix_markings.h"
#include "node/intake/stix_object.h"
#include "node/intake/text.h"
#include "node/intake/window.h"

namespace tidegate::intake {
namespace {

// An object waits for the pass in which all that it needs is known. One byte an object is all that grows with a file.
enum Pass : std::uint8_t {
  kFirst = 1,       // everything that stands by itself
  kMarked = 2,      // marked by a definition that came later in the file
  kReferring = 3,   // relationships, sightings and whatever else refers to other objects
  kMentioning = 4,  // the links from reports, notes and observations to their objects
  kDone = 5,
};

class StixImport {
 public:
  explicit StixImport(Batch* batch) : batch_(*batch), maker_(markings_, batch) {}

  absl::Status Run(Window window) {
    for (std::uint8_t pass = kFirst; pass < kDone; ++pass) {
      if (pass != kFirst && std::find(waiting_.begin(), waiting_.end(), pass) == waiting_.end()) continue;
      absl::Status rewound = window.Rewind();
      if (rewound.ok()) rewound = RunPass(static_cast<Pass>(pass), &window);
      if (rewound.ok()) rewound = batch_.Flush();
      if (!rewound.ok()) return rewound;
    }
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
      if (*step == BundleReader::Step::kEnd) return absl::OkStatus();
      if (*step == BundleReader::Step::kAgain) continue;
      absl::Status taken = TakeStep(pass, *step, reader);
      if (!taken.ok()) return taken;
    }
  }

  absl::Status TakeStep(Pass pass, BundleReader::Step step, const BundleReader& reader) {
    std::size_t index = reader.index();
    if (pass == kFirst) {
      waiting_.push_back(kDone);
      absl::Status counted = batch_.CheckCount();
      if (!counted.ok()) return counted;
    } else if (waiting_[index] != pass) {
      return absl::OkStatus();
    }
    if (step == BundleReader::Step::kOversized) {
      return batch_.AddReject(index, "", "",
                              Cat({"longer than ", std::to_string(batch_.limits().object_bytes), " bytes"}), "");
    }
    if (reader.depth() > batch_.limits().depth) {
      return batch_.AddReject(index, "", "", Cat({"nested deeper than ", std::to_string(batch_.limits().depth)}),
                              reader.object());
    }
    return TakeObject(pass, index, reader.object());
  }

  absl::Status TakeObject(Pass pass, std::size_t index, std::string_view json) {
    std::string stripped;
    if (StripRejectReason(json, &stripped)) {
      return TakeText(pass, index, json, stripped);
    }
    return TakeText(pass, index, json, json);
  }

  // `json` is the object; `original` is how it stands in the file, which may have a reason that RejectsFile put in.
  absl::Status TakeText(Pass pass, std::size_t index, std::string_view original, std::string_view json) {
    StixObject object;
    PropertyFault fault;
    if (!ParseStixObject(json, &parser_, &object, &fault)) return Reject(index, object, fault, original);
    if (pass == kFirst && TakeDefinition(&object)) return absl::OkStatus();
    bool revoked = false;
    const simdjson::dom::element* value = object.Take("revoked");
    if (value != nullptr && value->get_bool().get(revoked) == simdjson::SUCCESS && revoked) {
      batch_.Warn(Cat({"STIX ", object.type.substr(0, 64), ": revoked by its author and not imported"}));
      batch_.Skip();
      return absl::OkStatus();
    }
    Item item;
    item.position = index;
    item.original = original;
    if (!maker_.Make(&object, json, &item, &fault)) return Reject(index, object, fault, original);
    return Place(pass, index, std::move(item));
  }

  // Markings and our own extension's definition are no records.
  bool TakeDefinition(StixObject* object) {
    bool marking = object->type == "marking-definition";
    if (!marking && object->id != kExtensionId) return false;
    if (marking) markings_.Learn(object);
    batch_.Skip();
    return true;
  }

  absl::Status Reject(std::size_t index, const StixObject& object, const PropertyFault& fault,
                      std::string_view original) {
    return batch_.AddReject(index, object.id, fault.property, fault.reason, original);
  }

  // Hands the item over, or lets it wait for its pass.
  absl::Status Place(Pass pass, std::size_t index, Item item) {
    if (pass < kMarked && maker_.HasUnknownMarking()) {
      waiting_[index] = kMarked;
      return absl::OkStatus();
    }
    if (maker_.HasUnknownMarking()) {
      batch_.Warn("STIX: a marking that nobody defines counts as TLP:RED");
    }
    if (pass < kReferring && !item.references.empty()) {
      waiting_[index] = kReferring;
      return absl::OkStatus();
    }
    std::vector<Item> links;
    if (pass == kMentioning) links = maker_.Links(item);
    if (pass < kMentioning) {
      waiting_[index] = maker_.HasLinks() ? kMentioning : kDone;
      return batch_.Add(std::move(item));
    }
    for (Item& link : links) {
      absl::Status added = batch_.Add(std::move(link));
      if (!added.ok()) return added;
    }
    return absl::OkStatus();
  }

  Batch& batch_;
  StixMarkings markings_;
  StixMaker maker_;
  simdjson::dom::parser parser_;
  std::vector<std::uint8_t> waiting_;  // by index in `objects`: the pass that the object waits for
};

}  // namespace

absl::Status ReadStix(const Source& source, Batch* batch) {
  StixImport import(batch);
  if (source.in_memory) return import.Run(Window::OverBytes(source.bytes));
  absl::StatusOr<Window> window = Window::OverFile(source.name, batch->limits().object_bytes + 1);
  if (!window.ok()) return window.status();
  return import.Run(*std::move(window));
}

}  // namespace tidegate::intake

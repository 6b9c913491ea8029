// Reads the objects of a STIX bundle, one after the other, from a file of any size. It reads a list of objects, or one
// object alone, like a bundle of these objects. Several bundles or objects may follow each other, as in a file with one
// on each line.
#ifndef TIDEGATE_NODE_INTAKE_STIX_BUNDLE_READER_H_
#define TIDEGATE_NODE_INTAKE_STIX_BUNDLE_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/intake/intake.h"
#include "node/intake/json_scan.h"
#include "node/intake/window.h"

namespace tidegate::intake {

// STIX 2.1 section 8: `{"type": "bundle", "id": ..., "objects": [...]}`, its members in any order.
class BundleReader {
 public:
  // `window` must look ahead at least `limits.object_bytes + 1`; it and the limits must outlive the reader.
  BundleReader(Window* window, std::string file, const Limits& limits);

  enum class Step {
    kObject,     // object() is the next element of `objects`
    kOversized,  // the next element is longer than the limit; object() is what is left of it without its long members
    kAgain,      // nothing yet: slide the window if it must, and call again
    kEnd,        // the bundle ended, and it was one
  };
  // InvalidArgument if the text between the objects is not that of a bundle; the message has the position.
  absl::StatusOr<Step> Next();

  // Valid until the window slides, or the next call. Empty if nothing of an oversized element can be kept.
  std::string_view object() const { return object_; }
  // The names of the members that an oversized element lacks.
  const std::vector<std::string>& cut() const { return cutter_.cut(); }
  bool cut_only_texts() const { return cutter_.only_texts(); }
  std::size_t depth() const { return depth_; }        // of its nesting
  std::uint64_t index() const { return index_ - 1; }  // in `objects`, from 0
  // The bundle says that it is of STIX 2.0; version 2.1 took the property away. Known once it was read.
  bool is_2_0() const { return is_2_0_; }

 private:
  enum class Place { kBefore, kMember, kObjects, kAlone, kPassing, kAfter };

  absl::Status Broken(std::string_view what) const;
  absl::StatusOr<Step> Begin(char c);
  absl::StatusOr<Step> TakeComma();
  absl::StatusOr<Step> TakeMember(std::string_view ahead);
  absl::StatusOr<Step> TakeElement(std::string_view ahead);
  absl::StatusOr<Step> TakeObject(std::string_view ahead);
  absl::StatusOr<Step> PassOver(std::string_view ahead);
  absl::StatusOr<Step> Finish();
  absl::StatusOr<std::string_view> Whole(std::string_view ahead, std::string_view what);

  Window& window_;
  std::string file_;
  const Limits& limits_;
  Place place_ = Place::kBefore;
  bool separated_ = true;  // a comma, or the opening bracket, was the last thing seen
  bool any_ = false;       // in the object or list where we are: something came before
  bool is_bundle_ = false;
  bool is_2_0_ = false;
  bool is_list_ = false;  // of objects, without a bundle
  bool has_objects_ = false;
  Place then_ = Place::kObjects;  // where we are after an object
  ValueScanner passing_;          // through an element that is too long
  ObjectCutter cutter_;
  std::string short_;  // what is left of that element
  std::string_view object_;
  std::size_t depth_ = 0;
  std::uint64_t index_ = 0;
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_STIX_BUNDLE_READER_H_

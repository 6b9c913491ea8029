#ifndef TIDEGATE_POLICY_CEDAR_JSON_TEXT_H_
#define TIDEGATE_POLICY_CEDAR_JSON_TEXT_H_

// JSON read strictly: bounded depth and length, UTF-8, no name twice in an object. Private to the room.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {

using Json = nlohmann::json;

// A JSON text, its values, and the place of an error. A value does not know its place in the text (with nlohmann 3.12
// it does, but Debian 12 has 3.11). So the place is looked for only if there is an error to report. The class is not
// thread-safe. It must not move after a fault was reported.
class JsonDocument {
 public:
  // `text` must outlive the document. Errors: InvalidArgument with line, column and a caret.
  static absl::StatusOr<JsonDocument> Parse(std::string_view text, std::string_view filename,
                                            uint32_t max_depth = kMaxDepth);

  const Json& root() const { return root_; }

  // InvalidArgument about `value`, or about the name that it has in its object. The first fault that is reported is the
  // document's fault.
  absl::Status Fault(const Json& value, std::string_view message);
  absl::Status FaultOfName(const Json& value, std::string_view message);

  // `error`, with the place of the document's fault before it, and the line with a caret below it. Without a fault,
  // `error` as it is.
  absl::Status Placed(const absl::Status& error) const;

 private:
  JsonDocument(std::string_view text, std::string_view filename) : text_(text), filename_(filename) {}

  std::string_view text_;
  std::string filename_;
  Json root_;
  const Json* culprit_ = nullptr;
  bool by_name_ = false;
};

// The member of an object, or null.
const Json* Member(const Json& object, const char* name);

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_JSON_TEXT_H_

// Reads one XML part of an archive as events (expat), a piece at a time, so that memory does not grow with the part.
//
// A part may have no document type (so it can define no entity and name no file), at most kMostXmlDepth levels, and no
// markup longer than kMostXmlMarkup.
#ifndef TIDEGATE_NODE_INTAKE_SHEET_XML_H_
#define TIDEGATE_NODE_INTAKE_SHEET_XML_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/intake/sheet/archive.h"

namespace tidegate::intake {

inline constexpr std::size_t kMostXmlDepth = 64;
inline constexpr std::size_t kMostXmlMarkup = std::size_t{1} << 20;

// The attributes of one element; valid during the event.
class XmlAttributes {
 public:
  explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
  // The value of an attribute; empty if it is not there. `name` is a name without a namespace (`r`), or the end of a
  // namespace, a bar and a name (`office:1.0|value`).
  std::string_view operator[](std::string_view name) const;
  // A whole number at least 0, or `otherwise` if the attribute is absent or is none.
  std::size_t Number(std::string_view name, std::size_t otherwise) const;

 private:
  const char** pairs_;
};

class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  // `name` is the local name: `row` of `x:row`.
  virtual void Start(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual void End(std::string_view name) = 0;
  virtual void Text(std::string_view text) = 0;
  // If it is not OK, the reading ends with it.
  const absl::Status& fault() const { return fault_; }

 protected:
  void Stop(absl::Status fault) {
    if (fault_.ok()) fault_ = std::move(fault);
  }

 private:
  absl::Status fault_;
};

class XmlReader {
 public:
  // `handler` must outlive it. `file` is for messages.
  XmlReader(std::unique_ptr<ArchivePart> part, XmlHandler* handler, std::string file);
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  // Reads the next piece. False at the end of the part.
  absl::StatusOr<bool> Step();
  // Reads all that is left.
  absl::Status ReadAll();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Reads a whole part of the archive.
absl::Status ReadXml(const Archive& archive, const std::string& part, XmlHandler* handler);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SHEET_XML_H_

// XLSX (ECMA-376, ISO/IEC 29500): the workbook with its sheets, number formats and shared texts.
#include "node/intake/sheet/xlsx.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "node/intake/sheet/rows.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

// `target` as a part of the archive, where the part that names it lies in `folder` (with its slash).
std::string PartName(std::string_view folder, std::string_view target) {
  std::string path(StartsWith(target, "/") ? std::string_view() : folder);
  path.append(target);
  std::vector<std::string_view> steps;
  for (std::string_view step : SplitList(path, '/')) {
    if (step == ".." && !steps.empty()) {
      steps.pop_back();
    } else if (step != "." && step != "..") {
      steps.push_back(step);
    }
  }
  std::string name;
  for (std::string_view step : steps) name.append(name.empty() ? "" : "/").append(step);
  return name;
}

struct Relation {
  std::string type;  // the last step of its address: `worksheet`, `styles`
  std::string part;
};
using Relations = std::map<std::string, Relation, std::less<>>;

constexpr std::size_t kMostRelations = 4096;

class RelationsReader : public XmlHandler {
 public:
  explicit RelationsReader(std::string folder) : folder_(std::move(folder)) {}
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name != "Relationship" || relations_.size() >= kMostRelations || attributes["TargetMode"] == "External") return;
    const std::string_view type = attributes["Type"];
    relations_[std::string(attributes["Id"])] = {std::string(type.substr(type.rfind('/') + 1)),
                                                 PartName(folder_, attributes["Target"])};
  }
  void End(std::string_view) override {}
  void Text(std::string_view) override {}
  Relations Take() { return std::move(relations_); }

 private:
  std::string folder_;
  Relations relations_;
};

absl::StatusOr<Relations> ReadRelations(const Archive& archive, const std::string& part, std::string folder) {
  RelationsReader reader(std::move(folder));
  if (!archive.Has(part)) return Relations();
  if (absl::Status read = ReadXml(archive, part, &reader); !read.ok()) return read;
  return reader.Take();
}

// The part of the first relation of that type; empty if there is none.
std::string PartOfType(const Relations& relations, std::string_view type) {
  for (const auto& [id, relation] : relations) {
    if (relation.type == type) return relation.part;
  }
  return "";
}

struct NamedSheet {
  SheetInfo info;
  std::string relation;
};

class WorkbookPartReader : public XmlHandler {
 public:
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "workbookPr") from_1904_ = attributes["date1904"] == "1" || attributes["date1904"] == "true";
    if (name != "sheet") return;
    if (sheets_.size() == kMostSheets) return Stop(Refused({"intake: a spreadsheet has more than 1,024 sheets"}));
    const std::string_view state = attributes["state"];
    sheets_.push_back({{std::string(attributes["name"]), state == "hidden" || state == "veryHidden"},
                       std::string(attributes["/relationships|id"])});
  }
  void End(std::string_view) override {}
  void Text(std::string_view) override {}
  const std::vector<NamedSheet>& sheets() const { return sheets_; }
  bool from_1904() const { return from_1904_; }

 private:
  std::vector<NamedSheet> sheets_;
  bool from_1904_ = false;
};

// The number format of each style that a cell can have.
class StylesReader : public XmlHandler {
 public:
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "numFmt" && codes_.size() < kMostCellFormats) {
      codes_[attributes.Number("numFmtId", 0)] = ReadNumberFormat(attributes["formatCode"]);
    } else if (name == "cellXfs") {
      within_ = true;
    } else if (name == "xf" && within_) {
      if (formats_.size() == kMostCellFormats)
        return Stop(Refused({"intake: a spreadsheet has too many cell formats"}));
      const std::size_t id = attributes.Number("numFmtId", 0);
      const auto code = codes_.find(id);
      formats_.push_back(code == codes_.end() ? BuiltInNumberFormat(id) : code->second);
    }
  }
  void End(std::string_view name) override {
    if (name == "cellXfs") within_ = false;
  }
  void Text(std::string_view) override {}
  std::vector<NumberFormat> Take() { return std::move(formats_); }

 private:
  std::map<std::size_t, NumberFormat> codes_;
  std::vector<NumberFormat> formats_;
  bool within_ = false;
};

class SharedTextsReader : public XmlHandler {
 public:
  void Start(std::string_view name, const XmlAttributes&) override {
    if (name == "rPh") ++phonetic_;
    if (name == "t" && phonetic_ == 0) within_ = true;
  }
  void End(std::string_view name) override {
    if (name == "rPh" && phonetic_ > 0) --phonetic_;
    if (name == "t") within_ = false;
    if (name == "si" && !texts_.End()) Stop(Beyond());
  }
  void Text(std::string_view text) override {
    if (within_ && !texts_.Append(text)) Stop(Beyond());
  }
  SharedTexts Take() { return std::move(texts_); }

 private:
  static absl::Status Beyond() {
    return Refused(
        {"intake: a spreadsheet has more than 128 MiB or 4 million different texts; save the sheet as CSV and "
         "import that"});
  }
  SharedTexts texts_;
  bool within_ = false;
  std::size_t phonetic_ = 0;
};

class XlsxWorkbook : public Workbook {
 public:
  XlsxWorkbook(std::unique_ptr<Archive> archive, const Limits& limits)
      : archive_(std::move(archive)), limits_(limits) {}

  absl::Status Open() {
    absl::StatusOr<Relations> root = ReadRelations(*archive_, kXlsxRelations, "");
    if (!root.ok()) return root.status();
    const std::string main = PartOfType(*root, "officeDocument");
    const std::string folder = main.substr(0, main.rfind('/') + 1);
    if (EndsWith(main, ".bin")) {
      return Refused(
          {"intake: `", archive_->file(), "` is a binary workbook (.xlsb); save it as .xlsx and import that"});
    }
    WorkbookPartReader workbook;
    if (!main.empty()) {
      if (absl::Status read = ReadXml(*archive_, main, &workbook); !read.ok()) return read;
    }
    absl::StatusOr<Relations> relations =
        ReadRelations(*archive_, Cat({folder, "_rels/", main.substr(folder.size()), ".rels"}), folder);
    if (!relations.ok()) return relations.status();
    for (const NamedSheet& sheet : workbook.sheets()) {
      const auto found = relations->find(sheet.relation);
      if (found == relations->end() || found->second.type != "worksheet") continue;  // a sheet that is only a chart
      sheets_.push_back(sheet.info);
      parts_.push_back(found->second.part);
    }
    if (sheets_.empty()) return Refused({"intake: `", archive_->file(), "` is no spreadsheet, or has no sheet"});
    facts_.from_1904 = workbook.from_1904();
    if (absl::Status read = ReadStyles(PartOfType(*relations, "styles")); !read.ok()) return read;
    return ReadTexts(PartOfType(*relations, "sharedStrings"));
  }

  const std::vector<SheetInfo>& sheets() const override { return sheets_; }
  absl::StatusOr<std::unique_ptr<SheetRows>> Rows(std::size_t sheet) const override {
    absl::StatusOr<std::unique_ptr<ArchivePart>> part = archive_->Part(parts_[sheet]);
    if (!part.ok()) return part.status();
    return XlsxRows(*std::move(part), facts_, limits_, archive_->file());
  }

 private:
  absl::Status ReadStyles(const std::string& part) {
    StylesReader styles;
    if (!archive_->Has(part)) return absl::OkStatus();
    absl::Status read = ReadXml(*archive_, part, &styles);
    facts_.formats = styles.Take();
    return read;
  }
  absl::Status ReadTexts(const std::string& part) {
    SharedTextsReader texts;
    if (!archive_->Has(part)) return absl::OkStatus();
    absl::Status read = ReadXml(*archive_, part, &texts);
    facts_.texts = texts.Take();
    return read;
  }

  std::unique_ptr<Archive> archive_;
  const Limits& limits_;
  std::vector<SheetInfo> sheets_;
  std::vector<std::string> parts_;  // beside sheets_
  XlsxFacts facts_;
};

}  // namespace

bool SharedTexts::Append(std::string_view text) {
  if (text.size() > kMostSharedTextBytes - bytes_.size()) return false;
  bytes_.append(text);
  return true;
}

bool SharedTexts::End() {
  if (ends_.size() == kMostSharedTexts) return false;
  ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  return true;
}

std::optional<std::string_view> SharedTexts::operator[](std::size_t index) const {
  if (index >= ends_.size()) return std::nullopt;
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(bytes_).substr(begin, ends_[index] - begin);
}

absl::StatusOr<std::unique_ptr<Workbook>> OpenXlsx(std::unique_ptr<Archive> archive, const Limits& limits) {
  auto workbook = std::make_unique<XlsxWorkbook>(std::move(archive), limits);
  if (absl::Status opened = workbook->Open(); !opened.ok()) return opened;
  return workbook;
}

}  // namespace tidegate::intake

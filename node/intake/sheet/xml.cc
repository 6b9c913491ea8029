#include "node/intake/sheet/xml.h"

#include <expat.h>

#include <charconv>
#include <utility>

#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

// Behind the namespace in the names that expat gives.
constexpr char kNamespaceEnd = '|';
// How many bytes expat gets at once. Rows wait until it is done with them, and some 30 bytes can make one row of the
// largest size.
constexpr std::size_t kSliceBytes = std::size_t{4} << 10;

std::string_view LocalName(std::string_view name) {
  const std::size_t bar = name.rfind(kNamespaceEnd);
  return bar == std::string_view::npos ? name : name.substr(bar + 1);
}

}  // namespace

std::string_view XmlAttributes::operator[](std::string_view name) const {
  const bool qualified = name.find(kNamespaceEnd) != std::string_view::npos;
  for (const char** pair = pairs_; pair != nullptr && *pair != nullptr; pair += 2) {
    if (qualified ? EndsWith(pair[0], name) : name == pair[0]) return pair[1];
  }
  return {};
}

std::size_t XmlAttributes::Number(std::string_view name, std::size_t otherwise) const {
  const std::string_view text = (*this)[name];
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? number : otherwise;
}

struct XmlReader::State {
  std::unique_ptr<ArchivePart> part;
  XmlHandler* handler = nullptr;
  std::string file;
  XML_Parser parser = nullptr;
  std::size_t depth = 0;
  std::size_t silent = 0;  // bytes since the last event
  absl::Status fault;
  std::string_view left;  // of the part's last piece
  bool ended = false;

  void Refuse(std::initializer_list<std::string_view> why) {
    if (fault.ok()) fault = Refused({"intake: `", file, "` ", Cat(why)});
    XML_StopParser(parser, XML_FALSE);
  }
  void AfterEvent() {
    silent = 0;
    if (!handler->fault().ok()) XML_StopParser(parser, XML_FALSE);
  }

  static void OnStart(void* self, const char* name, const char** attributes) {
    auto& state = *static_cast<State*>(self);
    if (++state.depth > kMostXmlDepth) return state.Refuse({"is nested deeper than a spreadsheet is"});
    state.handler->Start(LocalName(name), XmlAttributes(attributes));
    state.AfterEvent();
  }
  static void OnEnd(void* self, const char* name) {
    auto& state = *static_cast<State*>(self);
    --state.depth;
    state.handler->End(LocalName(name));
    state.AfterEvent();
  }
  static void OnText(void* self, const char* text, int length) {
    auto& state = *static_cast<State*>(self);
    state.handler->Text({text, static_cast<std::size_t>(length)});
    state.AfterEvent();
  }
  static void OnComment(void* self, const char* /*text*/) { static_cast<State*>(self)->AfterEvent(); }
  static void OnInstruction(void* self, const char* /*target*/, const char* /*text*/) {
    static_cast<State*>(self)->AfterEvent();
  }
  static void OnDocumentType(void* self, const char* /*name*/, const char* /*system*/, const char* /*name_public*/,
                             int /*has_internal*/) {
    static_cast<State*>(self)->Refuse({"declares a document type, which no spreadsheet program writes"});
  }
};

XmlReader::XmlReader(std::unique_ptr<ArchivePart> part, XmlHandler* handler, std::string file)
    : state_(std::make_unique<State>()) {
  state_->part = std::move(part);
  state_->handler = handler;
  state_->file = std::move(file);
  state_->parser = XML_ParserCreateNS(nullptr, kNamespaceEnd);
  if (state_->parser == nullptr) return;  // Step says so
  XML_SetUserData(state_->parser, state_.get());
  XML_SetElementHandler(state_->parser, &State::OnStart, &State::OnEnd);
  XML_SetCharacterDataHandler(state_->parser, &State::OnText);
  XML_SetCommentHandler(state_->parser, &State::OnComment);
  XML_SetProcessingInstructionHandler(state_->parser, &State::OnInstruction);
  XML_SetStartDoctypeDeclHandler(state_->parser, &State::OnDocumentType);
}

XmlReader::~XmlReader() {
  if (state_->parser != nullptr) XML_ParserFree(state_->parser);
}

absl::StatusOr<bool> XmlReader::Step() {
  State& state = *state_;
  if (state.ended) return false;
  if (state.parser == nullptr) return absl::ResourceExhaustedError("intake: no memory to read the spreadsheet");
  if (state.left.empty()) {
    absl::StatusOr<std::string_view> piece = state.part->Next();
    if (!piece.ok()) return piece.status();
    state.left = *piece;
    state.ended = piece->empty();
  }
  const std::string_view slice = state.left.substr(0, kSliceBytes);
  state.left.remove_prefix(slice.size());
  state.silent += slice.size();
  const XML_Status parsed = XML_Parse(state.parser, slice.data(), static_cast<int>(slice.size()), state.ended ? 1 : 0);
  if (!state.fault.ok()) return state.fault;
  if (!state.handler->fault().ok()) return state.handler->fault();
  if (parsed == XML_STATUS_ERROR) {
    return Refused(
        {"intake: `", state.file, "` is damaged: a part of it is not XML; save it again and import it again"});
  }
  if (state.silent > kMostXmlMarkup) return Refused({"intake: `", state.file, "` has markup of more than 1 MiB"});
  return !state.ended;
}

absl::Status XmlReader::ReadAll() {
  while (true) {
    absl::StatusOr<bool> more = Step();
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
  }
}

absl::Status ReadXml(const Archive& archive, const std::string& part, XmlHandler* handler) {
  absl::StatusOr<std::unique_ptr<ArchivePart>> opened = archive.Part(part);
  if (!opened.ok()) return opened.status();
  return XmlReader(*std::move(opened), handler, archive.file()).ReadAll();
}

}  // namespace tidegate::intake

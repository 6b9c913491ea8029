#include "node/intake/csv/text_rows.h"

#include <algorithm>
#include <utility>

namespace tidegate::intake {
namespace {

constexpr std::size_t kMostRewritten = std::size_t{4} << 20;

}  // namespace

TextWindow::TextWindow(Window bytes, std::optional<Decoder> decoder, std::size_t mark, std::size_t lookahead)
    : bytes_(std::move(bytes)), decoder_(std::move(decoder)), mark_(mark), lookahead_(lookahead) {
  bytes_.Advance(std::min(mark_, bytes_.Ahead().size()));
}

absl::StatusOr<TextWindow> TextWindow::Open(const Source& source, const TextForm& form, std::size_t lookahead) {
  absl::StatusOr<Window> bytes =
      source.in_memory ? absl::StatusOr<Window>(Window::OverBytes(source.bytes)) : Window::OverFile(source, lookahead);
  if (!bytes.ok()) return bytes.status();
  std::optional<Decoder> decoder;
  if (form.encoding != &Utf8()) {
    absl::StatusOr<Decoder> opened = Decoder::Open(*form.encoding);
    if (!opened.ok()) return opened.status();
    decoder.emplace(*std::move(opened));
  }
  return TextWindow(*std::move(bytes), std::move(decoder), form.mark, lookahead);
}

void TextWindow::Advance(std::size_t count) {
  if (decoder_.has_value()) {
    at_ += count;
  } else {
    bytes_.Advance(count);
  }
}

bool TextWindow::MustSlide() const {
  if (!decoder_.has_value()) return bytes_.MustSlide();
  return !ReachesEnd() && text_.size() - at_ < lookahead_;
}

absl::Status TextWindow::Slide() {
  if (!decoder_.has_value()) return bytes_.Slide();
  text_.erase(0, at_);
  at_ = 0;
  while (!ReachesEnd() && text_.size() < lookahead_) {
    if (absl::Status slid = bytes_.Slide(); !slid.ok()) return slid;
    const std::string_view all = bytes_.Ahead();
    const std::string_view piece = all.substr(0, lookahead_);
    const bool last = bytes_.ReachesEnd() && piece.size() == all.size();
    bytes_.Advance(decoder_->Decode(piece, last, &text_));
  }
  return absl::OkStatus();
}

absl::Status TextWindow::Rewind() {
  if (absl::Status back = bytes_.Rewind(); !back.ok()) return back;
  bytes_.Advance(std::min(mark_, bytes_.Ahead().size()));
  if (decoder_.has_value()) decoder_->Reset();
  text_.clear();
  at_ = 0;
  return absl::OkStatus();
}

TextRows::TextRows(TextWindow window, TextForm form, const Limits& limits)
    : window_(std::move(window)), form_(std::move(form)), limits_(limits), reader_(Begin()) {}

// The text's mark is behind us: a second one is a character of the first cell.
CsvReader TextRows::Begin() const { return CsvReader({}, limits_.row_bytes, limits_.columns, form_.dialect); }

absl::StatusOr<std::unique_ptr<TextRows>> TextRows::Open(const Source& source, const TextForm& form,
                                                         const Limits& limits) {
  // Two bytes more than the longest row, for its line end.
  absl::StatusOr<TextWindow> window = TextWindow::Open(source, form, limits.row_bytes + 2);
  if (!window.ok()) return window.status();
  return std::unique_ptr<TextRows>(new TextRows(*std::move(window), form, limits));
}

// Goes on behind the line end of a row that is longer than the window.
void TextRows::PassLongRow() {
  const std::string_view ahead = window_.Ahead();
  const std::size_t end = ahead.find(form_.dialect.lone_cr ? '\r' : '\n');
  passing_ = end == std::string_view::npos && !window_.ReachesEnd();
  window_.Advance(end == std::string_view::npos ? ahead.size() : end + 1);
}

absl::StatusOr<RowSource::Step> TextRows::Next(TableRow* row) {
  while (true) {
    if (passing_) PassLongRow();
    if (window_.MustSlide() || rewritten_bytes_ > kMostRewritten) return Step::kFull;
    reader_.Continue(window_.Ahead());
    const bool more = reader_.Next(row);
    passing_ = more && !row->fault.empty() && reader_.consumed() == window_.Ahead().size() && !window_.ReachesEnd();
    window_.Advance(reader_.consumed());
    if (!more && window_.ReachesEnd()) return Step::kEnd;
    if (!more) continue;  // nothing but empty lines so far
    if (std::exchange(first_, false) && form_.separator_line) continue;
    if (form_.dialect == Dialect() || !row->fault.empty()) return Step::kRow;
    std::string& rewritten = rewritten_.emplace_back();
    for (std::size_t i = 0; i < row->fields.size(); ++i) {
      if (i > 0) rewritten.push_back(',');
      AppendCsvField(row->fields[i], &rewritten);
    }
    rewritten_bytes_ += rewritten.size();
    row->raw = rewritten;
    return Step::kRow;
  }
}

absl::Status TextRows::Release() {
  rewritten_.clear();
  rewritten_bytes_ = 0;
  return window_.Slide();
}

absl::Status TextRows::Rewind() {
  rewritten_.clear();
  rewritten_bytes_ = 0;
  reader_ = Begin();
  first_ = true;
  passing_ = false;
  return window_.Rewind();
}

}  // namespace tidegate::intake

// The rows of a text table, decoded. Memory does not grow with the size of the text.
#ifndef TIDEGATE_NODE_INTAKE_CSV_TEXT_ROWS_H_
#define TIDEGATE_NODE_INTAKE_CSV_TEXT_ROWS_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/intake/csv/encoding.h"
#include "node/intake/csv/form.h"
#include "node/intake/csv/reader.h"
#include "node/intake/intake.h"
#include "node/intake/rows.h"
#include "node/intake/window.h"

namespace tidegate::intake {

// A window over the text of a source: as Window, in UTF-8.
class TextWindow {
 public:
  static absl::StatusOr<TextWindow> Open(const Source& source, const TextForm& form, std::size_t lookahead);

  std::string_view Ahead() const { return decoder_.has_value() ? std::string_view(text_).substr(at_) : bytes_.Ahead(); }
  bool ReachesEnd() const { return bytes_.ReachesEnd() && (!decoder_.has_value() || bytes_.Ahead().empty()); }
  void Advance(std::size_t count);
  bool MustSlide() const;
  absl::Status Slide();
  absl::Status Rewind();

 private:
  TextWindow(Window bytes, std::optional<Decoder> decoder, std::size_t mark, std::size_t lookahead);

  Window bytes_;
  std::optional<Decoder> decoder_;  // none: the bytes are the text
  std::size_t mark_;
  std::size_t lookahead_;
  std::string text_;  // decoded
  std::size_t at_ = 0;
};

class TextRows : public RowSource {
 public:
  static absl::StatusOr<std::unique_ptr<TextRows>> Open(const Source& source, const TextForm& form,
                                                        const Limits& limits);

  absl::StatusOr<Step> Next(TableRow* row) override;
  absl::Status Release() override;
  absl::Status Rewind() override;

 private:
  TextRows(TextWindow window, TextForm form, const Limits& limits);
  CsvReader Begin() const;
  void PassLongRow();

  TextWindow window_;
  TextForm form_;
  Limits limits_;
  CsvReader reader_;
  bool first_ = true;
  bool passing_ = false;               // what follows is the rest of a row that was too long
  std::deque<std::string> rewritten_;  // rows with commas, where the text has another separator
  std::size_t rewritten_bytes_ = 0;
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_TEXT_ROWS_H_

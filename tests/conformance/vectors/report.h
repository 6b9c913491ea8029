// The counts of a run over test vectors, and the readers that its parts share.
#ifndef TIDEGATE_TESTS_CONFORMANCE_VECTORS_REPORT_H_
#define TIDEGATE_TESTS_CONFORMANCE_VECTORS_REPORT_H_

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>

#include "crypto/hash.h"
#include "crypto/sign.h"

namespace tidegate::conformance {

// Prints one line for each failure as it comes. A vector is passed, failed, or not applicable to us, never two of them.
class Report {
 public:
  explicit Report(std::ostream& out) : out_(out) {}

  void StartFile(std::string name) { file_ = std::move(name); }
  void Check(const std::string& vector, bool right, std::string_view why = "the result differs");
  void Fail(const std::string& vector, std::string_view why);
  // A vector for something that we do not offer: counted apart, with the reason.
  void NotApplicable(const std::string& reason) { ++not_applicable_[reason]; }
  // A decision of ours that a vector touched, said once with its count.
  void Note(const std::string& decision) { ++notes_[decision]; }

  int passed() const { return passed_; }
  int failed() const { return failed_; }
  int not_applicable() const;
  // Notes, reasons, and last `N passed, N failed`.
  void PrintSummary() const;

  // Decoders that count a failure and give nothing when the text is no hex or base64.
  std::string Hex(const nlohmann::json& object, const char* name);
  std::string HexText(const std::string& text, const char* name);
  std::string Base64Text(const std::string& text, const char* name);
  template <size_t N>
  std::array<uint8_t, N> FixedHex(const nlohmann::json& object, const char* name) {
    return Fixed<N>(Hex(object, name), name);
  }
  template <size_t N>
  std::array<uint8_t, N> Fixed(const std::string& bytes, const char* name) {
    std::array<uint8_t, N> value{};
    if (bytes.size() == N) {
      std::copy(bytes.begin(), bytes.end(), value.begin());
    } else {
      Fail(name, "a value has the wrong length");
    }
    return value;
  }

 private:
  std::ostream& out_;
  std::string file_;
  int passed_ = 0;
  int failed_ = 0;
  std::map<std::string, int> not_applicable_;
  std::map<std::string, int> notes_;
};

// One format each: does it know the file, and run it. Missing fields throw nlohmann::json::exception, which RunFile
// counts as a failure.
bool IsKat(const nlohmann::json& file);
void RunKat(const nlohmann::json& file, Report& report);
bool IsHpke(const nlohmann::json& file);
void RunHpke(const nlohmann::json& file, Report& report);
bool IsWycheproof(const nlohmann::json& file);
void RunWycheproof(const nlohmann::json& file, Report& report);
bool IsRfc6962(const nlohmann::json& file);
void RunRfc6962(const nlohmann::json& file, Report& report);

// The parts of kat.json that have a page of code of their own: records, statements, views.
void RunKatRecords(const nlohmann::json& file, Report& report);

}  // namespace tidegate::conformance

#endif  // TIDEGATE_TESTS_CONFORMANCE_VECTORS_REPORT_H_

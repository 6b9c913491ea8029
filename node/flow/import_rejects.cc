#include "node/flow/import_rejects.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tidegate::flow {
namespace {

constexpr size_t kMostRejectsTold = 100;
constexpr size_t kMostFields = 100;
constexpr size_t kMostValues = 50;  // of one field

}  // namespace

void ImportRejects::Begin(const intake::TableHead& head) {
  table_ = true;
  told_.read_as = head.read_as;
  if (file_ != nullptr) file_->SetColumns(head.columns);
}

void ImportRejects::Add(const intake::Reject& reject) {
  told_.rejected += reject.items;
  Tell(reject);
  Gather({reject.field, reject.reason, reject.value}, reject.items);
  for (const intake::Fault& fault : reject.further) Gather(fault, reject.items);
  // A row that is to become several records stands in the file once.
  const bool again = table_ && std::exchange(last_, reject.position) == reject.position;
  if (file_ != nullptr && !request_.dry_run && problem_.ok() && !again) problem_ = file_->Add(reject);
}

void ImportRejects::Tell(const intake::Reject& reject) {
  if (told_.rejects.size() + 1 + reject.further.size() > kMostRejectsTold) {
    ++told_.rejects_left_out;
    return;
  }
  const std::string position = reject.object.empty() ? absl::StrCat(reject.position) : reject.object;
  told_.rejects.push_back({position, reject.field, reject.reason});
  for (const intake::Fault& fault : reject.further) told_.rejects.push_back({position, fault.field, fault.reason});
}

void ImportRejects::Gather(const intake::Fault& fault, uint64_t items) {
  auto found = faults_.find(fault.field);
  if (found == faults_.end()) {
    if (faults_.size() >= kMostFields) return;
    found = faults_.emplace(fault.field, ImportFaults{fault.field, fault.reason, 0, false, {}, false}).first;
  }
  ImportFaults& faults = found->second;
  faults.count += items;
  faults.other_reasons |= fault.reason != faults.reason;
  if (!request_.show_values || fault.value.empty()) return;
  const auto value = faults.values.find(fault.value);
  if (value != faults.values.end()) {
    ++value->second;
  } else if (faults.values.size() < kMostValues) {
    faults.values.emplace(fault.value, 1);
  } else {
    faults.more_values = true;
  }
}

void ImportRejects::TellFaults() {
  for (auto& [field, faults] : faults_) told_.faults.push_back(std::move(faults));
  faults_.clear();
  std::stable_sort(told_.faults.begin(), told_.faults.end(),
                   [](const ImportFaults& a, const ImportFaults& b) { return a.count > b.count; });
}

void ImportRejects::Finish() {
  TellFaults();
  if (!request_.dry_run) FinishFile();
}

void ImportRejects::FinishFile() {
  if (file_ == nullptr) {
    if (told_.rejected == 0) return;
    told_.warnings.emplace_back(
        "no file has the rejected items, because the node did not open the file itself: correct them where they stand, "
        "and import the file again");
    return;
  }
  if (problem_.ok()) {
    auto kept = file_->Finish();
    if (kept.ok() && *kept > 0) told_.rejects_file = file_->path();
    problem_ = kept.status();
  }
  if (problem_.ok()) return;
  told_.warnings.push_back(absl::StrCat(std::string(problem_.message()),
                                        "; no file has the rejected items: import again with --rejects and a "
                                        "folder that can be written"));
}

}  // namespace tidegate::flow

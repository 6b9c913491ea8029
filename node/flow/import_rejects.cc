#include "node/flow/import_rejects.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace tidegate::flow {
namespace {

constexpr size_t kMostRejectsTold = 100;

}  // namespace

void ImportRejects::Begin(const intake::TableHead& head) {
  told_.read_as = head.read_as;
  file_.SetColumns(head.columns);
}

void ImportRejects::Add(const intake::Reject& reject) {
  told_.rejected += reject.items;
  if (told_.rejects.size() < kMostRejectsTold) {
    told_.rejects.push_back(
        {reject.object.empty() ? absl::StrCat(reject.position) : reject.object, reject.field, reject.reason});
  }
  if (!dry_run_ && problem_.ok()) problem_ = file_.Add(reject);
}

void ImportRejects::Finish() {
  if (dry_run_) return;
  if (problem_.ok()) {
    auto kept = file_.Finish();
    if (kept.ok() && *kept > 0) told_.rejects_file = file_.path();
    problem_ = kept.status();
  }
  if (problem_.ok()) return;
  told_.warnings.push_back(absl::StrCat(std::string(problem_.message()),
                                        "; what was rejected stands in no file: import again with --rejects and a "
                                        "folder that can be written"));
}

}  // namespace tidegate::flow

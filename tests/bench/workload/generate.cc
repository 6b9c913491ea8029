// Writes the workload as files for `tidegate import`.
//   bench_generate stix|csv FROM COUNT FILE       the records FROM to FROM + COUNT - 1
//   bench_generate mapping FILE                   the mapping of the CSV file
//   bench_generate policy CIRCLE VARIANT FILE     a partner's policy
//   bench_generate facts                          prints what a record of the workload has, as JSON
#include <fstream>
#include <nlohmann/json.hpp>

#include "node/record/index_terms.h"
#include "tests/bench/workload/workload.h"

namespace {

int Facts() {
  using namespace tidegate;
  const record::VerifiedView view = bench::Committed(7);
  size_t values = 0, ladders = 0;
  for (size_t i = 0; i < view.size(); ++i) {
    values += view.view().opened[i].value.size();
    ladders += view.slot(i).rungs.size() > 1;
  }
  const auto narrowed = bench::Must(record::Narrow(view.view(), bench::HalfOpened()));
  std::cout << nlohmann::json({{"kind", "phone"},
                               {"slots", view.kind().slots.size()},
                               {"present", view.size()},
                               {"ladders", ladders},
                               {"value_bytes", values},
                               {"terms", record::IndexTermsOf({view, {}}).size()},
                               {"opened", narrowed.opened.size()},
                               {"view_bytes", record::EncodeView(view.view()).size()},
                               {"narrowed_bytes", record::EncodeView(narrowed).size()}})
            << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1 && words[0] == "facts") return Facts();
  std::string text;
  if (words.size() == 4 && words[0] == "stix") {
    text = tidegate::bench::StixBundle(std::stoull(words[1]), std::stoull(words[2]));
  } else if (words.size() == 4 && words[0] == "csv") {
    text = tidegate::bench::CsvFile(std::stoull(words[1]), std::stoull(words[2]));
  } else if (words.size() == 2 && words[0] == "mapping") {
    text = tidegate::bench::CsvMapping();
  } else if (words.size() == 4 && words[0] == "policy") {
    text = tidegate::bench::PolicyFor(words[1], std::stoi(words[2]));
  } else {
    std::cerr << "bench_generate: see the top of generate.cc\n";
    return 2;
  }
  std::ofstream out(words.back(), std::ios::binary);
  out << text;
  out.close();
  return out ? 0 : 1;
}

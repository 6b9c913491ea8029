// A client that stays connected to a node's own socket. So its figures include no start of a process.
//   bench_operator live SOCKET_A SOCKET_B COUNT       add an alert at A, wait until B's `Alerts` shows it
//   bench_operator find SOCKET COUNT kind|identifier|words|range|phrase|filter|count RECORDS ORIGIN
//   bench_operator recall SOCKET COUNT                recall COUNT records, wait for every holder's receipt
//   bench_operator await SOCKET RECORDS               says `waiting`, then waits until the node holds RECORDS
//   bench_operator load SOCKET RATE SECONDS FROM FILE imports RATE records a second, 100 ms worth at a time
// Prints one line of JSON; times in seconds.
#include <grpcpp/grpcpp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_format.h"
#include "tests/bench/workload/workload.h"
#include "tidegate/v1/operator.grpc.pb.h"

namespace tidegate::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Stub = std::unique_ptr<v1::Operator::Stub>;

double Since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Stub Dial(const std::string& socket) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  return v1::Operator::NewStub(
      grpc::CreateCustomChannel("unix:" + socket, grpc::InsecureChannelCredentials(), arguments));
}

bool Connects(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) return false;
  socket.copy(address.sun_path, socket.size());
  const int file = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const bool connected = connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(file);
  return connected;
}

void Check(const grpc::Status& status) {
  if (status.ok()) return;
  std::cerr << status.error_message() << std::endl;
  std::exit(1);
}

v1::Asker Asker() {
  v1::Asker asker;
  asker.set_reason("benchmark");
  return asker;
}

void Set(v1::AddRecordRequest& request, const std::string& field, const std::string& value) {
  v1::Assignment* set = request.add_set();
  set->set_field(field);
  set->set_value(value);
}

int Live(const Stub& a, const Stub& b, int count) {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Clock::time_point> seen;
  grpc::ClientContext context;
  v1::AlertsRequest follow;
  follow.set_follow(true);
  follow.set_limit(1);
  *follow.mutable_asker() = Asker();
  auto stream = b->Alerts(&context, follow);
  std::thread reader([&] {
    v1::Record record;
    while (stream->Read(&record)) {
      std::lock_guard lock(mutex);
      seen[record.id()] = Clock::now();
      changed.notify_all();
    }
  });
  nlohmann::json visible = nlohmann::json::array(), durable = nlohmann::json::array();
  int missing = 0;
  for (int i = 0; i < count + 3; ++i) {
    v1::AddRecordRequest request;
    request.set_kind("alert");
    Set(request, "title", "Alert " + std::to_string(i));
    Set(request, "place", "1 Quay|Hull|East Yorkshire|GB");
    for (const auto& [name, text] : HandlingOf(0)) {
      if (name != "grade") Set(request, name == "purposes" ? "purpose" : name, text);
    }
    *request.mutable_asker() = Asker();
    std::this_thread::sleep_for(kRest);
    v1::AuthoredReply reply;
    grpc::ClientContext call;
    const auto start = Clock::now();
    Check(a->AddRecord(&call, request, &reply));
    const double own = Since(start);
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, std::chrono::seconds(20), [&] { return seen.contains(reply.id()); })) {
      ++missing;
      if (missing > 3) break;
      continue;
    }
    if (i < 3) continue;  // warm
    durable.push_back(own);
    visible.push_back(std::chrono::duration<double>(seen[reply.id()] - start).count());
  }
  context.TryCancel();
  reader.join();
  std::cout << nlohmann::json({{"seconds", visible}, {"durable", durable}, {"missing", missing}}) << std::endl;
  return 0;
}

std::string Said(const Texts& fields, std::string_view name) {
  const auto at = std::find_if(fields.begin(), fields.end(), [name](const auto& field) { return field.first == name; });
  return at == fields.end() ? "" : at->second;
}

// A question about what the record with the number `which` says.
v1::FindRecordsRequest Question(const std::string& how, uint64_t which, const std::string& origin) {
  const Texts fields = FieldsOf(which);
  v1::FindRecordsRequest request;
  *request.mutable_asker() = Asker();
  if (how == "identifier") {
    request.set_identifier(Said(fields, "number"));
  } else if (how == "words") {
    request.set_query(Said(fields, "subscriber") + " quay");
  } else if (how == "range") {
    const std::string day = Said(fields, "first_seen");
    request.set_query("phone.first_seen:" + day.substr(0, 8) + "01.." + day);
  } else if (how == "phrase") {
    const std::string place = Said(fields, "place");
    request.set_query("\"" + place.substr(0, place.find('|')) + "\"");
  } else if (how == "filter") {
    request.set_query("kind:phone tlp:GREEN exploitation:labour leeds");
    request.set_limit(100);
  } else if (how == "count") {
    request.set_query("leeds");
  } else {
    request.set_kind("phone");
    request.set_origin(origin);
  }
  return request;
}

// Asks for the first 20, or for as many as the question says, or counts all.
size_t Ask(const Stub& node, const v1::FindRecordsRequest& question, bool counts) {
  grpc::ClientContext call;
  if (counts) {
    v1::CountRecordsRequest request;
    *request.mutable_question() = question;
    v1::CountRecordsReply reply;
    Check(node->CountRecords(&call, request, &reply));
    return reply.count();
  }
  v1::FindRecordsRequest request = question;
  if (request.limit() == 0) request.set_limit(20);
  v1::FindRecordsReply reply;
  Check(node->FindRecords(&call, request, &reply));
  return static_cast<size_t>(reply.records_size());
}

int Find(const Stub& node, int count, const std::string& how, uint64_t records, const std::string& origin) {
  nlohmann::json seconds = nlohmann::json::array();
  size_t found = 0;
  for (int i = 0; i < count; ++i) {
    const v1::FindRecordsRequest question = Question(how, static_cast<uint64_t>(i) * 7919 % records, origin);
    const auto start = Clock::now();
    found += Ask(node, question, how == "count");
    seconds.push_back(Since(start));
  }
  std::cout << nlohmann::json({{"seconds", seconds}, {"found", found}}) << std::endl;
  return 0;
}

int Recall(const Stub& node, int count) {
  std::vector<std::string> ids;
  v1::FindRecordsRequest find;
  find.set_kind("phone");
  find.set_limit(static_cast<uint32_t>(std::min(count, 200)));
  *find.mutable_asker() = Asker();
  while (ids.size() < static_cast<size_t>(count)) {
    v1::FindRecordsReply reply;
    grpc::ClientContext call;
    Check(node->FindRecords(&call, find, &reply));
    for (const v1::Record& record : reply.records()) ids.push_back(record.id());
    if (reply.cursor().empty()) break;
    find.set_cursor(reply.cursor());
  }
  ids.resize(std::min(ids.size(), static_cast<size_t>(count)));
  const auto start = Clock::now();
  size_t holders = 0;
  for (const std::string& id : ids) {
    v1::RecallRecordRequest request;
    request.set_id(id);
    *request.mutable_asker() = Asker();
    v1::RecallRecordReply reply;
    grpc::ClientContext call;
    Check(node->RecallRecord(&call, request, &reply));
    holders += static_cast<size_t>(reply.holders_size());
  }
  const double asked = Since(start);
  double unanswered = 1;
  while (unanswered > 0 && Since(start) < 300) {
    v1::StatusReply reply;
    grpc::ClientContext call;
    Check(node->Status(&call, v1::StatusRequest(), &reply));
    unanswered = reply.unanswered_recalls();
    if (unanswered > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  std::cout << nlohmann::json({{"records", ids.size()},
                               {"holders", holders},
                               {"asked_seconds", asked},
                               {"seconds", Since(start)},
                               {"unanswered", unanswered}})
            << std::endl;
  return 0;
}

// The clock starts here, and the node is started right after. If the channel waited before it dials again, that would
// hide time.
int Await(const std::string& socket, double records) {
  const auto begin = Clock::now();
  std::cerr << "waiting" << std::endl;
  Stub node;
  while (Since(begin) < 3600) {
    v1::StatusReply reply;
    grpc::ClientContext call;
    if (node == nullptr && Connects(socket)) node = Dial(socket);
    if (node != nullptr && node->Status(&call, v1::StatusRequest(), &reply).ok() && reply.records() >= records) {
      std::cout << nlohmann::json({{"seconds", Since(begin)}, {"records", reply.records()}}) << std::endl;
      return 0;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // asking costs the node CPU that is being counted
  }
  return 1;
}

int Load(const Stub& node, uint64_t rate, double seconds, uint64_t from, const std::string& file) {
  const auto start = Clock::now();
  const uint64_t batch = std::max<uint64_t>(1, rate / 10);
  uint64_t sent = 0;
  while (Since(start) < seconds) {
    std::ofstream(file) << CsvFile(from + sent, batch);
    v1::ImportRequest request;
    request.set_path(file);
    request.set_format("csv");
    request.set_mapping(CsvMapping());
    request.set_mapping_name("bench.toml");
    *request.mutable_asker() = Asker();
    grpc::ClientContext call;
    auto progress = node->Import(&call, request);
    v1::ImportProgress told;
    while (progress->Read(&told)) {
    }
    Check(progress->Finish());
    sent += batch;
    std::this_thread::sleep_until(start + std::chrono::milliseconds(sent * 1000 / rate));
  }
  std::cout << nlohmann::json({{"records", sent}, {"seconds", Since(start)}}) << std::endl;
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  using namespace tidegate::bench;
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 4 && words[0] == "live") return Live(Dial(words[1]), Dial(words[2]), std::stoi(words[3]));
  if (words.size() == 6 && words[0] == "find") {
    return Find(Dial(words[1]), std::stoi(words[2]), words[3], std::stoull(words[4]), words[5]);
  }
  if (words.size() == 3 && words[0] == "recall") return Recall(Dial(words[1]), std::stoi(words[2]));
  if (words.size() == 3 && words[0] == "await") return Await(words[1], std::stod(words[2]));
  if (words.size() == 6 && words[0] == "load") {
    return Load(Dial(words[1]), std::stoull(words[2]), std::stod(words[3]), std::stoull(words[4]), words[5]);
  }
  std::cerr << "bench_operator: see the top of operator.cc\n";
  return 2;
}

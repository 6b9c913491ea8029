// Measures gRPC and LMDB without any code of ours between them. Mutual TLS 1.3 carries the bytes of the standard
// workload as a partner gets them, 256 records in a message. The receiving end makes them durable in LMDB. Each end is
// a process, so that its CPU is known.
//   bench_ceiling catchup RECORDS COMMIT CERTIFICATES     bench_ceiling live COUNT CERTIFICATES
// CERTIFICATES has ca.pem, node.pem and node.key. Prints one line of JSON.
#include <grpcpp/grpcpp.h>
#include <lmdb.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/bench/workload/workload.h"
#include "tidegate/v1/exchange.grpc.pb.h"

namespace tidegate::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kRecordsAMessage = 256;

double Since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + t.tv_usec / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string FileText(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::string> Records() {
  const std::vector<int8_t> finest = HalfOpened();
  std::vector<std::string> all;
  for (uint64_t i = 0; i < 1024; ++i) {
    all.push_back(record::EncodeView(Must(record::Narrow(Committed(i).view(), finest))));
  }
  return all;
}

class Table {
 public:
  explicit Table(const std::string& folder) {
    std::filesystem::create_directories(folder);
    mdb_env_create(&environment_);
    mdb_env_set_mapsize(environment_, size_t{1} << 36);
    if (mdb_env_open(environment_, folder.c_str(), 0, 0600) != 0) std::abort();
  }
  ~Table() { mdb_env_close(environment_); }
  void Put(std::string_view value) {
    if (transaction_ == nullptr) {
      mdb_txn_begin(environment_, nullptr, 0, &transaction_);
      mdb_dbi_open(transaction_, nullptr, 0, &table_);
    }
    const uint64_t key = __builtin_bswap64(++records_);
    MDB_val k{sizeof key, const_cast<uint64_t*>(&key)}, v{value.size(), const_cast<char*>(value.data())};
    if (mdb_put(transaction_, table_, &k, &v, MDB_APPEND) != 0) std::abort();
  }
  void Commit() {
    if (transaction_ != nullptr && mdb_txn_commit(transaction_) != 0) std::abort();
    transaction_ = nullptr;
  }
  uint64_t records() const { return records_; }

 private:
  MDB_env* environment_ = nullptr;
  MDB_txn* transaction_ = nullptr;
  MDB_dbi table_ = 0;
  uint64_t records_ = 0;
};

// Follow gives `records` records. Acknowledge, for the live figure, makes one record durable here and then sends it.
class Server final : public v1::Exchange::Service {
 public:
  Server(uint64_t records, const std::string& folder) : records_(records), all_(Records()), table_(folder) {}
  grpc::Status Follow(grpc::ServerContext* context, const v1::Cursor*,
                      grpc::ServerWriter<v1::ParcelPart>* writer) override {
    for (uint64_t sent = 0; sent < records_;) {
      v1::ParcelPart part;
      std::string* chunk = part.mutable_chunk();
      for (size_t i = 0; i < kRecordsAMessage && sent < records_; ++i, ++sent) {
        const std::string& record = all_[sent % all_.size()];
        const uint32_t size = static_cast<uint32_t>(record.size());
        chunk->append(reinterpret_cast<const char*>(&size), sizeof size).append(record);
      }
      if (!writer->Write(part)) return grpc::Status::CANCELLED;
    }
    std::unique_lock lock(mutex_);
    while (records_ == 0 && !context->IsCancelled()) {
      if (!changed_.wait_for(lock, std::chrono::milliseconds(100), [&] { return waiting_ > 0; })) continue;
      v1::ParcelPart part;
      const uint32_t size = static_cast<uint32_t>(all_[0].size());
      part.mutable_chunk()->append(reinterpret_cast<const char*>(&size), sizeof size).append(all_[0]);
      --waiting_;
      if (!writer->Write(part)) break;
    }
    return grpc::Status::OK;
  }
  grpc::Status Acknowledge(grpc::ServerContext*, const v1::Receipt*, v1::Acknowledgement*) override {
    std::lock_guard lock(mutex_);
    table_.Put(all_[0]);
    table_.Commit();
    ++waiting_;
    changed_.notify_all();
    return grpc::Status::OK;
  }

 private:
  const uint64_t records_;
  const std::vector<std::string> all_;
  Table table_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
};

// The child process: it serves until its input closes, then says how many CPU seconds it used.
int Serve(uint64_t records, const std::string& folder, const std::string& certificates, int tell, int stop) {
  Server service(records, folder);
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = FileText(certificates + "/ca.pem");
  options.pem_key_cert_pairs.push_back({FileText(certificates + "/node.key"), FileText(certificates + "/node.pem")});
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const double before = CpuSeconds();
  char byte = 0;
  if (!server || write(tell, &port, sizeof port) != sizeof port) return 1;
  while (read(stop, &byte, 1) > 0) {
  }
  server->Shutdown(std::chrono::system_clock::now());
  const double spent = CpuSeconds() - before;
  return write(tell, &spent, sizeof spent) == sizeof spent ? 0 : 1;
}

std::unique_ptr<v1::Exchange::Stub> Dial(int port, const std::string& certificates) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = FileText(certificates + "/ca.pem");
  options.pem_private_key = FileText(certificates + "/node.key");
  options.pem_cert_chain = FileText(certificates + "/node.pem");
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  arguments.SetMaxReceiveMessageSize(64 << 20);
  return v1::Exchange::NewStub(
      grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), grpc::SslCredentials(options), arguments));
}

template <typename Visit>
void ForEachRecord(const std::string& chunk, Visit visit) {
  for (size_t at = 0; at + sizeof(uint32_t) <= chunk.size();) {
    uint32_t size = 0;
    chunk.copy(reinterpret_cast<char*>(&size), sizeof size, at);
    at += sizeof size;
    visit(std::string_view(chunk).substr(at, size));
    at += size;
  }
}

nlohmann::json CatchUp(v1::Exchange::Stub& stub, const std::string& folder, uint64_t commit) {
  Table table(folder);
  const double before = CpuSeconds();
  const auto start = Clock::now();
  grpc::ClientContext context;
  auto stream = stub.Follow(&context, v1::Cursor());
  v1::ParcelPart part;
  uint64_t bytes = 0, uncommitted = 0;
  while (stream->Read(&part)) {
    bytes += part.chunk().size();
    ForEachRecord(part.chunk(), [&](std::string_view record) {
      table.Put(record);
      if (++uncommitted == commit) {
        table.Commit();
        uncommitted = 0;
      }
    });
  }
  table.Commit();
  if (const grpc::Status status = stream->Finish(); !status.ok()) {
    std::cerr << status.error_message() << std::endl;
    std::abort();
  }
  return {{"records", table.records()},
          {"seconds", Since(start)},
          {"bytes", bytes},
          {"receiver_cpu", CpuSeconds() - before}};
}

nlohmann::json Live(v1::Exchange::Stub& stub, const std::string& folder, uint64_t count) {
  Table table(folder);
  grpc::ClientContext context;
  auto stream = stub.Follow(&context, v1::Cursor());
  std::vector<double> seconds;
  v1::ParcelPart part;
  for (uint64_t i = 0; i < count; ++i) {
    std::this_thread::sleep_for(kRest);
    const auto start = Clock::now();
    grpc::ClientContext call;
    v1::Acknowledgement reply;
    if (!stub.Acknowledge(&call, v1::Receipt(), &reply).ok() || !stream->Read(&part)) std::abort();
    ForEachRecord(part.chunk(), [&](std::string_view record) { table.Put(record); });
    table.Commit();
    seconds.push_back(Since(start));
  }
  context.TryCancel();
  return {{"seconds", seconds}};
}

int Run(const std::vector<std::string>& words) {
  const bool live = words[0] == "live";
  const uint64_t count = std::stoull(words[1]);
  const std::string& certificates = words.back();
  std::string folder = (std::filesystem::temp_directory_path() / "tidegate-bench-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  int tell[2], stop[2];
  if (pipe(tell) != 0 || pipe(stop) != 0) return 1;
  const pid_t child = fork();  // before gRPC has threads
  if (child == 0) {
    close(stop[1]);
    _exit(Serve(live ? 0 : count, folder + "/server", certificates, tell[1], stop[0]));
  }
  int port = 0;
  if (read(tell[0], &port, sizeof port) != sizeof port) return 1;
  nlohmann::json result;
  {
    const auto stub = Dial(port, certificates);
    result = live ? Live(*stub, folder + "/client", count) : CatchUp(*stub, folder + "/client", std::stoull(words[2]));
  }
  close(stop[1]);
  double spent = 0;
  if (read(tell[0], &spent, sizeof spent) == sizeof spent) result["sender_cpu"] = spent;
  waitpid(child, nullptr, 0);
  std::filesystem::remove_all(folder);
  std::cout << result << std::endl;
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if ((words.size() == 4 && words[0] == "catchup") || (words.size() == 3 && words[0] == "live")) {
    return tidegate::bench::Run(words);
  }
  std::cerr << "bench_ceiling: see the top of ceiling.cc\n";
  return 2;
}

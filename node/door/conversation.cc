#include "node/door/conversation.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "node/door/clock.h"

namespace tidegate::door {
namespace {

constexpr size_t kMaxPath = 64;
constexpr uint8_t kTakenBack = 1;  // gRPC's CANCELLED

constexpr uint64_t kFirstCallMs = 10000;
constexpr uint64_t kRequestMs = 20000;
constexpr uint64_t kIdleMs = 60000;

// RFC 3986 escapes, as gRPC's `grpc-message` wants them.
std::string Escaped(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (c >= 0x20 && c < 0x7f && c != '%') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

StreamId IdOf(const nghttp2_frame& frame) { return static_cast<StreamId>(frame.hd.stream_id); }

}  // namespace

// nghttp2 calls with the conversation as `self`.
struct Conversation::Callbacks {
  static Conversation& Of(void* self) { return *static_cast<Conversation*>(static_cast<Http2*>(self)); }

  static int BeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    return Of(self).BeginStream(IdOf(*frame)) ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_length,
                      const uint8_t* value, size_t value_length, uint8_t, void* self) {
    const bool taken = Of(self).Header(IdOf(*frame), std::string_view(reinterpret_cast<const char*>(name), name_length),
                                       std::string_view(reinterpret_cast<const char*>(value), value_length));
    return taken ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  static int FrameReceived(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    Conversation& conversation = Of(self);
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) conversation.HeadersWhole(IdOf(*frame), ends);
        if (frame->headers.cat != NGHTTP2_HCAT_REQUEST && ends) conversation.Ended(IdOf(*frame));
        break;
      case NGHTTP2_DATA:
        if (ends) conversation.Ended(IdOf(*frame));
        break;
      default:
        break;
    }
    return 0;
  }
  static int DataReceived(nghttp2_session*, uint8_t, int32_t stream, const uint8_t* bytes, size_t length, void* self) {
    const std::string_view view(reinterpret_cast<const char*>(bytes), length);
    return Of(self).Data(static_cast<StreamId>(stream), view) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  static int StreamClose(nghttp2_session*, int32_t stream, uint32_t, void* self) {
    Of(self).StreamClosed(static_cast<StreamId>(stream));
    return 0;
  }
  static int FrameSent(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    // A stream that we had to take back (one too many, not as it should be) costs as one that the caller took back.
    if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR) {
      return Of(self).CountReset() ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    // An answer that is whole before the request is: the rest of the request is not wanted.
    if (frame->hd.type != NGHTTP2_HEADERS || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    const auto found = Of(self).streams_.find(IdOf(*frame));
    if (found == Of(self).streams_.end() || found->second.asked) return 0;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
  }
  static ssize_t ReadAnswer(nghttp2_session*, int32_t stream, uint8_t* into, size_t room, uint32_t* flags,
                            nghttp2_data_source*, void* self) {
    return Of(self).Read(static_cast<StreamId>(stream), into, room, flags);
  }

  static nghttp2_session* Session(Conversation& conversation) {
    const auto callbacks = Http2::NewCallbacks();
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks.get(), &BeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(callbacks.get(), &OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks.get(), &FrameReceived);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks.get(), &DataReceived);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks.get(), &StreamClose);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks.get(), &FrameSent);
    nghttp2_session* session = nullptr;
    Http2* const self = &conversation;
    return nghttp2_session_server_new2(&session, callbacks.get(), self, NewOptions().get()) == 0 ? session : nullptr;
  }
};

Conversation::Conversation(Desk& desk, uint64_t now_ms) : Http2(now_ms), desk_(desk), idle_since_ms_(now_ms) {
  const std::array<nghttp2_settings_entry, 3> settings = {{{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMostStreams},
                                                           {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaderList},
                                                           {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, kHeaderTable}}};
  Begin(Callbacks::Session(*this), settings.data(), settings.size());
}

bool Conversation::BeginStream(StreamId id) {
  if (streams_.size() >= kMostStreams) return false;
  streams_[id].since_ms = now_ms_;
  return true;
}

bool Conversation::Header(StreamId id, std::string_view name, std::string_view value) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return true;
  Stream& stream = found->second;
  if (!CountField(stream.header_bytes, name, value)) return false;
  if (name == ":method") stream.post = value == "POST";
  if (name == "content-type") stream.grpc = value.substr(0, kGrpc.size()) == kGrpc;
  if (name == ":path" && value.size() <= kMaxPath) stream.path = std::string(value);
  return true;
}

// --- What is asked. ---

void Conversation::HeadersWhole(StreamId id, bool ended) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  Stream& stream = found->second;
  const bool printable =
      std::all_of(stream.path.begin(), stream.path.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!stream.post || !stream.grpc || stream.path.empty() || !printable) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, static_cast<int32_t>(id), NGHTTP2_REFUSED_STREAM);
    return;
  }
  stream.called = true;
  ever_called_ = true;
  desk_.Called(id, stream.path);
  if (ended) Ended(id);
}

bool Conversation::Data(StreamId id, std::string_view bytes) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || !found->second.called || found->second.finished) return true;
  found->second.received += bytes.size();
  if (found->second.received > kMaxRequestBytes + 5) {
    if (!CountReset()) return false;
    Finish(id, 8, "the request is too long");  // RESOURCE_EXHAUSTED
    desk_.Cancelled(id);
    return true;
  }
  desk_.Received(id, bytes);
  return true;
}

void Conversation::Ended(StreamId id) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.asked) return;
  found->second.asked = true;
  if (found->second.called && !found->second.finished) desk_.Asked(id);
}

void Conversation::StreamClosed(StreamId id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const bool tell = found->second.called && !found->second.finished;
  streams_.erase(found);
  if (streams_.empty()) idle_since_ms_ = now_ms_;
  if (tell) desk_.Cancelled(id);
}

// --- What is answered. ---

void Conversation::Send(StreamId id, std::string_view bytes) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.finished) return;
  Stream& stream = found->second;
  if (stream.waiting.size() - stream.at + bytes.size() > kSendWindow) {  // no keeper does that
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, static_cast<int32_t>(id), NGHTTP2_INTERNAL_ERROR);
    return;
  }
  stream.waiting.erase(0, stream.at);
  stream.at = 0;
  stream.waiting.append(bytes);
  Answer(id, stream);
}

void Conversation::Finish(StreamId id, uint8_t status, std::string_view message) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.finished) return;
  Stream& stream = found->second;
  stream.finished = true;
  stream.status = status;
  stream.message = Escaped(message);
  if (stream.answering && status == kTakenBack) {
    // The end goes past the bytes that wait. So a partner that reads nothing cannot keep the stream, or the bytes in
    // it.
    std::string().swap(stream.waiting);
    stream.at = 0;
    SubmitTrailer(id, stream);
    return;
  }
  if (stream.answering) {
    nghttp2_session_resume_data(session_, static_cast<int32_t>(id));
    return;
  }
  const std::string code = std::to_string(status);
  const std::array<nghttp2_nv, 4> fields = {Field(":status", "200"), Field("content-type", "application/grpc"),
                                            Field("grpc-status", code), Field("grpc-message", stream.message)};
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_END_STREAM, static_cast<int32_t>(id), nullptr, fields.data(),
                         fields.size(), nullptr);
}

void Conversation::Answer(StreamId id, Stream& stream) {
  if (stream.answering) {
    nghttp2_session_resume_data(session_, static_cast<int32_t>(id));
    return;
  }
  stream.answering = true;
  const std::array<nghttp2_nv, 2> fields = {Field(":status", "200"), Field("content-type", "application/grpc")};
  nghttp2_data_provider provider{};
  provider.read_callback = &Callbacks::ReadAnswer;
  nghttp2_submit_response(session_, static_cast<int32_t>(id), fields.data(), fields.size(), &provider);
}

ssize_t Conversation::Read(StreamId id, uint8_t* into, size_t room, uint32_t* flags) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  Stream& stream = found->second;
  const size_t length = std::min(room, stream.waiting.size() - stream.at);
  std::copy_n(stream.waiting.data() + stream.at, length, into);
  stream.at += length;
  const bool all = stream.at == stream.waiting.size();
  if (all) {
    std::string().swap(stream.waiting);
    stream.at = 0;
  }
  if (length > 0 && !stream.finished) desk_.Sent(id, static_cast<uint32_t>(length));
  if (!all) return static_cast<ssize_t>(length);
  if (!stream.finished) return length > 0 ? static_cast<ssize_t>(length) : ssize_t{NGHTTP2_ERR_DEFERRED};
  if (stream.status == kTakenBack) return ssize_t{NGHTTP2_ERR_DEFERRED};  // its trailer is on its way
  *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
  SubmitTrailer(id, stream);
  return static_cast<ssize_t>(length);
}

void Conversation::SubmitTrailer(StreamId id, const Stream& stream) {
  const std::string code = std::to_string(stream.status);
  const std::array<nghttp2_nv, 2> trailer = {Field("grpc-status", code), Field("grpc-message", stream.message)};
  nghttp2_submit_trailer(session_, static_cast<int32_t>(id), trailer.data(), trailer.size());
}

// --- Time. ---

bool Conversation::OnTick() {
  if (!ever_called_ && now_ms_ > began_ms_ + Limit(kFirstCallMs)) return Cut(Reason::kSilent);
  if (streams_.empty() && now_ms_ > idle_since_ms_ + Limit(kIdleMs)) return Cut(Reason::kSilent);
  for (const auto& [id, stream] : streams_) {
    if (!stream.asked && now_ms_ > stream.since_ms + Limit(kRequestMs)) return Cut(Reason::kRequestTime);
  }
  return true;
}

}  // namespace tidegate::door

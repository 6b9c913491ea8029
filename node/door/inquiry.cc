#include "node/door/inquiry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "node/door/frame.h"

namespace tidegate::door {
namespace {

constexpr uint8_t kUnknown = 2, kUnavailable = 14;

std::string_view TextOf(const uint8_t* bytes, size_t length) { return {reinterpret_cast<const char*>(bytes), length}; }

}  // namespace

// nghttp2 calls with the inquiry as `self`.
struct Inquiry::Callbacks {
  static Inquiry& Of(void* self) { return *static_cast<Inquiry*>(static_cast<Http2*>(self)); }

  static int OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    Of(self).BeginHeaders(frame->hd.stream_id);
    return 0;
  }
  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_length,
                      const uint8_t* value, size_t value_length, uint8_t, void* self) {
    return Of(self).Header(frame->hd.stream_id, TextOf(name, name_length), TextOf(value, value_length))
               ? 0
               : NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  static int FrameReceived(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    const bool carries = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (carries && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) Of(self).AnswerEnded(frame->hd.stream_id);
    return 0;
  }
  static int DataReceived(nghttp2_session*, uint8_t, int32_t stream, const uint8_t* bytes, size_t length, void* self) {
    return Of(self).Data(stream, TextOf(bytes, length)) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  static int StreamClose(nghttp2_session*, int32_t stream, uint32_t error, void* self) {
    Of(self).StreamClosed(stream, error);
    return 0;
  }
  // A request that cannot go, because the partner said that it takes no more.
  static int NotSent(nghttp2_session*, const nghttp2_frame* frame, int, void* self) {
    if (frame->hd.type == NGHTTP2_HEADERS) Of(self).StreamClosed(frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
    return 0;
  }
  static ssize_t ReadRequest(nghttp2_session*, int32_t stream, uint8_t* into, size_t room, uint32_t* flags,
                             nghttp2_data_source*, void* self) {
    return Of(self).Read(stream, into, room, flags);
  }

  static nghttp2_session* Session(Inquiry& inquiry) {
    const auto callbacks = Http2::NewCallbacks();
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks.get(), &OnBeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(callbacks.get(), &OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks.get(), &FrameReceived);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks.get(), &DataReceived);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks.get(), &StreamClose);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks.get(), &NotSent);
    const auto options = NewOptions();
    nghttp2_option_set_no_auto_window_update(options.get(), 1);  // the serving process says what it has taken
    nghttp2_session* session = nullptr;
    Http2* const self = &inquiry;
    return nghttp2_session_client_new2(&session, callbacks.get(), self, options.get()) == 0 ? session : nullptr;
  }
};

Inquiry::Inquiry(Ear& ear, uint64_t now_ms) : Http2(now_ms), ear_(ear) {
  const std::array<nghttp2_settings_entry, 4> settings = {{{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                                           {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kReceiveWindow},
                                                           {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaderList},
                                                           {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, kHeaderTable}}};
  Begin(Callbacks::Session(*this), settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 2 * kReceiveWindow);
}

// --- What is asked. ---

Inquiry::Stream* Inquiry::Find(StreamId call, Id* id) {
  const auto found = ids_.find(call);
  if (found == ids_.end()) return nullptr;
  *id = found->second;
  const auto stream = streams_.find(found->second);
  return stream == streams_.end() ? nullptr : &stream->second;
}

void Inquiry::Call(StreamId call, std::string_view path) {
  if (ids_.count(call) > 0 || ids_.size() >= kMostStreams) return ear_.Ended(call, kUnavailable, "");
  const std::array<nghttp2_nv, 6> fields = {Field(":method", "POST"),     Field(":scheme", "https"),
                                            Field(":path", path),         Field(":authority", "tidegate"),
                                            Field("content-type", kGrpc), Field("te", "trailers")};
  nghttp2_data_provider provider{};
  provider.read_callback = &Callbacks::ReadRequest;
  const Id id = nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), &provider, nullptr);
  if (id < 0) return ear_.Ended(call, kUnavailable, "");
  streams_[id].call = call;
  ids_[call] = id;
}

void Inquiry::Send(StreamId call, std::string_view bytes) {
  Id id = 0;
  Stream* const stream = Find(call, &id);
  if (stream == nullptr || stream->whole) return;
  if (stream->waiting.size() - stream->at + bytes.size() > kSendWindow) {  // no serving process does that
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
    return;
  }
  stream->waiting.erase(0, stream->at);
  stream->at = 0;
  stream->waiting.append(bytes);
  nghttp2_session_resume_data(session_, id);
}

void Inquiry::Whole(StreamId call) {
  Id id = 0;
  if (Stream* const stream = Find(call, &id)) {
    stream->whole = true;
    nghttp2_session_resume_data(session_, id);
  }
}

void Inquiry::Taken(StreamId call, uint32_t bytes) {
  Id id = 0;
  Stream* const stream = Find(call, &id);
  if (stream == nullptr) return;
  const size_t taken = std::min<size_t>(bytes, stream->untaken);
  stream->untaken -= taken;
  nghttp2_session_consume(session_, id, taken);
}

void Inquiry::Cancel(StreamId call) {
  Id id = 0;
  const Stream* const stream = Find(call, &id);
  if (stream == nullptr) return;
  nghttp2_session_consume_connection(session_, stream->untaken);
  ids_.erase(call);
  streams_.erase(id);
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
}

ssize_t Inquiry::Read(Id id, uint8_t* into, size_t room, uint32_t* flags) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  Stream& stream = found->second;
  const size_t length = std::min(room, stream.waiting.size() - stream.at);
  std::copy_n(stream.waiting.data() + stream.at, length, into);
  stream.at += length;
  if (stream.at == stream.waiting.size()) {
    std::string().swap(stream.waiting);
    stream.at = 0;
    stream.sent = stream.whole;
  }
  if (stream.sent) *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (length > 0) ear_.Sent(stream.call, static_cast<uint32_t>(length));
  return length == 0 && !stream.sent ? ssize_t{NGHTTP2_ERR_DEFERRED} : static_cast<ssize_t>(length);
}

// --- What is answered. ---

void Inquiry::BeginHeaders(Id id) {
  if (const auto found = streams_.find(id); found != streams_.end()) found->second.header_bytes = 0;
}

bool Inquiry::Header(Id id, std::string_view name, std::string_view value) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return true;
  Stream& stream = found->second;
  if (!CountField(stream.header_bytes, name, value)) return false;
  if (name == ":status") stream.http_ok = value == "200";
  if (name == "content-type") stream.grpc = value.substr(0, kGrpc.size()) == kGrpc;
  if (name == "grpc-message") stream.message = std::string(value.substr(0, kMaxMessage));
  if (name == "grpc-status") {
    uint8_t status = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), status);
    const bool known = read.ec == std::errc() && read.ptr == value.data() + value.size() && status <= kLastStatus;
    stream.status = known ? status : kUnknown;
  }
  return true;
}

bool Inquiry::Data(Id id, std::string_view bytes) {
  const auto found = streams_.find(id);
  const bool wanted = found != streams_.end() && found->second.http_ok && found->second.grpc;
  if (!wanted) {  // of a call that is no more, or no answer of gRPC
    nghttp2_session_consume(session_, id, bytes.size());
    return true;
  }
  // nghttp2 resets the stream where more comes than the window allows, but tells us what came too much.
  if (found->second.untaken + bytes.size() > kReceiveWindow) return Cut(Reason::kProtocol);
  found->second.untaken += bytes.size();
  ear_.Received(found->second.call, bytes);
  return true;
}

// An answer that is whole before the request is: the rest of the request is not wanted.
void Inquiry::AnswerEnded(Id id) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.sent) return;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
}

void Inquiry::StreamClosed(Id id, uint32_t error) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const Stream stream = std::move(found->second);
  streams_.erase(found);
  ids_.erase(stream.call);
  nghttp2_session_consume_connection(session_, stream.untaken);
  const uint8_t without = error == NGHTTP2_NO_ERROR ? kUnknown : kUnavailable;
  ear_.Ended(stream.call, stream.http_ok && stream.grpc ? stream.status.value_or(without) : without, stream.message);
}

}  // namespace tidegate::door

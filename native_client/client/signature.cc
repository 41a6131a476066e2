#include "client/signature.h"

#include <string_view>

namespace ds {
namespace {

using std::string_view;
using namespace std::string_view_literals;

struct Row {
  size_t at;
  string_view bytes;
  string_view at_8;  // further bytes there
  Signature means;
};

constexpr Row kTable[] = {
    {0, "RIFF"sv, "WAVE"sv, {Reader::kWav, "a WAV file"}},
    {0, "RF64"sv, "WAVE"sv, {Reader::kWav, "a WAV file"}},
    {0, "BW64"sv, "WAVE"sv, {Reader::kWav, "a WAV file"}},
    {0, "RIFX"sv, "WAVE"sv, {Reader::kPlain, "a WAV file"}},
    {0, "OggS"sv, ""sv, {Reader::kOgg, "an Ogg file"}},
    {0, "fLaC"sv, ""sv, {Reader::kFlac, "a FLAC file"}},
    {0, "ID3"sv, ""sv, {Reader::kMpeg, "an MP3 file"}},
    {0, "FORM"sv, "AIFF"sv, {Reader::kPlain, "an AIFF file"}},
    {0, "FORM"sv, "AIFC"sv, {Reader::kPlain, "an AIFF file"}},
    {0, "FORM"sv, "8SVX"sv, {Reader::kPlain, "an IFF file"}},
    {0, ".snd"sv, ""sv, {Reader::kPlain, "an AU file"}},
    {0, "riff\x2e\x91\xcf\x11"sv, ""sv, {Reader::kPlain, "a W64 file"}},
    {0, "caff"sv, ""sv, {Reader::kPlain, "a CAF file"}},
    {0, "NIST_1A\n"sv, ""sv, {Reader::kPlain, "a SPHERE file"}},
    {0, "Creative Voice File"sv, ""sv, {Reader::kPlain, "a VOC file"}},
    {4, "ftyp"sv, ""sv, {Reader::kFfmpeg, "an MP4 (M4A) file"}},
    {0, "\x1a\x45\xdf\xa3"sv, ""sv, {Reader::kFfmpeg, "a WebM or Matroska file"}},
    {0, "#!AMR"sv, ""sv, {Reader::kFfmpeg, "an AMR file"}},
    {0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv, ""sv, {Reader::kFfmpeg, "a WMA file"}},
    {0, "RIFF"sv, "AVI "sv, {Reader::kFfmpeg, "an AVI file"}},
    {0, "FLV\x01"sv, ""sv, {Reader::kFfmpeg, "a Flash video"}},
    {0, "wvpk"sv, ""sv, {Reader::kFfmpeg, "a WavPack file"}},
    {0, "MAC "sv, ""sv, {Reader::kFfmpeg, "a Monkey's Audio file"}},
    {0, "<!DOCTYPE"sv, ""sv, {Reader::kNoAudio, "an HTML page"}},
    {0, "<!doctype"sv, ""sv, {Reader::kNoAudio, "an HTML page"}},
    {0, "<html"sv, ""sv, {Reader::kNoAudio, "an HTML page"}},
    {0, "<HTML"sv, ""sv, {Reader::kNoAudio, "an HTML page"}},
    {0, "<?xml"sv, ""sv, {Reader::kNoAudio, "an XML file"}},
    {0, "%PDF"sv, ""sv, {Reader::kNoAudio, "a PDF document"}},
    {0, "\x89PNG"sv, ""sv, {Reader::kNoAudio, "a PNG picture"}},
    {0, "GIF8"sv, ""sv, {Reader::kNoAudio, "a GIF picture"}},
    {0, "\xff\xd8\xff\xe0"sv, ""sv, {Reader::kNoAudio, "a JPEG picture"}},
    {0, "\xff\xd8\xff\xe1"sv, ""sv, {Reader::kNoAudio, "a JPEG picture"}},
    {0, "PK\x03\x04"sv, ""sv, {Reader::kNoAudio, "a ZIP archive"}},
    {0, "Rar!\x1a\x07"sv, ""sv, {Reader::kNoAudio, "a RAR archive"}},
    {0, "\x1f\x8b\x08"sv, ""sv, {Reader::kNoAudio, "a gzip archive"}},
    {0,
     "\xfd"
     "7zXZ"sv,
     ""sv,
     {Reader::kNoAudio, "an xz archive"}},
    {4, "1AY&SY"sv, ""sv, {Reader::kNoAudio, "a bzip2 archive"}},
    {0, "\x28\xb5\x2f\xfd"sv, ""sv, {Reader::kNoAudio, "a zstd archive"}},
    {0, "7z\xbc\xaf\x27\x1c"sv, ""sv, {Reader::kNoAudio, "a 7z archive"}},
    {257, "ustar"sv, ""sv, {Reader::kNoAudio, "a tar archive"}},
    {0, "SAMPLEDB"sv, ""sv, {Reader::kNoAudio, "a sample database"}},
    {0,
     "\x7f"
     "ELF"sv,
     ""sv,
     {Reader::kNoAudio, "a program"}},
};

constexpr size_t kHead = 262;     // bytes; the row that reaches furthest
constexpr size_t kChain = 16384;  // bytes that hold three frames of any kind
constexpr int kFrames = 3;        // in a row are no accident

bool HasAt(string_view head, size_t at, string_view bytes) {
  return head.size() >= at && head.substr(at, bytes.size()) == bytes;
}

const unsigned char* Bytes(string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool IsMpeg(string_view head) {
  MpegFrame first;
  size_t at = 0;
  for (int i = 0; i < kFrames; ++i) {
    if (at == head.size() && i > 0) return true;  // a short file
    if (head.size() < at + 4) return false;
    const MpegFrame frame = ReadMpegHeader(Bytes(head) + at);
    if (frame.bytes == 0 || (i > 0 && !frame.Continues(first))) return false;
    first = frame;
    at += frame.bytes;
  }
  return true;
}

// AAC in ADTS frames: 12 bits of ones, version, layer 0; 13 bits of length from bit 30 on.
bool IsAdts(string_view head) {
  size_t at = 0;
  for (int i = 0; i < kFrames; ++i) {
    if (at == head.size() && i > 0) return true;
    if (head.size() < at + 7) return false;
    const unsigned char* p = Bytes(head) + at;
    const size_t length = (p[3] & 3u) << 11 | p[4] << 3 | p[5] >> 5;
    if (p[0] != 0xFF || (p[1] & 0xF6) != 0xF0 || length < 7) return false;
    at += length;
  }
  return true;
}

// kbit/s by index; 0: free, or not allowed.
constexpr unsigned kBitrates[5][16] = {
    {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0},  // MPEG 1, layer 1
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0},     // layer 2
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},      // layer 3
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0},     // MPEG 2, layer 1
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},          // layers 2, 3
};

}  // namespace

// sync 11 bits, version 2, layer 2, no checksum 1, bitrate 4, rate 2, padding 1, private 1, mode 2.
MpegFrame ReadMpegHeader(const unsigned char* p) {
  constexpr unsigned kRates[] = {44100, 48000, 32000};  // MPEG 1; 2 has half, 2.5 a quarter
  const unsigned version = p[1] >> 3 & 3, layer = 4 - (p[1] >> 1 & 3), rate = p[2] >> 2 & 3;
  if (p[0] != 0xFF || (p[1] & 0xE0) != 0xE0 || version == 1 || layer == 4 || rate == 3) return {};
  const unsigned row = version == 3 ? layer - 1 : layer == 1 ? 3 : 4;
  const unsigned bitrate = 1000 * kBitrates[row][p[2] >> 4];
  if (bitrate == 0) return {};
  MpegFrame frame;
  frame.version = version;
  frame.layer = layer;
  frame.rate = kRates[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
  frame.mono = p[3] >> 6 == 3;
  frame.side_info = version == 3 ? (frame.mono ? 17 : 32) : (frame.mono ? 9 : 17);
  const unsigned padding = p[2] >> 1 & 1;
  if (layer == 1) {
    frame.bytes = 4 * (12 * bitrate / frame.rate + padding);
  } else {
    frame.bytes = (layer == 3 && version != 3 ? 72 : 144) * bitrate / frame.rate + padding;
  }
  return frame;
}

Signature Recognise(Input* input) {
  const std::string head = input->Peek(kHead);
  for (const Row& row : kTable) {
    if (HasAt(head, row.at, row.bytes) && HasAt(head, 8, row.at_8)) return row.means;
  }
  if (head.size() < 2 || head[0] != '\xff' || (head[1] & 0xE0) != 0xE0) return {};
  const std::string longer = input->Peek(kChain);
  if (IsMpeg(longer)) return {Reader::kMpeg, "an MP3 file"};
  if (IsAdts(longer)) return {Reader::kFfmpeg, "an AAC file"};
  // libsndfile would try, and libmpg123 complain. Samples, from standard input, may begin so.
  if (ReadMpegHeader(Bytes(head)).bytes != 0) return {Reader::kUnknown, "a scrap of an MP3 file"};
  return {};
}

}  // namespace ds

// What a file is, told by its first bytes: names lie, and pipes have none.
#ifndef DS_CLIENT_SIGNATURE_H_
#define DS_CLIENT_SIGNATURE_H_

#include "client/input.h"

namespace ds {

enum class Reader {
  kUnknown,
  kWav,      // ours; libsndfile for the codings that are not
  kOgg,      // libsndfile from here on, stream by stream
  kMpeg,     // MP3 and its elders
  kFlac,     //
  kPlain,    // one stream behind a header
  kFfmpeg,   // audio that libsndfile does not know
  kNoAudio,  // something else that is known
};

struct Signature {
  Reader reader = Reader::kUnknown;
  const char* name = "";  // with an article: "a PNG picture"
};

// Looks at the next bytes of `input`, which stay to be read.
Signature Recognise(Input* input);

// Of an MPEG audio frame; 0 bytes where there is none, or its length is not told.
struct MpegFrame {
  size_t bytes = 0;
  unsigned version = 0;    // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
  unsigned layer = 0;      // 1 to 3
  unsigned rate = 0;       // Hz
  bool mono = false;       //
  unsigned side_info = 0;  // bytes between header and data, of layer 3
  bool Continues(const MpegFrame& other) const {
    return version == other.version && layer == other.layer && rate == other.rate &&
           mono == other.mono;
  }
};
MpegFrame ReadMpegHeader(const unsigned char* four_bytes);

}  // namespace ds
#endif  // DS_CLIENT_SIGNATURE_H_

// Where the streams of a file lie. libsndfile reads the first stream of a file and believes what
// its header says; what follows it, what is missing, and what lies between is found here.
#ifndef DS_CLIENT_LAYOUT_H_
#define DS_CLIENT_LAYOUT_H_

#include <string>
#include <string_view>
#include <vector>

#include "client/input.h"
#include "client/signature.h"

namespace ds {

// Bytes of a file, or others in their place.
struct Piece {
  uint64_t offset = 0, size = 0;
  std::string instead = {};  // of `size` bytes, or empty
};

// One stream: what libsndfile is given as a file.
using Part = std::vector<Piece>;

struct Layout {
  Reader reader = Reader::kUnknown;  // behind tags there may be another than in front of them
  std::vector<Part> parts;           // in order; none in an MP3 file that has no frames
  bool cut = false;                  // it ends before its header says
  bool damaged = false;              // something between is left out
  bool unsized = false;              // no header says where it ends
};

// `input` is a file, or has been stored.
Layout FindParts(const Input& input, Reader reader);

// The first place in `bytes` where a WAV file begins, npos if none does.
size_t FindWav(std::string_view bytes);

}  // namespace ds
#endif  // DS_CLIENT_LAYOUT_H_

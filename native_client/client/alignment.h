// Where a text is spoken in a recording, and how it is printed.
#ifndef DS_CLIENT_ALIGNMENT_H_
#define DS_CLIENT_ALIGNMENT_H_

#include <memory>
#include <string>

#include "client/options.h"
#include "deepspeech.h"

namespace ds {

struct AlignmentFreer {
  void operator()(Alignment* alignment) const { DS_FreeAlignment(alignment); }
};
using AlignmentPointer = std::unique_ptr<Alignment, AlignmentFreer>;

// The whole output. `path` is that of the recording. What was not found is left out, but for JSON,
// which says so.
std::string Write(const Alignment& alignment, const std::string& path, AlignFormat format,
                  AlignUnit unit);

// What times are of where nothing is said about it.
AlignUnit UsualUnit(AlignFormat format);

// Of files that --output_dir gets: ".json", ".TextGrid", ...
const char* Suffix(AlignFormat format);

// How much was found: a line, and one for each line of the text that was not, up to ten.
std::string Summary(const Alignment& alignment);

}  // namespace ds
#endif  // DS_CLIENT_ALIGNMENT_H_

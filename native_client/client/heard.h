// How the command prints a keyword that was heard.
#ifndef DS_CLIENT_HEARD_H_
#define DS_CLIENT_HEARD_H_

#include <string>

#include "client/options.h"
#include "deepspeech.h"

namespace ds {

// A line, with its newline: start, end, score and phrase, or an object of JSON; with the
// recording's path before it, unless that is empty.
std::string Write(const HeardKeyword& heard, const std::string& path, Format format);

}  // namespace ds
#endif  // DS_CLIENT_HEARD_H_

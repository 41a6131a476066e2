#include "client/heard.h"

#include "client/writing.h"

namespace ds {

std::string Write(const HeardKeyword& heard, const std::string& path, Format format) {
  const auto score = static_cast<double>(heard.score);
  if (format == Format::kJson) {
    return (path.empty() ? "{" : "{\"path\": " + Quoted(path) + ", ") +
           "\"start\": " + Number(heard.start_time, 4) + ", \"end\": " + Number(heard.end_time, 4) +
           ", \"score\": " + Number(score, 4) + ", \"phrase\": " + Quoted(heard.phrase) + "}\n";
  }
  return (path.empty() ? "" : path + '\t') + Printf("%.2f ", heard.start_time) +
         Printf("%.2f ", heard.end_time) + Printf("%.3f ", score) + heard.phrase + '\n';
}

}  // namespace ds

#include "client/convert_command.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>

#include "deepspeech.h"

namespace ds {
namespace {

constexpr char kUsage[] =
    R"(Usage: deepspeech-convert [--recurrent_bits 4] IN OUT

Converts the model IN (.pb, .pbmm or .tflite of DeepSpeech 0.9.3, STT 1.4 or this project) to the
packed model OUT (.pbmm), which opens in a millisecond: its weights are int8, in the order of use.
Alphabet, features and language of IN are kept.

  --recurrent_bits N   8 (default), or 4 for a smaller, faster and slightly less exact model
  --version, --help
Exit status: 0 success, 1 failure, 2 wrong usage.
)";

// Exit status after help or version: 0, or 1 and a line where they could not be printed.
int Printed() {
  errno = 0;
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return 0;
  std::fprintf(stderr, "deepspeech-convert: standard output: %s\n", std::strerror(errno));
  return 1;
}

}  // namespace

int RunConvert(const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  unsigned bits = 8;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      std::fputs(kUsage, stdout);
      return Printed();
    }
    if (argument == "--version") {
      const std::unique_ptr<char, decltype(&DS_FreeString)> version(DS_Version(), DS_FreeString);
      if (!version) throw std::bad_alloc();
      std::printf("DeepSpeech  %s\n", version.get());
      return Printed();
    }
    if (argument == "--recurrent_bits" || argument == "-recurrent_bits") {
      const std::string value = i + 1 < arguments.size() ? arguments[++i] : "";
      if (value != "4" && value != "8") {
        std::fprintf(stderr,
                     "deepspeech-convert: --recurrent_bits is '%s': expected 8 or 4\n"
                     "Try 'deepspeech-convert --help'.\n",
                     value.c_str());
        return 2;
      }
      bits = value == "4" ? 4 : 8;
      continue;
    }
    if (argument.size() > 1 && argument[0] == '-') {
      std::fprintf(stderr, "deepspeech-convert: no option %s\nTry 'deepspeech-convert --help'.\n",
                   argument.c_str());
      return 2;
    }
    paths.push_back(argument);
  }
  if (paths.size() != 2) {
    std::fprintf(stderr,
                 "deepspeech-convert: %zu file names: expected IN and OUT\n"
                 "Try 'deepspeech-convert --help'.\n",
                 paths.size());
    return 2;
  }
  const std::string &source = paths[0], &target = paths[1];
  const int code = DS_PackModelWithBits(source.c_str(), target.c_str(), bits);
  if (code != DS_ERR_OK) {
    const std::string reason = DS_LastError();  // lives until the next call only
    std::fprintf(stderr, "deepspeech-convert: %s: %s (0x%x)\n", source.c_str(), reason.c_str(),
                 static_cast<unsigned>(code));
    return 1;
  }
  std::error_code error;
  const auto before = std::filesystem::file_size(source, error);
  const auto after = std::filesystem::file_size(target, error);
  if (!error) {
    std::fprintf(stderr, "%s: %.1f MB, from %.1f MB\n", target.c_str(), 1e-6 * after,
                 1e-6 * before);
  }
  return 0;
}

}  // namespace ds

// The command line of `deepspeech`.
#ifndef DS_CLIENT_OPTIONS_H_
#define DS_CLIENT_OPTIONS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "deepspeech.h"

namespace ds {

enum class Format { kText, kJson, kSrt, kVtt, kCsv };

// How --align prints where a text is spoken.
enum class AlignFormat { kJson, kCtm, kTextGrid, kSrt, kVtt, kAudacity };
enum class AlignUnit { kLine, kWord };

// Shapes of JSON: of the C++ and of the Python command of 0.9.3, and ours with all there is.
enum class JsonStyle { kCpp, kPython, kFull };

struct Options {
  std::string model;
  std::vector<std::string> audio;  // files, folders, "-"
  std::string scorer;
  unsigned beam_width = 0;  // 0: the model's
  std::optional<float> lm_alpha, lm_beta;
  std::vector<std::pair<std::string, float>> hot_words;
  std::string keywords;  // a file; empty: transcribe
  std::string grammar;   // a file, or a text of lines; empty: anything may be said
  std::optional<float> oov_cost;
  float reject = 0, reject_words = 0;  // probabilities below which a text, a word is [unk]
  Format format = Format::kText;
  JsonStyle json_style = JsonStyle::kCpp;
  unsigned candidates = 3;
  unsigned stream = 0;  // samples a piece; 0: no intermediate results
  bool times = false;   // print the processor's seconds
  bool fp32 = false;    // weights of a .pb as they are
  unsigned jobs = 1;
  bool lines = false;  // a folder's recordings as several files are printed, not as in 0.9.3
  std::string output_dir;
  std::string align;  // the file with the text that is spoken; empty: transcribe
  std::optional<AlignFormat> align_format;
  std::optional<AlignUnit> align_by;
  std::optional<SegmentOptions> segment;  // cut at pauses
  bool list_models = false;
  bool version = false;
  bool help = false;
};

// A wrong command line; the text says why.
class UsageError : public Error {
 public:
  using Error::Error;
};

// `style` is what the program prints unless --json_style says otherwise.
Options ParseOptions(const std::vector<std::string>& arguments, JsonStyle style);

extern const char kHelp[];

// Of a grammar that is not for slots of free speech.
constexpr char kNoUseForScorer[] =
    "a grammar has no use for a scorer, unless it has no public rule: leave out --scorer or the "
    "grammar";

}  // namespace ds
#endif  // DS_CLIENT_OPTIONS_H_

#include "client/options.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

namespace ds {

const char kHelp[] =
    R"(Usage: deepspeech --model MODEL --audio AUDIO [option]...
       deepspeech MODEL AUDIO... [option]...

Transcribes speech. AUDIO is a file, a folder or - for standard input: 16-bit mono samples at the
model's rate, or a WAV file. Its text so far appears on standard error.
Transcripts go to standard output, everything else to standard error.

  --model FILE                 the exported network: .pbmm, .pb or .tflite
  --audio FILE|FOLDER|-        what to transcribe; may be repeated
  --scorer FILE                language model: a .scorer, KenLM binary or ARPA file
  --beam_width N               hypotheses kept (default: the model's)
  --lm_alpha A, --lm_beta B    weights of the language model (default: the scorer's)
  --fp32                       run the weights of a .pb unquantised: slower, closest to 0.9.3
  --hot_words W:B,...          words or phrases to boost by B (below 0: make less likely)

  --json                       print JSON; with several files, one object per line
  --json_style cpp|python|full as the C++ or Python command of 0.9.3, or with all fields
  --candidate_transcripts N    number of transcripts in JSON (default 3)
  --srt, --vtt                 print subtitles
  --csv                        print words with start, end and confidence
  --output_dir FOLDER          write one file per AUDIO there instead
  --extended                   print the transcript assembled from its letters
  -t                           print the CPU time in seconds: cpu_time_overall=1.23456

  --stream N                   feed N samples at a time and print the text whenever it changes
                               (on standard error if another format is printed)
  --extended_stream N          the same, assembled from letters
  --jobs N                     transcribe N files at a time
  --version, --help
Exit status: 0 success, 1 something failed, 2 wrong usage, 130 ended by Ctrl-C.
)";

namespace {

unsigned ToCount(const std::string& name, const std::string& text) {
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end || value < 1 || value > 1000000000) {
    throw UsageError(name + " is '" + text + "': expected a whole number from 1 to 1000000000");
  }
  return static_cast<unsigned>(value);
}

float ToNumber(const std::string& name, const std::string& text) {
  char* end = nullptr;
  const float value = std::strtof(text.c_str(), &end);
  if (text.empty() || *end || !std::isfinite(value)) {
    throw UsageError(name + " is '" + text + "': expected a number");
  }
  return value;
}

// "friend:7.5,new york:2" in pairs.
std::vector<std::pair<std::string, float>> ToHotWords(const std::string& text) {
  std::vector<std::pair<std::string, float>> words;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, end - at);
    const size_t colon = item.rfind(':');
    if (colon == std::string::npos || colon == 0) {
      throw UsageError("--hot_words has '" + item +
                       "': expected WORD:BOOST, for example friend:7.5");
    }
    words.emplace_back(item.substr(0, colon), ToNumber("--hot_words", item.substr(colon + 1)));
    at = end + 1;
  }
  return words;
}

JsonStyle ToStyle(const std::string& text) {
  if (text == "cpp") return JsonStyle::kCpp;
  if (text == "python") return JsonStyle::kPython;
  if (text == "full") return JsonStyle::kFull;
  throw UsageError("--json_style is '" + text + "': expected cpp, python or full");
}

void SetFormat(Options* o, Format format) {
  if (o->format != Format::kText && o->format != format) {
    throw UsageError("more than one of --json, --srt, --vtt and --csv: expected one");
  }
  o->format = format;
}

struct Option {
  const char* name;
  bool takes_value;
  std::function<void(Options*, const std::string&)> apply;
};

const std::vector<Option>& Table() {
  using S = std::string;
  static const std::vector<Option> table = {
      {"--model", true, [](Options* o, const S& v) { o->model = v; }},
      {"--audio", true, [](Options* o, const S& v) { o->audio.push_back(v); }},
      {"--scorer", true, [](Options* o, const S& v) { o->scorer = v; }},
      {"--beam_width", true,
       [](Options* o, const S& v) { o->beam_width = ToCount("--beam_width", v); }},
      {"--lm_alpha", true, [](Options* o, const S& v) { o->lm_alpha = ToNumber("--lm_alpha", v); }},
      {"--lm_beta", true, [](Options* o, const S& v) { o->lm_beta = ToNumber("--lm_beta", v); }},
      {"--hot_words", true, [](Options* o, const S& v) { o->hot_words = ToHotWords(v); }},
      {"--fp32", false, [](Options* o, const S&) { o->fp32 = true; }},
      {"--json", false, [](Options* o, const S&) { SetFormat(o, Format::kJson); }},
      {"--json_style", true, [](Options* o, const S& v) { o->json_style = ToStyle(v); }},
      {"--candidate_transcripts", true,
       [](Options* o, const S& v) { o->candidates = ToCount("--candidate_transcripts", v); }},
      {"--srt", false, [](Options* o, const S&) { SetFormat(o, Format::kSrt); }},
      {"--vtt", false, [](Options* o, const S&) { SetFormat(o, Format::kVtt); }},
      {"--csv", false, [](Options* o, const S&) { SetFormat(o, Format::kCsv); }},
      {"--output_dir", true, [](Options* o, const S& v) { o->output_dir = v; }},
      {"--extended", false, [](Options*, const S&) {}},  // our transcripts are the letters' text
      {"-t", false, [](Options* o, const S&) { o->times = true; }},
      {"--stream", true, [](Options* o, const S& v) { o->stream = ToCount("--stream", v); }},
      {"--extended_stream", true,
       [](Options* o, const S& v) { o->stream = ToCount("--extended_stream", v); }},
      {"--jobs", true, [](Options* o, const S& v) { o->jobs = ToCount("--jobs", v); }},
      {"--version", false, [](Options* o, const S&) { o->version = true; }},
      {"--help", false, [](Options* o, const S&) { o->help = true; }},
      {"-h", false, [](Options* o, const S&) { o->help = true; }},
  };
  return table;
}

size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t next = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = row[j];
      row[j] = next;
    }
  }
  return row.back();
}

[[noreturn]] void RefuseOption(const std::string& name) {
  const Option* nearest = nullptr;
  size_t least = 4;
  for (const Option& option : Table()) {
    const size_t distance = EditDistance(name, option.name);
    if (distance < least && 2 * distance <= name.size()) {  // --foo is not --fp32
      least = distance;
      nearest = &option;
    }
  }
  throw UsageError("no option " + name +
                   (nearest ? ": did you mean " + std::string(nearest->name) + "?" : ""));
}

}  // namespace

Options ParseOptions(const std::vector<std::string>& arguments, JsonStyle style) {
  Options options;
  options.json_style = style;
  bool model_given = false, only_words = false;
  std::vector<std::string> words;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (only_words || argument.size() < 2 || argument[0] != '-') {
      words.push_back(argument);
      continue;
    }
    if (argument == "--") {
      only_words = true;
      continue;
    }
    const size_t equals = argument.rfind("--", 0) == 0 ? argument.find('=') : std::string::npos;
    const std::string name = argument.substr(0, equals);
    const auto& table = Table();
    const auto option =
        std::find_if(table.begin(), table.end(), [&](const Option& o) { return name == o.name; });
    if (option == table.end()) RefuseOption(name);
    std::string value;
    if (equals != std::string::npos) {
      if (!option->takes_value) throw UsageError(name + " takes no value");
      value = argument.substr(equals + 1);
    } else if (option->takes_value) {
      if (++i == arguments.size()) throw UsageError(name + " needs a value");
      value = arguments[i];
    }
    option->apply(&options, value);
    model_given = model_given || name == "--model";
  }
  if (options.help || options.version) return options;

  if (!model_given) {  // the form of 2017: MODEL AUDIO
    if (words.empty()) throw UsageError("Missing model information: expected --model FILE");
    options.model = words.front();
    words.erase(words.begin());
  }
  options.audio.insert(options.audio.end(), words.begin(), words.end());
  if (options.audio.empty()) throw UsageError("nothing to transcribe: expected --audio FILE");
  if (options.lm_alpha.has_value() != options.lm_beta.has_value()) {
    throw UsageError("--lm_alpha and --lm_beta need each other: expected both");
  }
  if (std::count(options.audio.begin(), options.audio.end(), "-") > 1) {
    throw UsageError("standard input (-) can be read only once");
  }
  return options;
}

}  // namespace ds

#include "client/transcript.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/utf8.h"
#include "client/writing.h"

namespace ds {
namespace {

// As C++ streams print it: six significant digits.
std::string SixDigits(double value) { return std::isfinite(value) ? Printf("%g", value) : "null"; }

// A float as Python's repr writes it: the fewest digits that read back the same.
std::string Repr(double value) {
  if (!std::isfinite(value))
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  char text[64];
  int digits = 1;
  for (; digits < 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
  const int exponent = std::atoi(std::strchr(text, 'e') + 1);
  if (exponent < -4 || exponent >= 16) {
    return text;  // "1e-07"
  }
  std::snprintf(text, sizeof text, "%.*f", std::max(1, digits - 1 - exponent), value);
  return text;
}

// The members that a grammar adds to a transcript's.
std::string IntentMember(const Candidate& candidate) {
  return "\"intent\": " + (candidate.intent.empty() ? "null" : Quoted(candidate.intent));
}
std::string SlotsMember(const Candidate& candidate) {
  return "\"slots\": " + List(candidate.slots, 0, [](const NamedSlot& slot) {
           return "{\"name\": " + Quoted(slot.name) + ", \"value\": " + Quoted(slot.value) +
                  ", \"text\": " + Quoted(slot.text) + ", \"start\": " + Number(slot.start, 4) +
                  ", \"end\": " + Number(slot.end, 4) + "}";
         });
}

// The members of json.dumps(..., indent=2), `separator` between them: a line break and the
// indentation, or a space where every recording has its line.
class PythonJson {
 public:
  PythonJson(bool lines, bool grammar) : lines_(lines), grammar_(grammar) {}

  std::string Write(const Transcript& transcript) const {
    return "\"transcripts\": " +
           Items(1, transcript.candidates, [this](const Candidate& candidate) {
             const std::string confidence = "\"confidence\": " + Repr(candidate.confidence);
             if (!grammar_) return Object(2, confidence, Words(candidate));
             return Object(2, confidence, Words(candidate), IntentMember(candidate),
                           SlotsMember(candidate));
           });
  }
  std::string Break(int depth) const {
    return lines_ ? '\n' + std::string(static_cast<size_t>(2 * depth), ' ') : std::string();
  }

 private:
  std::string Words(const Candidate& candidate) const {
    return "\"words\": " + Items(3, candidate.timed_words, [this](const TimedWord& w) {
             // An empty word, before a space that begins a text, starts at the int 0.
             return Object(4, "\"word\": " + AsciiQuoted(w.text),
                           "\"start_time\": " + (w.text.empty() ? "0" : Number(w.start, 4)),
                           "\"duration\": " + Number(w.duration, 4));
           });
  }
  template <class... Members>
  std::string Object(int depth, const Members&... members) const {
    std::string json = "{";
    const char* comma = "";
    ((json += comma + Break(depth + 1) + members, comma = lines_ ? "," : ", "), ...);
    return json + Break(depth) + "}";
  }
  template <class Item, class Text>
  std::string Items(int depth, const std::vector<Item>& items, Text text) const {
    if (items.empty()) return "[]";
    std::string json = "[";
    for (size_t i = 0; i < items.size(); ++i) {
      json += (i == 0 ? "" : lines_ ? "," : ", ") + Break(depth + 1) + text(items[i]);
    }
    return json + Break(depth) + "]";
  }

  const bool lines_, grammar_;
};

std::string MoreMembers(const Candidate& candidate, bool grammar) {
  return grammar ? ", " + IntentMember(candidate) + ", " + SlotsMember(candidate) : "";
}

std::string CppCandidate(const Candidate& candidate, bool grammar) {
  return "\"metadata\": {\"confidence\": " + SixDigits(candidate.confidence) + "}, \"words\": " +
         List(candidate.timed_words, 0,
              [](const TimedWord& word) {
                return "{\"word\": " + Quoted(word.text) + ", \"time\": " + Number(word.start, 4) +
                       ", \"duration\": " + Number(word.duration, 4) + "}";
              }) +
         MoreMembers(candidate, grammar);
}

std::string CppJson(const Transcript& transcript, bool grammar) {
  std::string json = CppCandidate(transcript.best(), grammar);
  if (transcript.candidates.size() > 1) {
    json += ", \"alternatives\": " +
            List(transcript.candidates, 1, [grammar](const Candidate& candidate) {
              return "{" + CppCandidate(candidate, grammar) + "}";
            });
  }
  return json;
}

std::string FullJson(const Transcript& transcript, bool segmented, bool grammar) {
  return (segmented ? "\"start\": " + Number(transcript.start, 4) + ", " : std::string()) +
         "\"duration\": " + Number(transcript.seconds, 4) + ", \"transcripts\": " +
         List(transcript.candidates, 0, [grammar](const Candidate& candidate) {
           return "{\"text\": " + Quoted(candidate.text) +
                  ", \"confidence\": " + Number(candidate.confidence, 6) +
                  ", \"probability\": " + Number(candidate.probability, 4) +
                  ", \"calibrated\": " + (candidate.calibrated ? "true" : "false") +
                  ", \"words\": " +
                  List(candidate.words, 0,
                       [](const SpokenWord& word) {
                         return "{\"word\": " + Quoted(word.text) +
                                ", \"start\": " + Number(word.start, 4) +
                                ", \"end\": " + Number(word.end, 4) +
                                ", \"confidence\": " + Number(word.confidence, 4) +
                                ", \"probability\": " + Number(word.probability, 4) + "}";
                       }) +
                  MoreMembers(candidate, grammar) + "}";
         });
}

std::string Json(const Transcript& transcript, const Options& options, bool named) {
  const JsonStyle style = options.json_style;
  const bool grammar = !options.grammar.empty();
  std::string json = "{";
  if (named || style == JsonStyle::kFull)
    json += "\"file\": " + AsciiQuoted(transcript.path) + ", ";
  switch (style) {
    case JsonStyle::kCpp:
      json += CppJson(transcript, grammar);
      break;
    case JsonStyle::kPython: {
      const PythonJson python(!named, grammar);
      json += python.Break(1) + python.Write(transcript) + python.Break(0);
      break;
    }
    case JsonStyle::kFull:
      json += FullJson(transcript, options.segment.has_value(), grammar);
      break;
  }
  return json + "}\n";
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? "\"\"" : std::string(1, c);
  return field + '"';
}

std::string Csv(const Transcript& transcript) {
  std::string rows;
  for (const SpokenWord& word : transcript.best().words) {
    rows += CsvField(transcript.path) + ',' + Printf("%.2f", word.start) + ',' +
            Printf("%.2f", word.end) + ',' + Printf("%.3f", word.confidence) + ',' +
            CsvField(word.text) + '\n';
  }
  return rows;
}

// A subtitle: a line of words that stays on the screen.
struct Cue {
  double start, end;
  std::string text;
};

constexpr double kPause = 0.8, kLongest = 6.0;  // seconds
constexpr double kLetter = 0.5;                 // seconds that a letter is thought to last at most
constexpr size_t kMostCharacters = 64;

// Lengthens the last cue, or begins a new one where the speaker pauses, and before it grows too
// long to read.
void Append(const Cue& piece, const char* separator, std::vector<Cue>* cues) {
  if (!cues->empty()) {
    Cue& last = cues->back();
    const std::string text = last.text + separator + piece.text;
    if (piece.start - last.end <= kPause && piece.end - last.start <= kLongest &&
        CountCharacters(text) <= kMostCharacters) {
      last.end = piece.end;
      last.text = text;
      return;
    }
  }
  cues->push_back(piece);
}

// A word too long for a cue is cut between letters, as where a script has no spaces.
std::vector<Cue> Cues(const std::vector<SpokenWord>& words) {
  std::vector<Cue> cues;
  for (const SpokenWord& word : words) {
    if (word.end - word.start <= kLongest && CountCharacters(word.text) <= kMostCharacters) {
      Append({word.start, word.end, word.text}, " ", &cues);
      continue;
    }
    for (size_t i = 0; i < word.letters.size(); ++i) {
      const SpokenLetter& letter = word.letters[i];
      const double next = i + 1 < word.letters.size() ? word.letters[i + 1].start : word.end;
      Append({letter.start, std::min(next, letter.start + kLetter), letter.text}, i == 0 ? " " : "",
             &cues);
    }
  }
  return cues;
}

std::string Subtitles(const Transcript& transcript, bool srt) {
  std::string text;
  int number = 0;
  for (const Cue& cue : Cues(transcript.best().words)) {
    if (srt) text += std::to_string(++number) + '\n';
    text += Clock(cue.start, srt ? ',' : '.') + " --> " + Clock(cue.end, srt ? ',' : '.') + '\n' +
            cue.text + "\n\n";
  }
  return text;
}

}  // namespace

std::string Heading(Format format) {
  if (format == Format::kVtt) return "WEBVTT\n\n";
  if (format == Format::kCsv) return "file,start,end,confidence,word\n";
  return "";
}

void Append(const Transcript& utterance, Transcript* recording) {
  const Candidate& from = utterance.best();
  if (recording->candidates.empty()) recording->candidates.emplace_back();
  Candidate& to = recording->candidates.front();
  if (!to.text.empty() && !from.text.empty()) to.text += ' ';
  to.text += from.text;
  to.confidence += from.confidence;
  to.timed_words.insert(to.timed_words.end(), from.timed_words.begin(), from.timed_words.end());
  to.words.insert(to.words.end(), from.words.begin(), from.words.end());
}

std::string Write(const Transcript& transcript, const Options& options, bool named) {
  switch (options.format) {
    case Format::kJson:
      return Json(transcript, options, named);
    case Format::kSrt:
      return Subtitles(transcript, true);
    case Format::kVtt:
      return Subtitles(transcript, false);
    case Format::kCsv:
      return Csv(transcript);
    case Format::kText:
      break;
  }
  return (named ? transcript.path + '\t' : "") + transcript.best().text + '\n';
}

const char* Suffix(Format format) {
  switch (format) {
    case Format::kJson:
      return ".json";
    case Format::kSrt:
      return ".srt";
    case Format::kVtt:
      return ".vtt";
    case Format::kCsv:
      return ".csv";
    case Format::kText:
      break;
  }
  return ".txt";
}

}  // namespace ds

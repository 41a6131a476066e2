#include "client/alignment.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/utf8.h"
#include "client/writing.h"

namespace ds {
namespace {

using Parts = std::vector<AlignedPart>;

Parts Lines(const Alignment& alignment) {
  return {alignment.lines, alignment.lines + alignment.num_lines};
}
Parts Words(const Alignment& alignment) {
  return {alignment.words, alignment.words + alignment.num_words};
}

// The lines or words that were found.
Parts Found(const Alignment& alignment, AlignUnit unit) {
  Parts parts = unit == AlignUnit::kLine ? Lines(alignment) : Words(alignment);
  parts.erase(std::remove_if(parts.begin(), parts.end(),
                             [](const AlignedPart& part) { return !part.found; }),
              parts.end());
  return parts;
}

// A text with `with` in the place of each `what`.
std::string Replaced(std::string text, char what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, 1, with);
  }
  return text;
}

std::string JsonPart(const AlignedPart& part) {
  return "\"text\": " + Quoted(part.text) + ", \"start\": " + Number(part.start_time, 4) +
         ", \"end\": " + Number(part.end_time, 4) +
         ", \"confidence\": " + Number(part.confidence, 4) +
         ", \"found\": " + (part.found ? "true" : "false");
}

std::string Json(const Alignment& alignment, const std::string& path) {
  return "{\"file\": " + AsciiQuoted(path) + ", \"duration\": " + Number(alignment.duration, 4) +
         ", \"lines\": " +
         List(Lines(alignment), 0,
              [&](const AlignedPart& line) {
                const AlignedPart* first = alignment.words + line.first;
                return "\n{" + JsonPart(line) + ", \"words\": " +
                       List(Parts(first, first + line.count), 0,
                            [](const AlignedPart& word) { return "{" + JsonPart(word) + "}"; }) +
                       "}";
              }) +
         "}\n";
}

// Fields are parted by spaces, so those in a text are written as NeMo does.
std::string Ctm(const Alignment& alignment, const std::string& path, AlignUnit unit) {
  const std::string name = path == "-" ? "stdin" : std::filesystem::path(path).stem().string();
  std::string text;
  for (const AlignedPart& line : Lines(alignment)) {
    if (!line.found) text += ";; not found: " + std::string(line.text) + '\n';
  }
  for (const AlignedPart& part : Found(alignment, unit)) {
    text += Replaced(name, ' ', "<space>") + " 1 " + Printf("%.2f", part.start_time) + ' ' +
            Printf("%.2f", part.end_time - part.start_time) + ' ' +
            Replaced(part.text, ' ', "<space>") + ' ' + Printf("%.3f", part.confidence) + '\n';
  }
  return text;
}

std::string Interval(size_t number, double start, double end, const std::string& text) {
  return "        intervals [" + std::to_string(number) +
         "]:\n            xmin = " + Number(start, 4) + "\n            xmax = " + Number(end, 4) +
         "\n            text = \"" + Replaced(text, '"', "\"\"") + "\"\n";
}

// Intervals fill a tier: where nothing is, their text is empty.
std::string Tier(const Alignment& alignment, AlignUnit unit, int number, const char* name) {
  std::string intervals;
  size_t count = 0;
  double at = 0;
  for (const AlignedPart& part : Found(alignment, unit)) {
    if (part.start_time > at) intervals += Interval(++count, at, part.start_time, "");
    intervals += Interval(++count, part.start_time, part.end_time, part.text);
    at = part.end_time;
  }
  if (alignment.duration > at || count == 0) {
    intervals += Interval(++count, at, alignment.duration, "");
  }
  return "    item [" + std::to_string(number) +
         "]:\n        class = \"IntervalTier\"\n        name = \"" + name +
         "\"\n        xmin = 0\n        xmax = " + Number(alignment.duration, 4) +
         "\n        intervals: size = " + std::to_string(count) + '\n' + intervals;
}

std::string TextGrid(const Alignment& alignment) {
  return "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\nxmin = 0\nxmax = " +
         Number(alignment.duration, 4) + "\ntiers? <exists>\nsize = 2\nitem []:\n" +
         Tier(alignment, AlignUnit::kLine, 1, "lines") +
         Tier(alignment, AlignUnit::kWord, 2, "words");
}

// WebVTT has tags and entities.
std::string Escaped(const std::string& text) {
  return Replaced(Replaced(Replaced(text, '&', "&amp;"), '<', "&lt;"), '>', "&gt;");
}

std::string Cues(const Alignment& alignment, AlignUnit unit, bool srt) {
  std::string text = srt ? "" : "WEBVTT\n\n";
  const char point = srt ? ',' : '.';
  int number = 0;
  for (const AlignedPart& part : Found(alignment, unit)) {
    if (srt) text += std::to_string(++number) + '\n';
    text += Clock(part.start_time, point) + " --> " + Clock(part.end_time, point) + '\n' +
            (srt ? part.text : Escaped(part.text)) + "\n\n";
  }
  return text;
}

std::string Audacity(const Alignment& alignment, AlignUnit unit) {
  std::string text;
  for (const AlignedPart& part : Found(alignment, unit)) {
    text += Printf("%.4f", part.start_time) + '\t' + Printf("%.4f", part.end_time) + '\t' +
            Replaced(part.text, '\t', " ") + '\n';
  }
  return text;
}

}  // namespace

std::string Write(const Alignment& alignment, const std::string& path, AlignFormat format,
                  AlignUnit unit) {
  switch (format) {
    case AlignFormat::kCtm:
      return Ctm(alignment, path, unit);
    case AlignFormat::kTextGrid:
      return TextGrid(alignment);
    case AlignFormat::kSrt:
    case AlignFormat::kVtt:
      return Cues(alignment, unit, format == AlignFormat::kSrt);
    case AlignFormat::kAudacity:
      return Audacity(alignment, unit);
    case AlignFormat::kJson:
      break;
  }
  return Json(alignment, path);
}

AlignUnit UsualUnit(AlignFormat format) {
  return format == AlignFormat::kCtm ? AlignUnit::kWord : AlignUnit::kLine;
}

const char* Suffix(AlignFormat format) {
  switch (format) {
    case AlignFormat::kCtm:
      return ".ctm";
    case AlignFormat::kTextGrid:
      return ".TextGrid";
    case AlignFormat::kSrt:
      return ".srt";
    case AlignFormat::kVtt:
      return ".vtt";
    case AlignFormat::kAudacity:
      return ".txt";
    case AlignFormat::kJson:
      break;
  }
  return ".json";
}

std::string Summary(const Alignment& alignment) {
  constexpr size_t kMost = 10, kLongest = 100;  // lines, and bytes of each
  const auto shown = [](std::string text) {
    if (text.size() <= kLongest) return text;
    size_t end = kLongest;
    while (!StartsCharacter(static_cast<unsigned char>(text[end]))) --end;
    return text.substr(0, end) + "...";
  };
  const Parts lines = Lines(alignment);
  size_t missing = 0;
  std::string named;
  for (const AlignedPart& line : lines) {
    if (!line.found && ++missing <= kMost) named += "\nnot found: " + shown(line.text);
  }
  if (missing > kMost) named += "\nand " + std::to_string(missing - kMost) + " more";
  return "found " + std::to_string(lines.size() - missing) + " of " + std::to_string(lines.size()) +
         " lines of the text" + named;
}

}  // namespace ds

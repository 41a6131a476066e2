#include "scorer/fit.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace ds {
namespace {

constexpr size_t kMostAlphabetBytes = 1 << 20;
// How many arcs are looked at when a package does not carry its alphabet.
constexpr int kArcsSampled = 4096;

std::string Quoted(const std::string& text) { return "'" + text + "'"; }

// Labels as a reader would write them: 'a', ' ', 0xc3.
std::string Show(const std::string& label) {
  if (label.size() == 1 && (label[0] < 0x20 || label[0] >= 0x7f)) {
    char hex[8];
    std::snprintf(hex, sizeof(hex), "0x%02x", static_cast<uint8_t>(label[0]));
    return hex;
  }
  return Quoted(label);
}

// "label 3 is 'c' there and 'd' here" for the first few differences.
std::string Differences(const std::vector<std::string>& scorer,
                        const std::vector<std::string>& model) {
  std::string text;
  int shown = 0;
  for (size_t i = 0; i < std::max(scorer.size(), model.size()) && shown < 5; ++i) {
    const std::string there = i < scorer.size() ? Show(scorer[i]) : "none";
    const std::string here = i < model.size() ? Show(model[i]) : "none";
    if (there == here) continue;
    text += (shown++ ? ", " : "") + std::string("label ") + std::to_string(i) + " is " + there +
            " in the scorer and " + here + " in the model";
  }
  return text;
}

// Any number in a damaged file.
int64_t LabelOf(const FstArc& arc) { return int64_t{arc.label} - 1; }

// The label that some word of the automaton ends with; -1 if none is found.
int64_t LastLabel(const ConstFst& fst) {
  int32_t state = fst.start();
  for (int steps = 0; steps < kArcsSampled && !fst.ArcsOf(state).empty(); ++steps) {
    const FstArc& arc = *fst.ArcsOf(state).begin();
    if (fst.IsFinal(arc.next)) return LabelOf(arc);
    state = arc.next;
  }
  return -1;
}

// Compares the automaton with the alphabet by its first words, for packages of older tools:
// labels within range, and in words mode a space exactly where a word ends.
std::string CompareLabels(const ConstFst& fst, const Alphabet& alphabet) {
  const int labels = alphabet.size();
  const int space = alphabet.space();
  std::vector<int32_t> open = {fst.start()};
  for (int seen = 0; !open.empty() && seen < kArcsSampled;) {
    const int32_t state = open.back();
    open.pop_back();
    for (const FstArc& arc : fst.ArcsOf(state)) {
      if (++seen > kArcsSampled) break;
      if (arc.label < 1 || arc.label > labels) {
        return "it uses label " + std::to_string(LabelOf(arc)) +
               ", the model's alphabet has labels 0 to " + std::to_string(labels - 1);
      }
      if (!alphabet.bytes_output && space >= 0) {
        const bool ends = fst.IsFinal(arc.next);
        if (ends != (arc.label == space + 1)) {
          const int64_t last = ends ? LabelOf(arc) : LastLabel(fst);
          return last == space ? "its words continue after label " + std::to_string(space) +
                                     ", which is the model's space"
                               : "its words end with label " + std::to_string(last) +
                                     ", the model's space is label " + std::to_string(space);
        }
        if (ends) continue;
      }
      open.push_back(arc.next);
    }
  }
  return "";
}

// How the alphabet of a package differs from the model's; empty if it does not. `rest` is what
// follows the automaton: the alphabet, in packages that carry it.
std::string OtherAlphabet(std::string_view rest, const ConstFst& fst, const Alphabet& alphabet) {
  uint32_t magic = 0;
  if (rest.size() > sizeof magic) std::memcpy(&magic, rest.data(), sizeof magic);
  if (magic != kAlphabetMagic) return CompareLabels(fst, alphabet);
  Alphabet made_for;
  try {
    made_for = Alphabet::Deserialize(std::string(rest.substr(4, kMostAlphabetBytes - 4)));
  } catch (const Error&) {
    return CompareLabels(fst, alphabet);
  }
  return made_for.labels == alphabet.labels ? "" : Differences(made_for.labels, alphabet.labels);
}

// Whether a word of the automaton has several labels.
bool HasLongWords(const ConstFst& fst) {
  const ConstFst::Arcs arcs = fst.ArcsOf(fst.start());
  return std::any_of(arcs.begin(), arcs.end(), [&](const FstArc& arc) {
    return !fst.IsFinal(arc.next) || !fst.ArcsOf(arc.next).empty();
  });
}

}  // namespace

std::string Misfit(std::string_view rest, const ConstFst& fst, const Alphabet& alphabet) {
  const std::string difference = OtherAlphabet(rest, fst, alphabet);
  if (!difference.empty()) return "was made for a different alphabet: " + difference;
  if (alphabet.units() == Units::kLabels && HasLongWords(fst)) {
    return "has words of several labels, and the alphabet no space to end them: make it of single "
           "labels, as bin/make_scorer.py does";
  }
  return "";
}

}  // namespace ds

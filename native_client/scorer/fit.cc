#include "scorer/fit.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "base/error.h"

namespace ds {
namespace {

constexpr size_t kMostAlphabetBytes = 1 << 20;
// How many arcs are looked at when a package does not carry its alphabet.
constexpr int kArcsSampled = 4096;
// Words that are looked up: a few at random, for each is read from a file that may be cold; if too
// few of the longest are known, more; then the first of the automaton, of which one in kKnown must
// be.
constexpr int kFirstWalks = 32, kWalks = 256;
constexpr size_t kMostLetters = 64, kFirstWords = 500000, kKnown = 500;
// Shorter words may be found in any language; where there are hardly others, they have to do.
constexpr size_t kTellingLetters = 6, kEnoughTelling = 50;

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
  // Labels that the model has beyond those of the scorer are in none of its words.
  const bool begins =
      made_for.labels.size() <= alphabet.labels.size() &&
      std::equal(made_for.labels.begin(), made_for.labels.end(), alphabet.labels.begin());
  return begins && made_for.units() == alphabet.units()
             ? ""
             : Differences(made_for.labels, alphabet.labels);
}

// Whether a word of the automaton has several labels.
bool HasLongWords(const ConstFst& fst) {
  const ConstFst::Arcs arcs = fst.ArcsOf(fst.start());
  return std::any_of(arcs.begin(), arcs.end(), [&](const FstArc& arc) {
    return !fst.IsFinal(arc.next) || !fst.ArcsOf(arc.next).empty();
  });
}

// The words of an automaton, as labels + 1 with what ends them; in a damaged one the walks end too.
class Lexicon {
 public:
  explicit Lexicon(const ConstFst& fst) : fst_(fst) {}

  // Words at random, the same ones each time, the longest first; less than `walks` where some lead
  // to none.
  std::vector<std::vector<int32_t>> Draw(int walks) {
    std::vector<std::vector<int32_t>> drawn;
    for (int i = 0; i < walks; ++i) {
      std::vector<int32_t> word = Walk();
      if (!word.empty()) drawn.push_back(std::move(word));
    }
    std::stable_sort(drawn.begin(), drawn.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
    return drawn;
  }

  // Visits the first words, at most kFirstWords.
  template <class Visit>
  void ForEachFirst(Visit visit) {
    left_ = kFirstWords;
    arcs_left_ = kFirstWords * 8;
    std::vector<int32_t> word;
    Descend(fst_.start(), &word, visit);
  }

 private:
  // Empty where it leads to no word.
  std::vector<int32_t> Walk() {
    std::vector<int32_t> word;
    int32_t state = fst_.start();
    while (word.size() < kMostLetters) {
      const ConstFst::Arcs arcs = fst_.ArcsOf(state);
      if (arcs.empty()) return {};
      const FstArc& arc = arcs.first[random_() % arcs.size()];
      word.push_back(arc.label);
      state = arc.next;
      if (fst_.IsFinal(state)) return word;
    }
    return {};
  }

  template <class Visit>
  void Descend(int32_t state, std::vector<int32_t>* word, Visit visit) {
    if (word->size() == kMostLetters) return;
    for (const FstArc& arc : fst_.ArcsOf(state)) {
      if (left_ == 0 || arcs_left_ == 0) return;
      --arcs_left_;
      word->push_back(arc.label);
      if (fst_.IsFinal(arc.next)) {
        --left_;
        visit(*word);
      } else {
        Descend(arc.next, word, visit);
      }
      word->pop_back();
    }
  }

  const ConstFst& fst_;
  std::minstd_rand random_{4567};
  size_t left_ = 0, arcs_left_ = 0;
};

// A word in the letters of an alphabet; empty in a damaged automaton.
std::string Spell(const std::vector<int32_t>& word, const Alphabet& alphabet) {
  std::string text;
  const size_t letters = word.size() - (alphabet.units() == Units::kWords ? 1 : 0);
  for (size_t i = 0; i < letters; ++i) {
    if (word[i] < 1 || word[i] > alphabet.size()) return "";
    text += alphabet.labels[static_cast<size_t>(word[i]) - 1];
  }
  return text;
}

// A word for a message of one line.
std::string Printable(std::string word) {
  for (char& c : word) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  return Quoted(word);
}

// What of some words a language model knows.
struct Count {
  size_t words = 0, known = 0;
  void Add(const std::string& word, const LanguageModel& lm) {
    ++words;
    known += lm.WordId(word) != LanguageModel::kUnknown;
  }
};

// What is wrong if the language model does not know the words of the automaton; else empty.
std::string UnknownWords(const ConstFst& fst, const LanguageModel& lm, const Alphabet& alphabet) {
  Lexicon lexicon(fst);
  std::string example;
  for (const int walks : {kFirstWalks, kWalks}) {
    std::vector<std::vector<int32_t>> drawn = lexicon.Draw(walks);
    drawn.resize((drawn.size() + 3) / 4);
    Count longest;
    for (const std::vector<int32_t>& word : drawn) longest.Add(Spell(word, alphabet), lm);
    if (10 * longest.known >= longest.words) return "";  // nearly always at once
    example = Spell(drawn.front(), alphabet);
  }

  Count all, telling;
  lexicon.ForEachFirst([&](const std::vector<int32_t>& word) {
    const std::string text = Spell(word, alphabet);
    all.Add(text, lm);
    if (word.size() > kTellingLetters) telling.Add(text, lm);
  });
  const Count& count = telling.words >= kEnoughTelling ? telling : all;
  if (kKnown * count.known >= count.words && count.known > 0) return "";
  return "was made for a different alphabet, or of two texts: in the model's letters its words "
         "are like " +
         Printable(example) + ", and its language model knows " + std::to_string(count.known) +
         " of " + std::to_string(count.words);
}

}  // namespace

std::string Misfit(std::string_view rest, const ConstFst& fst, const LanguageModel& lm,
                   const Alphabet& alphabet) {
  const std::string difference = OtherAlphabet(rest, fst, alphabet);
  if (!difference.empty()) return "was made for a different alphabet: " + difference;
  if (alphabet.units() == Units::kLabels && HasLongWords(fst)) {
    return "has words of several labels, and the alphabet no space to end them: make it of single "
           "labels, as bin/make_scorer.py does";
  }
  return UnknownWords(fst, lm, alphabet);
}

}  // namespace ds

// What was recognised in a recording, and how it is printed.
#ifndef DS_CLIENT_TRANSCRIPT_H_
#define DS_CLIENT_TRANSCRIPT_H_

#include <string>
#include <vector>

#include "client/options.h"

namespace ds {

struct SpokenLetter {
  std::string text;
  double start;  // seconds
};

struct SpokenWord {
  std::string text;
  double start, end;  // seconds
  double confidence;  // 0..1
  std::vector<SpokenLetter> letters;
  double probability;  // that it is right
};

// A word as 0.9.3 cut it out of the letters: its duration ends where its last letter, or the space
// behind it, begins. A space that begins a text, or follows another, ends an empty word.
struct TimedWord {
  std::string text;
  double start, duration;  // seconds
};

// What a grammar names.
struct NamedSlot {
  std::string name, text, value;
  double start, end;  // seconds
};

struct Candidate {
  std::string text;
  double confidence;       // log of a probability with bonuses
  double probability = 0;  // that it is right
  bool calibrated = false;
  std::vector<TimedWord> timed_words;
  std::vector<SpokenWord> words;
  std::string intent;  // with a grammar; "": it does not tell
  std::vector<NamedSlot> slots;
};

struct Transcript {
  std::string path;
  double start = 0;                   // of an utterance in its recording, seconds
  double seconds = 0;                 // of audio
  std::vector<Candidate> candidates;  // best first; at least one

  const Candidate& best() const { return candidates.front(); }
};

// Adds an utterance to the words of its recording; candidates but the best are lost.
void Append(const Transcript& utterance, Transcript* recording);

// The whole output for one recording, with its newline. `named`: it says which recording it is.
std::string Write(const Transcript& transcript, const Options& options, bool named);

// What comes before the first recording of an output.
std::string Heading(Format format);

// Of files that --output_dir gets: ".txt", ".json", ...
const char* Suffix(Format format);

}  // namespace ds
#endif  // DS_CLIENT_TRANSCRIPT_H_

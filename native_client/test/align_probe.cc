// Aligns a text with posteriors and prints where its parts are: for the tests of align/.
//
//   align_probe ALPHABET|- TEXT POSTERIORS     -: bytes; float32 values [steps, labels + 1]
//
// A line for each line of the text, each word and each letter: its kind, whether it was found, its
// first step, the one after its last, its confidence, the text as given.
#include <cstdio>
#include <string>
#include <vector>

#include "align/aligner.h"
#include "base/file.h"

namespace {

void Print(const char* kind, const ds::Text& text, const std::vector<ds::TextPart>& parts,
           const std::vector<ds::Place>& places) {
  for (size_t i = 0; i < parts.size(); ++i) {
    std::printf("%s\t%d\t%u\t%u\t%.4f\t%s\n", kind, places[i].found, places[i].start, places[i].end,
                static_cast<double>(places[i].confidence), text.Of(parts[i]).c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const ds::Alphabet alphabet =
      argv[1][0] == '-' ? ds::Alphabet::Bytes() : ds::Alphabet::Load(argv[1]);
  ds::Aligner aligner(alphabet, ds::ReadAll(argv[2]));
  const size_t classes = static_cast<size_t>(alphabet.size()) + 1;
  std::FILE* file = std::fopen(argv[3], "rb");
  if (file == nullptr) return 1;
  std::vector<float> row(classes);
  while (std::fread(row.data(), sizeof(float), classes, file) == classes) {
    aligner.Step(row.data(), 1, static_cast<int>(classes));
  }
  std::fclose(file);
  const ds::Alignment found = aligner.Finish();
  Print("line", aligner.text(), aligner.text().lines, found.lines);
  Print("word", aligner.text(), aligner.text().words, found.words);
  Print("letter", aligner.text(), aligner.text().letters, found.letters);
  return 0;
}

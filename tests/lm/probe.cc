// What the tests of the language model layer look through: one executable over language_model.h and
// scorer_package.h, built by tests/lm/conftest.py.
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "scorer/language_model.h"
#include "scorer/scorer_package.h"

namespace {

ds::Alphabet LoadAlphabet(const std::string& path) {
  return path == "bytes" ? ds::Alphabet::Bytes() : ds::Alphabet::Load(path);
}

// Every word of the automaton, a line each.
void PrintWords(const ds::ConstFst& fst, const ds::Alphabet& alphabet, int32_t state,
                const std::string& prefix) {
  if (fst.IsFinal(state)) std::cout << prefix << "\n";
  for (const ds::FstArc& arc : fst.ArcsOf(state)) {
    PrintWords(fst, alphabet, arc.next, prefix + alphabet.labels[arc.label - 1]);
  }
}

int Open(const std::string& path, const std::string& alphabet_path, bool words) {
  const ds::Alphabet alphabet = LoadAlphabet(alphabet_path);
  try {
    const ds::ScorerPackage package(path, alphabet);
    if (words) {
      PrintWords(package.fst(), alphabet, package.fst().start(), "");
    } else {
      std::printf("0\n\n%.17g %.17g %d %zu %d\n", package.alpha(), package.beta(),
                  package.bytes_output(), package.words_left_out(), package.fst().num_states());
    }
  } catch (const ds::Error& e) {
    if (!words) std::printf("%d\n%s\n", e.code(), e.what());
  }
  return 0;
}

// For each line of stdin: log10 of each word's and of </s>'s probability.
int Score(const std::string& path) {
  const ds::LanguageModel lm(ds::Fd::OpenRead(path), path);
  for (std::string line; std::getline(std::cin, line);) {
    ds::LanguageModel::State in = lm.Begin(), out;
    std::istringstream words(line);
    for (std::string word; words >> word; in = out) {
      std::printf("%.9g ", lm.Score(in, lm.WordId(word), &out));
    }
    std::printf("%.9g\n", lm.End(in));
  }
  return 0;
}

// Uses a package as a decoder would: a random walk through the automaton, random words scored.
void Use(const ds::ScorerPackage& package, std::mt19937* random) {
  for (int walk = 0; walk < 20; ++walk) {
    int32_t state = package.fst().start();
    for (int step = 0; step < 30; ++step) {
      const auto arcs = package.fst().ArcsOf(state);
      if (arcs.empty()) break;
      const ds::FstArc& arc = arcs.first[(*random)() % arcs.size()];
      if (package.fst().Next(state, arc.label) == ds::ConstFst::kNoState) break;
      state = arc.next;
      package.fst().IsFinal(state);
    }
  }
  const ds::LanguageModel& lm = package.lm();
  ds::LanguageModel::State in = lm.Begin(), out;
  for (int word = 0; word < 200; ++word) {
    lm.Score(in, (*random)() % lm.num_words(), &out);
    in = out;
  }
}

// Cuts the file off or flips bits, `rounds` times; counts how often it was refused and used.
int Damage(const std::string& path, const std::string& alphabet_path, int rounds) {
  std::ifstream file(path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), {});
  const ds::Alphabet alphabet = LoadAlphabet(alphabet_path);
  std::mt19937 random(4567);
  int refused = 0, used = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto data = std::make_shared<std::string>(whole);
    std::string& bytes = *data;
    if (round % 4 == 0) {
      bytes.resize(random() % bytes.size());
    } else {  // half of the flips in the headers, where they hurt most
      const size_t reach = round % 4 == 1 ? std::min<size_t>(bytes.size(), 200) : bytes.size();
      for (int flip = 0; flip <= round % 7; ++flip) {
        bytes[random() % reach] ^= static_cast<char>(1 << random() % 8);
      }
    }
    try {
      Use(ds::ScorerPackage({data, bytes.data()}, bytes.size(), alphabet), &random);
      ++used;
    } catch (const ds::Error& e) {
      const std::string message = e.what();
      if (message.empty() || message.find('\n') != std::string::npos) {
        std::printf("code %d without a one-line message\n", e.code());
        return 1;
      }
      ++refused;
    }
  }
  std::printf("%d %d\n", refused, used);
  return 0;
}

// Of our own, not of mapped files, of which the system maps more than is read.
long OwnKb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.compare(0, 8, "RssAnon:") == 0) return std::stol(line.substr(8));
  }
  return 0;
}

// Milliseconds to open and kilobytes of memory that it took.
int Time(const std::string& path, const std::string& alphabet_path) {
  const ds::Alphabet alphabet = LoadAlphabet(alphabet_path);
  const long before = OwnKb();
  const auto start = std::chrono::steady_clock::now();
  const ds::ScorerPackage package(path, alphabet);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::printf("%.3f %ld\n", took.count(), OwnKb() - before);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 2 ? argv[1] : "";
  if (command == "score") return Score(argv[2]);
  if (argc < 4) return 2;
  if (command == "open") return Open(argv[2], argv[3], false);
  if (command == "words") return Open(argv[2], argv[3], true);
  if (command == "time") return Time(argv[2], argv[3]);
  if (command == "damage" && argc > 4) return Damage(argv[2], argv[3], std::stoi(argv[4]));
  return 2;
}

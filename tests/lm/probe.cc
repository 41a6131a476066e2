// What the tests of the language model layer look through: one executable over kenlm_shim.h and
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

#include "scorer/scorer_package.h"

namespace {

ds::OutputAlphabet LoadAlphabet(const std::string& path) {
  ds::OutputAlphabet alphabet;
  std::string error;
  if (path == "bytes") return ds::OutputAlphabet::Bytes();
  if (!ds::OutputAlphabet::Load(path, &alphabet, &error)) std::cerr << error << "\n";
  return alphabet;
}

// Every word of the automaton, a line each.
void PrintWords(const ds::ConstFst& fst, const ds::OutputAlphabet& alphabet, int32_t state,
                const std::string& prefix) {
  if (fst.IsFinal(state)) std::cout << prefix << "\n";
  for (const ds::FstArc& arc : fst.ArcsOf(state)) {
    PrintWords(fst, alphabet, arc.next, prefix + alphabet.labels[arc.label - 1]);
  }
}

int Open(const std::string& path, const std::string& alphabet_path, bool words) {
  const ds::OutputAlphabet alphabet = LoadAlphabet(alphabet_path);
  std::unique_ptr<ds::ScorerPackage> package;
  std::string message;
  const int code = ds::ScorerPackage::Open(path, alphabet, &package, &message);
  if (!words) {
    std::printf("%d\n%s\n", code, message.c_str());
    if (package) {
      std::printf("%.17g %.17g %d %zu %d\n", package->alpha(), package->beta(),
                  package->bytes_output(), package->words_left_out(), package->fst().num_states());
    }
  } else if (package) {
    PrintWords(package->fst(), alphabet, package->fst().start(), "");
  }
  return 0;
}

// For each line of stdin: log10 of each word's and of </s>'s probability.
int Score(const std::string& path) {
  dskenlm_model* lm = nullptr;
  char text[512];
  if (dskenlm_open(path.c_str(), &lm, text, sizeof(text)) != DSKENLM_OK) {
    std::fprintf(stderr, "%s\n", text);
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) {
    dskenlm_state in, out;
    dskenlm_begin_state(lm, &in);
    std::istringstream words(line);
    for (std::string word; words >> word; in = out) {
      const uint32_t id = dskenlm_index(lm, word.data(), word.size());
      std::printf("%.9g ", dskenlm_score(lm, &in, id, &out));
    }
    std::printf("%.9g\n", dskenlm_score(lm, &in, dskenlm_end_sentence(lm), &out));
  }
  dskenlm_free(lm);
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
  dskenlm_state in, out;
  dskenlm_begin_state(package.lm(), &in);
  for (int word = 0; word < 200; ++word) {
    dskenlm_score(package.lm(), &in, (*random)() % dskenlm_vocab_size(package.lm()), &out);
    in = out;
  }
}

// Cuts the file off or flips bits, `rounds` times; counts how often it was refused and used.
int Damage(const std::string& path, const std::string& alphabet_path, int rounds) {
  std::ifstream file(path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), {});
  const ds::OutputAlphabet alphabet = LoadAlphabet(alphabet_path);
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
    std::unique_ptr<ds::ScorerPackage> package;
    std::string message;
    const int code = ds::ScorerPackage::OpenMemory({data, bytes.data()}, bytes.size(), alphabet,
                                                   &package, &message);
    if (code == ds::kScorerOk) {
      Use(*package, &random);
      ++used;
    } else if (message.empty() || message.find('\n') != std::string::npos) {
      std::printf("code %d without a one-line message\n", code);
      return 1;
    } else {
      ++refused;
    }
  }
  std::printf("%d %d\n", refused, used);
  return 0;
}

long ResidentKb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.compare(0, 6, "VmRSS:") == 0) return std::stol(line.substr(6));
  }
  return 0;
}

// Milliseconds to open and resident kilobytes that it took.
int Time(const std::string& path, const std::string& alphabet_path) {
  const ds::OutputAlphabet alphabet = LoadAlphabet(alphabet_path);
  std::unique_ptr<ds::ScorerPackage> package;
  std::string message;
  const long before = ResidentKb();
  const auto start = std::chrono::steady_clock::now();
  ds::ScorerPackage::Open(path, alphabet, &package, &message);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::printf("%.3f %ld\n", took.count(), ResidentKb() - before);
  return package ? 0 : 1;
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

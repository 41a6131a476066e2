// Writes .scorer packages.
#ifndef DS_SCORER_SCORER_WRITER_H_
#define DS_SCORER_SCORER_WRITER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "base/alphabet.h"
#include "scorer/scorer_package.h"

namespace ds {

struct ScorerContents {
  std::string lm_path;             // a KenLM binary
  std::vector<std::string> words;  // those that the alphabet cannot spell are left out
  Alphabet alphabet;
  double alpha = kDefaultAlpha;
  double beta = kDefaultBeta;
};

// Writes a package, complete or not at all; returns how many of the words are in it. Throws Error.
size_t WriteScorerPackage(const ScorerContents& contents, const std::string& package_path);

}  // namespace ds
#endif  // DS_SCORER_SCORER_WRITER_H_

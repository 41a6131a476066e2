// Transcribes 16-bit mono samples at 16 kHz from standard input by the C++ class of 2017: once
// directly, once by way of its feature vectors.
//
//   c++ -std=c++17 transcribe_2017.cc $(pkg-config --cflags --libs deepspeech) -o transcribe_2017
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "deepspeech.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "Usage: %s MODEL < SAMPLES\n", argv[0]);
    return 2;
  }
  try {
    std::vector<short> samples;
    short sample;
    while (std::fread(&sample, sizeof sample, 1, stdin) == 1) samples.push_back(sample);

    DeepSpeech::Model model(argv[1], 26, 9);
    const unsigned count = static_cast<unsigned>(samples.size());
    char* text = model.stt(samples.data(), count, 16000);
    std::printf("%s\n", text);
    std::free(text);

    float* vectors;
    int frames, length;
    model.getInputVector(samples.data(), count, 16000, &vectors, &frames, &length);
    text = model.infer(vectors, frames, length);
    std::printf("%s\n%d %d\n", text, frames, length);
    std::free(text);
    std::free(vectors);
  } catch (const DeepSpeech::Error& e) {
    std::fprintf(stderr, "%s (0x%X)\n", e.what(), static_cast<unsigned>(e.code()));
    return 1;
  }
}

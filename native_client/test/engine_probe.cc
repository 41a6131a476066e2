// Shows the inside of the native client to the tests in Python.
//
//   engine_probe info MODEL                  what the graph says, "key value" lines
//   engine_probe features MODEL < PCM        float32 [frames + 2 * n_context, n_input]
//   engine_probe probs MODEL [OPTION...] < PCM   float32 [frames, n_classes]
//       fp32 | threads=N | chunk=SAMPLES
//   engine_probe pack MODEL                  the packed bytes of each matrix, one after the other
//
// PCM is 16-bit mono. Errors: the code and the sentence on stderr, exit 1.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "api/acoustic_stream.h"
#include "base/error.h"
#include "engine/engine.h"
#include "features/features.h"
#include "model/open_model.h"

namespace {

std::vector<int16_t> ReadPcm() {
  std::vector<int16_t> samples;
  int16_t buffer[4096];
  size_t n;
  while ((n = std::fread(buffer, sizeof *buffer, 4096, stdin)) > 0) {
    samples.insert(samples.end(), buffer, buffer + n);
  }
  return samples;
}

void Write(const void* data, size_t size) { std::fwrite(data, 1, size, stdout); }

void Info(const ds::Engine& engine) {
  const ds::Network& n = engine.network();
  std::printf("version %d\nn_hidden %d\nn_input %d\nn_context %d\nn_classes %d\nbidirectional %d\n",
              n.graph_version, n.n_hidden, n.features.n_input, n.n_context, n.n_classes(),
              n.bidirectional);
  std::printf("layer_norm %d\nrelu_clip %g\nfeatures %s\nsample_rate %d\nbeam_width %d\n",
              !n.layer1.gamma.empty(), n.layer1.clip, n.features.is_2017 ? "2017" : "0.9.3",
              n.features.sample_rate, n.beam_width);
  std::printf("isa %s\nthreads %d\nfp32 %d\n", engine.isa(), engine.threads(), engine.fp32());
}

void Pack(const ds::ModelFile& file) {
  const ds::Network network = ds::ReadNetwork(ds::Graph(file));
  auto write = [](const char* bytes, int rows, int cols, bool gates) {
    const auto packed = ds::PackedMatrix::Quantise(bytes, rows, cols, gates, "");
    Write(packed.Block(0), packed.size());
  };
  for (const ds::DenseLayer* layer :
       {&network.layer1, &network.layer2, &network.layer3, &network.layer5, &network.layer6}) {
    write(layer->weights.bytes.data(), layer->weights.rows, layer->weights.cols, false);
  }
  for (const ds::LstmLayer& layer : network.lstm) {
    const ds::WeightMatrix& m = layer.kernel;
    const int inputs = m.rows - m.cols / 4;
    write(m.bytes.data(), inputs, m.cols, true);
    write(m.bytes.data() + sizeof(float) * inputs * m.cols, m.cols / 4, m.cols, true);
  }
}

int Main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string verb = argv[1];
  ds::EngineOptions options;
  size_t chunk = 0;
  for (int i = 3; i < argc; ++i) {
    if (std::strcmp(argv[i], "fp32") == 0) options.fp32 = true;
    if (std::strncmp(argv[i], "threads=", 8) == 0) options.threads = std::atoi(argv[i] + 8);
    if (std::strncmp(argv[i], "chunk=", 6) == 0) chunk = std::atoi(argv[i] + 6);
  }
  auto file = ds::OpenModel(argv[2]);
  if (verb == "pack") {
    Pack(*file);
    return 0;
  }
  const ds::Engine engine(std::move(file), options);
  if (verb == "info") {
    Info(engine);
    return 0;
  }
  const ds::FeatureExtractor extractor(engine.network().features);
  const std::vector<int16_t> samples = ReadPcm();
  if (verb == "features") {
    size_t frames;
    const std::vector<float> rows = ds::UtteranceRows(extractor, engine.network().n_context,
                                                      samples.data(), samples.size(), &frames);
    Write(rows.data(), rows.size() * sizeof(float));
    return 0;
  }
  ds::AcousticStream stream(engine, extractor);
  const ds::ProbSink sink = [&](const float* probs, int count) {
    Write(probs, sizeof(float) * count * engine.network().n_classes());
  };
  if (chunk == 0) chunk = samples.size() + 1;
  for (size_t at = 0; at < samples.size(); at += chunk) {
    stream.Feed(samples.data() + at, std::min(chunk, samples.size() - at), sink);
  }
  stream.Finish(sink);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(argc, argv);
  } catch (const ds::Error& e) {
    std::fprintf(stderr, "0x%04x %s\n", e.code(), e.what());
    return 1;
  }
}

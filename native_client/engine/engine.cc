#include "engine/engine.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/interrupt.h"

namespace ds {
namespace {

constexpr size_t kOwnCaches = size_t{1} << 20;

}  // namespace

// A stream's part of the steps that some streams do together.
struct StepJob {
  int first_gates, count;  // the input parts of its gates in `work`
  LstmState* state;
  Workspace* work;  // of this stream: gates, h
  float* y;         // step t's h goes to y + t * stride
  size_t stride;

  float* H(int step) const { return work->h[step % 2].data(); }
};

// One thread's part in running a chunk of frames. Rows of activations are `width` floats apart; all
// threads call the same methods in the same order.
class Pass {
 public:
  Pass(const Engine& engine, Workspace* work, const TeamMember& member)
      : engine_(engine),
        kernels_(*engine.kernels_),
        work_(*work),
        member_(member),
        own_(work->threads[member.index]) {}

  // Layer 1: windows `stride` floats apart, each value 16 bits wide as two int8 rows, since
  // features of very different size share a window.
  void Windows(const Engine::Dense& layer, const float* windows, size_t stride, int count,
               float* y) {
    if (layer.weights.is_float()) return Layer(layer, windows, stride, count, y);
    const int groups = layer.weights.groups(), width = groups * kGroup, rows = layer.weights.rows();
    std::vector<float>& window = own_.window;
    for (int f = member_.Begin(count); f < member_.End(count); ++f) {
      std::copy_n(windows + f * stride, rows, window.begin());
      std::fill(window.begin() + rows, window.begin() + width, 0.0f);
      const float scale = QuantiseRow(window.data(), groups, f, 2 * count);
      for (int i = 0; i < width; ++i) {
        const int q = work_.q[(i / kGroup * 2 * count + f) * kGroup + i % kGroup];
        window[i] = window[i] - static_cast<float>(q) * scale;
      }
      QuantiseRow(window.data(), groups, count + f, 2 * count);
    }
    member_.Sync();
    float* sums = own_.sums.data();
    for (int b = member_.Begin(layer.weights.blocks()); b < member_.End(layer.weights.blocks());
         ++b) {
      kernels_.dot_int8(layer.weights.Block(b), groups, work_.q.data(), work_.offsets.data(),
                        2 * count, sums);
      for (int f = 0; f < count; ++f) {
        float* high = sums + f * kBlock;
        const float* low = sums + (count + f) * kBlock;
        const float high_scale = work_.scales[f], low_scale = work_.scales[count + f];
        for (int o = 0; o < kBlock; ++o) high[o] = high[o] * high_scale + low[o] * low_scale;
        kernels_.finish(high, 1.0f, layer.bias.data() + b * kBlock, layer.low, layer.high,
                        y + f * static_cast<size_t>(layer.width) + b * kBlock);
      }
    }
    Normalise(layer, count, y);
  }

  void Layer(const Engine::Dense& layer, const float* x, size_t stride, int count, float* y) {
    Quantise(layer.weights, x, stride, count);
    Product(layer.weights, layer.bias, layer.low, layer.high, x, stride, count, y, layer.width);
    Normalise(layer, count, y);
  }

  // The input part of the gates of `count` steps, bias included.
  void Gates(const Engine::Lstm& lstm, const float* x, size_t stride, int count) {
    Quantise(lstm.input, x, stride, count);
    GateProduct(lstm, x, stride, count);
  }

  // Keeps the rows that Gates has quantised for another LSTM.
  void Keep(const Engine::Lstm& lstm, int count, Workspace::Chunk* chunk) const {
    if (member_.index != 0) return;
    const size_t groups = static_cast<size_t>(lstm.input.groups()) * count;
    chunk->q.assign(work_.q.begin(), work_.q.begin() + groups * kGroup);
    chunk->offsets.assign(work_.offsets.begin(), work_.offsets.begin() + groups);
    chunk->scales.assign(work_.scales.begin(), work_.scales.begin() + count);
  }

  // Gates of rows that were kept.
  void GatesOf(const Engine::Lstm& lstm, const Workspace::Chunk& chunk, int count) {
    if (member_.index == 0) {
      std::copy(chunk.q.begin(), chunk.q.end(), work_.q.begin());
      std::copy(chunk.offsets.begin(), chunk.offsets.end(), work_.offsets.begin());
      std::copy(chunk.scales.begin(), chunk.scales.end(), work_.scales.begin());
    }
    member_.Sync();
    GateProduct(lstm, nullptr, 0, count);
  }

  // Rows for layer 5: h of the forward LSTM, room for that of the backward one, fill of zeros.
  void Join(const float* forward, int cells, size_t stride, int count, float* y) const {
    for (int f = member_.Begin(count); f < member_.End(count); ++f) {
      float* row = y + f * stride;
      std::copy_n(forward + static_cast<size_t>(f) * cells, cells, row);
      std::fill(row + 2 * cells, row + stride, 0.0f);
    }
  }

  // Steps of the recurrence, backwards in time if `reverse`, for some streams at once: the matrix
  // is read once for all of them.
  void Steps(const Engine::Lstm& lstm, int cells, StepJob* const* jobs, int streams, bool reverse) {
    const PackedMatrix& matrix = lstm.recurrent;
    const int first = member_.Begin(matrix.blocks()), last = member_.End(matrix.blocks());
    if (member_.index == 0) {
      for (int s = 0; s < streams; ++s) {
        std::copy(jobs[s]->state->h.begin(), jobs[s]->state->h.end(), jobs[s]->H(0));
        std::fill_n(jobs[s]->H(1), jobs[s]->state->h.size(), 0.0f);
      }
    }
    member_.Sync();
    float* sums = own_.sums.data();
    StepJob* rest[Engine::kMaxStreams];
    StepJob** end = std::copy_n(jobs, streams, rest);
    for (int step = 0;; ++step) {
      end = std::remove_if(rest, end, [step](const StepJob* job) { return job->count <= step; });
      const int running = static_cast<int>(end - rest);
      if (running == 0) break;
      float scales[Engine::kMaxStreams];
      std::fill_n(scales, running, 1.0f);
      for (int s = 0; s < running && !matrix.is_float(); ++s) {
        scales[s] = kernels_.quantise(rest[s]->H(step), matrix.groups(), running,
                                      own_.q.data() + s * kGroup, own_.offsets.data() + s);
      }
      for (int i = 0; i < last - first; ++i) {
        const int b = step % 2 == 0 ? first + i : last - 1 - i;
        if (matrix.is_float()) {
          for (int s = 0; s < running; ++s) {
            Dot(matrix, b, nullptr, nullptr, rest[s]->H(step), 0, 1, sums + s * kBlock);
          }
        } else {
          Dot(matrix, b, own_.q.data(), own_.offsets.data(), nullptr, 0, running, sums);
        }
        for (int s = 0; s < running; ++s) {
          const StepJob& job = *rest[s];
          const int t = reverse ? job.count - 1 - step : step;
          const float* gates = job.work->gates.data() + (job.first_gates + t) * lstm.bias.size();
          const int cell = b * kCellsPerBlock;
          float* h = job.H(step + 1) + cell;
          kernels_.cells(sums + s * kBlock, scales[s], gates + b * kBlock,
                         job.state->c.data() + cell, h);
          std::copy_n(h, std::min(kCellsPerBlock, cells - cell), job.y + t * job.stride + cell);
        }
      }
      member_.Sync();
    }
    if (member_.index == 0) {
      for (int s = 0; s < streams; ++s) {
        std::vector<float>& h = jobs[s]->state->h;
        std::copy_n(jobs[s]->H(jobs[s]->count), h.size(), h.begin());
      }
    }
  }

  void Softmax(const float* x, size_t stride, int count, float* probs) {
    const int classes = engine_.network_.n_classes();
    member_.Sync();
    for (int f = member_.Begin(count); f < member_.End(count); ++f) {
      float* row = probs + static_cast<size_t>(f) * classes;
      std::copy_n(x + f * stride, classes, row);
      kernels_.softmax(row, classes);
    }
  }

  void Sync() const { member_.Sync(); }

 private:
  float QuantiseRow(const float* x, int groups, int row, int rows) {
    const float scale = kernels_.quantise(x, groups, rows, work_.q.data() + row * kGroup,
                                          work_.offsets.data() + row);
    work_.scales[row] = scale;
    return scale;
  }

  // Waits for the rows first: other threads wrote them.
  void Quantise(const PackedMatrix& matrix, const float* x, size_t stride, int count) {
    member_.Sync();
    if (matrix.is_float()) return;
    for (int f = member_.Begin(count); f < member_.End(count); ++f) {
      QuantiseRow(x + f * stride, matrix.groups(), f, count);
    }
    member_.Sync();
  }

  void Dot(const PackedMatrix& matrix, int block, const int8_t* q, const int32_t* offsets,
           const float* x, size_t stride, int count, float* sums) const {
    if (matrix.is_float()) {
      kernels_.dot_float(reinterpret_cast<const float*>(matrix.Block(block)), matrix.rows(), x,
                         stride, count, sums);
    } else {
      const auto dot = matrix.bits() == 4 ? kernels_.dot_int4 : kernels_.dot_int8;
      dot(matrix.Block(block), matrix.groups(), q, offsets, count, sums);
    }
  }

  void Product(const PackedMatrix& matrix, const std::vector<float>& bias, float low, float high,
               const float* x, size_t stride, int count, float* y, size_t y_stride) {
    float* sums = own_.sums.data();
    for (int b = member_.Begin(matrix.blocks()); b < member_.End(matrix.blocks()); ++b) {
      Dot(matrix, b, work_.q.data(), work_.offsets.data(), x, stride, count, sums);
      for (int f = 0; f < count; ++f) {
        const float scale = matrix.is_float() ? 1.0f : work_.scales[f];
        kernels_.finish(sums + f * kBlock, scale, bias.data() + b * kBlock, low, high,
                        y + f * y_stride + b * kBlock);
      }
    }
  }

  void GateProduct(const Engine::Lstm& lstm, const float* x, size_t stride, int count) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    Product(lstm.input, lstm.bias, -kInfinity, kInfinity, x, stride, count, work_.gates.data(),
            lstm.bias.size());
    member_.Sync();
  }

  void Normalise(const Engine::Dense& layer, int count, float* y) {
    if (layer.gamma.empty()) return;
    member_.Sync();
    for (int f = member_.Begin(count); f < member_.End(count); ++f) {
      kernels_.layer_norm(y + f * static_cast<size_t>(layer.width), layer.cols, layer.gamma.data(),
                          layer.beta.data());
    }
  }

  const Engine& engine_;
  const Kernels& kernels_;
  Workspace& work_;
  const TeamMember member_;
  Workspace::PerThread& own_;
};

Engine::Engine(std::unique_ptr<ModelFile> file, const EngineOptions& options)
    : file_(std::move(file)),
      network_(ReadNetwork(Graph(*file_))),
      fp32_(options.fp32),
      kernels_(&ChooseKernels()) {
  if (fp32_ && network_.layer1.weights.packed) {
    throw Error(DS_ERR_MODEL_INCOMPATIBLE,
                "this model is packed as int8 and cannot run in fp32: open the .pb export instead");
  }
  layer1_ = MakeDense(&network_.layer1);
  layer2_ = MakeDense(&network_.layer2);
  layer3_ = MakeDense(&network_.layer3);
  for (LstmLayer& layer : network_.lstm) lstm_.push_back(MakeLstm(&layer));
  layer5_ = MakeDense(&network_.layer5);
  layer6_ = MakeDense(&network_.layer6);
  layer6_.low = -std::numeric_limits<float>::infinity();
  layer6_.high = std::numeric_limits<float>::infinity();
  int threads = options.threads;
  if (threads <= 0) {
    threads = network_.n_hidden <= 1024 ? 1 : std::min(2, UsableCores());
  }
  threads = std::clamp(threads, 1, 64);
  team_ = std::make_unique<ThreadTeam>(threads);
  int places = options.places;
  if (places <= 0) {
    // A matrix that a core's own caches hold is read fast enough: nobody needs to wait.
    const bool large = lstm_[0].recurrent.size() > kOwnCaches;
    // One of those that compute has the team, the others are alone.
    places = large ? std::max(1, UsableCores() - threads + 1) : std::numeric_limits<int>::max();
  }
  turns_ = std::make_unique<Turns<StepJob>>(places);
}

PackedMatrix Engine::Pack(const WeightMatrix& m) const {
  if (m.packed) return PackedMatrix::View(m.bytes.data(), m.rows, m.cols, false);
  return fp32_ ? PackedMatrix::Float(m.bytes.data(), m.rows, m.cols, false, m.title)
               : PackedMatrix::Quantise(m.bytes.data(), m.rows, m.cols, false, m.title);
}

Engine::Dense Engine::MakeDense(DenseLayer* layer) const {
  Dense dense;
  dense.weights = Pack(layer->weights);
  dense.bias = PackVector(layer->bias, false);
  dense.gamma = std::move(layer->gamma);
  dense.beta = std::move(layer->beta);
  dense.high = layer->clip;
  dense.cols = layer->weights.cols;
  dense.width = dense.weights.blocks() * kBlock;
  layer->weights.own.clear();
  return dense;
}

Engine::Lstm Engine::MakeLstm(LstmLayer* layer) const {
  const WeightMatrix& m = layer->kernel;
  const int cells = m.cols / 4, inputs = m.rows - cells;
  const char* bytes = m.bytes.data();
  Lstm lstm;
  lstm.bias = PackVector(layer->bias, true);
  if (m.packed) {
    lstm.input = PackedMatrix::View(bytes, inputs, m.cols, true);
    lstm.recurrent =
        PackedMatrix::View(bytes + lstm.input.size(), cells, m.cols, true, m.recurrent_bits);
    return lstm;
  }
  auto pack = [&](const char* rows, int count) {
    return fp32_ ? PackedMatrix::Float(rows, count, m.cols, true, m.title)
                 : PackedMatrix::Quantise(rows, count, m.cols, true, m.title);
  };
  lstm.input = pack(bytes, inputs);
  lstm.recurrent = pack(bytes + static_cast<size_t>(inputs) * m.cols * sizeof(float), cells);
  return lstm;
}

LstmState Engine::InitialState() const {
  LstmState state;
  state.c.assign(RoundUp(network_.n_hidden, kGroup), 0.0f);
  state.h.assign(RoundUp(network_.n_hidden, kGroup), 0.0f);
  return state;
}

void Engine::Reserve(Workspace* work, int frames) const {
  size_t width = layer1_.weights.groups() * kGroup;  // of the widest row
  for (const Dense* layer : {&layer1_, &layer2_, &layer3_, &layer5_, &layer6_}) {
    width = std::max<size_t>(width, layer->width);
  }
  const int n_recurrent = RoundUp(network_.n_hidden * (network_.bidirectional ? 2 : 1), kGroup);
  width = std::max<size_t>(width, n_recurrent);
  auto at_least = [](auto* vector, size_t size) {
    if (vector->size() < size) vector->resize(size);
  };
  at_least(&work->q, 2 * frames * width);
  at_least(&work->offsets, 2 * frames * width / kGroup);
  at_least(&work->scales, 2 * frames);
  for (auto& rows : work->rows) at_least(&rows, frames * width);
  at_least(&work->gates, frames * lstm_[0].bias.size());
  for (auto& h : work->h) at_least(&h, RoundUp(network_.n_hidden, kGroup));
  at_least(&work->threads, team_->count());
  for (auto& own : work->threads) {
    at_least(&own.q, kMaxStreams * width);
    at_least(&own.offsets, kMaxStreams * width / kGroup);
    at_least(&own.sums, std::max(2 * frames, kMaxStreams) * kBlock);
    at_least(&own.window, width);
  }
}

void Engine::Run(const float* windows, size_t stride, int count, LstmState* state, Workspace* work,
                 float* probs) const {
  if (count <= 0) return;
  if (network_.bidirectional) return RunBidirectional(windows, stride, count, work, probs);
  for (int begin = 0; begin < count; begin += kMaxFrames) {
    CheckInterrupt();
    const int n = std::min(kMaxFrames, count - begin);
    Enter(windows + begin * stride, stride, n, work);
    Recur(0, n, state, work);
    Leave(n, work, probs + static_cast<size_t>(begin) * network_.n_classes());
  }
}

void Engine::Enter(const float* windows, size_t stride, int count, Workspace* work) const {
  Reserve(work, count);
  float* a = work->rows[0].data();
  float* b = work->rows[1].data();
  // Recur writes h over the rows of layer 2. Where n_hidden fills no whole group, the fill behind
  // must be 0.
  if (layer2_.width != network_.n_hidden) {
    std::fill(work->rows[1].begin(), work->rows[1].end(), 0.0f);
  }
  turns_->Alone([&] {
    team_->Run([&](const TeamMember& member) {
      Pass pass(*this, work, member);
      pass.Windows(layer1_, windows, stride, count, a);
      pass.Layer(layer2_, a, layer1_.width, count, b);
      pass.Layer(layer3_, b, layer2_.width, count, a);
      pass.Gates(lstm_[0], a, layer3_.width, count);
    });
  });
}

void Engine::Recur(int first, int last, LstmState* state, Workspace* work) const {
  const size_t width = layer2_.width;
  StepJob job{first, last - first, state, work, work->rows[1].data() + first * width, width};
  turns_->Together(&job, [&](StepJob** jobs, int streams) {
    team_->Run([&](const TeamMember& member) {
      Pass(*this, work, member).Steps(lstm_[0], network_.n_hidden, jobs, streams, false);
    });
  });
}

void Engine::Leave(int count, Workspace* work, float* probs) const {
  float* a = work->rows[0].data();
  float* b = work->rows[1].data();
  turns_->Alone([&] {
    team_->Run([&](const TeamMember& member) {
      Pass pass(*this, work, member);
      pass.Layer(layer5_, b, layer2_.width, count, a);
      pass.Layer(layer6_, a, layer5_.width, count, b);
      pass.Softmax(b, layer6_.width, count, probs);
    });
  });
}

void Engine::RunBidirectional(const float* windows, size_t stride, int count, Workspace* work,
                              float* probs) const {
  Reserve(work, std::min(count, kMaxFrames));
  const int cells = network_.n_hidden;
  const size_t width3 = layer3_.width, width4 = RoundUp(2 * cells, kGroup);
  const int chunks = (count + kMaxFrames - 1) / kMaxFrames;
  work->chunks.resize(fp32_ ? 0 : chunks);
  work->tall.resize(fp32_ ? count * width3 : 0);
  work->forward.resize(static_cast<size_t>(count) * cells);
  LstmState forward = InitialState(), backward = InitialState();
  float* a = work->rows[0].data();
  float* b = work->rows[1].data();
  auto size = [&](int chunk) { return std::min(kMaxFrames, count - chunk * kMaxFrames); };
  for (int i = 0; i < chunks; ++i) {
    CheckInterrupt();
    team_->Run([&](const TeamMember& member) {
      Pass pass(*this, work, member);
      const size_t begin = static_cast<size_t>(i) * kMaxFrames;
      float* x = fp32_ ? work->tall.data() + begin * width3 : a;
      pass.Windows(layer1_, windows + begin * stride, stride, size(i), a);
      pass.Layer(layer2_, a, layer1_.width, size(i), b);
      pass.Layer(layer3_, b, layer2_.width, size(i), x);
      pass.Gates(lstm_[0], x, width3, size(i));
      if (!fp32_) pass.Keep(lstm_[0], size(i), &work->chunks[i]);
      float* h = work->forward.data() + begin * cells;
      StepJob job{0, size(i), &forward, work, h, static_cast<size_t>(cells)};
      StepJob* jobs[] = {&job};
      pass.Steps(lstm_[0], cells, jobs, 1, false);
    });
  }
  for (int i = chunks - 1; i >= 0; --i) {
    CheckInterrupt();
    team_->Run([&](const TeamMember& member) {
      Pass pass(*this, work, member);
      const size_t begin = static_cast<size_t>(i) * kMaxFrames;
      if (fp32_) {
        pass.Gates(lstm_[1], work->tall.data() + begin * width3, width3, size(i));
      } else {
        pass.GatesOf(lstm_[1], work->chunks[i], size(i));
      }
      pass.Join(work->forward.data() + begin * cells, cells, width4, size(i), b);
      StepJob job{0, size(i), &backward, work, b + cells, width4};
      StepJob* jobs[] = {&job};
      pass.Steps(lstm_[1], cells, jobs, 1, true);
      pass.Layer(layer5_, b, width4, size(i), a);
      pass.Layer(layer6_, a, layer5_.width, size(i), b);
      pass.Softmax(b, layer6_.width, size(i), probs + begin * network_.n_classes());
    });
  }
}

}  // namespace ds

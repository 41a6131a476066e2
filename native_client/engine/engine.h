// Runs the network: features in, probabilities of the labels out.
#ifndef DS_ENGINE_ENGINE_H_
#define DS_ENGINE_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/thread_team.h"
#include "engine/turns.h"
#include "kernels/kernels.h"
#include "kernels/packing.h"
#include "model/model_file.h"
#include "model/network.h"

namespace ds {

struct EngineOptions {
  bool fp32 = false;  // keep a fp32 export as it is; otherwise it is quantised to int8
  int threads = 0;    // 0: one up to n_hidden 1024, two above where the machine has them
  int places = 0;     // streams that compute at a time; 0: as many as there are cores for
};

// What an LSTM carries from step to step. `h` is filled up with zeros to whole groups.
struct LstmState {
  std::vector<float> c, h;
};

struct StepJob;

// Scratch memory of one caller; grows on demand.
class Workspace {
 private:
  friend class Engine;
  friend class Pass;
  friend struct StepJob;
  std::vector<int8_t> q;         // quantised rows
  std::vector<int32_t> offsets;  // of their groups
  std::vector<float> scales;     // of the rows
  std::vector<float> rows[2];    // outputs of a layer, [frames][width]
  std::vector<float> gates;      // input part of the LSTM's gates, [frames][blocks * 64]
  std::vector<float> h[2];       // h of the last and of this step
  // Of a whole utterance, bidirectional: layer 3, chunk by chunk as it was quantised, or [T][width]
  // of fp32; h of the forward LSTM, [T][n_hidden].
  struct Chunk {
    std::vector<int8_t> q;
    std::vector<int32_t> offsets;
    std::vector<float> scales;
  };
  std::vector<Chunk> chunks;
  std::vector<float> tall, forward;
  struct PerThread {
    std::vector<int8_t> q;
    std::vector<int32_t> offsets;
    std::vector<float> sums;    // of one block, [frames][64]
    std::vector<float> window;  // a row with its fill
  };
  std::vector<PerThread> threads;
};

// Read-only after construction: any number of threads may call Run, each with its own workspace.
// Where more of them run a forward network than there are cores, one does the steps of several: the
// recurrent matrix, whose reading is what a step costs, is then read once for all. The results are
// the same.
class Engine {
 public:
  static constexpr int kMaxFrames = 64;  // run through a layer at once
  static constexpr int kMaxStreams = Turns<StepJob>::kMost;

  // Throws Error if the model cannot be run.
  Engine(std::unique_ptr<ModelFile> file, const EngineOptions& options);

  const Network& network() const { return network_; }
  const char* isa() const { return kernels_->name; }
  bool fp32() const { return fp32_; }
  int threads() const { return team_->count(); }

  LstmState InitialState() const;

  // Probabilities of `count` frames. Frame t's window of (2 * n_context + 1) * n_input floats
  // begins at windows + t * stride: windows share their frames where stride is n_input. `probs` is
  // [count][n_classes]. A forward network goes on from `state` and leaves the next one there; a
  // bidirectional one takes a whole utterance and ignores it.
  void Run(const float* windows, size_t stride, int count, LstmState* state, Workspace* work,
           float* probs) const;

  // The same in parts for a forward network and at most kMaxFrames frames, so that no call takes
  // long: Enter (layers 1 to 3, input part of the gates), Recur for steps 0 to count - 1 in any
  // pieces, Leave (layers 5 and 6). Nothing else may use `work` in between.
  void Enter(const float* windows, size_t stride, int count, Workspace* work) const;
  void Recur(int first, int last, LstmState* state, Workspace* work) const;
  void Leave(int count, Workspace* work, float* probs) const;

 private:
  friend class Pass;
  struct Dense {
    PackedMatrix weights;
    std::vector<float> bias, gamma, beta;
    float low = 0.0f, high = 0.0f;
    int cols = 0, width = 0;  // width: columns filled up to whole blocks
  };
  struct Lstm {
    PackedMatrix input, recurrent;
    std::vector<float> bias;
  };

  PackedMatrix Pack(const WeightMatrix& matrix) const;
  Dense MakeDense(DenseLayer* layer) const;
  Lstm MakeLstm(LstmLayer* layer) const;
  void Reserve(Workspace* work, int frames) const;
  void RunBidirectional(const float* windows, size_t stride, int count, Workspace* work,
                        float* probs) const;

  std::unique_ptr<ModelFile> file_;
  Network network_;
  bool fp32_ = false;
  const Kernels* kernels_;
  Dense layer1_, layer2_, layer3_, layer5_, layer6_;
  std::vector<Lstm> lstm_;
  std::unique_ptr<ThreadTeam> team_;
  std::unique_ptr<Turns<StepJob>> turns_;
};

}  // namespace ds
#endif  // DS_ENGINE_ENGINE_H_

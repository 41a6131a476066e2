// The labels of the hypotheses so far: back pointers into one append-only pool.
//
// A node is one label of a prefix with the frame in which it appeared; hypotheses share the nodes
// of their common beginnings. Unreachable nodes are removed when the pool has doubled, so its size
// follows the beam and the length of the transcript, not the number of frames.
#ifndef DS_DECODER_TRACE_H_
#define DS_DECODER_TRACE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ds {

struct TraceNode {
  uint32_t parent;  // index in the pool; 0 is the root, which is its own parent
  int32_t label;
  uint32_t timestep;      // frame in which the label appeared
  uint32_t previous_end;  // one past the last frame of the label before
  float previous_peak;    // highest probability that the label before reached while it lasted
  float lag;              // of the path before that frame, behind the best of all labels
};

class Trace {
 public:
  static constexpr uint32_t kRoot = 0;

  Trace() { Clear(); }

  void Clear() {
    nodes_.assign(1, TraceNode{kRoot, -1, 0, 0, 1.0f, 0.0f});
    sweep_at_ = kFirstSweep;
  }
  const TraceNode& operator[](uint32_t index) const { return nodes_[index]; }
  uint32_t Append(const TraceNode& node) {
    nodes_.push_back(node);
    return static_cast<uint32_t>(nodes_.size() - 1);
  }
  size_t size() const { return nodes_.size(); }
  bool NeedsSweep() const { return nodes_.size() >= sweep_at_; }

  // Keeps what the `heads` lead to and rewrites them. Parents lie before their children, so one
  // pass down marks and one pass up moves.
  void Sweep(uint32_t* heads, size_t count) {
    moved_.assign(nodes_.size(), 0);
    moved_[kRoot] = 1;
    for (size_t i = 0; i < count; ++i) moved_[heads[i]] = 1;
    for (size_t i = nodes_.size(); i-- > 1;) {
      if (moved_[i]) moved_[nodes_[i].parent] = 1;
    }
    uint32_t kept = 0;
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (!moved_[i]) continue;
      nodes_[kept] = nodes_[i];
      nodes_[kept].parent = moved_[nodes_[i].parent];
      moved_[i] = kept++;
    }
    nodes_[kRoot].parent = kRoot;
    nodes_.resize(kept);
    for (size_t i = 0; i < count; ++i) heads[i] = moved_[heads[i]];
    sweep_at_ = std::max(kFirstSweep, 2 * nodes_.size());
  }

 private:
  static constexpr size_t kFirstSweep = 1 << 15;
  std::vector<TraceNode> nodes_;
  std::vector<uint32_t> moved_;  // kept here so that sweeping does not allocate anew
  size_t sweep_at_ = kFirstSweep;
};

}  // namespace ds
#endif  // DS_DECODER_TRACE_H_

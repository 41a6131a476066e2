// The C API's functions for speech and pauses.
#include <memory>
#include <vector>

#include "api/guard.h"
#include "api/sample_stream.h"
#include "base/error.h"
#include "deepspeech.h"
#include "segment/segmenter.h"

struct Segmenter {
  Segmenter(unsigned rate, const ds::SegmentRules& rules)
      : segmenter(static_cast<int>(rate), rules) {}

  // Has the segmenter do something that may find segments; keeps those that it found.
  template <typename Work>
  void Find(Work work) {
    fed.Require();
    fed.Run([&] {
      found.clear();
      std::vector<ds::Segment> segments;
      work(&segments);
      for (const ds::Segment& segment : segments) found.push_back({segment.start, segment.end});
    });
  }

  ds::Segmenter segmenter;
  std::vector<SpeechSegment> found;  // by the last call
  ds::Fed fed;
  bool finished = false;
};

namespace ds {
namespace {

SegmentRules RulesOf(const SegmentOptions* options) {
  constexpr SegmentOptions kUsual = DS_SEGMENT_OPTIONS;
  if (options == nullptr) options = &kUsual;
  if (options->size < sizeof(SegmentOptions)) {
    throw Error("SegmentOptions.size is too small: begin with DS_SEGMENT_OPTIONS");
  }
  return {options->pause_ms, options->padding_ms, options->shortest_ms, options->longest_ms,
          options->threshold};
}

void RequireSegmenter(const ::Segmenter* segmenter) {
  if (segmenter == nullptr) throw Error("the segmenter is NULL");
  if (segmenter->finished) throw Error("the segmenter was finished: create another one");
}

void Give(const ::Segmenter& segmenter, const SpeechSegment** segments, unsigned* count) {
  *segments = segmenter.found.data();
  *count = static_cast<unsigned>(segmenter.found.size());
}

}  // namespace
}  // namespace ds

using ds::Guard;

int DS_CreateSegmenter(unsigned int aSampleRate, const SegmentOptions* aOptions,
                       Segmenter** retval) {
  return Guard(DS_ERR_FAIL_CREATE_STREAM, [&] {
    ds::RequirePlaces(retval);
    *retval = nullptr;
    *retval = std::make_unique<Segmenter>(aSampleRate, ds::RulesOf(aOptions)).release();
    return DS_ERR_OK;
  });
}

int DS_FeedSegmenter(Segmenter* aSegmenter, const short* aBuffer, unsigned int aBufferSize,
                     const SpeechSegment** aSegments, unsigned int* aNumSegments) {
  return Guard(DS_ERR_FAIL_RUN_SESS, [&] {
    ds::RequirePlaces(aSegments, aNumSegments);
    *aSegments = nullptr;
    *aNumSegments = 0;
    ds::RequireSegmenter(aSegmenter);
    if (aBuffer == nullptr && aBufferSize > 0) throw ds::Error("the samples are NULL");
    aSegmenter->Find([&](std::vector<ds::Segment>* segments) {
      aSegmenter->segmenter.Feed(aBuffer, aBufferSize, segments);
    });
    ds::Give(*aSegmenter, aSegments, aNumSegments);
    return DS_ERR_OK;
  });
}

int DS_FinishSegmenter(Segmenter* aSegmenter, const SpeechSegment** aSegments,
                       unsigned int* aNumSegments) {
  return Guard(DS_ERR_FAIL_RUN_SESS, [&] {
    ds::RequirePlaces(aSegments, aNumSegments);
    *aSegments = nullptr;
    *aNumSegments = 0;
    ds::RequireSegmenter(aSegmenter);
    aSegmenter->Find(
        [&](std::vector<ds::Segment>* segments) { aSegmenter->segmenter.Finish(segments); });
    aSegmenter->finished = true;
    ds::Give(*aSegmenter, aSegments, aNumSegments);
    return DS_ERR_OK;
  });
}

void DS_FreeSegmenter(Segmenter* aSegmenter) { delete aSegmenter; }

// Samples at another rate, piece by piece: band-limited interpolation.
'use strict';

const ZEROS = 32;  // of the sinc on each side

// y[n] = sum over k of x[k] h(n from / to - k), h a sinc of 0.95 of the lower half rate under a Hann
// window. The fractions n from / to repeat, so h is computed once for each of them.
class Resampler {
  constructor(from, to) {
    for (const rate of [from, to]) {
      if (!(Number.isInteger(rate) && rate >= 1000 && rate <= 1000000)) {
        throw new RangeError(`the sample rate is ${rate}: expected 1000 to 1000000 Hz`);
      }
    }
    const divisor = commonDivisor(from, to);
    this.up = to / divisor;
    this.down = from / divisor;
    this.stretch = 0.95 * Math.min(1, to / from);
    this.half = Math.ceil(ZEROS / this.stretch);
    this.phases = new Map();
    this.kept = new Float32Array(this.half);  // samples before the next output's window: silence
    this.first = -this.half;                  // the index of kept[0]
    this.next = 0;                            // output to come
  }

  // Float32Array in -1..1 or Int16Array; returns the Int16Array that is ready.
  feed(samples) {
    const scale = samples instanceof Int16Array ? 1 : 32768;
    if (this.up === this.down) {
      return scale === 1 ? samples : rounded(samples.map((sample) => scale * sample));
    }
    const x = new Float32Array(this.kept.length + samples.length);
    x.set(this.kept);
    for (let i = 0; i < samples.length; ++i) x[this.kept.length + i] = scale * samples[i];
    return this.interpolate(x);
  }

  // What waits for samples that do not come.
  finish() {
    return this.up === this.down ? new Int16Array(0) : this.feed(new Int16Array(this.half));
  }

  interpolate(x) {
    const ready = [];
    for (; ; ++this.next) {
      const center = Math.floor(this.next * this.down / this.up);
      const from = center - this.half + 1 - this.first;
      if (from + 2 * this.half > x.length) {
        this.kept = x.slice(from);
        this.first += from;
        return rounded(ready);
      }
      const taps = this.taps(this.next * this.down % this.up);
      let sum = 0;
      for (let k = 0; k < taps.length; ++k) sum += taps[k] * x[from + k];
      ready.push(sum);
    }
  }

  // h at the samples around an output that lies phase / up behind its center.
  taps(phase) {
    let taps = this.phases.get(phase);
    if (!taps) {
      taps = Float64Array.from({length: 2 * this.half}, (_, k) => {
        const t = k - this.half + 1 - phase / this.up, at = Math.PI * t * this.stretch;
        const window = Math.abs(t) < this.half ? 0.5 + 0.5 * Math.cos(Math.PI * t / this.half) : 0;
        return this.stretch * window * (at === 0 ? 1 : Math.sin(at) / at);
      });
      this.phases.set(phase, taps);
    }
    return taps;
  }
}

function commonDivisor(a, b) {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function rounded(values) {
  return Int16Array.from(values, (x) => Math.max(-32768, Math.min(32767, Math.round(x))));
}

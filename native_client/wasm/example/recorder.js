// An AudioWorklet: what the microphone hears, a tenth of a second at a time.
'use strict';

registerProcessor('recorder', class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Float32Array(Math.round(sampleRate / 10));
    this.count = 0;
  }

  process([[input]]) {
    for (const sample of input || []) {
      this.samples[this.count++] = sample;
      if (this.count === this.samples.length) {
        this.port.postMessage(this.samples.slice());
        this.count = 0;
      }
    }
    return true;
  }
});

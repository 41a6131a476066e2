'use strict';
// Prints the milliseconds of 21 calls of stt(), and then the longest delays of the event loop while
// nothing runs and while asynchronous calls compute: what bench_node.py asks for.
//
//   node stt_times.js PACKAGE MODEL RAW

const fs = require('fs');
const os = require('os');
const path = require('path');
const { monitorEventLoopDelay } = require('perf_hooks');
const { setTimeout } = require('timers/promises');

const [where, modelPath, raw] = process.argv.slice(2);
const { Model, readAudioAsync } = require(path.resolve(where));
const model = new Model(modelPath);
const audio = fs.readFileSync(raw);
const long = Buffer.concat(Array(100).fill(audio));

/** Milliseconds beyond the one after which a timer is due: the longest, and 99 in 100. */
async function delay(work) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  await work();
  await setTimeout(50);
  delays.disable();
  return [delays.max, delays.percentile(99)].map((each) => each / 1e6 - 1);
}

/** Makes a WAV file of 16-bit samples and calls with its path. */
async function asFile(samples, call) {
  const header = Buffer.alloc(44), rate = model.sampleRate();
  header.write('RIFF');
  header.write('WAVEfmt ', 8);
  header.write('data', 36);
  [[36 + samples.length, 4], [16, 16], [0x10001, 20], [rate, 24], [2 * rate, 28], [0x100002, 32],
   [samples.length, 40]].forEach(([value, at]) => header.writeUInt32LE(value, at));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench'));
  const file = path.join(folder, 'long.wav');
  fs.writeFileSync(file, Buffer.concat([header, samples]));
  try {
    return await call(file);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

async function main() {
  const calls = [];
  for (let i = 0; i < 21; ++i) {
    const start = process.hrtime.bigint();
    model.stt(audio);
    calls.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  const text = Array(100).fill(model.stt(audio)).join('\n');
  const delays = {
    'nothing runs': await delay(() => setTimeout(1500)),
    sttAsync: await delay(() => model.sttAsync(long)),
    sttWithMetadataAsync: await delay(() => model.sttWithMetadataAsync(long)),
    emissionsAsync: await delay(() => model.emissionsAsync(long)),
    alignAsync: await delay(() => model.alignAsync(long, text)),
    readAudioAsync: await asFile(long, (file) => delay(() => readAudioAsync(file))),
  };
  console.log(JSON.stringify({ calls, delays }));
}

main();

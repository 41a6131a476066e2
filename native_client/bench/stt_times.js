'use strict';
// Prints the milliseconds of 21 calls of stt(), and then the longest delays of the event loop while
// nothing runs and while asynchronous calls compute: what bench_node.py asks for.
//
//   node stt_times.js PACKAGE MODEL RAW

const fs = require('fs');
const path = require('path');
const { monitorEventLoopDelay } = require('perf_hooks');
const { setTimeout } = require('timers/promises');

const [where, modelPath, raw] = process.argv.slice(2);
const { Model } = require(path.resolve(where));
const model = new Model(modelPath);
const audio = fs.readFileSync(raw);
const long = Buffer.concat(Array(100).fill(audio));

async function delay(work) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  await work();
  delays.disable();
  return [delays.max, delays.percentile(99)].map((each) => each / 1e6);
}

async function main() {
  const calls = [];
  for (let i = 0; i < 21; ++i) {
    const start = process.hrtime.bigint();
    model.stt(audio);
    calls.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  const delays = {
    idle: await delay(() => setTimeout(1500)),
    sttAsync: await delay(() => model.sttAsync(long)),
    emissionsAsync: await delay(() => model.emissionsAsync(long)),
  };
  console.log(JSON.stringify({ calls, delays }));
}

main();

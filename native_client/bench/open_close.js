'use strict';
// Prints the megabytes that Node holds after 200 models were opened, used and closed, and after
// 1,000 more, as bench_node.py asks.
//
//   node --expose-gc open_close.js PACKAGE MODEL RAW

const fs = require('fs');
const path = require('path');

const [where, modelPath, raw] = process.argv.slice(2);
const { FreeModel, Model } = require(path.resolve(where));
const second = fs.readFileSync(raw).subarray(0, 32000);

async function held(rounds) {
  for (let i = 0; i < rounds; ++i) {
    const model = i % 2 ? new Model(modelPath) : await Model.open(modelPath);
    model.stt(second);
    FreeModel(model);
  }
  for (let i = 0; i < 3; ++i) {
    global.gc();
    await new Promise(setImmediate);
  }
  return process.memoryUsage.rss() / 1e6;
}

(async () => console.log(JSON.stringify([await held(200), await held(1000)])))();

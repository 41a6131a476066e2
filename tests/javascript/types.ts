// Compiled only: every name of index.d.ts as a program uses it.
import * as all from 'deepspeech';
import { Audio, Model, FreeMetadata, FreeModel, FreeStream, Version } from 'deepspeech';
import type { AlignedLetter, AlignedLine, AlignedWord, AlignStream, Alignment, CandidateTranscript,
              Confidence, Emissions, EndpointRules, Grammar, Keyword, Metadata, ModelInfo, ModelOptions, Said, Segment,
              SegmenterOptions, Stream, TokenMetadata, Transcriber, TranscriberOptions,
              WordMetadata } from 'deepspeech';

const options: ModelOptions = { fp32: true, threads: 1 };
const model: Model = new Model('output_graph.pbmm', options);
const audio: Audio = Buffer.alloc(2);
model.setBeamWidth(model.beamWidth());
model.enableExternalScorer('a.scorer');
model.enableExternalScorer(new Uint8Array(1));
model.disableExternalScorer();
model.setScorerAlphaBeta(1, 2);
model.addHotWord('a', 1);
model.eraseHotWord('a');
model.clearHotWords();
const grammar: Grammar = ['yes', 'no'];
model.enableGrammar(grammar);
model.packGrammar('yes\nno\n', 'packed');
model.disableGrammar();
model.setOovCost(null);
model.setRejection(0.5);
const info: ModelInfo = model.info;
const rate: number = model.sampleRate() + info.n_hidden;
const text: string = model.stt(audio) + model.stt(new Int16Array(1));
const metadata: Metadata = model.sttWithMetadata(audio, 2);
const transcript: CandidateTranscript = metadata.transcripts[0];
const token: TokenMetadata = transcript.tokens[0];
const word: WordMetadata = transcript.words[0];
const trust: Confidence = transcript.calibrated ? transcript.trust : word.trust;
const meant: string | null = transcript.slots[0]?.value ?? transcript.intent;
const times: number[] = [token.timestep, token.start_time, word.end_time, word.confidence];
const emissions: Emissions = model.emissions(audio);
const probabilities: Float32Array = emissions.probabilities;
const alignment: Alignment = model.align(audio, text);
const line: AlignedLine = alignment.lines[0];
const aligned: AlignedWord = line.words[0];
const letter: AlignedLetter = aligned.letters[0];
const found: boolean = letter.found;
FreeMetadata(metadata);

const stream: Stream = model.createStream();
const rules: EndpointRules = { silence_before: 1, silence_after: 1, longest: 9 };
stream.setEndpointRules(rules);
stream.addHotWord('a', 1);
stream.eraseHotWord('a');
stream.clearHotWords();
stream.enableGrammar(grammar);
stream.disableGrammar();
stream.enableKeywords(['yes #0.5']);
const keywords: Keyword[] = [...stream.keywords(), ...stream.finishKeywords()];
const when: number = keywords[0].start_time + keywords[0].end_time + keywords[0].score;
keywords[0].phrase.toUpperCase();
stream.feedAudioContent(audio);
const said: boolean = stream.endpoint() === all.Endpoint.SAID;
stream.intermediateDecode().toUpperCase();
stream.intermediateDecodeFlushBuffers().toUpperCase();
stream.intermediateDecodeWithMetadata().transcripts;
stream.intermediateDecodeWithMetadataFlushBuffers(2).transcripts;
stream.finishStream().toUpperCase();
stream.finishStreamWithMetadata(1).transcripts;
FreeStream(stream);
const align: AlignStream = model.createAlignStream('a');
align.feedAudioContent(audio);
align.finishStream().lines;
const choice: SegmenterOptions = { pause_ms: 1, padding_ms: 1, shortest_ms: 1, longest_ms: 1,
                                   threshold: 1 };
const segmenter = new all.Segmenter(16000, choice);
const segments: Segment[] = [...segmenter.feed(audio), ...segmenter.finish()];
const how: TranscriberOptions = { partial: true, endpoint: true, longest: 3 };
const transcriber: Transcriber = model.createTranscriber(how);
transcriber.on('data', (each: Said) => each.is_final && each.words?.length);

async function later(): Promise<void> {
  const opened: Model = await Model.open('a', options);
  await opened.enableExternalScorerAsync('a');
  await opened.enableGrammarAsync(grammar);
  await opened.packGrammarAsync(grammar, 'a');
  const texts: string[] = [await opened.sttAsync(audio)];
  const results: Metadata[] = [await opened.sttWithMetadataAsync(audio, 1)];
  const heard: Emissions = await opened.emissionsAsync(audio);
  const lines: AlignedLine[] = (await opened.alignAsync(audio, 'a')).lines;
  await stream.feedAudioContentAsync(audio);
  const end: number = when + (await stream.endpointAsync()) + (await stream.keywordsAsync()).length;
  texts.push(await stream.intermediateDecodeAsync(), await stream.finishStreamAsync(),
             await stream.intermediateDecodeFlushBuffersAsync());
  results.push(await stream.intermediateDecodeWithMetadataAsync(),
               await stream.intermediateDecodeWithMetadataFlushBuffersAsync(),
               await stream.finishStreamWithMetadataAsync());
  await align.feedAudioContentAsync(audio);
  lines.push(...(await align.finishStreamAsync()).lines);
  const read: Int16Array[] = [all.readAudio('a'), await all.readAudioAsync('a', rate)];
  console.log(heard.steps, end, read.length);
}

Model.fromBuffer(new Uint8Array(1));
all.printVersions();
FreeModel(model);
console.log(Version(), trust, meant, times, probabilities, found, said, segments, later);

// @ts-expect-error: a stream is made by createStream()
new (stream.constructor as typeof stream)();
// @ts-expect-error: not a path
new Model(1);
// @ts-expect-error: not samples
model.stt([1, 2]);

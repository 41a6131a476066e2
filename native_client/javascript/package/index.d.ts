/// <reference types="node" />
// Speech to text with models exported by DeepSpeech. What stood in npm's deepspeech 0.9.3 throws a
// string where the library fails, as it did there: "CreateModel failed: MESSAGE (0x3000)". Wrong
// arguments throw a TypeError or a RangeError. Functions whose name ends with Async compute on
// another thread; they reject with an Error whose `code` names the library's, such as
// 'DS_ERR_NO_MODEL'.

import { Transform } from 'stream';

/** 16-bit mono samples at the model's rate: little-endian bytes, or numbers. */
export type Audio = Buffer | Uint8Array | Int16Array;

/** A token of a transcript: a letter, mostly. */
export interface TokenMetadata {
  text: string;
  /** Position in steps of the network, usually 20 ms each. */
  timestep: number;
  /** Position in seconds. */
  start_time: number;
}

/** How far a text or word can be trusted: numbers from 0 to 1. */
export interface Confidence {
  /** That it is right; fit * share where the model has no calibration. */
  probability: number;
  /** How near it comes to what the network says where nothing constrains it. */
  fit: number;
  /** Its part of the probability of all texts that the search has kept. */
  share: number;
}

/** A part of a transcript that a grammar names. */
export interface SlotMetadata {
  name: string;
  text: string;
  /** What it means: the same as the text unless the grammar tells. */
  value: string;
  start_time: number;
  end_time: number;
}

/** A phrase that was heard. */
export interface Keyword {
  /** As its list has it, or the name that it gives it. */
  phrase: string;
  /** Seconds from the first sample of the stream. */
  start_time: number;
  end_time: number;
  /** 0 to 1. */
  score: number;
}

/** JSGF, a list in JSON, or a phrase a line; the path of one, or of a packed one; or phrases. */
export type Grammar = string | string[];

/** A word of a transcript. */
export interface WordMetadata {
  text: string;
  /** Seconds from the start of the audio. */
  start_time: number;
  end_time: number;
  /** 0 to 1. */
  confidence: number;
  trust: Confidence;
}

/** One of the transcripts of an utterance. */
export interface CandidateTranscript {
  text: string;
  tokens: TokenMetadata[];
  words: WordMetadata[];
  /** Roughly the log probability, for comparing candidates of one utterance. */
  confidence: number;
  trust: Confidence;
  /** Whether probabilities are calibrated, by curves that the model has for such searches. */
  calibrated: boolean;
  /** With a grammar, its rule, or what its tag says. */
  intent: string | null;
  slots: SlotMetadata[];
}

/** Candidates, best first. */
export interface Metadata {
  transcripts: CandidateTranscript[];
}

/** What the network says: number j of step i is probabilities[i * symbols.length + j]. */
export interface Emissions {
  /** The labels of the alphabet and, last, the blank, whose text is ''. */
  symbols: string[];
  steps: number;
  /** Of each step they sum up to 1. */
  probabilities: Float32Array;
}

/** A letter of a text, and where it is spoken. */
export interface AlignedLetter {
  text: string;
  start_time: number;
  end_time: number;
  /** 0 to 1. */
  confidence: number;
  /** Whether it seems to be spoken at all; else it has no time of its own. */
  found: boolean;
}

export interface AlignedWord extends AlignedLetter {
  letters: AlignedLetter[];
}

export interface AlignedLine extends AlignedLetter {
  words: AlignedWord[];
}

export interface Alignment {
  /** Of the recording, in seconds. */
  duration: number;
  lines: AlignedLine[];
}

/** Facts about a model. */
export interface ModelInfo {
  language: string;
  version: string;
  feature_type: '2017' | '0.9.3';
  /** The alphabet, without the blank. */
  labels: string[];
  /** Whether the labels are the bytes 1 to 255. */
  bytes_output: boolean;
  n_hidden: number;
  n_input: number;
  n_context: number;
  /** Whether a stream gives results only at its end. */
  bidirectional: boolean;
  layer_norm: boolean;
  step_seconds: number;
  precision: 'int8' | 'fp32';
  instruction_set: string;
  threads: number;
}

export interface ModelOptions {
  /** Run the weights of a .pb unquantised: slower, four times the memory. */
  fp32?: boolean;
  /** For an utterance; 0: one, or two for a wide network. */
  threads?: number;
}

/** When an utterance has ended, in seconds. */
export interface EndpointRules {
  /** Silence, nothing said so far: 2.4. */
  silence_before?: number;
  /** Silence after something was said: 1.2. */
  silence_after?: number;
  /** Of an utterance: 20. */
  longest?: number;
}

/** Why an utterance has ended. */
export declare const Endpoint: Readonly<{
  NONE: 0;
  NOTHING_SAID: 1;
  SAID: 2;
  TOO_LONG: 3;
}>;

/**
 * An utterance in progress. Asynchronous calls run in their order, one at a time; until all of them
 * are done, the others throw.
 */
declare class StreamImpl {
  private constructor();
  feedAudioContent(aBuffer: Audio): void;
  intermediateDecode(): string;
  intermediateDecodeWithMetadata(aNumResults?: number): Metadata;
  /** The same up to the last sample fed. */
  intermediateDecodeFlushBuffers(): string;
  intermediateDecodeWithMetadataFlushBuffers(aNumResults?: number): Metadata;
  /** Ends the stream, which must not be used afterwards. */
  finishStream(): string;
  finishStreamWithMetadata(aNumResults?: number): Metadata;
  /** These are to be called before the first samples. */
  addHotWord(aWord: string, aBoost: number): void;
  eraseHotWord(aWord: string): void;
  clearHotWords(): void;
  enableGrammar(grammar: Grammar): void;
  disableGrammar(): void;
  /** Has the stream listen for phrases and do nothing else, without end. */
  enableKeywords(list: Grammar): void;
  setEndpointRules(rules?: EndpointRules): void;
  /** What was heard since the last call. */
  keywords(): Keyword[];
  keywordsAsync(): Promise<Keyword[]>;
  /** The same at the end of the audio; ends the stream. */
  finishKeywords(): Keyword[];
  /** One of Endpoint; 0 if the utterance goes on. To be asked whenever samples were fed. */
  endpoint(): number;

  feedAudioContentAsync(aBuffer: Audio): Promise<void>;
  intermediateDecodeAsync(): Promise<string>;
  intermediateDecodeWithMetadataAsync(aNumResults?: number): Promise<Metadata>;
  intermediateDecodeFlushBuffersAsync(): Promise<string>;
  intermediateDecodeWithMetadataFlushBuffersAsync(aNumResults?: number): Promise<Metadata>;
  finishStreamAsync(): Promise<string>;
  finishStreamWithMetadataAsync(aNumResults?: number): Promise<Metadata>;
  endpointAsync(): Promise<number>;
}

/** The type of what Model.createStream() returns. */
export type Stream = StreamImpl;

declare class AlignStreamImpl {
  private constructor();
  feedAudioContent(aBuffer: Audio): void;
  finishStream(): Alignment;
  feedAudioContentAsync(aBuffer: Audio): Promise<void>;
  finishStreamAsync(): Promise<Alignment>;
}

/** The type of what Model.createAlignStream() returns. */
export type AlignStream = AlignStreamImpl;

/** What a Transcriber says. */
export interface Said {
  text: string;
  /** False for the text of an utterance in progress, which may change. */
  is_final: boolean;
  /** Seconds from the start of the first utterance. */
  start_time: number;
  end_time: number;
  /** Of a final text. */
  words?: WordMetadata[];
}

export interface TranscriberOptions extends EndpointRules {
  /** Whether to say texts of the utterance in progress too: false. */
  partial?: boolean;
  /** Whether utterances end before the audio does: true. */
  endpoint?: boolean;
}

/** Takes Buffers of samples, cut anywhere, and gives objects of type Said. */
export type Transcriber = Transform;

/** An exported network with its beam width, scorer and hot words. */
export declare class Model {
  constructor(aModelPath: string, options?: ModelOptions);
  static open(aModelPath: string, options?: ModelOptions): Promise<Model>;
  /** The same from the bytes of a model file, which are copied. */
  static fromBuffer(data: Uint8Array): Model;

  readonly info: ModelInfo;
  beamWidth(): number;
  setBeamWidth(aBeamWidth: number): void;
  sampleRate(): number;
  /** A .scorer, a KenLM binary or an ARPA file; or the bytes of a .scorer. */
  enableExternalScorer(aScorer: string | Uint8Array): void;
  disableExternalScorer(): void;
  setScorerAlphaBeta(aLMAlpha: number, aLMBeta: number): void;
  /** Lets words be written that the scorer does not know, each at a cost in nats; null: none. */
  setOovCost(cost: number | null): void;
  /** Has results less probable than this become '[unk]', and words of theirs. */
  setRejection(texts?: number, words?: number): void;
  /**
   * Has nothing written but what a grammar allows; or, if it has no public rule, says what words
   * such as [name] of the scorer stand for, which is enabled already.
   */
  enableGrammar(grammar: Grammar): void;
  disableGrammar(): void;
  /** Makes a grammar ready for this model's alphabet, in a file that opens at once. */
  packGrammar(grammar: Grammar, packedPath: string): void;
  /** A word that the alphabet cannot spell has no effect, and gives a warning. */
  addHotWord(aWord: string, aBoost: number): void;
  eraseHotWord(aWord: string): void;
  clearHotWords(): void;
  stt(aBuffer: Audio): string;
  sttWithMetadata(aBuffer: Audio, aNumResults?: number): Metadata;
  emissions(aBuffer: Audio): Emissions;
  /** Finds where a recording has the lines, words and letters of a text. */
  align(aBuffer: Audio, text: string): Alignment;
  createStream(): Stream;
  createAlignStream(text: string): AlignStream;
  createTranscriber(options?: TranscriberOptions): Transcriber;

  enableExternalScorerAsync(aScorerPath: string): Promise<void>;
  enableGrammarAsync(grammar: Grammar): Promise<void>;
  packGrammarAsync(grammar: Grammar, packedPath: string): Promise<void>;
  /** Audio above a megabyte is copied piece by piece: leave it as it is until this is done. */
  sttAsync(aBuffer: Audio): Promise<string>;
  sttWithMetadataAsync(aBuffer: Audio, aNumResults?: number): Promise<Metadata>;
  emissionsAsync(aBuffer: Audio): Promise<Emissions>;
  alignAsync(aBuffer: Audio, text: string): Promise<Alignment>;
}

export interface SegmenterOptions {
  /** Silence that ends a segment: 500. */
  pause_ms?: number;
  /** Kept before and after the speech, but no more than a pause, or a quarter of `longest_ms`: 200. */
  padding_ms?: number;
  /** Speech that a segment has at least: 100. */
  shortest_ms?: number;
  /** A longer one is cut where it is quietest: 20000. */
  longest_ms?: number;
  /** Nats that speech stands out from the noise by: 0.9. */
  threshold?: number;
}

/** Where somebody speaks, in samples from the first one fed; the end is one past the last. */
export interface Segment {
  start: number;
  end: number;
}

/** Finds where somebody speaks, in samples as they come. No model is needed. */
export declare class Segmenter {
  constructor(sampleRate: number, options?: SegmenterOptions);
  feed(aBuffer: Audio): Segment[];
  finish(): Segment[];
}

/** Frees a model at once. Its streams may go on; memory is freed with the last of them. */
export declare function FreeModel(model: Model): void;
/** Does nothing: metadata are plain objects. */
export declare function FreeMetadata(metadata: Metadata): void;
/** Ends a stream without a result. */
export declare function FreeStream(stream: Stream): void;
export declare function Version(): string;
/** Prints the version and the runtime. */
export declare function printVersions(): void;

/** Reads a recording, mixed down to mono and resampled where needed; 16000 Hz unless told. */
export declare function readAudio(path: string, sampleRate?: number): Int16Array;
export declare function readAudioAsync(path: string, sampleRate?: number): Promise<Int16Array>;

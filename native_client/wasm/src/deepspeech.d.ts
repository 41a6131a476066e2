/** An address, a file, or bytes, which are handed over to the worker. */
export type Source = string | URL | Blob | Uint8Array | ArrayBuffer;
/** 16-bit mono samples at the model's rate. */
export type Samples = Int16Array | Uint8Array | ArrayBuffer;

export interface Metadata {
  transcripts: {
    confidence: number;
    /** That it is right. */
    probability: number;
    /** Whether probabilities are, by the curves of bin/calibrate.py. */
    calibrated: boolean;
    /** With a grammar: what it is about, if the grammar tells. */
    intent: string | null;
    slots: {name: string; text: string; value: string; start_time: number; end_time: number}[];
    tokens: {text: string; timestep: number; start_time: number}[];
    words: {
      text: string; start_time: number; end_time: number; confidence: number; probability: number;
    }[];
  }[];
}

export interface LoadOptions {
  model: Source;
  scorer?: Source;
  beamWidth?: number;
  alpha?: number;
  beta?: number;
  hotWords?: {[word: string]: number};
  onProgress?(progress: {file: 'model' | 'scorer'; loaded: number; total: number}): void;
  /** The folder of stt_wasm.worker.js, where it is not that of deepspeech.js. */
  base?: string | URL;
  /** false: the build without SIMD. */
  simd?: boolean;
}

/** Seconds; what is left out is as in the C API. */
export interface EndpointRules {
  silence_before?: number;
  silence_after?: number;
  longest?: number;
}

export interface StreamOptions {
  /** Of what will be fed, in Hz, if not the model's. */
  sampleRate?: number;
  /** The stream goes on after each end of an utterance. */
  endpoint?: boolean | EndpointRules;
}

export interface DeepSpeechStream {
  /** Float32Array: in -1..1. */
  feed(samples: Samples | Float32Array): Promise<{partial: string; final: string | null}>;
  intermediateDecodeWithMetadata(results?: number): Promise<Metadata>;
  finish(): Promise<string>;
  finishWithMetadata(results?: number): Promise<Metadata>;
  free(): Promise<void>;
}

export default class DeepSpeech {
  static load(options: LoadOptions): Promise<DeepSpeech>;
  readonly sampleRate: number;
  readonly version: string;
  speechToText(samples: Samples): Promise<string>;
  speechToTextWithMetadata(samples: Samples, results?: number): Promise<Metadata>;
  createStream(options?: StreamOptions): Promise<DeepSpeechStream>;
  /** The samples of an audio file in any format that the browser plays. */
  decodeAudio(file: Blob): Promise<Int16Array>;
  enableExternalScorer(scorer: Source): Promise<void>;
  disableExternalScorer(): Promise<void>;
  setScorerAlphaBeta(alpha: number, beta: number): Promise<void>;
  addHotWord(word: string, boost: number): Promise<void>;
  eraseHotWord(word: string): Promise<void>;
  clearHotWords(): Promise<void>;
  /**
   * Writes only what it allows: JSGF, a list in JSON, or a phrase a line; or phrases. JSGF without
   * a public rule says what words such as [name] of the scorer stand for, which comes first.
   */
  enableGrammar(grammar: string | string[]): Promise<void>;
  disableGrammar(): Promise<void>;
  /** Probabilities below which a text, or a word, becomes [unk]. */
  setRejection(texts?: number, words?: number): Promise<void>;
  getModelBeamWidth(): Promise<number>;
  setModelBeamWidth(width: number): Promise<void>;
  /** Bytes that the engine holds. */
  memory(): Promise<number>;
  /** Ends the worker: what is still computed fails. */
  free(): void;
}

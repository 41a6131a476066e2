/** The names of Coqui's stt-wasm. What fails throws an Error. */
export type Bytes = Uint8Array | ArrayBuffer;
/** 16-bit mono samples at the model's rate. */
export type Samples = VectorShort | Int16Array | Uint8Array | ArrayBuffer;

export interface Vector<T> {
  size(): number;
  get(index: number): T | undefined;
  set(index: number, value: T): boolean;
  push_back(value: T): void;
  resize(size: number, value: T): void;
  delete(): void;
}
export type VectorShort = Vector<number>;

export interface TokenMetadata {
  text: string;
  /** In network steps. */
  timestep: number;
  /** In seconds. */
  start_time: number;
}
export interface CandidateTranscript {
  confidence: number;
  tokens: Vector<TokenMetadata>;
}
export interface Metadata {
  transcripts: Vector<CandidateTranscript>;
  delete(): void;
}

export interface Stream {
  feedAudioContent(samples: Samples): void;
  intermediateDecode(): string;
  intermediateDecodeWithMetadata(results?: number): Metadata;
  intermediateDecodeFlushBuffers(): string;
  intermediateDecodeWithMetadataFlushBuffers(results?: number): Metadata;
  finishStream(): string;
  finishStreamWithMetadata(results?: number): Metadata;
  delete(): void;
}

export interface Model {
  getSampleRate(): number;
  getModelBeamWidth(): number;
  setModelBeamWidth(width: number): void;
  freeModel(): void;
  delete(): void;
  addHotWord(word: string, boost: number): void;
  eraseHotWord(word: string): void;
  clearHotWords(): void;
  enableExternalScorer(scorer: Bytes): void;
  disableExternalScorer(): void;
  setScorerAlphaBeta(alpha: number, beta: number): void;
  speechToText(samples: Samples): string;
  speechToTextWithMetadata(samples: Samples, results?: number): Metadata;
  createStream(): Stream;
}

export interface SttModule {
  Model: new (model: Bytes) => Model;
  VectorShort: new () => VectorShort;
  CandidateTranscriptStubVector: new () => Vector<CandidateTranscript>;
  TokenMetadataStubVector: new () => Vector<TokenMetadata>;
  Version(): string;
}

export interface SttOptions {
  /** The address of a .wasm file, given its name and the script's folder. */
  locateFile?(name: string, folder: string): string;
  /** The script's address, where it cannot be found out. */
  mainScriptUrlOrBlob?: string | Blob;
  wasmBinary?: Bytes;
  /** false: the build without SIMD. */
  simd?: boolean;
}

declare function STT(options?: SttOptions): Promise<SttModule>;
export default STT;

// A call's recording as those outside `recording/` read it: one WAV, wherever its parts are kept.

/** What one process recorded. The time between two parts is in neither. */
export interface RecordedPart {
  /** The instant of its first sample, by the clock of the call's events; null in files of older versions. */
  readonly beganAt: number | null;
  /** Where it begins in the WAV. */
  readonly offsetMs: number;
  readonly lengthMs: number;
}

/** The loudest sample of each stretch, as percent of full scale. */
export interface Peaks {
  readonly caller: readonly number[];
  readonly agent: readonly number[];
}

export interface StoredRecording {
  /** Of the whole WAV. */
  readonly bytes: number;
  readonly lengthMs: number;
  readonly parts: readonly RecordedPart[];
  /** From byte `from` up to and with byte `to`. */
  read(from: number, to: number): NodeJS.ReadableStream;
  /** In so many stretches of equal length; `busy` while others wait for theirs. Rejects if the recording cannot be read. */
  peaks(stretches: number): Promise<Peaks | 'busy'>;
}

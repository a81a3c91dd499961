// What Chromium's fake microphone plays.
export const MICROPHONE_RATE = 48_000;

export function quiet(ms: number): Float32Array {
  return new Float32Array((ms * MICROPHONE_RATE) / 1_000);
}

/** 16 bits, mono, as Chromium reads a microphone from a file. */
export function waveOf(parts: readonly Float32Array[]): Buffer {
  const bytes = 2 * parts.reduce((sum, { length }) => sum + length, 0);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + bytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(MICROPHONE_RATE, 24);
  header.writeUInt32LE(MICROPHONE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(bytes, 40);
  const pcm = parts.map((part) =>
    Buffer.from(Int16Array.from(part, (sample) => Math.round(sample * 32_767)).buffer),
  );
  return Buffer.concat([header, ...pcm]);
}

// RIFF WAVE as far as speech needs it: read in the shapes in which programs write it, written in two. The sizes that a
// file states are claims: one that was streamed holds a huge one or 0, and one that was cut short holds too much.
import alawmulaw from 'alawmulaw';

/** How a sample is written: 16 bit linear, little endian; or one byte of µ-law. */
export type WaveFormat = 'pcm16' | 'mulaw';

export interface Wave {
  readonly format: WaveFormat;
  readonly channels: 1 | 2;
  readonly rateHz: number;
  /** Whole frames only: a frame is one sample of each channel. */
  readonly data: Buffer;
}

export const TELEPHONE_HZ = 8_000;
const HIGHEST_HZ = 48_000;
const MOST_CHUNKS = 100;

const PCM = 1;
const MULAW = 7;
/** The real format stands further behind. */
const EXTENSIBLE = 0xfffe;

const PCM_HEADER_BYTES = 44;
export const MULAW_HEADER_BYTES = 58;
const LARGEST = 0xffff_ffff;

/** The sound of a file; or what is wrong with it, as a sentence. */
export function readWave(file: Buffer): Wave | string {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    return 'This is no WAV file.';
  let format: Buffer | null = null;
  let at = 12;
  for (let chunks = 0; chunks < MOST_CHUNKS && at + 8 <= file.length; chunks++) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, at + 8 + size);
    if (name === 'fmt ') format = body;
    if (name === 'data') {
      if (format === null) return 'The WAV file has no format before its data.';
      return waveOf(format, size === 0 ? file.subarray(at + 8) : body);
    }
    at += 8 + size + (size % 2);
  }
  return 'The WAV file has no data.';
}

function waveOf(format: Buffer, data: Buffer): Wave | string {
  if (format.length < 16) return 'The format of the WAV file is cut short.';
  const tag = format.readUInt16LE(0);
  const codec = tag === EXTENSIBLE && format.length >= 26 ? format.readUInt16LE(24) : tag;
  const channels = format.readUInt16LE(2);
  const rateHz = format.readUInt32LE(4);
  const bits = format.readUInt16LE(14);
  const isPcm16 = codec === PCM && bits === 16;
  if (!isPcm16 && !(codec === MULAW && bits === 8))
    return 'The samples of the WAV file are neither 16 bit PCM nor µ-law.';
  if (channels !== 1 && channels !== 2) return 'The WAV file has more than two channels, or none.';
  if (rateHz < TELEPHONE_HZ || rateHz > HIGHEST_HZ)
    return `The rate of the WAV file is not within ${TELEPHONE_HZ} and ${HIGHEST_HZ} Hz.`;
  const frameBytes = channels * (isPcm16 ? 2 : 1);
  const whole = data.subarray(0, data.length - (data.length % frameBytes));
  return { format: isPcm16 ? 'pcm16' : 'mulaw', channels, rateHz, data: whole };
}

export function durationMsOf({ format, channels, rateHz, data }: Wave): number {
  return (data.length / channels / (format === 'pcm16' ? 2 : 1) / rateHz) * 1000;
}

/** A file of what the voice said: µ-law as it came, or the same samples linear. */
export function writeWave(mulaw: Buffer, format: WaveFormat): Buffer {
  const data = format === 'mulaw' ? mulaw : linear(mulaw);
  return Buffer.concat([waveHeader(format, 1, data.length), data, Buffer.alloc(data.length % 2)]);
}

export function waveHeader(format: WaveFormat, channels: 1 | 2, dataBytes: number): Buffer {
  const isPcm = format === 'pcm16';
  const sampleBytes = isPcm ? 2 : 1;
  const header = Buffer.alloc(isPcm ? PCM_HEADER_BYTES : MULAW_HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(Math.min(LARGEST, header.length - 8 + dataBytes + (dataBytes % 2)), 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(isPcm ? 16 : 18, 16);
  header.writeUInt16LE(isPcm ? PCM : MULAW, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(TELEPHONE_HZ, 24);
  header.writeUInt32LE(TELEPHONE_HZ * channels * sampleBytes, 28);
  header.writeUInt16LE(channels * sampleBytes, 32);
  header.writeUInt16LE(sampleBytes * 8, 34);
  if (!isPcm) {
    // Two bytes at 36 say that the format has no extension. Without them and the number of samples some players refuse it.
    header.write('fact', 38, 'latin1');
    header.writeUInt32LE(4, 42);
    header.writeUInt32LE(dataBytes / channels, 46);
  }
  header.write('data', header.length - 8, 'latin1');
  header.writeUInt32LE(Math.min(LARGEST, dataBytes), header.length - 4);
  return header;
}

function linear(mulaw: Buffer): Buffer {
  const samples = alawmulaw.mulaw.decode(mulaw);
  const data = Buffer.alloc(samples.length * 2);
  for (const [index, sample] of samples.entries()) data.writeInt16LE(sample, index * 2);
  return data;
}

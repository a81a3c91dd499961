// WAV files as other programs write them, put together byte by byte and by none of the code under test.
import alawmulaw from 'alawmulaw';

export interface FileShape {
  readonly codec?: number;
  readonly channels?: number;
  readonly rateHz?: number;
  readonly bits?: number;
  readonly data: Uint8Array;
  /** What the file says of the length of its data, where that is not so. */
  readonly statedBytes?: number;
  /** Chunks before the data. */
  readonly before?: readonly (readonly [name: string, body: Uint8Array])[];
  /** The real codec stands in an extension. */
  readonly isExtensible?: boolean;
}

export function waveFile(shape: FileShape): Buffer<ArrayBuffer> {
  const { codec = 1, channels = 1, rateHz = 8_000, bits = codec === 1 ? 16 : 8, data, before = [] } = shape;
  const frame = (channels * bits) / 8;
  const format = Buffer.alloc(shape.isExtensible === true ? 40 : 16);
  format.writeUInt16LE(shape.isExtensible === true ? 0xfffe : codec, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rateHz, 4);
  format.writeUInt32LE(rateHz * frame, 8);
  format.writeUInt16LE(frame, 12);
  format.writeUInt16LE(bits, 14);
  if (shape.isExtensible === true) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(bits, 18);
    Buffer.from(`${codec === 1 ? '01' : '07'}00000000001000800000aa00389b71`, 'hex').copy(format, 24);
  }
  const chunks = [chunk('fmt ', format), ...before.map(([name, body]) => chunk(name, body))];
  return Buffer.concat([
    chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), ...chunks])),
    chunk('data', data, shape.statedBytes),
  ]);
}

function chunk(name: string, body: Uint8Array, stated = body.length): Buffer<ArrayBuffer> {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(stated, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

/** µ-law as 16 bit samples of another rate, the same in each channel: straight lines from sample to sample. */
export function linearOf(mulaw: Uint8Array, rateHz: number, channels = 1): Buffer<ArrayBuffer> {
  const samples = alawmulaw.mulaw.decode(mulaw);
  const frames = Math.floor((samples.length * rateHz) / 8_000);
  const data = Buffer.alloc(frames * channels * 2);
  for (let frame = 0; frame < frames; frame++) {
    const place = (frame * 8_000) / rateHz;
    const before = Math.floor(place);
    const here = samples[before] ?? 0;
    const next = samples[before + 1] ?? here;
    const value = Math.round(here + (next - here) * (place - before));
    for (let channel = 0; channel < channels; channel++)
      data.writeInt16LE(value, (frame * channels + channel) * 2);
  }
  return data;
}

/** A tone of so many Hz, a second long. */
export function toneFile(hz: number, rateHz: number, amplitude = 10_000): Buffer<ArrayBuffer> {
  const data = Buffer.alloc(rateHz * 2);
  for (let at = 0; at < rateHz; at++)
    data.writeInt16LE(Math.round(amplitude * Math.sin((2 * Math.PI * hz * at) / rateHz)), at * 2);
  return waveFile({ rateHz, data });
}

// Reads a recording as a player would: chunk by chunk, believing nothing that the chunks do not say.
export interface Wav {
  readonly format: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bytesPerSecond: number;
  readonly blockBytes: number;
  readonly bits: number;
  readonly extensionBytes: number;
  /** What `fact` says: samples of one channel. */
  readonly samples: number;
  readonly left: Buffer;
  readonly right: Buffer;
}

export function readWav(file: Buffer): Wav {
  if (file.toString('latin1', 0, 4) !== 'RIFF') throw new Error('no RIFF');
  if (file.toString('latin1', 8, 12) !== 'WAVE') throw new Error('no WAVE');
  if (file.readUInt32LE(4) !== file.length - 8) throw new Error('the size of RIFF is wrong');
  const chunks = new Map<string, Buffer>();
  let at = 12;
  while (at < file.length) {
    const size = file.readUInt32LE(at + 4);
    if (at + 8 + size > file.length) throw new Error('a chunk beyond the end');
    chunks.set(file.toString('latin1', at, at + 4), file.subarray(at + 8, at + 8 + size));
    at += 8 + size + (size % 2);
  }
  if (!/^fmt ,fact,(?:LIST,)?data$/.test([...chunks.keys()].join()))
    throw new Error(`chunks ${[...chunks.keys()].join()}`);
  const format = chunks.get('fmt ') ?? Buffer.alloc(0);
  const data = chunks.get('data') ?? Buffer.alloc(0);
  return {
    format: format.readUInt16LE(0),
    channels: format.readUInt16LE(2),
    sampleRate: format.readUInt32LE(4),
    bytesPerSecond: format.readUInt32LE(8),
    blockBytes: format.readUInt16LE(12),
    bits: format.readUInt16LE(14),
    extensionBytes: format.readUInt16LE(16),
    samples: chunks.get('fact')?.readUInt32LE(0) ?? NaN,
    left: Buffer.from(data.filter((_, place) => place % 2 === 0)),
    right: Buffer.from(data.filter((_, place) => place % 2 === 1)),
  };
}

// The header of a recording: a WAV of two channels of µ-law as it is (format 7), so that nothing is transcoded. Such a file
// needs the size of its `fmt ` chunk's extension, though there is none, and a `fact` chunk; some players refuse it otherwise.

/** Of a header: the audio begins here. */
export const HEADER_BYTES = 58;
/** A sample of the caller and one of the agent: an eighth of a millisecond. */
export const BYTES_PER_PAIR = 2;

const MU_LAW = 7;
const CHANNELS = 2;
const SAMPLE_RATE = 8000;
const BITS = 8;
/** Of the `fmt ` chunk, with an extension of no bytes. */
const FORMAT_BYTES = 18;
const LARGEST = 0xffff_ffff;

/** For `dataBytes` of sample pairs. */
export function wavHeader(dataBytes: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(Math.min(LARGEST, HEADER_BYTES - 8 + dataBytes), 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(FORMAT_BYTES, 16);
  header.writeUInt16LE(MU_LAW, 20);
  header.writeUInt16LE(CHANNELS, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE((SAMPLE_RATE * CHANNELS * BITS) / 8, 28);
  header.writeUInt16LE((CHANNELS * BITS) / 8, 32);
  header.writeUInt16LE(BITS, 34);
  header.writeUInt16LE(0, 36);
  header.write('fact', 38, 'latin1');
  header.writeUInt32LE(4, 42);
  header.writeUInt32LE(dataBytes / BYTES_PER_PAIR, 46);
  header.write('data', 50, 'latin1');
  header.writeUInt32LE(Math.min(LARGEST, dataBytes), 54);
  return header;
}

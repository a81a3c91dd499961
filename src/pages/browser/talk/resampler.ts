// Changes the rate of a sound that comes piece by piece, through a windowed sinc. A context of 8000 Hz would do it for us, but
// Firefox then takes no microphone, and Chromium lets through more of what the telephone cannot carry. Pure.

/** Just below the end of the band: the filter has to fall off somewhere. */
const BAND = 0.99;

export class Resampler {
  /** How far one sample of what comes out moves on in what came in. */
  readonly #step: number;
  readonly #halfWidth: number;
  /** A row for each place between two samples that the rates can reach. */
  readonly #kernels: Float32Array[];
  #input: Float32Array = new Float32Array(0);
  /** Of the next sample out, in `#input`: whole samples, and a row of `#kernels`. */
  #whole: number;
  #row = 0;
  readonly #rows: number;
  readonly #wholeStep: number;
  readonly #rowStep: number;

  /** @param taps how many samples of the lower rate each one is made of, on each side. */
  constructor(from: number, to: number, taps: number) {
    const divisor = greatestCommonDivisor(from, to);
    this.#rows = to / divisor;
    this.#step = from / to;
    this.#wholeStep = Math.floor(this.#step);
    this.#rowStep = from / divisor - this.#wholeStep * this.#rows;
    // Of the input's rate, what the lower of both can carry.
    const band = BAND * Math.min(1, to / from);
    this.#halfWidth = Math.ceil(taps / Math.min(1, to / from));
    this.#kernels = Array.from({ length: this.#rows }, (_, row) =>
      kernelAt(row / this.#rows, band, this.#halfWidth),
    );
    this.#input = new Float32Array(this.#halfWidth - 1);
    this.#whole = this.#halfWidth - 1;
  }

  /** Appends a piece; returns what it completes. */
  push(piece: Float32Array): Float32Array {
    const input = new Float32Array(this.#input.length + piece.length);
    input.set(this.#input);
    input.set(piece, this.#input.length);
    const out: number[] = [];
    while (this.#whole + this.#halfWidth < input.length) {
      out.push(this.#sampleIn(input));
      this.#whole += this.#wholeStep;
      this.#row += this.#rowStep;
      if (this.#row < this.#rows) continue;
      this.#row -= this.#rows;
      this.#whole += 1;
    }
    const done = this.#whole - this.#halfWidth + 1;
    this.#input = input.slice(Math.max(0, done));
    this.#whole -= Math.max(0, done);
    return Float32Array.from(out);
  }

  #sampleIn(input: Float32Array): number {
    const kernel = this.#kernels[this.#row] ?? new Float32Array(0);
    const from = this.#whole - this.#halfWidth + 1;
    let sum = 0;
    for (let at = 0; at < kernel.length; at++) sum += (input[from + at] ?? 0) * (kernel[at] ?? 0);
    return sum;
  }
}

function kernelAt(fraction: number, band: number, halfWidth: number): Float32Array {
  const kernel = new Float32Array(2 * halfWidth);
  let sum = 0;
  for (let at = 0; at < kernel.length; at++) {
    const distance = at - (halfWidth - 1) - fraction;
    const turn = Math.PI * band * distance;
    const sinc = distance === 0 ? band : Math.sin(turn) / (Math.PI * distance);
    const share = distance / halfWidth;
    const window =
      Math.abs(share) > 1 ? 0 : 0.42 + 0.5 * Math.cos(Math.PI * share) + 0.08 * Math.cos(2 * Math.PI * share);
    kernel[at] = sinc * window;
    sum += sinc * window;
  }
  // A steady level stays what it is.
  for (let at = 0; at < kernel.length; at++) kernel[at] = (kernel[at] ?? 0) / sum;
  return kernel;
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}

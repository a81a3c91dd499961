// What the page has yet to play: samples and, between them, marks. A stretch of sound begins only once a little of it is there,
// so that frames which come unevenly make no gaps. Pure: it counts samples, not time.

export class PlayQueue {
  readonly #headStart: number;
  readonly #patience: number;
  #pieces: Float32Array[] = [];
  #first = 0;
  #waiting = 0;
  #marks: { readonly name: string; readonly at: number }[] = [];
  /** Samples of all stretches, played and come. */
  #played = 0;
  #come = 0;
  #isPlaying = false;
  #waitedFor = 0;

  /**
   * In samples.
   *
   * @param headStart with so much a stretch begins.
   * @param patience after so long it begins with less.
   */
  constructor(headStart: number, patience: number) {
    this.#headStart = headStart;
    this.#patience = patience;
  }

  /** Samples not played yet. */
  get length(): number {
    return this.#waiting;
  }

  add(samples: Float32Array): void {
    if (samples.length === 0) return;
    this.#pieces.push(samples);
    this.#waiting += samples.length;
    this.#come += samples.length;
  }

  mark(name: string): void {
    this.#marks.push({ name, at: this.#come });
  }

  /** Forgets what was not played; returns its marks. */
  clear(): string[] {
    this.#pieces = [];
    this.#first = 0;
    this.#waiting = 0;
    this.#played = this.#come;
    this.#isPlaying = false;
    this.#waitedFor = 0;
    return this.#marks.splice(0).map(({ name }) => name);
  }

  /** Fills `out`, with silence where there is nothing to play; returns the marks that were reached. */
  take(out: Float32Array): string[] {
    out.fill(0);
    if (this.#mayPlay(out.length)) this.#fill(out);
    const reached = this.#marks.filter(({ at }) => at <= this.#played);
    if (reached.length > 0) this.#marks = this.#marks.slice(reached.length);
    return reached.map(({ name }) => name);
  }

  #mayPlay(wanted: number): boolean {
    if (this.#waiting === 0) {
      this.#isPlaying = false;
      this.#waitedFor = 0;
      return false;
    }
    if (this.#isPlaying) return true;
    this.#waitedFor += wanted;
    this.#isPlaying = this.#waiting >= this.#headStart || this.#waitedFor >= this.#patience;
    return this.#isPlaying;
  }

  #fill(out: Float32Array): void {
    let filled = 0;
    for (let piece = this.#pieces[0]; piece !== undefined && filled < out.length; piece = this.#pieces[0]) {
      const part = piece.subarray(this.#first, this.#first + out.length - filled);
      out.set(part, filled);
      filled += part.length;
      this.#first += part.length;
      if (this.#first < piece.length) break;
      this.#pieces.shift();
      this.#first = 0;
    }
    this.#waiting -= filled;
    this.#played += filled;
  }
}

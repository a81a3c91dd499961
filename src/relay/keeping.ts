// What is kept of calls besides their records, where it is wanted: sound and traces. Both begin with the server and end
// after the last call.
import { codeOf } from '../call/error-code.ts';
import type { CallEvent, CallId } from '../call/call.ts';
import type { Clock } from '../call/ports.ts';
import type { Tape } from '../call/tape.ts';
import { type Config, ConfigError } from '../config/environment.ts';
import { startTracing, type Tracing } from '../operator/telemetry/tracing.ts';
import { startRecordings } from '../recording/choose-recordings.ts';
import type { Recordings } from '../recording/recordings.ts';

const ERASE_EVERY_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;

export interface KeepingParts {
  readonly config: Config;
  readonly clock: Clock;
  /** Lines without personal data. */
  readonly log: (line: string) => void;
}

export class Keeping {
  readonly #parts: KeepingParts;
  #recordings: Recordings | null = null;
  #tracing: Tracing | null = null;
  #takeBackErasing = (): void => {};

  constructor(parts: KeepingParts) {
    this.#parts = parts;
  }

  get recordings(): Recordings | null {
    return this.#recordings;
  }

  /** @throws {ConfigError} where the folder for recordings cannot be had. */
  async start(): Promise<void> {
    const { config, clock, log } = this.#parts;
    if (config.otelEndpoint !== '') this.#tracing = await startTracing(config.otelEndpoint, { log });
    if (config.recordingsDir === '') return;
    try {
      this.#recordings = await startRecordings(config.recordingsDir, { clock, s3: config.aws, log });
    } catch (error) {
      throw new ConfigError([
        `RECORDINGS_DIR cannot be written to (${codeOf(error) ?? 'no code'}). Check the path and whose it is.`,
      ]);
    }
    this.#erase();
  }

  tapeFor(callId: CallId): Tape | null {
    return this.#recordings?.begin(callId) ?? null;
  }

  /** A subscriber of CallEvents. */
  readonly take = (event: CallEvent): void => this.#tracing?.take(event);

  async close(): Promise<void> {
    this.#takeBackErasing();
    await this.#recordings?.close();
    await this.#tracing?.close();
  }

  #erase(): void {
    const { config, clock, log } = this.#parts;
    if (config.retentionDays === 0) return;
    this.#recordings
      ?.eraseOlderThan(clock.now() - config.retentionDays * DAY_MS)
      .catch(() => log('old recordings could not be erased; it is tried again'));
    this.#takeBackErasing = clock.after(ERASE_EVERY_MS, () => this.#erase());
  }
}

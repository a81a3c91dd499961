// What is kept of a whole call besides its record: the sound, each side as it was.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { ToneListener } from '../../sandbox/tones.ts';
import { TOKEN } from '../support/calling-out.ts';
import { startCollector } from '../operator/otlp-collector.ts';
import { quickSandbox } from '../support/quick-sandbox.ts';

/** The sound of a stereo µ-law WAV, side by side; `data` is the last part of the file. */
function sidesOf(wav: Buffer): string[] {
  const samples = wav.subarray(wav.indexOf('data') + 8);
  return [0, 1].map((side) => {
    const ear = new ToneListener();
    ear.hear(samples.filter((_, at) => at % 2 === side));
    ear.pause();
    return ear.text;
  });
}

it('a call is recorded after the notice; its recording is served under its ID and erased with it', async (test) => {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-'));
  test.onTestFinished(() => rmSync(folder, { recursive: true }));
  const sandbox = await quickSandbox(test, {
    env: {
      RECORDINGS_DIR: folder,
      RECORDING_NOTICE: 'This call is recorded.',
      OPERATOR_TOKEN: TOKEN,
    },
  });
  const ask = (method: string, path: string): Promise<Response> =>
    fetch(sandbox.relayUrl + path, { method, headers: { authorization: `Bearer ${TOKEN}` } });
  const caller = await sandbox.call();
  await caller.hears('This call is recorded. Hello, this is Bloom and Stem. How can I help you?');
  await caller.says('My name is Ann.');
  await caller.hears('What can I do for you?');
  await sandbox.happened('turn-finished'); // The tape's last sound is proven by its mark.
  caller.hangsUp();
  const path = `/calls/${caller.sid}`;
  await vi.waitFor(async () => {
    const { hasRecording } = (await (await ask('GET', path)).json()) as { hasRecording: boolean };
    expect(hasRecording).toBe(true);
  }, 5_000);
  const answer = await ask('GET', `${path}/recording`);
  expect(answer.headers.get('content-type')).toBe('audio/wav');
  const [left, right] = sidesOf(Buffer.from(await answer.arrayBuffer()));
  expect(left).toContain('My name is Ann.');
  expect(right).toContain('How can I help you?');
  expect(right).toContain('What can I do for you?');
  expect((await ask('DELETE', path)).status).toBe(204);
  expect(readdirSync(folder)).toEqual([]);
  expect((await ask('GET', `${path}/recording`)).status).toBe(404);
});

it('a call is a trace, with its turn in it and nothing that was said', async (test) => {
  const collector = await startCollector();
  const sandbox = await quickSandbox(test, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint } });
  const caller = await sandbox.call();
  await caller.hears('How can I help you?');
  await caller.says('My name is Ann.');
  await caller.hears('What can I do for you?');
  await sandbox.happened('turn-finished');
  caller.hangsUp();
  await sandbox.happened('call-ended');
  await sandbox.close();
  expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(collector.spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['call', 'turn']));
  expect(collector.bodies.join('')).not.toContain('Ann');
  expect(collector.refused).toEqual([]);
});

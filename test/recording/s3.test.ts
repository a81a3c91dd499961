import { waveHeader } from '../../src/call/wav.ts';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../src/call/ports.ts';
import { startRecordings } from '../../src/recording/choose-recordings.ts';
import type { Recordings } from '../../src/recording/recordings.ts';
import { SteppedClock } from '../support/clock.ts';
import { readWav } from './read-wav.ts';
import { startS3 } from './s3-stand-in.ts';

const KEYS = { accessKeyId: 'AKTEST', secretAccessKey: 'secret/of+test', sessionToken: '' };
const REGION = 'eu-central-1';

async function bucket(keys = KEYS, signedWith = KEYS) {
  const s3 = await startS3(keys, REGION, 'calls');
  const waitingFolder = await mkdtemp(join(tmpdir(), 'waiting-'));
  onTestFinished(() => rm(waitingFolder, { recursive: true, force: true }));
  const lines: string[] = [];
  const start = async (clock: Clock = new SteppedClock(Date.now())): Promise<Recordings> => {
    const recordings = await startRecordings('s3://calls/of/2026', {
      clock,
      s3: { ...signedWith, region: REGION, endpointUrl: s3.url },
      waitingFolder,
      log: (line) => lines.push(line),
    });
    onTestFinished(() => recordings.close());
    return recordings;
  };
  const waiting = (): Promise<string[]> => readdir(waitingFolder);
  return { s3, start, waiting, waitingFolder, lines };
}

/** A second of the caller, each sample this byte. */
function record(recordings: Recordings, callId: string, byte: number): void {
  const tape = recordings.begin(callId);
  tape?.hearCaller(Buffer.alloc(8000, byte).toString('base64'), Date.now());
  tape?.end();
}

const aFile = (byte: number): Buffer =>
  Buffer.concat([waveHeader('mulaw', 2, 16_000), Buffer.alloc(16_000, byte)]);

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

describe('a bucket', () => {
  it('has the recording once the call is over, signed for, and nothing of it stays here', async () => {
    const { s3, start, waiting, lines } = await bucket();
    const recordings = await start();
    record(recordings, 'CA1', 7);
    await until(async () => s3.objects.size === 1 && (await waiting()).length === 0);
    const wav = readWav(s3.objects.get('of/2026/CA1.wav')?.body ?? Buffer.alloc(0));
    expect(wav.left.equals(Buffer.alloc(8000, 7))).toBe(true);

    const found = await recordings.open('CA1');
    const all = found === null ? Buffer.alloc(0) : await buffer(found.read(0, found.bytes - 1));
    expect(all.length).toBe(found?.bytes);
    const kept = s3.objects.get('of/2026/CA1.wav')?.body ?? Buffer.alloc(0);
    expect(all.subarray(58).equals(kept.subarray(104))).toBe(true);
    expect(await recordings.open('CA')).toBeNull();
    expect(lines).toEqual([]);
  });

  it('keys that do not last are signed with their token', async () => {
    const keys = { ...KEYS, sessionToken: 'token/of=day' };
    const { s3, start } = await bucket(keys, keys);
    record(await start(), 'CA1', 7);
    await until(() => s3.objects.size === 1);
  });

  it('with the wrong secret nothing is stored, one line says so, and it says no secret', async () => {
    const { s3, start, waiting, lines } = await bucket(KEYS, { ...KEYS, secretAccessKey: 'wrong' });
    const recordings = await start();
    record(recordings, 'CA1', 7);
    await until(() => lines.length > 0);
    await expect(recordings.open('CA1')).rejects.toThrow('S3 answered 403 SignatureDoesNotMatch');
    await recordings.close();
    expect(s3.objects.size).toBe(0);
    expect(lines).toEqual([
      'Could not upload a recording to the bucket (SignatureDoesNotMatch); it waits for the next try',
    ]);
    expect(await waiting()).toHaveLength(1);
  });

  it('[R2] the parts of two processes lie beside each other, and are read as one', async () => {
    const { s3, start, waiting } = await bucket();
    const recordings = await start();
    for (const byte of [1, 2, 3]) {
      record(recordings, 'CA1', byte);
      await until(async () => s3.objects.size === byte && (await waiting()).length === 0);
    }
    s3.objects.set('of/2026/CA1.mp3', { body: Buffer.alloc(100), meta: {}, changedAt: 0 });
    expect([...s3.objects.keys()].toSorted()).toEqual([
      'of/2026/CA1.2.wav',
      'of/2026/CA1.3.wav',
      'of/2026/CA1.mp3',
      'of/2026/CA1.wav',
    ]);
    const found = await recordings.open('CA1');
    const { left } = readWav(found === null ? Buffer.alloc(0) : await buffer(found.read(0, found.bytes - 1)));
    expect([left.length, left[0], left[8000], left[16_000]]).toEqual([24_000, 1, 2, 3]);
  });
});

describe('a bucket that does not answer as it should', () => {
  it('is asked again, later and later; others are not kept waiting by one', async () => {
    const { s3, start, waiting, lines } = await bucket();
    const clock = new SteppedClock(Date.now());
    s3.troubles.push(503, 500);
    const recordings = await start(clock);
    record(recordings, 'CA1', 1);
    await until(() => clock.waiting === 2);
    record(recordings, 'CA2', 2);
    await until(
      async () => (await waiting()).length === 2 && (await waiting()).every((name) => name.endsWith('.wav')),
    );
    clock.step(999);
    expect(s3.asked).toHaveLength(1);
    clock.step(1);
    await until(() => s3.asked.length === 2 && clock.waiting === 2);
    clock.step(1999);
    expect(s3.asked).toHaveLength(2);
    clock.step(1);
    await until(async () => s3.objects.size === 2 && (await waiting()).length === 0);
    expect(s3.asked.map((one) => one.slice(-7))).toEqual(['CA1.wav', 'CA1.wav', 'CA2.wav', 'CA1.wav']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('SlowDown');
  });

  it('an answer that is lost makes no second part', async () => {
    const { s3, start, waiting } = await bucket();
    const clock = new SteppedClock(Date.now());
    s3.troubles.push('lost');
    const recordings = await start(clock);
    record(recordings, 'CA1', 1);
    await until(() => clock.waiting === 2);
    expect(s3.objects.size).toBe(1);
    clock.step(1000);
    await until(async () => (await waiting()).length === 0);
    expect([...s3.objects.keys()]).toEqual(['of/2026/CA1.wav']);
  });

  it('what waits is there for the next process', async () => {
    const { s3, start, waiting } = await bucket();
    const clock = new SteppedClock(Date.now());
    s3.troubles.push(503, 503);
    const first = await start(clock);
    record(first, 'CA1', 1);
    await until(() => clock.waiting === 2);
    await first.close();
    expect(await waiting()).toHaveLength(1);
    await start();
    await until(async () => s3.objects.size === 1 && (await waiting()).length === 0);
  });

  it('a day later it is given up', async () => {
    const { s3, start, waiting, waitingFolder, lines } = await bucket();
    await writeFile(join(waitingFolder, 'CA1.00000000.wav'), aFile(1));
    const clock = new SteppedClock(Date.now());
    const dayAgo = clock.now() / 1000 - 86_401;
    await utimes(join(waitingFolder, 'CA1.00000000.wav'), dayAgo, dayAgo);
    s3.troubles.push(503);
    await start(clock);
    await until(() => lines.some((line) => line.includes('Gave up')));
    expect(await waiting()).toEqual([]);
    expect(s3.objects.size).toBe(0);
  });

  it('a recording that two processes find waiting is put there once', async () => {
    const { s3, start, waiting, waitingFolder, lines } = await bucket();
    await writeFile(join(waitingFolder, 'CA1.00000000.wav'), aFile(1));
    const { arrived, goOn } = s3.hold('PUT');
    await start();
    await start();
    await arrived;
    await until(() => s3.asked.length === 2);
    goOn();
    await until(async () => (await waiting()).length === 0 && s3.asked.some((one) => one.startsWith('HEAD')));
    expect([...s3.objects.keys()]).toEqual(['of/2026/CA1.wav']);
    expect(lines).toEqual([]);
  });

  it('a recording that was whole when its process died is put there', async () => {
    const { s3, start, waiting, waitingFolder } = await bucket();
    await writeFile(join(waitingFolder, 'CA1.00000000.part'), aFile(4));
    await utimes(join(waitingFolder, 'CA1.00000000.part'), 1000, 1000);
    await start(new SteppedClock(Date.now()));
    await until(async () => s3.objects.size === 1 && (await waiting()).length === 0);
    expect(s3.objects.get('of/2026/CA1.wav')?.body.equals(aFile(4))).toBe(true);
  });
});

describe('erasing', () => {
  it('takes all parts of a call, and what still waits here', async () => {
    const { s3, start, waiting, waitingFolder } = await bucket();
    const recordings = await start();
    for (const name of ['CA1.wav', 'CA1.2.wav', 'CA1.3.wav', 'CA1.x.wav', 'CA12.wav'])
      s3.objects.set(`of/2026/${name}`, { body: aFile(1), meta: {}, changedAt: 0 });
    s3.objects.set('CA1.wav', { body: aFile(1), meta: {}, changedAt: 0 });
    await writeFile(join(waitingFolder, 'CA1.00000000.wav'), aFile(1));
    await recordings.erase('CA1');
    expect([...s3.objects.keys()].toSorted()).toEqual(['CA1.wav', 'of/2026/CA1.x.wav', 'of/2026/CA12.wav']);
    expect(await waiting()).toEqual([]);
  });

  it('waits for a recording that is on its way into the bucket', async () => {
    const { s3, start } = await bucket();
    const recordings = await start();
    const { arrived, goOn } = s3.hold('PUT');
    record(recordings, 'CA1', 1);
    await arrived;
    const erased = recordings.erase('CA1');
    // Others are served meanwhile; of this call nothing is looked up before it lies there.
    for (let nth = 0; nth < 5; nth++) await recordings.open('CA2');
    expect(s3.asked.filter((one) => one.includes('CA1'))).toHaveLength(1);
    goOn();
    await erased;
    expect(s3.objects.size).toBe(0);
    expect(s3.asked.some((one) => one.startsWith('DELETE'))).toBe(true);
  });

  it('by age leaves what is younger, what lies deeper, and what is none of ours', async () => {
    const { s3, start, waiting, waitingFolder } = await bucket();
    const recordings = await start();
    const put = (key: string, changedAt: number): unknown =>
      s3.objects.set(key, { body: aFile(1), meta: {}, changedAt });
    for (const name of ['CA1', 'CA2', 'CA3', 'CA4']) put(`of/2026/${name}.wav`, 1000);
    put('of/2026/CA5.wav', 3000);
    put('of/2026/notes.txt', 1000);
    put('of/2026/old/CA6.wav', 1000);
    await writeFile(join(waitingFolder, 'CA7.00000000.wav'), aFile(1));
    await utimes(join(waitingFolder, 'CA7.00000000.wav'), 1, 1);
    await recordings.eraseOlderThan(2000);
    expect([...s3.objects.keys()].toSorted()).toEqual([
      'of/2026/CA5.wav',
      'of/2026/notes.txt',
      'of/2026/old/CA6.wav',
    ]);
    expect(await waiting()).toEqual([]);
  });
});

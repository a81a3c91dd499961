import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Playout } from '../../src/bridge/playout.ts';
import { Taping } from '../../src/call/tape.ts';
import { waveHeader } from '../../src/call/wav.ts';
import { problemWithRecordingsDir, startRecordings } from '../../src/recording/choose-recordings.ts';
import type { Recordings } from '../../src/recording/recordings.ts';
import { WavFile } from '../../src/recording/wav-file.ts';
import { soundOf, ToneListener } from '../../sandbox/tones.ts';
import { SteppedClock } from '../support/clock.ts';
import { type Heard, laidOut, PhoneLine } from './phone-line.ts';
import { readWav } from './read-wav.ts';

const NO_S3 = { region: '', endpointUrl: '', accessKeyId: '', secretAccessKey: '', sessionToken: '' };

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'recordings-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function recorder(dir: string, clock = new SteppedClock()) {
  const lines: string[] = [];
  const recordings = await startRecordings(dir, { clock, s3: NO_S3, log: (line) => lines.push(line) });
  onTestFinished(() => recordings.close());
  return { clock, lines, recordings };
}

/** A call that is recorded: what the caller says, and what the line plays. */
function recorded(recordings: Recordings, clock: SteppedClock, callId = 'CA1') {
  const startedAt = clock.now();
  const taping = new Taping(recordings.begin(callId), clock);
  const ledger = new Playout(clock, () => {}, taping.hearAgent);
  const line = new PhoneLine(clock);
  line.onMark = (name) => ledger.markReached(name);
  ledger.attach(line);
  taping.beginStream();
  let segments = 0;
  const said: Heard[] = [];
  return {
    line,
    ledger,
    taping,
    said,
    speak: (text: string): void => {
      const id = `s${++segments}`;
      ledger.expect({ id, text });
      const sound = soundOf(text);
      for (let at = 0; at < sound.length; at += 1000)
        ledger.add(id, sound.subarray(at, at + 1000).toString('base64'));
      ledger.finish(id);
    },
    /** Time passes, and this much of it the caller is heard saying `text`, or being silent. */
    callerSays: (text: string, ms: number): void => {
      const sound = Buffer.concat([soundOf(text), Buffer.alloc(ms * 8, 0xff)]);
      for (let at = 0; at < ms * 8; at += 160) {
        const bytes = sound.subarray(at, at + 160);
        said.push({ at: clock.now(), bytes });
        clock.step(20);
        taping.hearCaller(bytes.toString('base64'), clock.now() - startedAt - 20);
      }
    },
    sides: (samples: number) => ({
      left: laidOut(said, startedAt, samples),
      right: laidOut(line.heard, startedAt, samples),
    }),
  };
}

const textIn = (side: Buffer): string => {
  const ear = new ToneListener();
  ear.hear(side);
  ear.pause();
  return ear.text;
};

async function fileOf(recordings: Recordings, callId = 'CA1'): Promise<Buffer> {
  const found = await recordings.open(callId);
  if (found === null) throw new Error('no recording');
  const all = await buffer(found.read(0, found.bytes - 1));
  expect(all.length).toBe(found.bytes);
  return all;
}

/** Real time passes here: files are written by threads that know no stepped clock. */
async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

describe('a recording', () => {
  it('has the caller left and what the caller heard right, each byte in its place', async () => {
    const dir = await folder();
    const { clock, recordings } = await recorder(dir);
    const call = recorded(recordings, clock);
    call.speak('Good morning, how can I help you?');
    call.callerSays('', 200);
    call.callerSays('hm', 100);
    call.ledger.hold();
    call.callerSays('', 400);
    call.ledger.resume();
    call.callerSays('', 160);
    call.callerSays('Stop', 40);
    call.ledger.drop();
    call.callerSays('op it!', 600);
    call.speak('Yes?');
    call.callerSays('', 20_000);
    call.callerSays('Bye.', 200);
    call.taping.end();
    await until(async () => (await recordings.open('CA1')) !== null);

    const file = await fileOf(recordings);
    // What is kept has a date in its header.
    const kept = await readFile(join(dir, 'CA1.wav'));
    expect(file.subarray(58).equals(kept.subarray(104))).toBe(true);
    const wav = readWav(file);
    expect(wav).toMatchObject({
      format: 7,
      channels: 2,
      sampleRate: 8000,
      bytesPerSecond: 16_000,
      blockBytes: 2,
      bits: 8,
      extensionBytes: 0,
      samples: wav.left.length,
    });
    const { left, right } = call.sides(wav.left.length);
    expect(wav.left.length / 8).toBe(clock.now() - 1_700_000_000_000);
    expect(wav.left.equals(left)).toBe(true);
    expect(wav.right.equals(right)).toBe(true);
    // Read back by ear: cut at the frame in which the caller spoke.
    expect(textIn(wav.right)).toContain('Good morning, h');
    expect(textIn(wav.right)).not.toContain('help');
    expect(textIn(wav.right)).toContain('Yes?');
    expect(recordings.lostMs).toBe(0);
  });

  it('is written behind the call, under a name of its own until it is whole', async () => {
    const dir = await folder();
    const { clock, recordings } = await recorder(dir);
    const call = recorded(recordings, clock);
    call.callerSays('', 40_000);
    await until(async () => (await readdir(dir)).length > 0);
    expect(await readdir(dir)).toEqual([expect.stringMatching(/^CA1\.[0-9a-f]{8}\.part$/)]);
    const [name = ''] = await readdir(dir);
    // What is known for sure: all but the last fifteen seconds or so.
    await until(async () => (await stat(join(dir, name))).size > 24_000 * 16);
    expect((await stat(join(dir, name))).mode & 0o077).toBe(0);
    expect(await recordings.open('CA1')).toBeNull();
    await recordings.close();
    expect(await readdir(dir)).toEqual(['CA1.wav']);
    expect(readWav(await fileOf(recordings)).samples).toBe(40_000 * 8);
  });

  it('of a call whose stream never came is none', async () => {
    const dir = await folder();
    const { clock, recordings } = await recorder(dir);
    recorded(recordings, clock).taping.end();
    await recordings.close();
    expect(await readdir(dir)).toEqual([]);
    expect(recordings.begin('CA2')).toBeNull();
  });

  it('a long silence, as of a transfer that came to nothing, takes its time and no memory', async () => {
    const { clock, recordings } = await recorder(await folder());
    const call = recorded(recordings, clock);
    call.callerSays('Hi', 1000);
    clock.step(60_000);
    call.callerSays('Yo', 1000);
    await recordings.close();
    const { left } = readWav(await fileOf(recordings));
    expect(left.length).toBe(62_000 * 8);
    expect(left.equals(call.sides(left.length).left)).toBe(true);
  });

  it('what is known too late for its place is lost, and counted', async () => {
    const { clock, recordings } = await recorder(await folder());
    const tape = recordings.begin('CA1');
    const startedAt = clock.now();
    for (let ms = 0; ms < 30_000; ms += 1000) {
      tape?.hearCaller(Buffer.alloc(8000, 1).toString('base64'), startedAt + ms);
      clock.step(1000);
    }
    // Until 14 s it is written.
    tape?.hearAgent(Buffer.alloc(8000, 2).toString('base64'), startedAt + 13_500);
    tape?.hearAgent(Buffer.alloc(8000, 3).toString('base64'), startedAt + 3_000);
    await recordings.close();
    const { right } = readWav(await fileOf(recordings));
    expect([...new Set(right.subarray(0, 14_000 * 8))]).toEqual([0xff]);
    expect([...new Set(right.subarray(14_000 * 8, 14_500 * 8))]).toEqual([2]);
    expect(recordings.lostMs).toBe(1500);
  });

  it('a place that cannot be is not believed', async () => {
    const { clock, recordings } = await recorder(await folder());
    const tape = recordings.begin('CA1');
    const second = Buffer.alloc(8000, 1).toString('base64');
    for (const from of [clock.now() - 1e9, clock.now(), clock.now() + 1e9, NaN])
      tape?.hearCaller(second, from);
    await recordings.close();
    expect(readWav(await fileOf(recordings)).samples).toBe(8000);
    expect(recordings.lostMs).toBe(3000);
  });

  it('more pieces than there can be are not kept', async () => {
    const { clock, recordings } = await recorder(await folder());
    const tape = recordings.begin('CA1');
    const frame = Buffer.alloc(160, 1).toString('base64');
    for (let nth = 0; nth < 200_000; nth++) tape?.hearCaller(frame, clock.now());
    await recordings.close();
    expect(recordings.lostMs).toBe(190_000 * 20);
  });
});

describe('several processes', () => {
  it('[R2] a call that two processes had has two parts, which are read as one', async () => {
    const dir = await folder();
    const clock = new SteppedClock();
    const one = await recorder(dir, clock);
    const two = await recorder(dir, clock);
    for (const [{ recordings }, text] of [
      [one, 'one'],
      [two, 'two'],
    ] as const) {
      const call = recorded(recordings, clock);
      call.callerSays(text, 500);
      call.taping.end();
      await recordings.close();
    }
    expect((await readdir(dir)).toSorted()).toEqual(['CA1.2.wav', 'CA1.wav']);
    const { left } = readWav(await fileOf(one.recordings));
    expect(left.length).toBe(8000);
    expect(textIn(left).replaceAll(' ', '')).toBe('onetwo');
  });

  it('[K4] says when each part began, by the clock of the events, and how loud it is', async () => {
    const dir = await folder();
    const clock = new SteppedClock();
    const one = await recorder(dir, clock);
    const two = await recorder(dir, clock);
    const began: number[] = [];
    for (const [{ recordings }, text] of [
      [one, 'one'],
      [two, ''],
    ] as const) {
      clock.step(2_000);
      began.push(clock.now());
      const call = recorded(recordings, clock);
      call.callerSays(text, 1_000);
      call.taping.end();
      await recordings.close();
    }
    // One that comes to the shelf late, as after a kill, still lies in its place.
    await rename(join(dir, 'CA1.wav'), join(dir, 'CA1.3.wav'));
    await rename(join(dir, 'CA1.2.wav'), join(dir, 'CA1.wav'));
    await rename(join(dir, 'CA1.3.wav'), join(dir, 'CA1.2.wav'));
    const found = await one.recordings.open('CA1');
    expect(found).toMatchObject({
      lengthMs: 2_000,
      parts: [
        { beganAt: began[0], offsetMs: 0, lengthMs: 1_000 },
        { beganAt: began[1], offsetMs: 1_000, lengthMs: 1_000 },
      ],
    });
    const peaks = await found?.peaks(4);
    if (peaks === undefined || peaks === 'busy') throw new Error('no peaks');
    expect(peaks.caller[0]).toBeGreaterThan(5);
    expect(peaks.caller.slice(2)).toEqual([0, 0]);
    expect(peaks.agent).toEqual([0, 0, 0, 0]);
    expect(await found?.peaks(4)).toBe(peaks);
  });

  it('reads any stretch of it, across its parts', async () => {
    const dir = await folder();
    const clock = new SteppedClock();
    for (const text of ['one', 'two']) {
      const { recordings } = await recorder(dir, clock);
      const call = recorded(recordings, clock);
      call.callerSays(text, 500);
      call.taping.end();
      await recordings.close();
    }
    const { recordings } = await recorder(dir, clock);
    const whole = await fileOf(recordings);
    const found = await recordings.open('CA1');
    for (const [from, to] of [
      [0, 0],
      [10, 57],
      [50, 100],
      [58, 8_057],
      [8_050, 8_070],
      [16_000, 16_057],
    ] as const) {
      const read = await buffer(found?.read(from, to) ?? Readable.from([]));
      expect(read.equals(whole.subarray(from, to + 1)), `${from} to ${to}`).toBe(true);
    }
  });

  it('of an older version has no date, and is read all the same', async () => {
    const dir = await folder();
    const { recordings } = await recorder(dir);
    const old = Buffer.concat([waveHeader('mulaw', 2, 1600), Buffer.alloc(1600, 7)]);
    await writeFile(join(dir, 'CA1.wav'), old);
    expect(await recordings.open('CA1')).toMatchObject({
      parts: [{ beganAt: null, offsetMs: 0, lengthMs: 100 }],
    });
    expect((await fileOf(recordings)).equals(old)).toBe(true);
  });

  it('[R3] what a process left that was killed is made whole and kept', async () => {
    const dir = await folder();
    const clock = new SteppedClock(Date.now());
    const dead = await recorder(dir, clock);
    const call = recorded(dead.recordings, clock);
    call.callerSays('Hello', 20_000);
    await until(async () => {
      const [name] = await readdir(dir);
      return name !== undefined && (await stat(join(dir, name))).size > 4000 * 16;
    });
    const [left = ''] = await readdir(dir);
    // As the killed process left it, with half a sample pair more.
    const copy = Buffer.concat([await readFile(join(dir, left)), Buffer.from([1])]);
    await dead.recordings.close();
    await rm(join(dir, 'CA1.wav'));
    await writeFile(join(dir, left), copy);
    await writeFile(join(dir, 'CA9.00000000.part'), '');
    await writeFile(join(dir, 'CA8.00000000.part'), copy);
    const longAgo = clock.now() / 1000 - 700;
    for (const name of [left, 'CA9.00000000.part']) await utimes(join(dir, name), longAgo, longAgo);

    const next = await recorder(dir, clock);
    // Somebody may still be writing that one.
    expect((await readdir(dir)).toSorted()).toEqual(['CA1.wav', 'CA8.00000000.part']);
    const wav = readWav(await fileOf(next.recordings));
    expect(wav.samples).toBe((copy.length - 105) / 2);
    expect(textIn(wav.left)).toBe('Hello');
    await until(async () => {
      clock.step(600_000);
      return (await readdir(dir)).includes('CA8.wav');
    });
  });
});

describe('a disk', () => {
  it('that is away delays no call; what it takes again lies in its place, and one line says so', async () => {
    const dir = await folder();
    const { clock, lines, recordings } = await recorder(dir);
    const call = recorded(recordings, clock);
    const away = `${dir}-away`;
    onTestFinished(() => rm(away, { recursive: true, force: true }));
    await rename(dir, away);
    call.callerSays('lost', 18_000);
    await until(() => lines.length > 0);
    await mkdir(dir);
    call.callerSays('kept', 18_000);
    await recordings.close();
    expect(lines).toEqual(['the recording of CA1 has gaps or is lost (ENOENT)']);
    const { left } = readWav(await fileOf(recordings));
    const lostMs = recordings.lostMs;
    expect(lostMs).toBeGreaterThan(0);
    expect(left.length).toBe(36_000 * 8);
    expect([...new Set(left.subarray(0, lostMs * 8))]).toEqual([0xff]);
    expect(left.subarray(lostMs * 8).equals(call.sides(left.length).left.subarray(lostMs * 8))).toBe(true);
  });

  it('that is too slow is not waited for: a minute is kept for it, and the rest has its gap', async () => {
    const dir = await folder();
    const codes: string[] = [];
    const file = new WavFile(join(dir, 'CA1.part'), (error) =>
      codes.push(error instanceof Error ? error.message : ''),
    );
    const second = (byte: number): Buffer => Buffer.alloc(16_000, byte);
    // All in one tick, in which no disk takes anything.
    for (let at = 0; at < 100; at++) file.write({ beganAt: 0, at: at * 8000, pairs: second(at) });
    await file.end();
    const kept = Math.floor((1024 * 1024) / 16_000);
    expect(file.lostMs).toBe((100 - kept) * 1000);
    expect(codes).toHaveLength(100 - kept);
    const again = new WavFile(join(dir, 'CA2.part'), () => {});
    for (let at = 0; at < 100; at++) again.write({ beganAt: 0, at: at * 8000, pairs: second(at) });
    await until(
      async () => (await stat(join(dir, 'CA2.part')).catch(() => null))?.size === 104 + kept * 16_000,
    );
    again.write({ beganAt: 0, at: 100 * 8000, pairs: second(100) });
    await again.end();
    const { left } = readWav(await readFile(join(dir, 'CA2.part')));
    expect([left[kept * 8000 - 1], left[kept * 8000], left[100 * 8000 - 1], left[100 * 8000]]).toEqual([
      kept - 1,
      0xff,
      0xff,
      100,
    ]);
  });

  it('that cannot be had is said at the start', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'file'), '');
    await expect(recorder(join(dir, 'file', 'sub'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

describe('erasing', () => {
  it('takes all parts of a call and nothing of another, also of one that is being recorded', async () => {
    const dir = await folder();
    const { clock, recordings } = await recorder(dir);
    for (const name of ['CA1.wav', 'CA1.2.wav', 'CA1.0a0a0a0a.part', 'CA12.wav', 'notes.txt', 'CA1.mp3'])
      await writeFile(join(dir, name), 'x');
    const call = recorded(recordings, clock);
    call.callerSays('Hi', 20_000);
    await until(async () => (await readdir(dir)).length === 7);
    await recordings.erase('CA1');
    expect((await readdir(dir)).toSorted()).toEqual(['CA1.mp3', 'CA12.wav', 'notes.txt']);
    call.callerSays('Hi', 2000);
    await recordings.close();
    expect((await readdir(dir)).toSorted()).toEqual(['CA1.mp3', 'CA12.wav', 'notes.txt']);
  });

  it('by age leaves what is younger, and what is none of ours', async () => {
    const dir = await folder();
    const { recordings } = await recorder(dir);
    for (const name of ['CA1.wav', 'CA2.wav', 'CA3.0a0a0a0a.part', 'holiday.mov'])
      await writeFile(join(dir, name), 'x');
    for (const name of ['CA1.wav', 'CA3.0a0a0a0a.part', 'holiday.mov'])
      await utimes(join(dir, name), 1000, 1000);
    await recordings.eraseOlderThan(2_000_000);
    expect((await readdir(dir)).toSorted()).toEqual(['CA2.wav', 'holiday.mov']);
  });

  it('by age needs no command: recordings go after their retention', async () => {
    const dir = await folder();
    const clock = new SteppedClock();
    for (const [name, ageDays] of [
      ['CA1.wav', 2],
      ['CA2.wav', 0],
    ] as const) {
      const at = clock.now() / 1000 - ageDays * 86_400;
      await writeFile(join(dir, name), 'x');
      await utimes(join(dir, name), at, at);
    }
    const recordings = await startRecordings(dir, { clock, s3: NO_S3, retentionDays: 1, log: () => {} });
    onTestFinished(() => recordings.close());
    await vi.waitFor(async () => expect(await readdir(dir)).toEqual(['CA2.wav']), 5_000);
  });

  it.each(['../CA1', 'CA1/x', '', 'CA.1', '.', 'x'.repeat(65)])('the id %j leads nowhere', async (id) => {
    const dir = await folder();
    await mkdir(join(dir, 'sub'));
    await writeFile(join(dir, 'CA1.wav'), Buffer.alloc(100));
    const { recordings } = await recorder(join(dir, 'sub'));
    expect(recordings.begin(id)).toBeNull();
    expect(await recordings.open(id)).toBeNull();
    await recordings.erase(id);
    expect(await readdir(dir)).toContain('CA1.wav');
  });
});

describe('RECORDINGS_DIR', () => {
  const keys = { ...NO_S3, accessKeyId: 'AK', secretAccessKey: 'SK', region: 'eu-west-1' };
  it.each([
    ['recordings', NO_S3, null],
    ['s3://calls', keys, null],
    ['s3://calls/of/a.year/', keys, null],
    ['s3://calls', { ...keys, endpointUrl: 'http://127.0.0.1:9000' }, null],
    ['s3://C', keys, 'bucket'],
    ['s3://calls/a b', keys, 'bucket'],
    ['s3://calls', { ...keys, secretAccessKey: '' }, 'AWS_SECRET_ACCESS_KEY'],
    ['s3://calls', { ...keys, region: '' }, 'AWS_REGION'],
    ['s3://calls', { ...keys, endpointUrl: 'minio:9000' }, 'AWS_ENDPOINT_URL'],
  ])('%s', (dir, s3, problem) => {
    const found = problemWithRecordingsDir(dir, s3);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toContain(problem);
  });
});

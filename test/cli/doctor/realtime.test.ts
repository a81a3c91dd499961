// The Realtime check at the height of its port, with the vendor played by hand and the time stepped: what real sockets
// would take a quarter of a minute to show.
import { describe, expect, it } from 'vitest';
import { checkRealtime } from '../../../src/cli/doctor/realtime.ts';
import type { Finding } from '../../../src/call/check.ts';
import type { Waits } from '../../../src/cli/doctor/waits.ts';
import { SteppedClock } from '../../support/clock.ts';
import { PaperSpeech } from '../../support/doubles.ts';

async function examine(
  play: (speech: PaperSpeech, clock: SteppedClock) => void,
  waits: Pick<Waits, 'voiceMs' | 'transcriptMs'> = { voiceMs: null, transcriptMs: null },
): Promise<Finding> {
  const clock = new SteppedClock();
  const dialled: PaperSpeech[] = [];
  const checked = checkRealtime({
    clock,
    waits,
    vadSilenceMs: 500,
    dial: (onEvent) => {
      const speech = new PaperSpeech(onEvent);
      dialled.push(speech);
      return speech;
    },
  });
  const [speech] = dialled;
  if (speech === undefined) throw new Error('nobody dialled');
  play(speech, clock);
  const finding = await checked;
  // Whatever was found, nothing is left behind.
  expect(speech.isClosed).toBe(true);
  expect(clock.waiting).toBe(0);
  return finding;
}

const AUDIO = { type: 'segment-audio', segmentId: 'doctor', audio: '////' } as const;
const done = (outcome: 'completed' | 'failed') =>
  ({ type: 'segment-done', segmentId: 'doctor', outcome, spoken: null }) as const;

describe('the Realtime check', () => {
  it('measures the session, the voice, and the transcript of its own words', async () => {
    const waits = { voiceMs: null, transcriptMs: null };
    const finding = await examine((speech, clock) => {
      clock.step(300);
      speech.tell({ type: 'ready' });
      clock.step(200);
      speech.tell(AUDIO);
      clock.step(100);
      speech.tell(AUDIO);
      speech.tell(done('completed'));
      // Both pieces, and the silence that ends an utterance.
      expect(speech.heard.slice(0, 2)).toEqual([AUDIO.audio, AUDIO.audio]);
      expect(speech.heardMs).toBeGreaterThan(500);
      const utteranceId = speech.beginsSpeech();
      speech.tell({ type: 'speech-stopped', utteranceId });
      clock.step(900);
      speech.tell({ type: 'utterance', utteranceId, transcript: 'Hello, can you hear me?', endMs: 0 });
    }, waits);
    expect(finding).toEqual({
      is: 'fine',
      saw: 'session after 300 ms, voice after 200 ms more, a transcript 900 ms after speech',
      todo: null,
    });
    expect(waits).toEqual({ voiceMs: 200, transcriptMs: 900 });
  });

  it('says which transcription model brought nothing, and which to set', async () => {
    const finding = await examine((speech) => {
      speech.tell({ type: 'ready' });
      speech.tell(AUDIO);
      speech.tell(done('completed'));
      speech.tell({ type: 'transcriber-replaced', model: 'gpt-transcribe', by: 'gpt-4o-transcribe' });
      speech.transcribes('Hello, can you hear me?');
    });
    expect(finding.is).toBe('fine');
    expect(finding.todo).toMatch(
      /^gpt-transcribe brought no transcript.*TRANSCRIPTION_MODEL=gpt-4o-transcribe/,
    );
  });

  it('finds a session wrong that speaks and does not transcribe', async () => {
    const speaks = (speech: PaperSpeech): void => {
      speech.tell({ type: 'ready' });
      speech.tell(AUDIO);
      speech.tell(done('completed'));
    };
    const lost = await examine((speech) => {
      speaks(speech);
      const utteranceId = speech.beginsSpeech();
      speech.tell({ type: 'utterance', utteranceId, transcript: '', endMs: 0, isLost: true });
    });
    expect(lost).toMatchObject({ is: 'wrong', saw: 'the session speaks, but does not transcribe' });
    const deaf = await examine((speech, clock) => {
      speaks(speech);
      clock.step(15_000);
    });
    expect(deaf).toMatchObject({
      is: 'wrong',
      saw: 'the session speaks, but transcribes nothing within 15 s',
    });
  });

  it('does not take a word that broke off for a word', async () => {
    const finding = await examine((speech) => {
      speech.tell({ type: 'ready' });
      speech.tell(AUDIO);
      speech.tell(done('failed'));
    });
    expect(finding).toMatchObject({ is: 'wrong', saw: 'a session, but it does not speak' });
  });

  it('does not take silence for a word', async () => {
    const finding = await examine((speech) => {
      speech.tell({ type: 'ready' });
      speech.tell({ ...AUDIO, audio: '' });
      speech.tell(done('completed'));
    });
    expect(finding.is).toBe('wrong');
  });

  it('gives up after 15 s, and says how far it came', async () => {
    const mute = await examine((speech, clock) => {
      speech.tell({ type: 'ready' });
      clock.step(15_000);
    });
    expect(mute).toMatchObject({ is: 'wrong', saw: 'a session, but not a word within 15 s' });
    const none = await examine((_, clock) => clock.step(15_000));
    expect(none).toMatchObject({ is: 'wrong', saw: 'no session within 15 s' });
  });

  it('tells why, by the last trouble there was', async () => {
    const finding = await examine((speech) => {
      speech.tell({ type: 'refused', kind: 'speech-error', detail: 'http-403' });
      speech.tell({ type: 'lost', reason: 'not-reached' });
    });
    expect(finding).toMatchObject({ is: 'wrong', saw: 'no session (http-403)' });
    expect(finding.todo).toContain('permission');
  });
});

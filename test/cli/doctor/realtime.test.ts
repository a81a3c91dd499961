// The Realtime check at the height of its port, with the vendor played by hand and the time stepped: what real sockets
// would take a quarter of a minute to show.
import { describe, expect, it } from 'vitest';
import { checkRealtime } from '../../../src/cli/doctor/realtime.ts';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import { SteppedClock } from '../../support/clock.ts';
import { PaperSpeech } from '../../support/doubles.ts';

async function examine(play: (speech: PaperSpeech, clock: SteppedClock) => void): Promise<Finding> {
  const clock = new SteppedClock();
  const dialled: PaperSpeech[] = [];
  const checked = checkRealtime({
    clock,
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
  it('measures from the dial to the session and to the first audio', async () => {
    const finding = await examine((speech, clock) => {
      clock.step(300);
      speech.tell({ type: 'ready' });
      clock.step(200);
      speech.tell(AUDIO);
      clock.step(100);
      speech.tell(AUDIO);
      speech.tell(done('completed'));
    });
    expect(finding).toEqual({
      is: 'fine',
      saw: 'session after 300 ms, first audio after 500 ms',
      todo: null,
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

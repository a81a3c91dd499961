// The moments between a call's last words and what comes of them, where real sockets would meet only by luck.
import { describe, expect, it } from 'vitest';
import type { FixedLineSounds } from '../../src/call/fixed-lines.ts';
import { PaperCall, PaperLine, settled } from '../support/doubles.ts';

const HUMAN = '+15550100';
const TRANSFERS = { usual: HUMAN, allowed: [HUMAN] };

/** A call in which the agent has written `reply`, which was heard to its end. */
async function after(
  reply: string,
  settings: ConstructorParameters<typeof PaperCall>[0] = {},
  sounds: FixedLineSounds = new Map(),
): Promise<PaperCall> {
  const call = new PaperCall({ greeting: 'Hi.', canHangUp: true, transfers: TRANSFERS, ...settings }, sounds);
  await call.isGreeted();
  await call.callerSays('A human, please.');
  await call.agent.writes(reply);
  await call.agent.finishes();
  await heardOut(call);
  return call;
}

async function heardOut(call: PaperCall): Promise<void> {
  call.speech.speaks();
  call.plays();
  await settled();
}

describe('[E5] an errand', () => {
  it('begins after the last mark, and not before', async () => {
    const call = new PaperCall({ greeting: 'Hi.', canHangUp: true, transfers: TRANSFERS });
    await call.isGreeted();
    await call.callerSays('A human, please.');
    await call.agent.writes('Bye now. [[transfer]]');
    await call.agent.finishes();
    call.speech.speaks();
    call.plays(call.line.pendingMarks.length - 1);
    await settled();
    expect(call.errands).toEqual([]);
    call.plays();
    await settled();
    expect(call.errands).toMatchObject([{ type: 'transfer', to: HUMAN }]);
  });

  it('the close of the line it left is no hang-up', async () => {
    const call = await after('Bye. [[transfer]]');
    call.tellLine({ type: 'closed', how: 'hung-up' });
    expect(call.bridge.ended).toBeNull();
    expect(call.hangUps).toBe(0);
  });

  it('closes the line if the carrier cannot be reached', async () => {
    const call = await after('Bye. [[digits 1]]');
    expect(call.line.isClosed).toBe(false);
    const refused = new PaperCall({ greeting: 'Hi.', canHangUp: true });
    refused.canRedirect = false;
    await refused.isGreeted();
    await refused.callerSays('One.');
    await refused.agent.writes('Bye. [[digits 1]]');
    await refused.agent.finishes();
    await heardOut(refused);
    expect(refused.line.isClosed).toBe(true);
    expect(refused.bridge.errand).toEqual({ type: 'send-digits', digits: '1' });
  });

  it('is over once the caller comes back; the agent answers what they said meanwhile', async () => {
    const call = await after('Bye. [[digits 1]]');
    call.speech.transcribes('Thank you.');
    await settled();
    expect(call.agent.messages).toHaveLength(1);
    call.connects(new PaperLine('MZ2'));
    await settled();
    expect(call.bridge.errand).toBeNull();
    expect(call.agent.messages.at(-1)).toMatchObject({ text: 'Thank you.' });
  });

  it('ends the call if nobody comes back', async () => {
    const call = await after('Bye. [[transfer]]');
    call.clock.step(45_000);
    expect([call.bridge.ended, call.hangUps]).toEqual(['line-lost', 0]);
  });

  it('continues when this process leaves', async () => {
    const call = await after('Bye. [[transfer]]');
    call.bridge.sayAndEnd('draining', 'draining');
    expect([call.bridge.ended, call.hangUps]).toEqual(['draining', 0]);
  });

  it('counts only the last of several commands', async () => {
    const call = await after('Bye. [[end]] [[digits 1]]');
    expect(call.errands).toEqual([{ type: 'send-digits', digits: '1' }]);
  });

  it("obeys a tool's command as well, unless the turn is interrupted", async () => {
    for (const isInterrupted of [false, true]) {
      const call = new PaperCall({ greeting: 'Hi.', canHangUp: true });
      await call.isGreeted();
      await call.callerSays('Bye.');
      await call.agent.orders({ type: 'end' });
      await call.agent.writes('Goodbye to you, too.');
      await call.agent.finishes();
      if (isInterrupted) await call.callerSays('Wait!');
      await heardOut(call);
      expect(call.bridge.ended).toBe(isInterrupted ? null : 'agent-ended');
    }
  });
});

describe('[E5] a transfer', () => {
  it('ends the call here once somebody answers, and returns its summary for them', async () => {
    const call = await after('Bye. [[transfer: Ann wants roses.]]');
    expect(call.bridge.transferAnswered()).toBe('Ann wants roses.');
    expect([call.bridge.ended, call.hangUps]).toEqual(['transferred', 0]);
  });

  it('reports its failure to the agent while the caller is still coming back', async () => {
    const call = await after('Bye. [[transfer]]');
    call.bridge.transferFailed('busy');
    await settled();
    expect(call.agent.messages.at(-1)).toMatchObject({
      text: '',
      notes: [expect.stringContaining('the line was busy')],
    });
    call.bridge.transferFailed('busy');
    await settled();
    expect(call.agent.messages).toHaveLength(2);
  });

  it('brings the caller back in silence if its notes are turned off', async () => {
    const call = await after('Bye. [[transfer]]', { notesOff: new Set(['transfer']) });
    call.bridge.transferFailed('busy');
    await settled();
    expect(call.agent.messages).toHaveLength(1);
  });

  it('does not happen if the caller hangs up during the last words', async () => {
    const call = new PaperCall({ greeting: 'Hi.', canHangUp: true, transfers: TRANSFERS });
    await call.isGreeted();
    await call.callerSays('A human.');
    await call.agent.writes('[[transfer]]');
    await call.agent.finishes();
    expect(call.of('line-spoken').at(-1)).toMatchObject({ line: 'transferring' });
    call.tellLine({ type: 'closed', how: 'hung-up' });
    expect([call.bridge.ended, call.errands]).toEqual(['caller-hung-up', []]);
  });

  it('happens even if the line breaks during the last words', async () => {
    const call = new PaperCall({ greeting: 'Hi.', canHangUp: true, transfers: TRANSFERS });
    await call.isGreeted();
    await call.callerSays('A human.');
    await call.agent.writes('[[transfer]]');
    await call.agent.finishes();
    call.tellLine({ type: 'closed', how: 'broken' });
    expect(call.bridge.errand).toMatchObject({ type: 'transfer' });
  });
});

describe('never dead air', () => {
  it('[R1] [E6] without a voice the carrier speaks the line, and transfers', () => {
    const call = new PaperCall({ greeting: 'Hi.', canHangUp: true, transfers: TRANSFERS });
    call.connects();
    call.speech.tell({ type: 'lost', reason: 'refused' });
    expect(call.errands).toMatchObject([{ to: HUMAN, say: expect.stringContaining('somebody who can') }]);
  });

  it('[R1] [E6] without a human to transfer to the line closes and the carrier apologises', () => {
    const call = new PaperCall({ greeting: 'Hi.', canHangUp: true });
    call.connects();
    call.speech.tell({ type: 'lost', reason: 'refused' });
    expect([call.bridge.ended, call.hangUps, call.line.isClosed]).toEqual(['speech-lost', 0, true]);
  });

  it('[R1] does not wait for a goodbye that nothing can speak', async () => {
    const call = await after('Bye.', { silencePromptMs: 0, maxCallMs: 60_000 });
    call.clock.step(60_000);
    expect(call.of('line-spoken').at(-1)).toMatchObject({ line: 'too-long' });
    call.speech.tell({ type: 'lost', reason: 'refused' });
    expect(call.bridge.ended).toBe('too-long');
  });

  it('outside opening hours the caller hears the closing line, and no agent is asked', () => {
    const call = new PaperCall({
      greeting: 'Hi.',
      closed: { line: 'closed', transferTo: null },
      canHangUp: true,
      transfers: TRANSFERS,
    });
    call.connects();
    call.speech.speaks();
    call.plays();
    expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['closed']);
    expect([call.bridge.ended, call.hangUps, call.agent.opening]).toEqual(['closed', 1, null]);
  });

  it('outside opening hours a human is called, and if none answers the call ends politely', () => {
    const call = new PaperCall({
      greeting: 'Hi.',
      closed: { line: 'closed', transferTo: HUMAN },
      transfers: TRANSFERS,
    });
    call.connects();
    call.speech.speaks();
    call.plays();
    expect(call.line.isClosed).toBe(true);
    call.bridge.transferFailed('no-answer');
    call.connects(new PaperLine('MZ2'));
    call.speech.speaks();
    call.plays();
    expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['closed', 'giving-up']);
    expect(call.bridge.ended).toBe('closed');
  });
});

it('[T7] speaks nothing that the agent withdraws, and drops its commands', async () => {
  const call = new PaperCall({ greeting: 'Hi.', canHangUp: true });
  await call.isGreeted();
  await call.callerSays('Hello.');
  await call.agent.writes('This is a secret. [[end]] And another ');
  call.speech.speaks();
  call.clock.step(20 * 4);
  await call.agent.withdraws();
  await call.agent.writes('I cannot say.');
  await call.agent.finishes();
  await heardOut(call);
  expect(call.line.sent).toContain('clear');
  expect(call.of('turn-finished').at(-1)).toMatchObject({
    said: 'I cannot say.',
    heard: 'This I cannot say.',
  });
  expect(call.bridge.ended).toBeNull();
});

it('[T4] [T8] plays no filler or apology for an agent that wants silence', async () => {
  const call = new PaperCall({ greeting: 'Hi.' });
  await call.isGreeted();
  await call.callerSays('Please hold the line.');
  await call.agent.writes('[[silent]]');
  call.clock.step(10_000);
  await call.agent.fails();
  expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['greeting']);
});

it('[T8] a turn has failed even if the caller speaks into the apology', async () => {
  const call = new PaperCall({ greeting: 'Hi.', maxFailedTurns: 2, transfers: TRANSFERS, canHangUp: true });
  await call.isGreeted();
  for (const words of ['Hello.', 'Hello!']) {
    await call.callerSays(words);
    await call.agent.fails();
  }
  expect(call.of('line-spoken').map(({ line }) => line)).toEqual(['greeting', 'apology', 'to-a-human']);
});

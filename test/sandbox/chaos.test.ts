// The parts of the chaos run: its verdict, which must notice every kind of loss, its table and its network.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ChaosAgent } from '../../sandbox/chaos/chaos-agent.ts';
import { Caller } from '../../sandbox/caller/caller.ts';
import { converse, type Told } from '../../sandbox/chaos/conversation.ts';
import { Network } from '../../sandbox/chaos/network.ts';
import { randomFrom } from '../../sandbox/chaos/random.ts';
import {
  GO_AHEAD,
  GREETING,
  PARDON,
  replyTo,
  type Saying,
  sentenceOf,
  textOf,
  WHERE_WERE_WE,
} from '../../sandbox/chaos/script.ts';
import { problemsOf, type Row, silencesOf, tableOf } from '../../sandbox/chaos/table.ts';
import { isGood, type RoundTold, verdictOn } from '../../sandbox/chaos/verdict.ts';
import type { HeardPiece } from '../../sandbox/caller/ear.ts';
import { soundOf, SYMBOL_BYTES, ToneListener } from '../../sandbox/tones.ts';
import { systemClock } from '../../src/call/system-clock.ts';

const FIRST: Saying = { call: 3, point: 1, attempt: 1 };
const REPLY = replyTo(FIRST).map(sentenceOf);

/** Texts with a second of silence between them, from the instant 0 on; a sound a character, as the ear has it. */
function heardAs(...texts: string[]): HeardPiece[] {
  const pieces: HeardPiece[] = [];
  let at = 0;
  for (const text of texts) {
    for (const sound of `${text} `.split('')) pieces.push({ text: sound, at: (at += 20) });
    at += 1000;
  }
  return pieces;
}

function endOf(text: string, heard: readonly HeardPiece[]): number {
  let said = '';
  for (const piece of heard) if ((said += piece.text).endsWith(text)) return piece.at;
  throw new Error(`"${text}" is not among what was heard`);
}

function aCall(heard: readonly HeardPiece[], changes: Partial<Told> = {}): Told {
  const endedAt = heard.at(-1)?.at ?? 0;
  return {
    call: 3,
    beganAt: 0,
    endedAt,
    lost: null,
    answered: [1],
    said: [FIRST],
    due: [],
    heard,
    ...changes,
  };
}

function judge(told: Told, around: Partial<RoundTold> = {}) {
  return verdictOn({
    calls: [told],
    fault: { from: 0, to: 1 },
    killedAt: [],
    speechCutAt: [],
    timesTold: () => 1,
    ...around,
  });
}

describe('the verdict on a round', () => {
  const GOOD = heardAs(GREETING, REPLY.join(' '));

  it('finds nothing where each was told and heard once', () => {
    const verdict = judge(aCall(GOOD));
    expect(verdict).toMatchObject({ callsTouched: 1, callsLost: 0, wordsAtCuts: 0, problems: [] });
    expect(isGood(verdict)).toBe(true);
  });

  it('counts a call that ended otherwise than by its script', () => {
    const verdict = judge(aCall(GOOD, { lost: 'it fell silent' }));
    expect(verdict).toMatchObject({ callsLost: 1, problems: ['call 3: lost, it fell silent'] });
    expect(isGood(verdict)).toBe(false);
  });

  it('touches the calls that went on while the fault lasted', () => {
    expect(judge(aCall(GOOD), { fault: { from: 1e6, to: 2e6 } }).callsTouched).toBe(0);
    expect(judge(aCall(GOOD, { beganAt: 5 }), { fault: { from: 0, to: 4 } }).callsTouched).toBe(0);
  });

  it("counts the caller's words that the agent was never told, and those it was told twice", () => {
    expect(judge(aCall(GOOD), { timesTold: () => 0 })).toMatchObject({ wordsNotTold: 6, wordsToldTwice: 0 });
    expect(judge(aCall(GOOD), { timesTold: () => 3 })).toMatchObject({ wordsNotTold: 0, wordsToldTwice: 12 });
  });

  it('asks of each point that one attempt reached the agent', () => {
    const told = aCall(GOOD, {
      said: [
        { ...FIRST, attempt: 1 },
        { ...FIRST, attempt: 2 },
      ],
    });
    const verdict = judge(told, { timesTold: ({ attempt }) => (attempt === 2 ? 1 : 0) });
    expect(verdict.wordsNotTold).toBe(0);
  });

  it('counts words that were never heard whole', () => {
    const [first = '', second = '', third = ''] = REPLY;
    const cut = heardAs(GREETING, first, `${second.slice(0, -3)}~`, third);
    expect(judge(aCall(cut))).toMatchObject({ wordsNotHeard: 1, wordsHeardTwice: 0 });
    expect(judge(aCall(heardAs(GREETING)))).toMatchObject({ wordsNotHeard: 9 });
  });

  it('counts words that were heard twice, of whichever attempt', () => {
    const [first = ''] = REPLY;
    expect(judge(aCall(heardAs(GREETING, ...REPLY, first)))).toMatchObject({ wordsHeardTwice: 3 });
    const other = sentenceOf(replyTo({ ...FIRST, attempt: 2 })[0] ?? []);
    expect(judge(aCall(heardAs(GREETING, other, other, ...REPLY)))).toMatchObject({ wordsHeardTwice: 3 });
  });

  it('owes nobody the rest of a reply that they asked for again', () => {
    const other = sentenceOf(replyTo({ ...FIRST, attempt: 2 })[0] ?? []);
    expect(isGood(judge(aCall(heardAs(GREETING, other, ...REPLY))))).toBe(true);
  });

  it('counts apart what a kill cut, and nothing beside that sentence', () => {
    const [first = '', second = '', third = ''] = REPLY;
    const heard = heardAs(GREETING, first, `${second}~`, WHERE_WERE_WE, first, second, third);
    const killedAt = [endOf(`${second}~`, heard)];
    expect(judge(aCall(heard), { killedAt })).toMatchObject({ wordsAtCuts: 3, wordsHeardTwice: 3 });
  });

  it('counts apart the one word that is said again where a voice was cut off', () => {
    const [first = '', second = ''] = REPLY;
    const [word = ''] = second.split(' ');
    const heard = heardAs(GREETING, first, word, ...REPLY.slice(1));
    const speechCutAt = [endOf(first, heard)];
    expect(judge(aCall(heard), { speechCutAt })).toMatchObject({ wordsAtCuts: 1, wordsHeardTwice: 0 });
    expect(judge(aCall(heard))).toMatchObject({ wordsAtCuts: 0, wordsHeardTwice: 1 });
    const more = heardAs(GREETING, first, second, ...REPLY.slice(1));
    expect(judge(aCall(more), { speechCutAt })).toMatchObject({ wordsAtCuts: 0, wordsHeardTwice: 3 });
  });

  it('excuses nothing by a kill of which the call heard nothing', () => {
    const [first = ''] = REPLY;
    const heard = heardAs(GREETING, first, ...REPLY);
    const killedAt = [endOf(first, heard)];
    expect(judge(aCall(heard), { killedAt })).toMatchObject({ wordsAtCuts: 0, wordsHeardTwice: 3 });
  });

  it('counts a "where were we?" that a sound of the caller cut', () => {
    const [first = '', second = '', third = ''] = REPLY;
    const heard = heardAs(GREETING, first, `${second}~`, 'S~orry, where were we?', second, third);
    const killedAt = [endOf(`${second}~`, heard)];
    expect(judge(aCall(heard), { killedAt })).toMatchObject({ askedWhere: 1, wordsAtCuts: 3, problems: [] });
  });

  it('wants one greeting', () => {
    expect(judge(aCall(heardAs(...REPLY))).wordsNotHeard).toBe(5);
    expect(judge(aCall(heardAs(GREETING, GREETING, ...REPLY))).wordsHeardTwice).toBe(5);
  });

  it("hears another call's words", () => {
    const foreign = sentenceOf(replyTo({ call: 4, point: 1, attempt: 1 })[0] ?? []);
    expect(judge(aCall(heardAs(GREETING, foreign, ...REPLY))).problems).toContain(
      'call 3: heard 3 words of another call',
    );
  });

  it('measures the longest silence in which something was due', () => {
    const due = [
      { from: 0, to: 3_000 },
      { from: 50_000, to: 50_700 },
    ];
    const heard = [100, 1_300, 2_900, 40_000].map((at) => ({ text: 'x', at }));
    expect(judge(aCall(heard, { due, answered: [], said: [] })).longestSilenceMs).toBe(1_600);
    expect(judge(aCall([], { due, answered: [], said: [] })).longestSilenceMs).toBe(3_000);
  });
});

describe('a caller', () => {
  /** Somebody whose far end is this test. */
  function aCaller() {
    const handset = { hangUp: () => {}, dropLine: () => {}, sendRaw: () => {} };
    const caller = new Caller('CA1', systemClock, handset);
    const ear = new ToneListener();
    const hears = (sound: Buffer): void => {
      caller.ear.hear(sound, systemClock.now());
      caller.ear.rest(Infinity);
    };
    const hasSaid = async (saying: Saying): Promise<void> => {
      await expect
        .poll(() => {
          for (let frame; (frame = caller.mouth.nextFrame(SYMBOL_BYTES)) !== null;) ear.hear(frame);
          return ear.text;
        })
        .toContain(textOf(saying));
    };
    return { caller, hears, hasSaid };
  }

  it('[R3] says it again when their own last sound cut "Sorry, where were we?"', async () => {
    const { caller, hears, hasSaid } = aCaller();
    const told = converse(Promise.resolve(caller), FIRST.call, 1);
    hears(soundOf(`${GREETING} `));
    await hasSaid(FIRST);
    const line = soundOf(`${WHERE_WERE_WE} `);
    hears(line.subarray(0, 1.5 * SYMBOL_BYTES));
    hears(line.subarray(SYMBOL_BYTES));
    expect(caller.heard).toContain('S~orry');
    const second = { ...FIRST, attempt: 2 };
    await hasSaid(second);
    hears(soundOf(replyTo(second).map(sentenceOf).join(' ')));
    expect(await told).toMatchObject({ lost: null, answered: [2] });
  });

  it('[R3] says it again when "Sorry, where were we?" brings the end of the last answer instead', async () => {
    const { caller, hears, hasSaid } = aCaller();
    const told = converse(Promise.resolve(caller), FIRST.call, 2);
    const answers = (saying: Saying): string[] => replyTo(saying).map(sentenceOf);
    hears(soundOf(`${GREETING} `));
    await hasSaid(FIRST);
    hears(soundOf(answers(FIRST).join(' ')));
    const second = { ...FIRST, point: 2 };
    await hasSaid(second);
    hears(soundOf(`${WHERE_WERE_WE} `));
    hears(soundOf(`${answers(FIRST).at(-1)} `));
    const again = { ...second, attempt: 2 };
    await hasSaid(again);
    hears(soundOf(answers(again).join(' ')));
    expect(await told).toMatchObject({ lost: null, answered: [1, 2] });
  });
});

describe('the table', () => {
  it('has a row a fault, and what went wrong beneath', () => {
    const good: Row = { fault: 'none', verdict: judge(aCall(heardAs(GREETING, ...REPLY))) };
    const bad: Row = { fault: 'kill -9', verdict: judge(aCall([], { lost: 'it fell silent' })) };
    const lines = tableOf([good, bad]).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(/^\| none +\| +1 \| +0 \| +0 \/ 0 \|/);
    expect(problemsOf([good, bad])).toContain('  ✗ kill -9: call 3: lost, it fell silent');
    expect(problemsOf([good])).toBe('');
  });
});

it('[T9] a silence is a problem once it is too long', () => {
  const after = (fault: string, longestSilenceMs: number): string =>
    silencesOf([{ fault, verdict: { ...judge(aCall([])), longestSilenceMs } }]);
  expect(after('agent hangs', 4_500)).toBe('');
  expect(after('agent hangs', 4_501)).toBe('  ✗ agent hangs: silence for 4501 ms');
});

describe('the network', () => {
  /** An echo behind a network. */
  async function echo() {
    const server = createServer((socket) => socket.pipe(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : '';
    const { network, url } = await Network.to(`http://127.0.0.1:${port}`, randomFrom(1));
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    return { server, network, url, socket };
  }

  it('delays what goes through, and keeps its order', async () => {
    const { server, network, socket } = await echo();
    network.delay = { ms: 20, jitterMs: 60 };
    const beganAt = performance.now();
    for (let n = 0; n < 50; n++) socket.write(`${n},`);
    socket.end();
    let heard = '';
    for await (const chunk of socket) heard += String(chunk);
    expect(heard).toBe(Array.from({ length: 50 }, (_, n) => `${n},`).join(''));
    expect(performance.now() - beganAt).toBeGreaterThanOrEqual(40);
    await network.close();
    server.close();
  });

  it('cuts what is open, refuses what comes, and mends', async () => {
    const { server, network, url, socket } = await echo();
    const again = (): Socket => connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
    socket.on('error', () => {});
    network.cut();
    await once(socket, 'close');
    const refused = again();
    refused.write('?');
    await once(refused, 'close');
    expect(refused.bytesRead).toBe(0);
    network.mend();
    const mended = again();
    mended.write('!');
    expect(String((await once(mended, 'data'))[0])).toBe('!');
    await network.close();
    server.close();
  });
});

it('the same seed gives the same chances, and another seed others', () => {
  const drawn = (seed: number): number[] => {
    const random = randomFrom(seed);
    return Array.from({ length: 20 }, () => random.whole(1, 1000));
  };
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});

describe('the agent of chaos', () => {
  const NOTE = '[Your last reply was lost on the way. Reply again now.]';
  const answerTo = (...told: string[]): string => {
    const text = told.pop() ?? '';
    const history = told.map((said) => ({ role: 'user', text: said }) as const);
    return new ChaosAgent().mind({ sessionId: 's', history, text }).text;
  };

  it('asks again, also for a lost reply, when it could not make out what the caller said', () => {
    const halves = ['Call 3 point 1 at', '[The caller spoke on.]\ntempt 1.'];
    expect(answerTo(...halves)).toBe(PARDON);
    expect(answerTo(...halves, NOTE)).toBe(PARDON);
    expect(answerTo(textOf(FIRST), NOTE)).toBe(REPLY.join(' '));
    expect(answerTo(NOTE)).toBe(GO_AHEAD);
  });
});

import { fieldsOf, textOf } from '../../src/call/json.ts';
import { type FromLine, lineContract } from '../call/line-contract.ts';
import { talkStage } from './a-talk.ts';

lineContract('a page', async () => {
  const { clock, line, events, untilEvents, until, send, far, closed } = await talkStage();
  return {
    clock,
    line,
    events,
    untilEvents,
    // The first message says that the call has begun.
    received: async (wanted) => (await until(wanted + 1)).slice(1).map(fromPageWords),
    speak: (audio) => send(Buffer.from(audio, 'base64')),
    press: (digit) => send({ type: 'digit', digit }),
    returnMark: (name) => send({ type: 'mark', name }),
    hangUp: () => send({ type: 'hang-up' }),
    vanish: () => far.terminate(),
    garble: () => send('{'),
    digress: () => send({ type: 'weather' }),
    stall: () => far.pause(),
    closed,
  };
});

function fromPageWords({ data, isBinary }: { data: Buffer; isBinary: boolean }): FromLine {
  if (isBinary) return { is: 'audio', audio: data.toString('base64') };
  const { type, name } = fieldsOf(JSON.parse(data.toString()));
  return type === 'mark' ? { is: 'mark', name: textOf(name) } : { is: 'clear' };
}

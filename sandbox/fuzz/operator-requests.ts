// Requests as a program sends them: calls, orders to a call that goes on, conversations. Half are what the documents allow. Each
// call that is placed is hung up at once, so neither the queue nor a limit refuses the next one; a second call, whose words nobody
// checks, takes the orders.
import { inboundIdOf } from '../../src/call/call-id.ts';
import { fieldsOf, parsedJson, textOrNull } from '../../src/call/json.ts';
import type { Caller } from '../caller/caller.ts';
import { SANDBOX_ENV } from '../sandbox.ts';
import { type Chance, mutated } from './mutate.ts';
import { type Answer, send } from './post.ts';
import { type Stage, TRANSFER_NUMBER } from './stage.ts';
import { ODDLY, textOf } from './texts.ts';

/** What is said to one call takes its time to be heard: then comes another call. */
const MOST_ORDERS = 50;
const LONGEST_WORDS = 1000;
/** Of schemas: each costs up to seconds of the thread that compiles them. */
const COSTLY_ONE_IN = 500;

const HEADERS = {
  authorization: `Bearer ${SANDBOX_ENV.OPERATOR_TOKEN}`,
  'content-type': 'application/json',
};

export class OperatorRequests {
  readonly #stage: Stage;
  #steered: Promise<Caller> | null = null;
  #orders = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** True: it was refused. */
  readonly put = async (chance: Chance): Promise<boolean> => {
    switch (chance.below(6)) {
      case 0:
        return this.#steer(chance);
      case 1:
        return this.#converse(chance);
      default:
        return this.#place(chance);
    }
  };

  async #place(chance: Chance): Promise<boolean> {
    const answer = await this.#post('/calls', bodyOf(chance, callOf(chance)));
    const callId = idIn(answer);
    if (callId !== null) await this.#post(`/calls/${callId}/hangup`, '{}');
    return answer.status >= 400;
  }

  async #steer(chance: Chance): Promise<boolean> {
    const words = wordsOf(chance);
    const [order, body] = chance.pick<readonly [string, object]>([
      ['say', { text: words }],
      ['note', { text: words }],
      ['transfer', { to: chance.below(20) === 0 ? TRANSFER_NUMBER : '+15550100101' }],
      ['hangup', chance.below(20) === 0 ? {} : { text: words }],
    ]);
    const caller = await (this.#steered ??= this.#stage.call({ from: '+15550004444' }));
    const callId = inboundIdOf(caller.sid);
    const { status } = await this.#post(`/calls/${callId}/${order}`, bodyOf(chance, body));
    const isOver = status < 400 && (order === 'transfer' || order === 'hangup');
    if (isOver || status === 409 || ++this.#orders > MOST_ORDERS) await this.#replace(caller);
    return status >= 400;
  }

  /** Several may find at once that the call is over. */
  async #replace(caller: Caller): Promise<void> {
    if (this.#steered === null || (await this.#steered) !== caller) return;
    this.#steered = null;
    this.#orders = 0;
    caller.hangsUp();
  }

  async #converse(chance: Chance): Promise<boolean> {
    const parameters = { [wordsOf(chance).slice(0, 60)]: textOf(chance).slice(0, 400) };
    const begun = await this.#post('/conversations', bodyOf(chance, { parameters }));
    const id = idIn(begun);
    if (id === null) return begun.status >= 400;
    const path = `/conversations/${id}`;
    const turn = await this.#post(`${path}/turns`, bodyOf(chance, { text: wordsOf(chance) }));
    await send('DELETE', this.#stage.relayUrl + path, HEADERS, '');
    return turn.status >= 400;
  }

  #post(path: string, body: string | Buffer): Promise<Answer> {
    return send('POST', this.#stage.relayUrl + path, HEADERS, body);
  }
}

/** Every other time as it is. */
function bodyOf(chance: Chance, body: object): string | Buffer {
  return chance.below(2) === 0 ? JSON.stringify(body) : mutated(chance, body, [textOf(chance)], ODDLY);
}

function callOf(chance: Chance): object {
  return {
    to: `+1555${String(2_000_000 + chance.below(8_000_000))}`,
    task: { type: 'custom', prompt: wordsOf(chance), context: { a: textOf(chance).slice(0, 2000) } },
    result: schemaOf(chance),
    metadata: { a: textOf(chance).slice(0, 500) },
    maxMinutes: 1 + chance.below(30),
  };
}

/** Small, or as costly to compile as the bounds allow. */
function schemaOf(chance: Chance): object {
  if (chance.below(COSTLY_ONE_IN) === 0) return costlySchema();
  const a = chance.pick<() => object>([
    () => ({ type: 'string', pattern: chance.pick(['^a*$', '^(a+)+$', '[0-9]{3}', '^(?:a|b)*$']) }),
    () => ({ enum: ['yes', 'no', textOf(chance).slice(0, 500)] }),
    () => ({ type: 'array', items: { $ref: '#/$defs/c' }, maxItems: 9 }),
    () => ({ type: ['number', 'null'], minimum: 0 }),
  ])();
  return {
    type: 'object',
    properties: { a, b: { type: 'boolean' } },
    required: ['b'],
    $defs: { c: { type: 'string', maxLength: 20 } },
  };
}

/** Each definition stands three times in the one before it. */
function costlySchema(): object {
  const refs = (at: number): object[] => Array.from({ length: 3 }, () => ({ $ref: `#/$defs/d${at}` }));
  const defs = Array.from({ length: 60 }, (_, at) => [
    `d${at}`,
    { anyOf: [...refs(at + 1), { type: 'null' }] },
  ]);
  return {
    type: 'object',
    properties: { a: { $ref: '#/$defs/d0' } },
    $defs: { ...Object.fromEntries(defs), d60: { type: 'string', pattern: '^(a+)+$' } },
  };
}

/** Never empty. */
function wordsOf(chance: Chance): string {
  return `Say ${textOf(chance)}`.slice(0, LONGEST_WORDS);
}

function idIn({ status, text }: Answer): string | null {
  return status === 201 || status === 202 ? textOrNull(fieldsOf(parsedJson(text))['id']) : null;
}

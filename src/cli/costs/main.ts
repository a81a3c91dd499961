// `npm run costs`: what a call costs by the price table, with each voice and line, before anybody has called.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import dotenv from 'dotenv';
import { costOf, type CallCost } from '../../call/ledger.ts';
import { LIST_PRICES, parsePrices, type PriceTable } from '../../call/prices.ts';
import { eventsOf, type ExampleCall } from './example-call.ts';
import { choicesTable, ledgerLines } from './table.ts';

const USAGE = `npm run costs -- [options]

  --minutes <number>     how long the call lasts (default: 5)
  --caller <seconds>     how long the caller speaks (default: 150)
  --agent <seconds>      how long the agent speaks (default: 120)
  --sentences <number>   how many sentences the agent says (default: 30)
  --help                 this

Prices are the list prices that came with the relay, or the table in the file that PRICES names.`;

const DEFAULTS = { minutes: '5', caller: '150', agent: '120', sentences: '30' };

function main(): number {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: DEFAULTS.minutes },
      caller: { type: 'string', default: DEFAULTS.caller },
      agent: { type: 'string', default: DEFAULTS.agent },
      sentences: { type: 'string', default: DEFAULTS.sentences },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const wrong = (['minutes', 'caller', 'agent', 'sentences'] as const).find(
    (name) => !(Number(values[name]) >= 0 && Number(values[name]) <= 100_000),
  );
  if (wrong !== undefined) {
    console.error(`--${wrong} must be a number from 0 to 100000, but is "${values[wrong]}".`);
    return 2;
  }
  dotenv.config({ quiet: true });
  const prices = readPrices(process.env['PRICES'] ?? '');
  if (prices === null) return 1;
  const usual: ExampleCall = {
    direction: 'inbound',
    number: '+15550100',
    minutes: Number(values.minutes),
    callerS: Number(values.caller),
    agentS: Number(values.agent),
    sentences: Number(values.sentences),
    voice: 'gpt-realtime-2.1-mini',
    ears: 'gpt-transcribe',
  };
  const cost = (changes: Partial<ExampleCall>): CallCost =>
    costOf(eventsOf({ ...usual, ...changes }), 0, prices);
  console.log(
    `A call of ${usual.minutes} minutes, prices of ${prices.date}, without what the agent itself costs.\n`,
  );
  console.log('Inbound to a local number, with the small voice:\n');
  console.log(ledgerLines(cost({})).join('\n'));
  console.log('\nEach choice:\n');
  const lines = [
    ['inbound, local number', {}],
    ['inbound, toll-free number', { number: '+18005550100' }],
    ['outbound', { direction: 'outbound' }],
  ] as const;
  const voices = [
    ['small voice', { voice: 'gpt-realtime-2.1-mini' }],
    ['full voice', { voice: 'gpt-realtime-2.1' }],
  ] as const;
  const choices = lines.flatMap(([line, lineChange]) =>
    voices.map(([voice, voiceChange]) => ({
      name: `${line}, ${voice}`,
      cost: cost({ ...lineChange, ...voiceChange }),
    })),
  );
  console.log(choicesTable(choices));
  return 0;
}

function readPrices(path: string): PriceTable | null {
  if (path === '') return LIST_PRICES;
  try {
    const { data, problem } = parsePrices(readFileSync(path, 'utf8'));
    if (problem === null) return data;
    console.error(`PRICES names "${path}", ${problem}`);
  } catch {
    console.error(`PRICES names "${path}", which cannot be read. Check the path.`);
  }
  return null;
}

process.exitCode = main();

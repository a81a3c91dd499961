// Loaded into the relay's process by a fuzz: tells how long something held its event loop, and puts inputs through the code that no
// address leads to. It is asked over HTTP, at a port that it prints.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { ResultChecker } from '../../src/outbound/outcome/result-checker.ts';
import { type INSIDE, insideKinds, putAll } from './inputs.ts';
import { LoopGauge } from './loop-gauge.ts';
import { Chance } from './mutate.ts';

/** `longest-block`: since it was last asked, in ms. `put`: how many were refused. */
export type Asked =
  | { readonly is: 'longest-block' }
  | {
      readonly is: 'put';
      readonly kind: (typeof INSIDE)[number];
      readonly inputs: number;
      readonly seed: number;
    };

/** Shorter than a call's, so that hundreds of costly answers end in minutes. */
const COSTLY_MS = 300;

const gauge = new LoopGauge();
// What is written there is a problem.
const checker = new ResultChecker((line) => console.error(line), { schemaMs: 2000, callMs: COSTLY_MS });
const kinds = insideKinds(checker);

async function answer(asked: Asked): Promise<number> {
  if (asked.is === 'longest-block') return gauge.take();
  return putAll(kinds[asked.kind], asked.inputs, new Chance(asked.seed));
}

const server = createServer((req, res) => {
  text(req)
    .then((asked) => answer(JSON.parse(asked)))
    .then(
      (number) => res.end(String(number)),
      (error: unknown) => res.writeHead(500).end(error instanceof Error ? error.stack : String(error)),
    );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ insideAt: typeof address === 'object' ? address?.port : address }));
});

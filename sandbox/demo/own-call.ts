// A short call with an agent whose words nobody here knows. Either side may end it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Caller } from '../caller/caller.ts';
import type { Sandbox } from '../sandbox.ts';
import { says } from './scripted-call.ts';

/** An agent that says nothing for this long does not open the conversation. */
const OPENS_WITHIN_MS = 8_000;
/** A pause between two sentences is shorter. */
const QUIET_MS = 1_000;
const ANSWERS_WITHIN_MS = 30_000;

/** Resolves once something was heard and then nothing more, or nothing at all. */
async function openingIsOver(caller: Caller): Promise<void> {
  const opensUntil = performance.now() + OPENS_WITHIN_MS;
  let heard = '';
  for (;;) {
    await pause(QUIET_MS);
    if (caller.heard === heard && (heard !== '' || performance.now() > opensUntil)) return;
    heard = caller.heard;
  }
}

export async function haveOwnCall(sandbox: Sandbox, caller: Caller): Promise<void> {
  let isOver = false;
  const over = caller.ended.then(() => {
    isOver = true;
  });
  await Promise.race([openingIsOver(caller), over]);
  for (const words of ['Hello, what can you do for me?', 'When are you open?', 'Thank you, goodbye.']) {
    if (isOver) return;
    const { promise: replied, resolve } = Promise.withResolvers<void>();
    const unsubscribe = sandbox.relay.subscribe((event) => {
      if (event.type === 'turn-finished' && event.outcome !== 'joined') resolve();
    });
    await says(caller, words).catch(() => {});
    await Promise.race([replied, over, pause(ANSWERS_WITHIN_MS, null, { ref: false })]);
    unsubscribe();
  }
}

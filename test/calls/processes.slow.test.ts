// One machine, several relay processes behind one port: each call is in one of them, and outlives it.
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isHeardWithOneCut } from '../../sandbox/caller/heard.ts';
import { SANDBOX_ENV } from '../../sandbox/sandbox.ts';
import { TwilioWebhooks } from '../../sandbox/twilio/webhooks.ts';
import { severalProcesses } from '../support/several-processes.ts';

const STORY =
  'Our shop was opened by Mrs. Alder in 1961. She grew every flower herself, in a garden behind the church. ' +
  'Her daughter took over in 1988 and began to sell roses from Ecuador. Today there are four of us. ' +
  'We still tie every bouquet by hand, and we still close at noon on Christmas Eve.';

/** Resolves once a signed handshake of a stream of this call has been sent. */
async function askForStream(url: string, callId: string): Promise<ClientRequest> {
  const { TWILIO_AUTH_TOKEN, WEBHOOK_URL } = SANDBOX_ENV;
  const stream = `${WEBHOOK_URL.replace(/^http/, 'ws')}/media-stream/${callId}`;
  const signed = new TwilioWebhooks(TWILIO_AUTH_TOKEN, WEBHOOK_URL, url).upgrade(stream, 'plain');
  const asking = request(signed.address.replace(/^ws/, 'http'), {
    headers: {
      ...signed.headers,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    },
  });
  asking.end();
  await once(asking, 'finish');
  return asking;
}

/** Each starts three processes, one after the other. */
const WITHIN = { timeout: 150_000 };

describe('several processes behind one port', WITHIN, () => {
  it('[R10] [R13] share the calls, and together have MAX_CALLS of them', async (test) => {
    const machine = await severalProcesses(test, 2, { env: { MAX_CALLS: '4' } });
    const { sandbox, logs, metrics, ready } = machine;
    const callers = await Promise.all(Array.from({ length: 4 }, () => sandbox.call()));
    for (const caller of callers) await caller.hears('How can I help you?');
    const started = await logs(({ msg }) => msg === 'call-started', 4);
    expect(started.filter((line) => line['process'] === 1)).toHaveLength(2);

    const fifth = await sandbox.call();
    expect((await fifth.ended).how).toBe('busy');
    expect(await ready()).toMatchObject({ status: 503, body: { reason: 'full' } });

    for (const [n, caller] of callers.entries()) {
      await caller.says(`My name is Ann${'a'.repeat(n)}.`);
      await caller.hears('What can I do for you?');
    }
    const all = await metrics();
    expect(all.get('patchcord_calls_live')).toBe(4);
    expect(all.get('patchcord_calls_started_total')).toBe(4);
    // Each stream reached the process that had answered its call: none was claimed from the record.
    expect([...all.keys()].filter((name) => name.startsWith('patchcord_calls_taken_up'))).toEqual([]);
    for (const caller of callers) caller.hangsUp();
  });

  it('[R11] outlive kill -9 of each, and say why one cannot start again', async (test) => {
    const instructions = join(tmpdir(), `patchcord-instructions-${process.pid}.txt`);
    writeFileSync(instructions, 'Be kind.');
    test.onTestFinished(() => rmSync(instructions, { force: true }));
    const machine = await severalProcesses(test, 2, { env: { AGENT_INSTRUCTIONS_FILE: instructions } });
    const { sandbox, logs, metrics, ready, allReady, pidOf } = machine;
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('Tell me about your shop.');
    await caller.hears('She grew every flower');
    const [started] = await logs(({ msg }) => msg === 'call-started');
    const number = Number(started?.['process']);
    const before = (await metrics()).get('patchcord_calls_started_total');
    process.kill(pidOf(number), 'SIGKILL');
    await caller.hears('Sorry, where were we?');
    await caller.says('My name is Ann.');
    await caller.hears('Nice to meet you, Ann.');
    const [died] = await logs(({ cause }) => cause !== undefined);
    expect(died).toMatchObject({ process: number, cause: expect.stringContaining('SIGKILL'), calls: 1 });
    await allReady();
    const after = await metrics();
    expect(after.get('patchcord_processes_replaced_total')).toBe(1);
    expect(after.get('patchcord_calls_live')).toBe(1);
    // What the dead process had counted stays.
    expect(after.get('patchcord_calls_started_total')).toBeGreaterThan(before ?? Infinity);

    rmSync(instructions);
    process.kill(pidOf(number), 'SIGKILL');
    const [waits] = await logs(({ cause, waitMs }) => cause === 'exit code 1' && waitMs !== undefined);
    expect(waits).toMatchObject({
      cause: 'exit code 1',
      problems: [expect.stringContaining('AGENT_INSTRUCTIONS_FILE')],
      waitMs: expect.any(Number),
    });
    expect((await ready()).body).toEqual({ status: 'ready', warnings: ['process down'] });
    await caller.says('What is my name?');
    await caller.hears('Your name is Ann.');
    caller.hangsUp();
  });

  it('[R11] leave no stream open that was on its way to a process that died', async (test) => {
    const { sandbox, url, logs, metrics, pidOf } = await severalProcesses(test, 2);
    const caller = await sandbox.call();
    await caller.hears('How can I help you?');
    await caller.says('My name is Ann.');
    await caller.hears('What can I do for you?');
    const [started] = await logs(({ msg }) => msg === 'call-started');
    const pid = pidOf(Number(started?.['process']));
    // It has the call still, and takes nothing that the primary hands to it.
    process.kill(pid, 'SIGSTOP');
    const callId = String(started?.['callId']);
    const streams = [await askForStream(url, callId), await askForStream(url, callId)];
    const closed = Promise.all(streams.map((stream) => once(stream, 'error')));
    // The other process answers this after it has passed them on.
    await metrics();
    process.kill(pid, 'SIGKILL');
    await closed;
    await caller.hears('Sorry, where were we?');
    await caller.says('What is my name?');
    await caller.hears('Your name is Ann.');
    caller.hangsUp();
  });

  it('[R12] hand over their calls: one to the others, all of them to another machine', async (test) => {
    const machine = await severalProcesses(test, 2);
    const { sandbox, primary, logs, allReady, pidOf } = machine;
    const callers = await Promise.all([sandbox.call(), sandbox.call()]);
    for (const caller of callers) await caller.hears('How can I help you?');
    const [started] = await logs(({ msg }) => msg === 'call-started', 2);
    const left = Number(started?.['process']);
    const pid = pidOf(left);
    process.kill(pid, 'SIGTERM');
    await logs(({ type, wasLost }) => type === 'call-taken-up' && wasLost === false);
    for (const caller of callers) {
      await caller.says('Tell me about your shop.');
      await caller.hears('She grew every flower');
    }
    await logs(({ msg, process: number }) => msg === 'listening' && number === left, 2);
    expect(pidOf(left)).not.toBe(pid);
    await allReady();

    sandbox.twilio.routeTo(sandbox.relayUrl);
    primary.kill('SIGTERM');
    for (const caller of callers) await caller.hears('on Christmas Eve.');
    await once(primary, 'exit');
    expect(primary.exitCode).toBe(0);
    // Another machine has both, and no sibling had one meanwhile.
    expect(sandbox.events.filter(({ type }) => type === 'call-taken-up')).toHaveLength(2);
    for (const caller of callers) {
      expect(isHeardWithOneCut(caller.heard, STORY, 'daughter '.length), caller.heard).toBe(true);
      expect(caller.heard).not.toContain('where were we');
      caller.hangsUp();
    }
  });
});

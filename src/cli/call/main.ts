// `npm run call`: places a call through a relay and shows it to its end. Exits with 0 if a person was reached and there is a
// result if one was wanted, with 1 if not, with 2 if the command was wrong and nobody was called.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isRecord, parsedJson } from '../../call/json.ts';
import { type Arguments, readArguments, USAGE, WrongUse } from './arguments.ts';
import { placeCall } from './place-call.ts';
import { relayApi } from './relay-api.ts';
import { findRelay } from '../find-relay.ts';

async function main(): Promise<number> {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  const wanted = readArguments(process.argv.slice(2));
  const body = await bodyOf(wanted);
  const relay = await relayFor(wanted);
  try {
    return await placeCall({
      api: relayApi(relay.url, relay.token),
      body,
      print: (line) => console.log(line),
      // Node itself handles the third Ctrl-C and ends the process.
      onInterrupt: (listener) =>
        process.once('SIGINT', () => {
          process.once('SIGINT', listener);
          listener();
        }),
    });
  } finally {
    await relay.close();
  }
}

async function bodyOf({ to, prompt, type, contextFile, resultFile, voicemail, profile }: Arguments) {
  const context = await jsonIn('--context', contextFile);
  const result = await jsonIn('--result', resultFile);
  return {
    to,
    task: { type, prompt, ...(context === null ? {} : { context }) },
    ...(result === null ? {} : { result }),
    ...(voicemail === null ? {} : { voicemail: 'leave', voicemailMessage: voicemail }),
    ...(profile === null ? {} : { profile }),
  };
}

async function jsonIn(option: string, file: string | null): Promise<object | null> {
  if (file === null) return null;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new WrongUse(`${option}: ${file} cannot be read.`);
  }
  const parsed = parsedJson(text);
  if (isRecord(parsed)) return parsed;
  throw new WrongUse(`${option}: ${file} is not one JSON object.`);
}

interface Relay {
  readonly url: string;
  readonly token: string;
  close(): Promise<void>;
}

async function relayFor({ isSandboxed, relay, to, type, calleeSays }: Arguments): Promise<Relay> {
  if (isSandboxed) {
    if (!existsSync(new URL('../../../sandbox/', import.meta.url)))
      throw new WrongUse(
        '--sandbox needs the folder sandbox/, which is not installed here: use a clone of the repository.',
      );
    const { startPlaceStage } = await import('../../../sandbox/place-stage.ts');
    console.log('Starting stand-ins for Twilio and OpenAI, and a relay, on this machine; no real call.\n');
    const stage = await startPlaceStage({ to, type, calleeSays });
    return { url: stage.relayUrl, token: stage.token, close: () => stage.close() };
  }
  const found = await findRelay(relay);
  if (found.is === 'none') throw new WrongUse(`${found.why} Or use --sandbox.`);
  return { ...found, close: () => Promise.resolve() };
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof WrongUse)) throw error;
  process.exitCode = 2;
  console.error(`✗ ${error.message}\n\n${USAGE}`);
}

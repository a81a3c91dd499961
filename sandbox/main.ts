// The sandbox to play with by hand: both far ends and the relay stay up, and the person at the terminal is the
// caller. Their words are really spoken, as sound, and what is printed was really heard.
import { createInterface } from 'node:readline/promises';
import { signInLink } from '../src/cli/terminal.ts';
import type { Caller } from './caller/caller.ts';
import { type Choices, choicesOf, reportFailure, startChosen } from './choices.ts';
import { portFrom } from './free-port.ts';
import { told } from './narration.ts';
import { publishedAs } from './published.ts';
import { type Sandbox, SANDBOX_ENV } from './sandbox.ts';
import { audibleVoice } from './voice/audible-voice.ts';
import { startTelephones } from './telephones.ts';

const HELP = `Type what the caller says, and press Enter; it may be while the agent speaks. Or one of these:
  /call        call again          /cough       a noise that is no word
  /press 12#   press keys          /drop        break the line without a word
  /hang        hang up             /pages       a new link to the pages
  /quit        end all of it`;

const OWN_SECRETS = new Set(['AGENT_API_KEY', 'AGENT_HEADERS']);
/** Of a command that asks for them; the greeting, which holds spaces, is nothing to it. */
const OF_COMMANDS = new Set([...Object.keys(SANDBOX_ENV), 'OPENAI_BASE_URL', 'TWILIO_API_URL']);

/** What to set for a command, all in one line to be copied: never the whole environment of this process. */
function variablesOf({ env, relayUrl }: Sandbox): string {
  return (
    Object.entries({ ...env, PORT: new URL(relayUrl).port })
      .filter(([name]) => name !== 'GREETING' && (OF_COMMANDS.has(name) || name.startsWith('AGENT_')))
      // A secret of the reader's own is in their environment already, and not for the screen.
      .filter(([name]) => !OWN_SECRETS.has(name) || process.env[name] === undefined)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')
  );
}

async function pagesOf({ relay, relayUrl }: Sandbox): Promise<string> {
  return signInLink(Number(new URL(relayUrl).port), await relay.signInCode());
}

/** Prints each reply as it is heard, a line for what came without a pause. */
function printWhatIsHeard(caller: Caller): () => void {
  let shown = 0;
  const print = (): void => {
    const heard = caller.heard.slice(shown);
    const end = Math.max(
      heard.lastIndexOf('. '),
      heard.lastIndexOf('? '),
      heard.lastIndexOf('! '),
      heard.indexOf('~'),
    );
    if (end === -1) return;
    console.log(`  agent: ${heard.slice(0, end + 1).trim()}`);
    shown += end + 1;
  };
  const timer = setInterval(print, 100);
  return () => clearInterval(timer);
}

async function main(choices: Choices): Promise<void> {
  const published = publishedAs(choices.agent, choices.env);
  console.log('Starting Twilio, OpenAI and the relay on this machine …');
  console.log(`The agent is ${published.form}: ${published.kind}.`);
  const voice = audibleVoice();
  const env = {
    SILENCE_PROMPT_S: choices.env['SILENCE_PROMPT_S'] ?? '60',
    PORT: String(await portFrom(Number(choices.env['PORT'] ?? 0))),
  };
  const sandbox: Sandbox = await startChosen(choices, env, voice);
  console.log(`
  pages          ${await pagesOf(sandbox)}
                 Talk: type, and hear the agent${voice === null ? ' in tones (npm ci installs a voice)' : ''}
                 (signs you in, once, for ten minutes; /pages for another)
  relay          ${sandbox.relayUrl}        /health /ready /metrics
  OpenAI         ${sandbox.openAi.baseUrl}     OPENAI_BASE_URL, key sk-sandbox
  Twilio's API   ${sandbox.twilio.apiUrl}        TWILIO_API_URL

In another terminal, this finds the same far ends; "number" may stand in place of "doctor":
  ${variablesOf(sandbox)} npm run doctor
`);
  sandbox.relay.subscribe((event) => {
    const line = told(event);
    // What the agent says is printed as it is heard.
    if (line !== null && event.type !== 'segment-asked') console.log(`  relay: ${line[1]}`);
    if (event.type === 'call-ended') console.log('  /call for another');
  });
  console.log(`${HELP}\n`);

  let stopPrinting = (): void => {};
  const call = async (): Promise<Caller> => {
    stopPrinting();
    const caller = await sandbox.call();
    stopPrinting = printWhatIsHeard(caller);
    return caller;
  };
  let caller = await call();
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  for await (const line of terminal) {
    const [command = '', argument = ''] = line.trim().split(/\s+/, 2);
    if (command === '') continue;
    if (command === '/quit') break;
    else if (command === '/call') caller = await call();
    else if (command === '/pages') console.log(`  ${await pagesOf(sandbox)}`);
    else if (command === '/hang') caller.hangsUp();
    else if (command === '/drop') caller.dropsLine();
    else if (command === '/cough') void caller.coughs(150).catch(noCall);
    else if (command === '/press') void caller.presses(argument).catch(noCall);
    else if (command.startsWith('/')) console.log(HELP);
    else void caller.says(line.trim()).catch(noCall);
  }
  stopPrinting();
  terminal.close();
  await sandbox.close();
  await voice?.close();
}

function noCall(): void {
  console.log('  There is no call; /call for one.');
}

const choices = choicesOf('sandbox');
await (choices.hasTelephones ? startTelephones : main)(choices).catch((error: unknown) => {
  reportFailure(error);
  process.exit(1);
});

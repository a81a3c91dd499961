// Takes the pictures of docs/pages.md anew: the pages over a sandbox with two days of calls, one call of today with its recording,
// and one that is live. Looks also for what is wider than its page.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { anInboundCall, anOutboundCall } from './a-call.ts';
import { CHROMIUM } from './chromium.ts';
import { writeCalls } from './write-calls.ts';

const [out = 'docs/pages', every = ''] = process.argv.slice(2);
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 720 };
const STRETCH_MS = 1_500;

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly scheme: 'light' | 'dark';
  readonly size: { readonly width: number; readonly height: number };
  /** What somebody does before it is taken. */
  readonly after?: (page: Page) => Promise<void>;
}

/** A call that the relay would place. */
async function fillIn(page: Page): Promise<void> {
  await page.getByLabel('To', { exact: true }).fill('+1 555 123 0001');
  await page.getByLabel('at', { exact: true }).fill('tomorrow at two');
  await page.getByText('The relay would place this call.').waitFor();
}

/** A call with a cough and an interruption, recorded; and another one that is still on. */
async function haveCalls(sandbox: Sandbox) {
  const ended = sandbox.happened('call-ended');
  const caller = await sandbox.call({ from: '+15557654321' });
  await caller.hears('How can I help you?');
  await caller.says('When are you open?');
  await caller.hears('but you can order online.');
  await caller.says('Tell me about your shop.');
  await caller.hears('in 1961.');
  await caller.coughs(150);
  await caller.hears('Her daughter took over in 1988');
  await caller.says('Sorry, how much is that?');
  await caller.hears('Which would you like?');
  caller.hangsUp();
  const { callId } = await ended;
  const live = await sandbox.call({ from: '+493012345678' });
  await live.hears('How can I help you?');
  await live.says('When are you open?');
  await live.hears('order online.');
  const isLive = sandbox.events.findLast(({ type }) => type === 'call-started')?.callId ?? '';
  return { callId, isLive };
}

/** The number as somebody else left it, and a stranger at the door. */
async function leadElsewhere({ twilio, relayUrl }: Sandbox): Promise<void> {
  const [number] = twilio.account.numbers;
  if (number !== undefined) number.voice_url = 'https://demo.twilio.com/welcome/voice/';
  twilio.account.add('+15550003333');
  const stranger = await fetch(`${relayUrl}/voice`, { method: 'POST' });
  await stranger.body?.cancel();
}

async function take(browser: Browser, sandbox: Sandbox, pictures: readonly Picture[]): Promise<void> {
  const base = sandbox.relayUrl.replace('127.0.0.1', 'localhost');
  for (const { name, path, scheme, size, after } of pictures) {
    const context = await browser.newContext({ viewport: size, colorScheme: scheme });
    const page = await context.newPage();
    await page.goto(`${base}/app#code=${await sandbox.relay.signInCode()}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.goto(base + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await after?.(page);
    await pause(STRETCH_MS);
    await page.screenshot({ path: join(out, `${name}.png`) });
    if (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
      process.stderr.write(`${name} is wider than its page.\n`);
    await context.close();
  }
}

/** All views in both schemes and at both widths, to work on them. */
function everyPicture(paths: Readonly<Record<string, string>>): Picture[] {
  return Object.entries(paths).flatMap(([name, path]) =>
    (
      [
        ['wide', WIDE],
        ['narrow', { width: 320, height: 640 }],
      ] as const
    ).flatMap(([width, size]) =>
      (['light', 'dark'] as const).map((scheme) => ({
        name: `${name}-${width}-${scheme}`,
        path,
        scheme,
        size,
      })),
    ),
  );
}

const folder = mkdtempSync(join(tmpdir(), 'patchcord-pictures-'));
const DATABASE_URL = `sqlite:${join(folder, 'calls.db')}`;
const since = Date.now() - 24 * 3_600_000;
const outbound = anOutboundCall(Date.now() - 3_600_000);
await writeCalls(DATABASE_URL, [
  ...Array.from({ length: 400 }, (_, at) => anInboundCall(at, since, 200_000)),
  outbound,
]);
const sandbox = await startSandbox({
  env: {
    DATABASE_URL,
    RECORDINGS_DIR: join(folder, 'recordings'),
    OUTBOUND_ALLOW: '+1555*',
    QUIET_HOURS: 'off',
    // The pictures take their time.
    SILENCE_PROMPT_S: '120',
  },
});
const browser = await chromium.launch(CHROMIUM === null ? {} : { executablePath: CHROMIUM });
mkdirSync(out, { recursive: true });
const { callId, isLive } = await haveCalls(sandbox);
await leadElsewhere(sandbox);
const views = {
  calls: '/app/calls',
  call: `/app/calls/${callId}`,
  live: `/app/calls/${isLive}`,
  result: `/app/calls/${outbound.id}`,
  insights: '/app/calls?show=insights',
  talk: '/app/talk',
  place: '/app/place',
  health: '/app/health',
};
await take(
  browser,
  sandbox,
  every === 'every'
    ? everyPicture(views)
    : [
        { name: 'calls', path: views.calls, scheme: 'light', size: WIDE },
        { name: 'call', path: views.call, scheme: 'light', size: WIDE },
        { name: 'insights', path: views.insights, scheme: 'dark', size: WIDE },
        { name: 'place', path: views.place, scheme: 'light', size: WIDE, after: fillIn },
        { name: 'health', path: views.health, scheme: 'light', size: { width: 1280, height: 1120 } },
        { name: 'phone', path: views.call, scheme: 'dark', size: NARROW },
      ],
);
await browser.close();
await sandbox.close();
rmSync(folder, { recursive: true, force: true });

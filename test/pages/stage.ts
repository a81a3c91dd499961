// A sandbox for the tests of one file, and browsers that are signed in to its pages.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, type TestContext } from 'vitest';
import { PacedClock } from '../../sandbox/paced-clock.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';
import { aBrowser, type Visit } from './a-browser.ts';
import { CHROMIUM } from './chromium.ts';

export interface Stage {
  readonly sandbox: () => Sandbox;
  /** Where a browser finds the relay; it keeps the cookie on http://localhost, as on https. */
  readonly url: () => string;
  readonly link: () => Promise<string>;
  /** At this path below /app, signed in by a link as the sandbox prints it. */
  readonly open: (context: TestContext, path?: string, visit?: Visit) => Promise<Page>;
  /** Not signed in. */
  readonly visit: ReturnType<typeof aBrowser>;
}

/** @param browserArgs for Chromium, which is started once for all tests of a file. */
export function aStage(
  { env = {}, ...options }: SandboxOptions = {},
  browserArgs: readonly string[] = [],
): Stage {
  let sandbox: Sandbox | null = null;
  beforeAll(async () => {
    // Without a browser every test is skipped.
    if (CHROMIUM === null) return;
    sandbox = await startSandbox({
      clock: new PacedClock(),
      ...options,
      env: { VAD_SILENCE_MS: '200', ...env },
      openAi: {
        ...options.openAi,
        realtimeFaults: {
          transcriptionMs: 30,
          firstAudioMs: 30,
          speed: 20,
          ...options.openAi?.realtimeFaults,
        },
      },
    });
  });
  afterAll(async () => {
    await sandbox?.close();
    expect(sandbox?.twilio.violations ?? []).toEqual([]);
  });
  const visit = aBrowser(browserArgs);
  const started = (): Sandbox => {
    if (sandbox === null) throw new Error('The sandbox has not started.');
    return sandbox;
  };
  // Without a browser a test is skipped when it opens a page, so it must be able to name one.
  const url = (): string => (sandbox?.relayUrl ?? 'http://127.0.0.1').replace('127.0.0.1', 'localhost');
  const link = async (): Promise<string> => `${url()}/app#code=${await sandbox?.relay.signInCode()}`;
  return {
    sandbox: started,
    url,
    link,
    visit,
    open: async (context, path = '', how = {}) => {
      const page = await visit(context, await link(), how);
      await page.getByRole('link', { name: 'Calls' }).first().waitFor();
      if (path !== '') await page.goto(`${url()}/app${path}`);
      return page;
    },
  };
}

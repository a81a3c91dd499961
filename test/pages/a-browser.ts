// Chromium for the tests of one file, and pages in it that watch themselves: a test fails on a console error, an uncaught
// error, a violation of the CSP or a request to another host.
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, expect, type TestContext } from 'vitest';
import { CHROMIUM } from './chromium.ts';

const NO_CHROMIUM = 'no Chromium here: apt-get install chromium, or set PATCHCORD_CHROMIUM to its path';

/** Long enough for a loaded machine. */
const PATIENCE_MS = 15_000;

export interface Visit extends BrowserContextOptions {
  /** Console errors that the test provokes, such as the browser's own about a refused request. */
  readonly expects?: RegExp;
}

/**
 * Starts at the first page of the file. A page's context is its own, and ends with its test; a test without a Chromium is
 * skipped.
 */
export function aBrowser(args: readonly string[] = []) {
  let browser: Promise<Browser> | null = null;
  afterAll(async () => (await browser)?.close());

  /** A page at `address`, with its complaints collected until the test is over. */
  return async (
    context: TestContext,
    address: string,
    { expects, ...options }: Visit = {},
  ): Promise<Page> => {
    if (CHROMIUM === null) return context.skip(NO_CHROMIUM);
    browser ??= chromium.launch({ executablePath: CHROMIUM, args: [...args] });
    const opened = await (await browser).newContext({ viewport: { width: 1280, height: 800 }, ...options });
    opened.setDefaultTimeout(PATIENCE_MS);
    const complaints: string[] = [];
    const { host } = new URL(address);
    await opened.addInitScript({
      content: `addEventListener('securitypolicyviolation', (it) =>
        console.error('CSP: ' + it.violatedDirective + ' ' + it.blockedURI));`,
    });
    opened.on('console', (message) => {
      if (message.type() !== 'error' || expects?.test(message.text()) === true) return;
      complaints.push(`${message.text()} (${message.location().url})`);
    });
    opened.on('weberror', (error) => complaints.push(String(error.error())));
    opened.on('request', (request) => {
      const url = new URL(request.url());
      if (url.host !== host && !['data:', 'blob:'].includes(url.protocol))
        complaints.push(`asked ${url.href}`);
    });
    context.onTestFinished(async () => {
      await opened.close();
      expect(complaints).toEqual([]);
    });
    const page = await opened.newPage();
    await page.goto(address);
    return page;
  };
}

// What surrounds every view: the bar with its tabs, the sign-in form over the page, and the help.
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { isSignedOut, signIns } from './api.ts';
import { Dialog } from './dialog.ts';
import { Help } from './help.ts';
import { html } from 'htm/preact';
import { useKeys } from './keys.ts';
import { News } from './news.ts';
import { masksNumbers, scheme } from './preferences.ts';
import { ReadyBanner } from './ready-banner.ts';
import { addressOf, go, path } from './router.ts';
import { signOut } from './session.ts';
import { SignIn } from './sign-in.ts';
import { type View, type ViewProps, VIEWS } from './views.ts';

/** Told by the server in the page itself. */
const IS_PLAYED = document.documentElement.dataset['played'] !== undefined;

export function Shell({ problem }: { readonly problem: string }) {
  const [name = VIEWS[0]?.name, ...rest] = path.value;
  const view = VIEWS.find((one) => one.name === name);
  const isHelpOpen = useSignal(false);
  useKeys([
    ...VIEWS.map(({ key, title, name: to }) => ({
      keys: `g ${key}`,
      does: `Open ${title}`,
      act: () => go(addressOf([to])),
    })),
    { keys: '?', does: 'Show the keys', act: () => (isHelpOpen.value = true) },
  ]);
  if (isSignedOut.value && signIns.value === 0) return html`<${Door} problem=${problem} />`;
  return html`
    <a class="skip" href="#main">Skip to the content</a>
    <header class="top">
      <${Bar} current=${name} onHelp=${() => (isHelpOpen.value = true)} />
      <${News} />
      <${ReadyBanner} />
      ${IS_PLAYED && html`<p class="played">Everything behind this page is played by the sandbox: nobody is really called.</p>`}
    </header>
    <main id="main" class="container-fluid">
      ${view === undefined ? html`<${NotHere} />` : html`<${Opened} key=${view.name} view=${view} rest=${rest} />`}
    </main>
    ${isHelpOpen.value && html`<${Help} onClose=${() => (isHelpOpen.value = false)} />`}
    ${isSignedOut.value && html`<${Dialog} title="Sign in again"><${SignIn} /><//>`}
  `;
}

/** All that a stranger sees. */
function Door({ problem }: { readonly problem: string }) {
  return html`<main class="door">
    <h1><img src="/app/static/icon.svg" alt="" />Patchcord</h1>
    <${SignIn} problem=${problem} />
  </main>`;
}

function Bar({ current, onHelp }: { readonly current: string | undefined; readonly onHelp: () => void }) {
  return html`<div class="bar">
    <a class="brand" href="/app" aria-label="Patchcord"
      ><img src="/app/static/icon.svg" alt="" /><span>Patchcord</span></a
    >
    <nav aria-label="Views">
      ${VIEWS.map(
        ({ name, title }) =>
          html`<a href=${addressOf([name])} aria-current=${name === current ? 'page' : undefined}
            >${title}</a
          >`,
      )}
    </nav>
    <div class="tools">
      <${SchemeSwitch} />
      <button
        class="icon"
        aria-pressed=${masksNumbers.value === 'on'}
        aria-label="Hide phone numbers"
        title="Hide phone numbers"
        onClick=${() => (masksNumbers.value = masksNumbers.value === 'on' ? 'off' : 'on')}
      >
        •••
      </button>
      <button class="icon" aria-label="Keyboard" title="Keyboard (?)" onClick=${onHelp}>?</button>
      <button class="plain" onClick=${() => void signOut()}>Sign out</button>
    </div>
  </div>`;
}

function SchemeSwitch() {
  const isDark =
    scheme.value === 'dark' ||
    (scheme.value === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  return html`<button
    class="icon"
    aria-pressed=${isDark}
    aria-label="Dark"
    title="Dark"
    onClick=${() => (scheme.value = isDark ? 'light' : 'dark')}
  >
    ${isDark ? '☀' : '☾'}
  </button>`;
}

/** A view, once its code is there. */
function Opened({ view, rest }: { readonly view: View; readonly rest: readonly string[] }) {
  const [Page, setPage] = useState<ComponentType<ViewProps> | null>(null);
  useEffect(() => {
    void view.load().then((loaded) => setPage(() => loaded));
  }, [view]);
  return Page === null ? null : html`<${Page} rest=${rest} />`;
}

function NotHere() {
  return html`<h1>Nothing here</h1>
    <p>There is no such page. <a href="/app">Calls</a></p>`;
}

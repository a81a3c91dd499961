// Starts the pages. Nothing is shown before it is known whether this browser is signed in.
import { html } from 'htm/preact';
import { render } from 'preact';
import { ask } from './api.ts';
import { startFeed } from './feed.ts';
import { startKeys } from './keys.ts';
import { startNow } from './now.ts';
import { startPreferences } from './preferences.ts';
import { startRouter } from './router.ts';
import { signIn, takeCode } from './session.ts';
import { Shell } from './shell.ts';

startPreferences();
startRouter();
startKeys();
startNow();

const code = takeCode();
const taken = code === null ? null : await signIn({ code });
// Any answer but 401 is the business of a view.
if (taken?.is !== 'ok') await ask('/calls?limit=1');
const problem = taken?.is === 'refused' ? taken.problem.message : '';
startFeed();
render(html`<${Shell} problem=${problem} />`, document.body);

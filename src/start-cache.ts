// Fills the compile cache of an image while it is built: loads what a start and a first call load, and ends. A file that is
// missing here is compiled anew at every start, and a single `.ts` costs it Node's stripper of types too: 18 MB and 60 ms.
import { flushCompileCache } from 'node:module';
import twilio from 'twilio';
import { readSetup } from './relay/read-setup.ts';
import { createRelay } from './relay/relay.ts';

// With what makes a relay load its packages: an agent of OpenAI, outbound calls, callbacks, a commanded account.
const accountSid = `AC${'0'.repeat(32)}`;
createRelay(
  readSetup({
    OPENAI_API_KEY: 'sk-none',
    AGENT_WORKFLOW_ID: 'agent_none',
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: 'none',
    WEBHOOK_URL: 'https://relay.invalid',
    DATABASE_URL: 'sqlite::memory:',
    OUTBOUND_ALLOW: 'US',
  }),
);
await Promise.all([
  import('./start-relay.ts'),
  import('./start-primary.ts'),
  // Without a thread around them they load and do nothing.
  import('./store/sql/sqlite-thread.ts'),
  import('./outbound/outcome/result-checker-thread.ts'),
  import('./outbound/callbacks/callback-sender.ts'),
  import('./relay/api-document.ts'),
  import('./mcp/answer-message.ts'),
  import('./cli/doctor/doctor.ts'),
  import('pg'),
]);
// The package loads its API when it is first touched.
if (twilio(accountSid, 'none').calls === undefined) throw new Error('Twilio has no calls');
flushCompileCache();
process.exit();

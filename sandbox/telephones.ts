// `npm run sandbox -- --telephones`: a relay that may call out, and five telephones to call. What README shows of calls out was
// copied from a terminal beside it.
import { startSandbox } from './sandbox.ts';
import { somebodyAt } from './somebody.ts';

const TOKEN = 'operator-token';
const PORT = '5000';

const PEOPLE: Readonly<Record<string, readonly string[]>> = {
  '+15551230001': ['Osteria Lee, hello?', 'Yes, that is fine.', 'It is 4 7 1 1.'],
  '+15551230002': ['Hello?', 'Yes, go ahead.', 'Nine, I would say.', 'Yes, I would.', 'Through a friend.'],
  '+15551230003': ['Hello?', 'Yes, I will be there.'],
};
const BUSY = '+15551230004';
const MACHINE = '+15551230005';

export async function startTelephones(): Promise<void> {
  const sandbox = await startSandbox({
    env: {
      PORT,
      AGENT_WORKFLOW_ID: 'agent_caller',
      GREETING: '',
      OPERATOR_TOKEN: TOKEN,
      OUTBOUND_ALLOW: '+1555*',
      QUIET_HOURS: 'off',
    },
  });
  for (const [number, lines] of Object.entries(PEOPLE)) somebodyAt(sandbox, number, lines);
  sandbox.twilio.callee(BUSY, 'busy');
  sandbox.twilio.callee(MACHINE, 'machine');
  console.log(`
  relay       http://localhost:${PORT}     /docs to read and try its API, OPERATOR_TOKEN=${TOKEN}

  Each of these answers one call, so start again for another round:
  +15551230001   a restaurant        +15551230002   somebody with an opinion
  +15551230003   a patient           ${BUSY}   busy
  ${MACHINE}   an answering machine

Ctrl-C ends it.`);
  process.once('SIGINT', () => void sandbox.close());
}

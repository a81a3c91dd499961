// `npm run sandbox -- --telephones`: a relay that may call out, and five telephones to call. What README shows of calls out was
// copied from a terminal beside it.
import { type Choices, startChosen } from './choices.ts';
import { portFrom } from './free-port.ts';
import { told } from './narration.ts';
import { SANDBOX_ENV } from './sandbox.ts';
import { somebodyAt } from './somebody.ts';

const TOKEN = SANDBOX_ENV.OPERATOR_TOKEN;
const USUAL_PORT = 5000;

const PEOPLE: Readonly<Record<string, readonly string[]>> = {
  '+15551230001': ['Osteria Lee, hello?', 'Yes, that is fine.', 'It is 4 7 1 1.'],
  '+15551230002': ['Hello?', 'Yes, go ahead.', 'Nine, I would say.', 'Yes, I would.', 'Through a friend.'],
  '+15551230003': ['Hello?', 'Yes, I will be there.'],
};
const BUSY = '+15551230004';
const MACHINE = '+15551230005';

export async function startTelephones(choices: Choices): Promise<void> {
  const wanted = Number(choices.env['PORT'] ?? USUAL_PORT);
  const port = await portFrom(wanted);
  // The flower shop does not place calls; unless an agent was chosen, the one that does answers.
  const agent = choices.agent === SANDBOX_ENV.AGENT_WORKFLOW_ID ? 'agent_caller' : choices.agent;
  const sandbox = await startChosen(
    { ...choices, agent },
    {
      PORT: String(port),
      GREETING: '',
      OUTBOUND_ALLOW: '+1555*',
      QUIET_HOURS: 'off',
    },
  );
  for (const [number, lines] of Object.entries(PEOPLE)) somebodyAt(sandbox, number, lines);
  sandbox.twilio.callee(BUSY, 'busy');
  sandbox.twilio.callee(MACHINE, 'machine');
  if (port !== wanted)
    console.log(`\nPort ${wanted} is taken: RELAY=http://localhost:${port} in what you run beside it.`);
  console.log(`
  relay       http://localhost:${port}     /docs to read and try its API, OPERATOR_TOKEN=${TOKEN}

  These answer:
  +15551230001   a restaurant        +15551230002   somebody with an opinion
  +15551230003   a patient           ${BUSY}   busy
  ${MACHINE}   an answering machine

Ctrl-C ends it.`);
  sandbox.relay.subscribe((event) => {
    const line = told(event);
    if (line !== null) console.log(`  ${line[0]}: ${line[1]}`);
  });
  process.once('SIGINT', () => void sandbox.close());
}

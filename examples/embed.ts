// The relay inside an Express app of your own, with an agent that is a function: `node embed.ts`, with the relay's variables in
// the environment. AGENT_WORKFLOW_ID=own-agent names the agent that is passed in.
import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { createRelay, generatorAgent, readSetup } from 'patchcord';
import { agent } from './own-agent.ts';

const relay = createRelay(readSetup(process.env), {
  agents: { 'own-agent': generatorAgent(agent) },
  onEvent: (event) => {
    if (event.type === 'call-ended') console.log(`call ${event.callId} ended: ${event.reason}`);
  },
});

const app = express();
app.get('/', (_req, res) => {
  res.send('My own page');
});
// Last: the relay answers 404 to what it does not know.
app.use(relay.app);

const server = createServer(app).listen(Number(process.env['PORT'] ?? 5000));
await once(server, 'listening');
console.log(`listening on ${await relay.listen(server)}`);

await once(process, 'SIGTERM');
await relay.drain();
await relay.close();
server.close();

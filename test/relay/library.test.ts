// The relay as a library: an agent passed in, events given out, and the routes inside somebody else's Express app.
import { createServer } from 'node:http';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { agent } from '../../examples/own-agent.ts';
import { SANDBOX_ENV } from '../../sandbox/sandbox.ts';
import { startOpenAi } from '../../sandbox/openai/openai.ts';
import { startTwilio } from '../../sandbox/twilio/twilio.ts';
import { type CallEvent, createRelay, generatorAgent, readSetup } from '../../src/relay/library.ts';
import { listen } from '../support/listen.ts';

describe('a relay inside another Express app', () => {
  it('answers calls with the agent that was passed in, beside the routes of the app', async () => {
    const openAi = await startOpenAi({ apiKey: SANDBOX_ENV.OPENAI_API_KEY });
    const twilio = await startTwilio({
      accountSid: SANDBOX_ENV.TWILIO_ACCOUNT_SID,
      authToken: SANDBOX_ENV.TWILIO_AUTH_TOKEN,
      webhookUrl: SANDBOX_ENV.WEBHOOK_URL,
      phoneNumber: SANDBOX_ENV.TWILIO_PHONE_NUMBER,
    });
    const events: CallEvent[] = [];
    const relay = createRelay(
      readSetup({
        ...SANDBOX_ENV,
        AGENT_WORKFLOW_ID: 'my-own',
        OPENAI_BASE_URL: openAi.baseUrl,
        LOG_LEVEL: 'silent',
      }),
      { agents: { 'my-own': generatorAgent(agent) }, onEvent: (event) => events.push(event) },
    );
    const app = express();
    app.get('/mine', (_req, res) => {
      res.send('my own page');
    });
    app.use(relay.app);
    const server = createServer(app);
    const port = await listen(server);
    onTestFinished(async () => {
      await twilio.close();
      await relay.close();
      await openAi.close();
      server.close();
    });

    expect(await relay.listen(server)).toBe(port);
    await relay.warmed;
    const url = `http://127.0.0.1:${port}`;
    expect(await (await fetch(`${url}/mine`)).text()).toBe('my own page');
    expect((await fetch(`${url}/health`)).status).toBe(200);

    twilio.routeTo(url);
    const caller = await twilio.call();
    await caller.hears('How can I help you?');
    await caller.says('When are you open?');
    await caller.hears('We are open from 9 to 6');
    caller.hangsUp();
    await expect.poll(() => events.map(({ type }) => type)).toContain('call-ended');
  });
});

import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readable, terminalLog, welcome } from '../../src/cli/terminal.ts';
import { readSetup } from '../../src/relay/read-setup.ts';

const NEEDED = {
  OPENAI_API_KEY: 'sk-secret',
  AGENT_WORKFLOW_ID: 'agent_1',
  TWILIO_AUTH_TOKEN: 'secret',
  WEBHOOK_URL: 'https://relay.example',
};

describe('the log on a terminal', () => {
  it('has time, call, event and what else there is, on one line', () => {
    const printed: string[] = [];
    terminalLog((line) => printed.push(stripVTControlCharacters(line))).write(
      `${JSON.stringify({ level: 30, time: 0, pid: 1, hostname: 'h', callId: 'CI0123456789', type: 'call-ended', reason: 'silence', durationMs: 1200, msg: 'call-ended' })}\n`,
    );
    expect(printed).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d CI012345 {2}call-ended reason=silence durationMs=1200$/),
    ]);
  });

  it('keeps a stack on lines of its own', () => {
    const line = readable({
      level: 50,
      time: 0,
      msg: 'bug-found',
      err: { type: 'TypeError', stack: 'TypeError\n    at a.ts:1:1' },
    });
    expect(stripVTControlCharacters(line)).toMatch(/bug-found TypeError\n {4}at a\.ts:1:1$/);
  });
});

describe('what npm start says on a terminal', () => {
  it('names addresses, agent, what is not set, and the next step; no secret', () => {
    const said = stripVTControlCharacters(welcome(readSetup(NEEDED), 5001, 'k3x.abc'));
    expect(said).toContain('http://localhost:5001');
    expect(said).toContain('http://localhost:5001/app#code=k3x.abc');
    expect(said).toContain('https://relay.example/voice');
    expect(said).toContain('agent_1');
    expect(said).toContain('TWILIO_ACCOUNT_SID is not set');
    expect(said).toContain('npm run doctor');
    expect(said).not.toContain('secret');
  });

  it('names an agent by its address without the query, which may hold a key', () => {
    const AGENT_WORKFLOW_ID = 'https://agent.example/chatkit?key=secret';
    const said = welcome(readSetup({ ...NEEDED, AGENT_WORKFLOW_ID }), 5001, null);
    expect(said).toContain('agent.example/chatkit');
    expect(said).not.toContain('secret');
  });
});

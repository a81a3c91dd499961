import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startOpenAi } from '../../../sandbox/openai/openai.ts';
import { runCommand } from '../../support/command.ts';

async function stage() {
  const openai = await startOpenAi({ apiKey: 'sk-1' });
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-agent-'));
  onTestFinished(async () => {
    await openai.close();
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, 'shop.txt'), 'You sell flowers.');
  writeFileSync(join(folder, 'later.txt'), 'You sell bread.');
  // Nothing but the key: a user who creates an agent has neither an agent nor a number yet.
  const env = { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: openai.baseUrl };
  return (args: string[], differing: Record<string, string> = {}) =>
    runCommand('src/cli/agent/main.ts', args, { ...env, ...differing }, folder);
}

// Each start is most of a second of CPU, which a busy machine takes its time to give.
describe('npm run agent', { timeout: 60_000 }, () => {
  it('creates an agent and prints its ID, shows it, and changes it', async () => {
    const run = await stage();
    const created = await run(['create', '--instructions', 'shop.txt']);
    expect(created).toMatchObject({ exitCode: 0, errors: '' });
    const [id = ''] = created.out.split('\n');
    expect(id).toMatch(/^agent_\w+$/);
    expect(created.out).toContain(`AGENT_WORKFLOW_ID=${id}`);
    const shown = await run(['show', id]);
    expect(shown.out).toMatch(/"shop"\nmodel: gpt-6-luna\ntools: none\n[^]*You sell flowers\.\n$/);
    const changed = await run(['update', id, '--instructions', 'later.txt', '--name', 'Bakery']);
    expect(changed).toMatchObject({ exitCode: 0, errors: '' });
    expect((await run(['show', id])).out).toMatch(/"Bakery"\nmodel: gpt-6-luna\n[^]*You sell bread\.\n$/);
  });

  it('says what is wrong, and what to do', async () => {
    const run = await stage();
    const absent = await run(['show', 'agent_nobody']);
    expect(absent).toMatchObject({
      exitCode: 1,
      out: expect.stringMatching(/no agent agent_nobody.*Check the ID/),
    });
    const refused = await run(['create', '--instructions', 'shop.txt'], { OPENAI_API_KEY: 'sk-2' });
    expect(refused).toMatchObject({ exitCode: 1, out: expect.stringContaining('OPENAI_API_KEY (401)') });
    expect(refused.out).not.toContain('sk-2');
    const keyless = await run(['show', 'agent_1'], { OPENAI_API_KEY: '' });
    expect(keyless).toMatchObject({
      exitCode: 1,
      errors: expect.stringMatching(/^OPENAI_API_KEY is not set/),
    });
  });

  it.each([
    ['no file of instructions', ['create'], /^Name a file with --instructions/],
    ['a file that is not there', ['create', '--instructions', 'none.txt'], /^"none\.txt" cannot be read/],
    ['an unknown option', ['show', 'agent_1', '--colour'], /--colour/],
    ['an unknown verb', ['delete', 'agent_1'], /^There is no "delete"/],
    ['nothing to change', ['update', 'agent_1'], /^There is nothing to change/],
  ])('refuses %s, and says how it is used', async (_, args, problem) => {
    const run = await stage();
    const { exitCode, errors } = await run(args);
    expect(exitCode).toBe(1);
    expect(errors).toMatch(problem);
    expect(errors).toContain('npm run agent -- create');
    expect(errors).not.toContain('    at ');
  });

  it('explains itself', async () => {
    const run = await stage();
    expect(await run(['--help'])).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('npm run agent -- show ID'),
    });
  });
});

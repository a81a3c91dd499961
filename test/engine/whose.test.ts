// Two processes of one machine, each with an engine of its own: what comes to the wrong one.
import { describe, expect, it } from 'vitest';
import { conversationAnswer, turnAnswer } from '../../src/engine/engine-schemas.ts';
import { soundOf } from '../../sandbox/tones.ts';
import { EngineServer, right, wrong } from './engine-server.ts';
import { waveFile } from './wave-files.ts';

async function twoProcesses() {
  const ports = new Map<number, number>();
  const portOf = async (process: number): Promise<number | null> => ports.get(process) ?? null;
  const first = await EngineServer.start({ siblings: { number: 1, portOf } });
  const second = await EngineServer.start({ siblings: { number: 2, portOf } });
  for (const [index, { url }] of [first, second].entries()) ports.set(index + 1, Number(new URL(url).port));
  const { id } = await right(first.post('/conversations', {}), conversationAnswer);
  return { second, ports, id };
}

describe('[R14] a conversation of another process', () => {
  it('goes on there, with text and with audio, and ends there', async () => {
    const { second, id } = await twoProcesses();
    const path = `/conversations/${id}`;
    const { text } = await right(second.post(`${path}/turns`, { text: 'My name is Ann.' }), turnAnswer);
    expect(text).toContain('Nice to meet you, Ann.');
    const sound = waveFile({ codec: 7, data: soundOf('What is my name?') });
    const spoken = await right(second.postSound(`${path}/turns?audio=true`, sound), turnAnswer);
    expect(spoken).toMatchObject({ heard: 'What is my name?', text: 'Your name is Ann.' });
    expect(spoken.audio?.length).toBeGreaterThan(1000);
    expect((await second.fetch(path, { method: 'DELETE' })).status).toBe(204);
    expect(await wrong(second.post(`${path}/turns`, { text: 'Hello?' }))).toBe('404 unknown_conversation');
  });

  it('is unknown once that process is gone, whether somebody else has its port or nobody', async () => {
    const { second, ports, id } = await twoProcesses();
    const turn = (): Promise<string> => wrong(second.post(`/conversations/${id}/turns`, { text: 'Hello?' }));
    ports.set(1, 1);
    expect(await turn()).toBe('404 unknown_conversation');
    ports.delete(1);
    expect(await turn()).toBe('404 unknown_conversation');
  });

  it('answers that the process stops, and not for the other one, once this one does', async () => {
    const { second, id } = await twoProcesses();
    second.closing.abort();
    expect(await wrong(second.post(`/conversations/${id}/turns`, { text: 'Hello?' }))).toBe('503 closing');
  });
});

it('[R14] a process that leaves begins no conversation, and goes on with those that it has', async () => {
  let isLeaving = false;
  const server = await EngineServer.start({ isLeaving: () => isLeaving });
  const { id } = await right(server.post('/conversations', {}), conversationAnswer);
  isLeaving = true;
  expect(await wrong(server.post('/conversations', {}))).toBe('503 closing');
  const turn = await right(
    server.post(`/conversations/${id}/turns`, { text: 'My name is Ann.' }),
    turnAnswer,
  );
  expect(turn.text).toContain('Ann');
});

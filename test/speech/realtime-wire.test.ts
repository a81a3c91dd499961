import { describe, expect, it } from 'vitest';
import { parseServerEvent } from '../../src/speech/realtime-wire.ts';

const LONGEST = 10_000;

describe('a huge transcript', () => {
  // A character of two code units lies across the bound.
  const huge = `${'a'.repeat(LONGEST - 1)}😀${'b'.repeat(1_000_000)}`;
  const cut = 'a'.repeat(LONGEST - 1);

  it.each([
    ['conversation.item.input_audio_transcription.delta', { delta: huge }, { delta: cut }],
    ['conversation.item.input_audio_transcription.completed', { transcript: huge }, { transcript: cut }],
    ['response.output_audio_transcript.done', { transcript: huge }, { transcript: cut }],
  ])('is cut before anybody reads it: %s', (type, sent, parsed) => {
    const event = parseServerEvent(JSON.stringify({ type, item_id: 'item', response_id: 'resp', ...sent }));
    expect(event).toMatchObject(parsed);
  });
});

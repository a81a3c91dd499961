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

describe('[K2] what the vendor counted', () => {
  const RESPONSE = {
    total_tokens: 173,
    input_tokens: 110,
    output_tokens: 63,
    input_token_details: {
      text_tokens: 100,
      audio_tokens: 10,
      image_tokens: 0,
      cached_tokens: 72,
      cached_tokens_details: { text_tokens: 64, audio_tokens: 8, image_tokens: 0 },
    },
    output_token_details: { text_tokens: 13, audio_tokens: 50 },
  };
  const NOTHING = { textIn: 0, cachedTextIn: 0, audioIn: 0, cachedAudioIn: 0, textOut: 0, audioOut: 0 };

  const ofResponse = (usage: unknown) =>
    parseServerEvent(
      JSON.stringify({ type: 'response.done', response: { id: 'resp_1', status: 'cancelled', usage } }),
    );
  const ofTranscript = (usage: unknown) =>
    parseServerEvent(
      JSON.stringify({
        type: 'conversation.item.input_audio_transcription.completed',
        item_id: 'item_1',
        transcript: 'Hi.',
        usage,
      }),
    );

  it.each([
    [
      'text, sound and cache apart',
      RESPONSE,
      { textIn: 100, cachedTextIn: 64, audioIn: 10, cachedAudioIn: 8, textOut: 13, audioOut: 50 },
    ],
    ['without details', { input_tokens: 5, output_tokens: 7 }, { ...NOTHING, textIn: 5, audioOut: 7 }],
  ])('of a response: %s', (_, usage, counted) => {
    expect(ofResponse(usage)).toMatchObject({ usage: { unit: 'tokens', ...counted } });
  });

  it.each([
    ['seconds', { type: 'duration', seconds: 2.5 }, { unit: 'seconds', seconds: 2.5 }],
    [
      'tokens',
      {
        type: 'tokens',
        input_tokens: 20,
        output_tokens: 4,
        input_token_details: { audio_tokens: 15, text_tokens: 5 },
      },
      { unit: 'tokens', ...NOTHING, textIn: 5, audioIn: 15, textOut: 4 },
    ],
    [
      'tokens without details',
      { type: 'tokens', input_tokens: 20, output_tokens: 4 },
      { unit: 'tokens', ...NOTHING, audioIn: 20, textOut: 4 },
    ],
  ])('of a transcription: %s', (_, usage, counted) => {
    expect(ofTranscript(usage)).toMatchObject({ usage: counted });
  });

  it.each([
    undefined,
    null,
    7,
    'many',
    {},
    { type: 'tokens' },
    { type: 'duration', seconds: -1 },
    { input_tokens: 1e99 },
  ])('is missing rather than wrong: %j', (usage) => {
    expect(ofResponse(usage)).toMatchObject({ type: 'response-done', usage: null });
    expect(ofTranscript(usage)).toMatchObject({ type: 'transcript', usage: null });
  });
});

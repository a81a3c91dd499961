// What Realtime counts of a response or a transcription. Every field is optional at the vendor.
import type { RealtimeResponseUsage } from 'openai/resources/realtime/realtime';
import { fieldsOf } from '../call/json.ts';
import { countOf, type TokenUsage, type Usage } from '../call/usage.ts';

/** null if the vendor counted nothing. Without details what goes in is text, and what comes out is sound. */
export function responseUsage(usage: RealtimeResponseUsage | undefined): TokenUsage | null {
  const { input_tokens, output_tokens, input_token_details, output_token_details } = fieldsOf(usage);
  const into = fieldsOf(input_token_details);
  const cached = fieldsOf(into['cached_tokens_details']);
  const out = fieldsOf(output_token_details);
  const audioIn = countOf(into['audio_tokens']);
  const textOut = countOf(out['text_tokens']);
  const counted: TokenUsage = {
    unit: 'tokens',
    textIn: countOf(into['text_tokens'] ?? Math.max(0, countOf(input_tokens) - audioIn)),
    cachedTextIn: countOf(cached['text_tokens'] ?? into['cached_tokens']),
    audioIn,
    cachedAudioIn: countOf(cached['audio_tokens']),
    textOut,
    audioOut: countOf(out['audio_tokens'] ?? Math.max(0, countOf(output_tokens) - textOut)),
  };
  return isNothing(counted) ? null : counted;
}

/** null if the vendor counted nothing. Some models count tokens, the others seconds. */
export function transcriptionUsage(usage: unknown): Usage | null {
  const { type, seconds, input_tokens, output_tokens, input_token_details } = fieldsOf(usage);
  if (type === 'duration') {
    const counted = countOf(seconds);
    return counted === 0 ? null : { unit: 'seconds', seconds: counted };
  }
  if (type !== 'tokens') return null;
  const { audio_tokens, text_tokens } = fieldsOf(input_token_details);
  const textIn = countOf(text_tokens);
  const counted: TokenUsage = {
    unit: 'tokens',
    textIn,
    cachedTextIn: 0,
    audioIn: countOf(audio_tokens ?? Math.max(0, countOf(input_tokens) - textIn)),
    cachedAudioIn: 0,
    textOut: countOf(output_tokens),
    audioOut: 0,
  };
  return isNothing(counted) ? null : counted;
}

function isNothing({ textIn, audioIn, textOut, audioOut }: TokenUsage): boolean {
  return textIn + audioIn + textOut + audioOut === 0;
}

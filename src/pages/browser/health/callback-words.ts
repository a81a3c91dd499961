// What came of a sample, in words. Pure.
import type { SentSample } from '../api-types.ts';

const PROBLEMS: Readonly<Record<string, string>> = {
  PRIVATE_ADDRESS: 'The address is private: callbacks go to the public internet only.',
  NOT_HTTPS: 'Callbacks go to https:// addresses only.',
  TIMEOUT: 'No answer came within 10 s.',
  ECONNREFUSED: 'Nobody listens there.',
  ENOTFOUND: 'There is no host of this name.',
  CERT_HAS_EXPIRED: 'Its certificate has expired.',
};

export function sampleWords({ problem, tookMs }: SentSample): string {
  if (problem === null) return `Taken, in ${tookMs} ms.`;
  return PROBLEMS[problem] ?? (/^\d+$/.test(problem) ? `It answered ${problem}.` : `It failed: ${problem}.`);
}

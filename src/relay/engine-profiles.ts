// The profiles of calls, as the engine needs them for programs without a phone.
import type { EngineOptions } from '../engine/engine-profile.ts';
import type { Agents } from './agents.ts';
import type { Setup } from './read-setup.ts';
import type { Voices } from './voices.ts';

/** Few, because calls come first on the event loop. */
const MOST_SESSIONS = 4;
const MOST_CONVERSATIONS = 50;
const IDLE_MS = 600_000;

export function engineOf(
  { config, profiles }: Setup,
  agents: Agents,
  voices: Voices,
): Pick<EngineOptions, 'profiles' | 'profile' | 'vadSilenceMs' | 'agentTimeoutMs' | 'limits'> {
  return {
    profiles: profiles.all.map(({ name, language, voice }) => ({ name, language, voice })),
    profile: (name) => {
      const profile = profiles.all.find((one) => one.name === name);
      if (profile === undefined) return null;
      const { greeting, timeZone, transfers, notesOff } = profile;
      return {
        name,
        greeting,
        timeZone,
        transfers,
        agent: agents.of(profile),
        notesOff: new Set(notesOff),
        openSpeech: (onEvent) => voices.dial(profile, onEvent),
      };
    },
    vadSilenceMs: config.vadSilenceMs,
    agentTimeoutMs: config.agentTimeoutMs,
    limits: { maxSessions: MOST_SESSIONS, maxConversations: MOST_CONVERSATIONS, idleMs: IDLE_MS },
  };
}

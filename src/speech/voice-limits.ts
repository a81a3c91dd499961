// What a profile may choose of the voice. Profiles are checked by these limits when the relay starts; the vendor itself
// would refuse the session only when the first call comes.

export const voiceLimits = {
  /** The built-in voices of the Realtime API. */
  names: ['alloy', 'ash', 'ballad', 'cedar', 'coral', 'echo', 'marin', 'sage', 'shimmer', 'verse'],
  /** A voice of the account's own, by its ID. */
  isOwn: (name: string): boolean => /^voice_[\w-]{1,100}$/.test(name),
  /** 1 is the voice's own speed. */
  speed: { least: 0.25, most: 1.5 },
  /** A tone becomes a part of the reading instructions, and must not be able to end their sentence. */
  tone: {
    form: 'a few words such as "calm and unhurried", with no marks but commas and hyphens',
    fits: (tone: string): boolean => /^[\p{L}\p{M}\p{N} ,'’-]{0,100}$/u.test(tone),
  },
};

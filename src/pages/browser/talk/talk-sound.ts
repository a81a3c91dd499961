// The browser's side of the sound: context, microphone, speaker. Made in the click that begins the call, because browsers let no
// page sound by itself. What can be missing is a value, because a talk goes on without: in text.
import { signal } from '@preact/signals';
import type { FromWorklet, ToWorklet } from './worklet.ts';

/** Beside this module, which is `.js` in the published package. */
const WORKLET = import.meta.url.replace(/talk-sound(\.\w+)$/, 'worklet$1');

export type NoMicrophone = 'insecure' | 'denied' | 'none' | 'busy';

/** What makes the loudest sample, 0 to 1, and how much is waiting to be played. */
export const levels = signal({ microphone: 0, speaker: 0, queuedMs: 0 });
export const microphones = signal<readonly MediaDeviceInfo[]>([]);
export const speakers = signal<readonly MediaDeviceInfo[]>([]);

/** Plain http from another machine has neither. */
export const hasSound = typeof AudioWorkletNode !== 'undefined' && isSecureContext;
export const canChooseSpeaker = hasSound && 'setSinkId' in AudioContext.prototype;

export interface MicrophoneChoice {
  /** '' for the usual one. */
  readonly id: string;
  /** The browser's own removal of echo and noise. It takes the sandbox's tones for noise. */
  readonly isCleanedUp: boolean;
}

export interface SoundListener {
  /** 20 ms of µ-law. */
  readonly onFrame: (audio: ArrayBuffer) => void;
  /** The caller has heard everything before the mark. */
  readonly onMark: (name: string) => void;
}

/** Must be called in a click. */
export async function openSound(listener: SoundListener): Promise<TalkSound> {
  const context = new AudioContext({ latencyHint: 'interactive' });
  await context.resume();
  await context.audioWorklet.addModule(WORKLET);
  return new TalkSound(context, listener);
}

export class TalkSound {
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  readonly #volume: GainNode;
  readonly #listener: SoundListener;
  #microphone: MediaStreamAudioSourceNode | null = null;

  constructor(context: AudioContext, listener: SoundListener) {
    this.#context = context;
    this.#listener = listener;
    this.#node = new AudioWorkletNode(context, 'talk-sound', { outputChannelCount: [1] });
    this.#volume = context.createGain();
    this.#node.connect(this.#volume).connect(context.destination);
    this.#node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => this.#hear(data);
    if (isSecureContext) navigator.mediaDevices.addEventListener('devicechange', onDeviceChange);
  }

  play(audio: ArrayBuffer): void {
    this.#tell({ type: 'play', audio }, [audio]);
  }

  mark(name: string): void {
    this.#tell({ type: 'mark', name });
  }

  clear(): void {
    this.#tell({ type: 'clear' });
  }

  /** What the microphone hears is sent as silence. */
  set isMuted(isMuted: boolean) {
    this.#tell({ type: 'mute', isMuted });
  }

  /** Not heard, and played all the same: what the caller would have heard is counted by it. */
  set isSilent(isSilent: boolean) {
    this.#volume.gain.value = isSilent ? 0 : 1;
  }

  cough(ms: number): void {
    this.#tell({ type: 'cough', ms });
  }

  /** Replaces the microphone; returns why there is none, or null. */
  async useMicrophone({ id, isCleanedUp }: MicrophoneChoice): Promise<NoMicrophone | null> {
    const wanted = {
      echoCancellation: isCleanedUp,
      noiseSuppression: isCleanedUp,
      autoGainControl: isCleanedUp,
      ...(id === '' ? {} : { deviceId: { exact: id } }),
    };
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    } catch (error) {
      return whyNot(error);
    }
    this.#dropMicrophone();
    this.#microphone = this.#context.createMediaStreamSource(stream);
    this.#microphone.connect(this.#node);
    // Unplugged: the usual one takes its place.
    stream
      .getAudioTracks()[0]
      ?.addEventListener('ended', () => void this.useMicrophone({ id: '', isCleanedUp }));
    this.#tell({ type: 'listen', isOn: true });
    // Their names are told only now.
    await listDevices();
    return null;
  }

  async useSpeaker(id: string): Promise<void> {
    if ('setSinkId' in this.#context && typeof this.#context.setSinkId === 'function')
      await this.#context.setSinkId(id);
  }

  close(): void {
    this.#dropMicrophone();
    if (isSecureContext) navigator.mediaDevices.removeEventListener('devicechange', onDeviceChange);
    this.#node.port.onmessage = null;
    void this.#context.close();
    levels.value = { microphone: 0, speaker: 0, queuedMs: 0 };
  }

  #hear(message: FromWorklet): void {
    switch (message.type) {
      case 'frame':
        return this.#listener.onFrame(message.audio);
      case 'reached': {
        // The sound card is behind by so much; marks must say what was heard.
        const behindMs = (this.#context.outputLatency || this.#context.baseLatency || 0) * 1_000;
        setTimeout(() => message.names.forEach(this.#listener.onMark), behindMs);
        return;
      }
      case 'cleared':
        return message.names.forEach(this.#listener.onMark);
      case 'levels': {
        const { microphone, speaker, queuedMs } = message;
        levels.value = { microphone, speaker, queuedMs };
        return;
      }
    }
  }

  #dropMicrophone(): void {
    this.#microphone?.disconnect();
    for (const track of this.#microphone?.mediaStream.getTracks() ?? []) track.stop();
    this.#microphone = null;
  }

  #tell(message: ToWorklet, transfer: Transferable[] = []): void {
    this.#node.port.postMessage(message, transfer);
  }
}

/** Frames of silence that somebody who has no microphone sends after a cough, so that its end is heard. */
export const PAUSE_AFTER_COUGH_MS = 1_000;

function onDeviceChange(): void {
  void listDevices();
}

async function listDevices(): Promise<void> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  microphones.value = devices.filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId !== '');
  speakers.value = devices.filter(({ kind, deviceId }) => kind === 'audiooutput' && deviceId !== '');
}

function whyNot(error: unknown): NoMicrophone {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  return name === 'NotFoundError' || name === 'OverconstrainedError' ? 'none' : 'busy';
}

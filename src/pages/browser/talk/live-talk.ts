// The conversation of a talk as it happens, what the agent is doing, and a line to type. It reads the call's own feed, once the
// call is written down.
import { useComputed, useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import { useCall } from '../call/call-state.ts';
import { areWordsKept, conversationOf } from '../call/conversation.ts';
import { TranscriptPane } from '../call/transcript-pane.ts';
import { turnsOf } from '../call/turns.ts';
import { onCallEvent } from '../feed.ts';
import { addressOf } from '../router.ts';
import { doingOf } from './doing.ts';
import { hearsItself } from './hearing-oneself.ts';
import { levels } from './talk-sound.ts';
import { current, isUnderWay, phase } from './talk-session.ts';

/** The record of a call is there this soon after its page knows of it, whether its events were heard or not. */
const RECORDED_WITHIN_MS = 1_500;
const LONGEST_LINE = 2_000;

export function LiveTalk({ id }: { readonly id: string }) {
  const isRecorded = useSignal(false);
  useEffect(() => {
    const found = (): void => {
      isRecorded.value = true;
    };
    const stop = onCallEvent(({ callId }) => {
      if (callId === id) found();
    });
    const timer = setTimeout(found, RECORDED_WITHIN_MS);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [id]);
  return html`${isRecorded.value ? html`<${Conversation} id=${id} />` : html`<section class="card"></section>`}
  ${isUnderWay(phase.value) && html`<${TypedLine} />`}`;
}

function Conversation({ id }: { readonly id: string }) {
  const { events } = useCall(id);
  const items = useComputed(() => conversationOf(events.value));
  const isLive = events.value.every(({ type }) => type !== 'call-ended');
  const [first] = events.value;
  return html`${isLive && html`<${Now} id=${id} events=${events.value} />`}
    <${TranscriptPane}
      items=${items.value}
      origin=${first?.at ?? 0}
      isLive=${isLive}
      areWordsKept=${areWordsKept(events.value)}
      lit=${NONE}
      played=${null}
      hasLinks=${false}
      onPlay=${null}
    />`;
}

const NONE: ReadonlySet<number> = new Set();

function Now({ id, events }: { readonly id: string; readonly events: Parameters<typeof doingOf>[0] }) {
  const doing = doingOf(events);
  const wait = turnsOf(events).findLast((turn) => turn.wait !== null)?.wait?.waitMs;
  const queuedS = levels.value.queuedMs / 1_000;
  return html`<div class="now card">
    <span class=${`doing ${doing.replace(' ', '-')}`}><i aria-hidden="true"></i>${doing}</span>
    ${wait !== undefined && html`<span class="quiet">last wait ${(wait / 1_000).toFixed(1)} s</span>`}
    ${queuedS >= 0.1 && html`<span class="quiet">${queuedS.toFixed(1)} s ahead</span>`}
    <a href=${addressOf(['calls', id])}>The call</a>
    ${
      hearsItself(events) &&
      html`<span class="mark ours" role="alert"
        ><i aria-hidden="true">▲</i>I am hearing myself: use headphones</span
      >`
    }
  </div>`;
}

function TypedLine() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (current()?.options.mode === 'text') input.current?.focus();
  }, []);
  return html`<form
    class="typed"
    onSubmit=${(event: SubmitEvent) => {
      event.preventDefault();
      const text = input.current?.value.trim() ?? '';
      if (text === '' || input.current === null) return;
      current()?.type(text);
      input.current.value = '';
    }}
  >
    <input
      ref=${input}
      type="text"
      maxlength=${LONGEST_LINE}
      autocomplete="off"
      aria-label="What you say"
      placeholder="Type what you say"
    />
    <button type="submit">Say</button>
  </form>`;
}

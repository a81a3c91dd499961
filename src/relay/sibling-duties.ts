// What this process does for the other relay processes of its machine: answers about its calls, takes their streams, and says
// how it is.
import type { Talks } from '../browser/talks.ts';
import type { Answer, Question } from '../cluster/messages.ts';
import type { Siblings } from '../cluster/siblings.ts';
import type { HttpServer } from '../http/http-server.ts';
import type { Metrics } from '../operator/telemetry/metrics.ts';
import type { Phone } from '../phone/phone.ts';
import type { Readiness } from './readiness.ts';
import type { Switchboard } from './switchboard.ts';
import type { TalkCalls } from './talk-desk.ts';

export interface SiblingDutiesParts {
  readonly switchboard: Switchboard;
  readonly phone: Pick<Phone, 'expectStream' | 'heard'>;
  readonly talks: Pick<Talks, 'expect'>;
  readonly talkCalls: Pick<TalkCalls, 'here'>;
  readonly server: Pick<HttpServer, 'upgrade' | 'listenAlone'>;
  readonly metrics: Pick<Metrics, 'plain'>;
  readonly readiness: Pick<Readiness, 'here'>;
  readonly onBug: (error: unknown) => void;
}

export async function joinSiblings(
  siblings: Siblings,
  parts: SiblingDutiesParts,
  leave: () => void,
): Promise<void> {
  if (!siblings.areThere) return;
  const { switchboard, phone, talks, server, readiness, onBug } = parts;
  siblings.join({
    port: await server.listenAlone(),
    answer: (question) =>
      answer(parts, question).catch((error: unknown) => {
        onBug(error);
        return null;
      }),
    takeStream(request, socket) {
      phone.expectStream(request);
      talks.expect(request);
      server.upgrade(request, socket);
    },
    state: readiness.here,
    owner: switchboard.ownerId,
    bury: (owner) => void switchboard.records.bury(owner),
    takeNoCalls: () => switchboard.takeNoCalls(),
    leave,
  });
}

async function answer(
  { switchboard: here, talkCalls, metrics, phone }: SiblingDutiesParts,
  { name, asked }: Question,
): Promise<Answer> {
  switch (name) {
    case 'incoming':
      return here.onIncoming(asked.call);
    case 'answered':
      return here.onAnswered(asked.call);
    case 'next':
      return here.onNext(asked.call, asked.status, asked.transfer);
    case 'transferAnswered':
      return here.onTransferAnswered(asked.callId);
    case 'verdict':
      here.onMachine(asked);
      return 'noted';
    case 'status':
      here.onStatus(asked.call, asked.status);
      return 'noted';
    case 'steer':
      return here.steerHere(asked.callId, asked.steering);
    case 'metrics':
      return metrics.plain();
    case 'webhooks':
      return phone.heard;
    case 'talks':
      return talkCalls.here();
  }
}

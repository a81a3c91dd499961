// The counters and histograms of calls, and how CallEvents move the counters.
import { Counter, Histogram, type Registry } from 'prom-client';
import type { CallEvent, CallId } from '../../call/call.ts';
import { failureKind } from './turn-stages.ts';

const SECONDS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10];

export type EventCounters = ReturnType<typeof eventCounters>;

export function eventCounters(registry: Registry) {
  const registers = [registry];
  const total = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const by = <L extends string>(label: L, name: string, help: string): Counter<L> =>
    new Counter({ name, help, labelNames: [label], registers });
  const secondsBy = <L extends string>(label: L, name: string, help: string): Histogram<L> =>
    new Histogram({ name, help, labelNames: [label], buckets: SECONDS, registers });
  return {
    started: total('patchcord_calls_started_total', 'Calls started'),
    queued: total('patchcord_calls_out_total', 'Outbound calls accepted'),
    notPlaced: by('code', 'patchcord_calls_out_refused_total', 'Outbound calls refused, by code'),
    answeredBy: by(
      'answered_by',
      'patchcord_calls_out_answered_by_total',
      'Outbound calls answered, by whom',
    ),
    settled: by('result', 'patchcord_calls_out_settled_total', 'Outbound calls settled, by kind of result'),
    ended: by('reason', 'patchcord_calls_ended_total', 'Calls ended, by end reason'),
    takenUp: by(
      'how',
      'patchcord_calls_taken_up_total',
      'Calls resumed from another process, by how it left them: handed-over or lost',
    ),
    turns: by('outcome', 'patchcord_turns_total', 'Turns finished, by outcome'),
    failures: by('failure', 'patchcord_agent_failures_total', 'Turns that the agent failed, by kind'),
    lines: by('line', 'patchcord_fixed_lines_total', 'Fixed lines spoken by the relay, by line'),
    bargeIns: by(
      'was',
      'patchcord_barge_ins_total',
      'Replies held for a sound of the caller, by what it was: interruption or false-alarm',
    ),
    otherwise: total(
      'patchcord_segments_spoken_otherwise_total',
      'Segments that the voice did not read as written',
    ),
    lost: by('what', 'patchcord_lost_total', 'Connections lost within a call: line or speech'),
    reconnects: by('what', 'patchcord_reconnects_total', 'Lost connections restored: line or speech'),
    replacedTranscribers: by(
      'model',
      'patchcord_transcribers_replaced_total',
      'Sessions set up anew with another transcription model, by the model that brought no transcripts',
    ),
    transfers: by('outcome', 'patchcord_transfers_total', 'Transfers begun, and transfers failed by reason'),
    refused: by('kind', 'patchcord_input_refused_total', 'Input from outside that was refused, by kind'),
    cost: by(
      'owner',
      'patchcord_cost_usd_total',
      'What ended calls cost by the price table, by owner: ears, voice, agent or carrier',
    ),
    soundIntoVoice: total(
      'patchcord_voice_sound_in_tokens_total',
      'Tokens of sound billed as input of the voice, which is sent text only: must stay 0',
    ),
    bugs: total('patchcord_bugs_total', 'Faults of the relay itself that ended a call'),
    stages: secondsBy(
      'stage',
      'patchcord_stage_seconds',
      "Stages of an answer: transcript (utterance closed to its words), agent (words to the agent's first), sentence (that to the first segment requested), voice (that to its first audio)",
    ),
    sounds: secondsBy(
      'sound',
      'patchcord_voice_to_voice_seconds',
      'From the end of an utterance, as the VAD reports it, to what the caller heard next: the answer, or a filler before it',
    ),
  };
}

export function countEvents(counters: EventCounters): (event: CallEvent) => void {
  const withoutSpeech = new Set<CallId>();
  return (event) => {
    switch (event.type) {
      case 'call-started':
        return counters.started.inc();
      case 'call-ended':
        withoutSpeech.delete(event.callId);
        return counters.ended.inc({ reason: event.reason });
      case 'speech-away':
        withoutSpeech.add(event.callId);
        return;
      case 'speech-ready':
        return withoutSpeech.delete(event.callId) ? counters.reconnects.inc({ what: 'speech' }) : undefined;
      case 'call-queued':
        return counters.queued.inc();
      case 'machine-detected':
        return counters.answeredBy.inc({ answered_by: event.answeredBy });
      case 'call-settled':
        return counters.settled.inc({ result: event.result ?? 'none-wanted' });
      case 'call-taken-up':
        return counters.takenUp.inc({ how: event.wasLost ? 'lost' : 'handed-over' });
      case 'turn-finished':
        counters.turns.inc({ outcome: event.outcome });
        return event.failure === null
          ? undefined
          : counters.failures.inc({ failure: failureKind(event.failure) });
      case 'line-spoken':
        return counters.lines.inc({ line: event.line });
      case 'line-lost':
        return counters.lost.inc({ what: 'line' });
      case 'speech-lost':
        return counters.lost.inc({ what: 'speech' });
      case 'transcriber-replaced':
        return counters.replacedTranscribers.inc({ model: event.model });
      case 'transfer-began':
        return counters.transfers.inc({ outcome: 'began' });
      case 'transfer-failed':
        return counters.transfers.inc({ outcome: event.why });
      case 'spoken-otherwise':
        return counters.otherwise.inc();
      case 'input-refused':
        return counters.refused.inc({ kind: event.kind });
      case 'bug-found':
        return counters.bugs.inc();
      default:
        return;
    }
  };
}

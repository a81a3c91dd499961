// The thread that checks schemas and agents' answers and finds their evidence. It says when it begins a task, because loading it
// takes longer than most tasks; the client counts from there, and ends the thread if a task takes too long.
import { parentPort } from 'node:worker_threads';
import { evidenceIn, leavesOf } from '../evidence/evidence.ts';
import { answersIn } from './agent-answer.ts';
import { isClosedChoice } from './closed-choices.ts';
import type { AnswerTask, Reading, TaskOf, ThreadMessage } from './result-checker.ts';
import { type Compiled, compiled } from './result-schema.ts';
import type { ResultSchema } from './schema-bounds.ts';

/** A call asks for its schema, then for one answer or two. */
let last: { readonly text: string; readonly compiled: Compiled } | null = null;

// The first takes a tenth of a second, which counts for no call.
compiled({ type: 'object' });

const port = parentPort;
port?.on('message', (task: TaskOf) => {
  port.postMessage({ is: 'begun' } satisfies ThreadMessage);
  port.postMessage(messageFor(task));
});

function messageFor(task: TaskOf): ThreadMessage {
  const schema = compiledOnce(task.schema);
  if (task.type === 'answer') return { is: 'read', reading: read(task, schema) };
  return { is: 'compiled', problem: 'problem' in schema ? schema.problem : null };
}

function compiledOnce(schema: ResultSchema): Compiled {
  const text = JSON.stringify(schema);
  if (last?.text !== text) last = { text, compiled: compiled(schema) };
  return last.compiled;
}

function read({ schema, transcript, text }: AnswerTask, own: Compiled): Reading {
  if ('problem' in own) return { is: 'departs', departures: [] };
  const answers = answersIn(text);
  const fitting = answers.find(({ value }) => own.check(value).length === 0);
  if (fitting === undefined) {
    const [likeliest] = answers;
    return { is: 'departs', departures: likeliest === undefined ? [] : own.check(likeliest.value) };
  }
  const { value, named, summary } = fitting;
  const evidence = evidenceIn(transcript);
  const findings = leavesOf(value).map((leaf) =>
    evidence.findingFor(leaf, named.get(leaf.pointer) ?? [], isClosedChoice(schema, leaf)),
  );
  return { is: 'fits', value, findings, summary };
}

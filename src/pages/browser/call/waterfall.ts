// How long the caller waited in each turn, and whose part of it that was: all turns as bars on one scale, one of them opened.
import { html } from 'htm/preact';
import { useKeys } from '../keys.ts';
import { clockTime, lengthOf } from '../words.ts';
import type { WaitPart } from '../../../call/turn-waits.ts';
import type { Part, Turn } from './turns.ts';

type Owner = 'setting' | 'openai' | 'agent' | 'network';

/** Who can shorten a part. */
const OWNERS: Readonly<Record<Owner, string>> = {
  openai: 'OpenAI',
  setting: 'VAD_SILENCE_MS',
  agent: 'your agent',
  network: 'the line',
};

const PARTS: Readonly<Record<WaitPart, readonly [words: string, owner: Owner]>> = {
  closing: ['noticing the silence', 'openai'],
  transcript: ['their words in writing', 'openai'],
  sure: ['being sure that they are done', 'setting'],
  agent: ['first word of the answer', 'agent'],
  sentence: ['first sentence complete', 'agent'],
  voice: ['first sound of it', 'openai'],
  line: ['on the way to the ear', 'network'],
};

export interface WaterfallProps {
  readonly turns: readonly Turn[];
  readonly origin: number;
  readonly openKey: string | null;
  readonly onOpen: (key: string) => void;
}

export function Waterfall({ turns, origin, openKey, onOpen }: WaterfallProps) {
  const open = turns.find(({ key }) => key === openKey) ?? slowest(turns);
  const step = (by: 1 | -1): void => {
    const at = open === undefined ? -1 : turns.indexOf(open);
    const next = turns[Math.min(turns.length - 1, Math.max(0, at + by))];
    if (next !== undefined) onOpen(next.key);
  };
  useKeys([
    { keys: ']', does: 'Next turn', act: () => step(1) },
    { keys: '[', does: 'Previous turn', act: () => step(-1) },
  ]);
  const longest = Math.max(1, ...turns.map(lengthShown));
  return html`<section class="card waits" aria-labelledby="waits-title">
    <h2 id="waits-title">How long the caller waited</h2>
    ${turns.length === 0 && html`<p class="quiet">No turn yet.</p>`}
    <ol class="overview">
      ${turns.map(
        (turn) =>
          html`<li key=${turn.key}>
            <button aria-expanded=${turn === open} onClick=${() => onOpen(turn.key)}>
              <span class="time">${clockTime(turn.startedAt - origin)}</span>
              <bdi class="asked">${turn.asked === '' ? '…' : turn.asked}</bdi>
              <span class="figure">${turn.wait === null ? outcomeOf(turn) : lengthOf(turn.wait.waitMs)}</span>
              <${Bar} parts=${turn.parts} scaleMs=${longest} />
            </button>
            ${turn === open && html`<${OpenTurn} turn=${turn} />`}
          </li>`,
      )}
    </ol>
    ${turns.length > 0 && html`<${Legend} />`}
  </section>`;
}

function slowest(turns: readonly Turn[]): Turn | undefined {
  return [...turns].sort((one, other) => lengthShown(other) - lengthShown(one))[0];
}

function lengthShown({ wait }: Turn): number {
  return wait?.waitMs ?? 0;
}

/** Why there is no wait to tell. */
function outcomeOf({ outcome }: Turn): string {
  return outcome === null ? '…' : outcome === 'joined' ? 'went on' : outcome;
}

/** The numbers stand beside it; a part is never too thin to be seen. */
function Bar({ parts, scaleMs }: { readonly parts: readonly Part[]; readonly scaleMs: number }) {
  return html`<span class="bar-of-parts" aria-hidden="true">
    ${parts.map(
      ({ name, lengthMs }) =>
        html`<i
          key=${name}
          class=${`part ${PARTS[name][1]}`}
          style=${{ width: `${(100 * lengthMs) / scaleMs}%` }}
        ></i>`,
    )}
  </span>`;
}

function OpenTurn({ turn }: { readonly turn: Turn }) {
  const total = Math.max(1, lengthShown(turn));
  return html`<table class="parts" role="table">
      <caption class="visually-hidden">
        The parts of this wait
      </caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">Part</th>
          <th scope="col">When</th>
          <th scope="col">Length</th>
          <th scope="col">Whose</th>
        </tr>
      </thead>
      <tbody>
        ${turn.parts.map(
          ({ name, fromMs, lengthMs }) =>
            html`<tr key=${name}>
              <th scope="row">${PARTS[name][0]}</th>
              <td class="lane" aria-label=${`after ${lengthOf(fromMs)}`}>
                <i
                  class=${`part ${PARTS[name][1]}`}
                  style=${{ marginLeft: `${(100 * fromMs) / total}%`, width: `${(100 * lengthMs) / total}%` }}
                ></i>
              </td>
              <td class="figure">${lengthOf(lengthMs)}</td>
              <td class="owner">${OWNERS[PARTS[name][1]]}</td>
            </tr>`,
        )}
      </tbody>
      ${
        turn.wait !== null &&
        html`<tfoot>
          <tr>
            <th scope="row">the caller waited</th>
            <td></td>
            <td class="figure">${lengthOf(turn.wait.waitMs)}</td>
            <td></td>
          </tr>
        </tfoot>`
      }
    </table>
    ${
      turn.marks.length > 0 &&
      html`<ul class="marks">
        ${turn.marks.map(
          ({ at, words }) =>
            html`<li key=${at}>
              <span class="figure">${lengthOf(at - (turn.wait?.saidAt ?? at))}</span> ${words}
            </li>`,
        )}
      </ul>`
    }
    ${turn.failure !== null && html`<p class="problem">The agent failed: ${turn.failure}</p>`}`;
}

function Legend() {
  return html`<ul class="legend" aria-label="Whose part it is">
    ${Object.entries(OWNERS).map(
      ([owner, words]) =>
        html`<li key=${owner}><i class=${`part ${owner}`} aria-hidden="true"></i>${words}</li>`,
    )}
  </ul>`;
}

// Where the account's phone numbers lead, and the way here and back. Each change is asked about first, and names the state that
// was seen: what somebody else changed meanwhile is shown instead of overwritten.
import { useSignal } from '@preact/signals';
import { html } from 'htm/preact';
import { useRef } from 'preact/hooks';
import type { NumberOfAccount, Numbers } from '../api-types.ts';
import { useAsked } from '../asked.ts';
import { Ago, Empty, Failed, Loading, PhoneNumber } from '../parts.ts';
import { type NumberChange, NumberDialog } from './number-dialog.ts';
import { ProfileLinesPanel } from './profile-lines-panel.ts';
import { WebhookDiff } from './webhook-diff.ts';

const STATES = {
  here: { sign: '✓', mark: 'fine', words: 'points here' },
  partly: { sign: '◇', mark: 'theirs', words: 'points here, but not all of it' },
  elsewhere: { sign: '▲', mark: 'ours', words: 'points elsewhere' },
  'in-trunk': { sign: '▲', mark: 'ours', words: 'is in a SIP trunk' },
} as const;

/** Nobody said that such a number should lead here. */
const SOMEBODY_ELSES = { sign: '→', mark: 'quiet', words: 'leads elsewhere' } as const;

export function NumberCard() {
  const { answer, again } = useAsked<Numbers>('/number');
  const asked = useSignal<{ readonly key: number; readonly change: NumberChange } | null>(null);
  const questions = useRef(0);
  const { value } = answer;
  const choose = (change: NumberChange): void => {
    questions.current += 1;
    asked.value = { key: questions.current, change };
  };
  /** A dialog says late that it is closed: the next question may be open by then. */
  const close = (key: number): void => {
    if (asked.peek()?.key !== key) return;
    asked.value = null;
    again();
  };
  return html`<section class="card numbers" aria-labelledby="number-title">
    <div class="title">
      <h2 id="number-title">Number</h2>
      ${value?.is === 'ok' && html`<button class="plain" onClick=${again}>Look again</button>`}
    </div>
    ${
      value === null
        ? html`<${Loading} rows=${2} />`
        : value.is === 'ok'
          ? html`<${Shown} numbers=${value.value} onChoose=${choose} />`
          : value.problem.code === 'carrier_off'
            ? html`<${Empty} title="No Twilio account">
                <p>
                  Set <code>TWILIO_ACCOUNT_SID</code> to see where your numbers lead, and to point them here
                  from this page.
                </p>
              <//>`
            : html`<${Failed} problem=${value.problem} onRetry=${again} />`
    }
    ${
      asked.value !== null &&
      html`<${NumberDialog}
        key=${asked.value.key}
        change=${asked.value.change}
        onClose=${close.bind(null, asked.value.key)}
      />`
    }
  </section>`;
}

interface ShownProps {
  readonly numbers: Numbers;
  readonly onChoose: (change: NumberChange) => void;
}

function Shown({ numbers: all, onChoose }: ShownProps) {
  const { numbers, missing, isCut, webhookUrl } = all;
  if (numbers.length + missing.length === 0)
    return html`<${Empty} title="The account has no number">
      <p>Buy one in Twilio’s console, then look again.</p>
    <//>`;
  const own = numbers.filter(({ isOwn }) => isOwn);
  const others = numbers.filter(({ isOwn }) => !isOwn);
  const list = (some: readonly NumberOfAccount[]) =>
    html`<ol>
      ${some.map((one) => html`<${Item} key=${one.number} number=${one} numbers=${all} onChoose=${onChoose} />`)}
    </ol>`;
  return html`<p class="quiet">
      This relay is at <bdi>${webhookUrl}</bdi>.
      ${own.length === 0 && html` Set <code>TWILIO_PHONE_NUMBER</code> to the number that callers dial.`}
    </p>
    ${missing.map(
      (number) =>
        html`<div key=${number} class="notice bad">
          <p>
            The account has no number <${PhoneNumber} number=${number} />. Check
            <code>TWILIO_PHONE_NUMBER</code>, <code>PROFILES</code> and <code>TWILIO_ACCOUNT_SID</code>.
          </p>
        </div>`,
    )}
    ${own.length > 0 && list(own)}
    ${
      others.length > 0 &&
      html`<details open=${own.length === 0}>
        <summary>
          ${others.length}${isCut ? ' and more' : ''} other${others.length === 1 ? '' : 's'} of the account
        </summary>
        ${list(others)}
      </details>`
    }`;
}

interface ItemProps {
  readonly number: NumberOfAccount;
  readonly numbers: Numbers;
  readonly onChoose: (change: NumberChange) => void;
}

function Item({ number, numbers, onChoose }: ItemProps) {
  const { sign, mark, words } = number.isOwn || number.is === 'here' ? STATES[number.is] : SOMEBODY_ELSES;
  const canPoint = number.is === 'partly' || number.is === 'elsewhere';
  const { undo } = number;
  const canUndo = undo !== null && undo.is !== 'done' && number.is !== 'in-trunk';
  return html`<li>
    <div class="state">
      <strong><${PhoneNumber} number=${number.number} /></strong>
      <span class=${`mark ${mark}`}><i aria-hidden="true">${sign}</i>${words}</span>
      ${number.profile !== 'default' && html`<span class="tag">its own profile</span>`}
    </div>
    ${
      number.is === 'in-trunk' &&
      html`<p>
        The trunk <code>${number.trunkSid}</code> overrides its webhooks. Take it out of the trunk in Twilio’s
        console (Elastic SIP Trunking).
      </p>`
    }
    ${canPoint && number.isOwn && html`<${WebhookDiff} before=${number.now} after=${number.wanted} />`}
    ${canPoint && !number.isOwn && html`<p class="quiet"><bdi>${number.now.voiceUrl}</bdi></p>`}
    ${
      canUndo &&
      html`<p class="quiet">
        This relay changed it <${Ago} at=${undo.changedAt} />${
          undo.is === 'changed' ? ', and somebody else has changed it since.' : '.'
        }
      </p>`
    }
    ${
      (canPoint || canUndo) &&
      html`<div class="tools-row">
        ${
          canPoint &&
          html`<button
            class=${number.isOwn ? '' : 'secondary'}
            onClick=${() => onChoose({ does: 'point', number })}
          >
            Point it here …
          </button>`
        }
        ${
          canUndo &&
          html`<button class="secondary" onClick=${() => onChoose({ does: 'undo', number, undo })}>
            Undo …
          </button>`
        }
      </div>`
    }
    ${
      !number.isOwn &&
      (number.is === 'here' || number.is === 'partly') &&
      html`<${ProfileLinesPanel}
        number=${number.number}
        usual=${numbers.usual}
        hasProfiles=${numbers.hasProfiles}
      />`
    }
  </li>`;
}

// What the call should bring back: rows, or JSON Schema where rows cannot say it. Both are the same schema.
import { html } from 'htm/preact';
import { type Draft, schemaIn, type WantedResult } from './draft.ts';
import { problemsOf, Problems, textIn } from './field.ts';
import { change, form } from './place-form.ts';
import { EMPTY_FIELD, type FieldKind, FIELD_KINDS, fieldsOf, type ResultField } from './result-fields.ts';

const KINDS: Readonly<Record<FieldKind, string>> = {
  'yes-no': 'yes or no',
  number: 'number',
  choice: 'choice',
  text: 'text',
};

const put = (result: WantedResult): void => change({ result } satisfies Partial<Draft>);

export function BringBack() {
  const { result } = form.value.draft;
  return html`<section class="card bring-back" aria-labelledby="bring-back-title">
    <div class="title">
      <h2 id="bring-back-title">Bring back</h2>
      <${Switch} result=${result} />
    </div>
    ${result.is === 'fields' ? html`<${Rows} fields=${result.fields} />` : html`<${SchemaText} text=${result.text} />`}
    <${Problems} of="result" />
  </section>`;
}

function Switch({ result }: { readonly result: WantedResult }) {
  const schema = schemaIn(result);
  if (result.is === 'fields') {
    const text = schema === null || typeof schema === 'string' ? '' : JSON.stringify(schema, null, 2);
    // Rows that are no schema yet would be lost.
    return html`<button
      type="button"
      class="plain"
      disabled=${typeof schema === 'string'}
      onClick=${() => put({ is: 'schema', text })}
    >
      ⇄ JSON Schema
    </button>`;
  }
  const fields = schema === null ? [] : typeof schema === 'string' ? null : fieldsOf(schema);
  return html`<span class="switch">
    ${fields === null && html`<span class="quiet">rows cannot say all of this</span>`}
    <button
      type="button"
      class="plain"
      disabled=${fields === null}
      onClick=${() => fields !== null && put({ is: 'fields', fields })}
    >
      ⇄ Rows
    </button>
  </span>`;
}

function SchemaText({ text }: { readonly text: string }) {
  const isWrong = problemsOf('result').length > 0;
  return html`<textarea
    class="schema"
    rows="12"
    spellcheck="false"
    aria-label="JSON Schema of the result"
    aria-invalid=${isWrong ? 'true' : undefined}
    maxlength="16384"
    value=${text}
    onInput=${(event: Event) => put({ is: 'schema', text: textIn(event) })}
  ></textarea>`;
}

function Rows({ fields }: { readonly fields: readonly ResultField[] }) {
  const set = (next: readonly ResultField[]): void => put({ is: 'fields', fields: next });
  return html`${
      fields.length === 0 &&
      html`<p class="quiet">Nothing: the transcript is kept all the same. Add what you want to know.</p>`
    }
    ${fields.map(
      (field, at) =>
        html`<${Row}
          key=${at}
          field=${field}
          number=${at + 1}
          onChange=${(changed: Partial<ResultField>) =>
            set(fields.map((one, other) => (other === at ? { ...one, ...changed } : one)))}
          onRemove=${() => set(fields.filter((_, other) => other !== at))}
        />`,
    )}
    <div class="adds">
      ${FIELD_KINDS.map(
        (kind) =>
          html`<button
            key=${kind}
            type="button"
            class="plain add"
            onClick=${() => set([...fields, { ...EMPTY_FIELD, kind }])}
          >
            + ${KINDS[kind]}
          </button>`,
      )}
    </div>`;
}

interface RowProps {
  readonly field: ResultField;
  readonly number: number;
  readonly onChange: (changed: Partial<ResultField>) => void;
  readonly onRemove: () => void;
}

function Row({ field, number, onChange, onRemove }: RowProps) {
  const { name, kind, choices, isNeeded, about } = field;
  const text = (of: 'name' | 'choices' | 'about', label: string, placeholder: string, value: string) =>
    html`<input
      type="text"
      class=${of}
      aria-label=${`${label} of value ${number}`}
      placeholder=${placeholder}
      maxlength="500"
      value=${value}
      onInput=${(event: Event) => onChange({ [of]: textIn(event) })}
    />`;
  return html`<fieldset class="row">
    <legend class="visually-hidden">${name === '' ? `Value ${number}` : name}</legend>
    ${text('name', 'Name', 'name, as isConfirmed', name)}
    <select
      aria-label=${`Kind of value ${number}`}
      value=${kind}
      onChange=${(event: Event) => onChange({ kind: FIELD_KINDS.find((one) => one === textIn(event)) ?? kind })}
    >
      ${FIELD_KINDS.map((one) => html`<option key=${one} value=${one}>${KINDS[one]}</option>`)}
    </select>
    <label class="needed">
      <input type="checkbox" checked=${isNeeded} onChange=${() => onChange({ isNeeded: !isNeeded })} />
      needed
    </label>
    <button type="button" class="icon" aria-label=${`Remove value ${number}`} onClick=${onRemove}>✕</button>
    ${kind === 'choice' && text('choices', 'Choices', 'choices, as fish, meat, neither', choices)}
    ${text('about', 'Meaning', 'what it means (optional)', about)}
  </fieldset>`;
}

// Commands that the agent writes into its reply, in double brackets: never spoken, and held back only while they may
// still become a command, however the text is cut. Brackets with anything else in them are plain text.

export type Directive =
  | { readonly type: 'end' }
  /** Nothing is to be heard in this turn, not even from the relay. */
  | { readonly type: 'stay-silent' }
  /** `to` as it was written, '' where no number was. */
  | { readonly type: 'transfer'; readonly to: string; readonly summary: string }
  | { readonly type: 'send-digits'; readonly digits: string };

/** A number with its country code; spaces and the like may group its digits. */
const TRANSFER = /^transfer(?: (?<to>\+[\d ().-]{6,24}\d))?(?:: *(?<summary>[^[\]\n]{1,300}))?$/i;
const DIGITS = /^digits (?<digits>[0-9A-D*#wW]{1,32})$/i;

/** From the opening brackets up to the closing ones and with them. Nothing further is looked at: scanning stays linear. */
const LONGEST_COMMAND = 350;

/** Each beginning of a command, with what may follow it before the brackets close. */
const BEGINNINGS: readonly (readonly [word: string, rest: RegExp])[] = [
  ['end', /^$/],
  ['silent', /^$/],
  ['digits ', /^[0-9A-D*#wW]{0,32}$/i],
  ['transfer', /^(?: ?| \+[\d ().-]{0,25})(?::[^[\]\n]{0,302})?$/],
];

export class Directives {
  readonly #found: Directive[] = [];
  #held = '';

  get found(): readonly Directive[] {
    return this.#found;
  }

  /** Takes the next piece of the reply; returns the text in it and in what was held back. */
  push(delta: string): string {
    const written = this.#held + delta;
    this.#held = '';
    let text = '';
    let from = 0;
    let opened = written.indexOf('[[');
    while (opened !== -1) {
      const bodyAt = opened + 2;
      const body = written.slice(bodyAt, bodyAt + LONGEST_COMMAND);
      const closed = body.indexOf(']]');
      const directive = closed === -1 ? null : directiveOf(body.slice(0, closed));
      if (directive !== null) {
        this.#found.push(directive);
        text += written.slice(from, opened);
        from = bodyAt + closed + 2;
        opened = written.indexOf('[[', from);
      } else if (closed === -1 && bodyAt + body.length === written.length && mayBecomeCommand(body)) {
        this.#held = written.slice(opened);
        return text + written.slice(from, opened);
      } else {
        // One bracket only: "[[[end]]" begins a command with its second bracket.
        opened = written.indexOf('[[', opened + 1);
      }
    }
    if (from < written.length && written.endsWith('[')) this.#held = '[';
    return text + written.slice(from, written.length - this.#held.length);
  }

  /** The reply is over: what was held back is plain text. */
  end(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }
}

function directiveOf(body: string): Directive | null {
  if (/^end$/i.test(body)) return { type: 'end' };
  if (/^silent$/i.test(body)) return { type: 'stay-silent' };
  const digits = DIGITS.exec(body)?.groups?.['digits'];
  if (digits !== undefined) return { type: 'send-digits', digits };
  const transfer = TRANSFER.exec(body);
  return transfer === null
    ? null
    : {
        type: 'transfer',
        to: transfer.groups?.['to'] ?? '',
        summary: transfer.groups?.['summary']?.trim() ?? '',
      };
}

function mayBecomeCommand(body: string): boolean {
  const begun = body.toLowerCase();
  return BEGINNINGS.some(([word, rest]) =>
    begun.startsWith(word) ? rest.test(body.slice(word.length).replace(/\]$/, '')) : word.startsWith(begun),
  );
}

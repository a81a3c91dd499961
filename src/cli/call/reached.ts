// Whether a call reached a person. A call screener's words do not count, and it is recognised only a moment after them.
import { NOBODY_REACHED } from '../../call/call.ts';
import type { ToldEvent } from './call-feed.ts';

export class Reached {
  #hasSpoken = false;
  #isThere = true;
  #isTakenForPerson = false;

  get isPerson(): boolean {
    return this.#isThere && (this.#hasSpoken || this.#isTakenForPerson);
  }

  take(event: ToldEvent): void {
    switch (event.type) {
      case 'caller-said':
        // '' is a sound without words, or words that the relay does not keep; then Twilio's verdict counts.
        if (event['transcript'] !== '') this.#hasSpoken = true;
        return;
      case 'screener-heard':
        this.#hasSpoken = false;
        return;
      case 'machine-detected':
        this.#isTakenForPerson = event['answeredBy'] === 'human';
        return;
      case 'call-ended':
        this.#isThere = !NOBODY_REACHED.has(String(event['reason']));
        return;
      default:
        return;
    }
  }
}

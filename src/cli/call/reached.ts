// Whether a person was reached, from what happens in a call. What a call screener says is said by nobody; that it was one
// is known a moment after its words.
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
        // '' is a sound without words; or words that the relay does not keep, and then Twilio's word counts.
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

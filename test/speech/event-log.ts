// Events as they came, and a way to wait for the next of a type. Each event is handed out once, so that two waits for
// the same type never see the same event.
interface Waiter<Event> {
  readonly fits: (event: Event) => boolean;
  readonly resolve: (event: Event) => void;
}

export class EventLog<Event extends { readonly type: string }> {
  readonly all: Event[] = [];
  readonly #unread: Event[] = [];
  readonly #waiters: Waiter<Event>[] = [];

  readonly add = (event: Event): void => {
    this.all.push(event);
    const waiting = this.#waiters.findIndex((waiter) => waiter.fits(event));
    if (waiting < 0) this.#unread.push(event);
    else this.#waiters.splice(waiting, 1)[0]?.resolve(event);
  };

  async next<Type extends Event['type']>(type: Type): Promise<Extract<Event, { type: Type }>> {
    const isOne = (event: Event): event is Extract<Event, { type: Type }> => event.type === type;
    const unread = this.#unread.find(isOne);
    if (unread !== undefined) {
      this.#unread.splice(this.#unread.indexOf(unread), 1);
      return unread;
    }
    return new Promise((resolve) => {
      this.#waiters.push({ fits: isOne, resolve: (event) => isOne(event) && resolve(event) });
    });
  }

  of<Type extends Event['type']>(type: Type): Extract<Event, { type: Type }>[] {
    return this.all.filter((event): event is Extract<Event, { type: Type }> => event.type === type);
  }
}

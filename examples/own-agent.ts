// A flower shop as one function, from what the caller said to what they hear. Copy it, ask whatever model or system you like,
// and yield the answer as it comes. AGENT_WORKFLOW_ID=./own-agent.ts puts it on the phone; `npm run demo -- --agent
// ./examples/own-agent.ts` has a call with it. [[end]] ends the call once the caller has heard everything before it.

interface Turn {
  /** What the caller said; '' when the agent speaks first, or when its last reply was lost. */
  readonly text: string;
  /** Everything that was said before, as far as the caller heard it. */
  readonly history: readonly { readonly role: 'user' | 'assistant' | 'developer'; readonly text: string }[];
}

const ANSWERS: readonly (readonly [question: RegExp, answer: string])[] = [
  [
    /open|hours|when/i,
    'We are open from 9 to 6, Monday to Saturday. On Sundays we are closed, but you can order online.',
  ],
  [
    /about your shop/i,
    'Our shop was opened by Mrs. Alder in 1961. She grew every flower herself, in a garden behind the church. ' +
      'Her daughter took over in 1988 and began to sell roses from Ecuador. Today there are four of us. ' +
      'We still tie every bouquet by hand, and we still close at noon on Christmas Eve.',
  ],
  [
    /how much|price/i,
    'It depends on the season: Tulips are $12 a bunch. Roses are $45.50 a dozen. Which would you like?',
  ],
  [/bye|thank/i, 'You are welcome. Have a lovely day!\n[[end]]'],
];

export async function* agent({ text, history }: Turn): AsyncGenerator<string> {
  if (text === '' && history.length === 0) {
    yield 'Hello, this is Bloom and Stem. How can I help you?';
    return;
  }
  // Without words, the last ones are still to be answered: the reply to them was lost.
  const asked = text === '' ? history.findLast(({ role }) => role === 'user')?.text : text;
  const found = ANSWERS.find(([question]) => question.test(asked ?? ''));
  yield found?.[1] ?? 'I can tell you when we are open, or take an order for flowers. Which is it?';
}

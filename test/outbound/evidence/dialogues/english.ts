// English calls: bookings, codes, prices and surveys, with people who are sure, unsure, and change their minds.
import type { Dialogues } from './dialogue.ts';

export const ENGLISH: Dialogues = {
  seen: [
    {
      lines: ['agent: Which day would suit you?', 'caller: Friday, please.'],
      value: '2026-12-04',
      is: 'supported',
    },
    {
      lines: ['agent: Which day would suit you?', "caller: Probably Friday, I'd have to see."],
      value: '2026-12-04',
      is: 'hedged',
    },
    {
      lines: [
        'agent: When can they come?',
        'caller: On Tuesday. No, Thursday instead.',
        'agent: Thursday it is.',
      ],
      value: '2026-12-08',
      is: 'retracted',
    },
    {
      lines: [
        'agent: When can they come?',
        'caller: On Tuesday. No, Thursday instead.',
        'agent: Thursday it is.',
      ],
      value: '2026-12-03',
      is: 'supported',
    },
    {
      lines: [
        'agent: Is a table for four free at seven?',
        'caller: Let me check.',
        'agent: Of course.',
        'caller: Yes, seven is fine.',
      ],
      value: '19:00',
      is: 'supported',
    },
    {
      lines: [
        'agent: Could we have seven o’clock?',
        'caller: Seven should be fine, but let me check with the kitchen.',
      ],
      value: '19:00',
      is: 'hedged',
    },
    {
      lines: [
        'agent: What is the confirmation number?',
        'caller: It is 4 7 1 1. Sorry, 4 7 1 2.',
        'agent: 4712, thank you.',
      ],
      value: '4711',
      is: 'retracted',
    },
    {
      lines: [
        'agent: What is the confirmation number?',
        'caller: It is 4 7 1 1. Sorry, 4 7 1 2.',
        'agent: 4712, thank you.',
      ],
      value: '4712',
      is: 'supported',
    },
    {
      lines: ['agent: Can you book us in?', "caller: I can pencil you in, but it isn't confirmed yet."],
      value: true,
      cites: [1],
      is: 'hedged',
    },
    {
      lines: [
        'agent: Can you book us in?',
        'caller: I can pencil you in.',
        'agent: And is it confirmed now?',
        "caller: Yes, you're all set.",
      ],
      value: true,
      cites: [1],
      is: 'supported',
    },
    {
      lines: [
        'agent: Can you book us in?',
        'caller: Yes, done, Friday at eight.',
        'agent: Wonderful.',
        "caller: Oh wait, I'm so sorry, we're fully booked that night after all.",
      ],
      value: true,
      cites: [1],
      is: 'retracted',
    },
    {
      lines: ['agent: How many people are you?', 'caller: Four. Actually, make that five.'],
      value: 4,
      is: 'retracted',
    },
    {
      lines: [
        'agent: How many people are you?',
        'caller: We are four.',
        'agent: Any children?',
        'caller: No, but we need two parking spaces.',
      ],
      value: 4,
      is: 'supported',
    },
    {
      lines: ['agent: What does the room cost?', "caller: I think it's ninety dollars a night."],
      value: 90,
      is: 'hedged',
    },
    {
      lines: ['agent: Who should we ask for?', 'caller: Ask for Miller. No, wait, I mean Jackson.'],
      value: 'Miller',
      is: 'retracted',
    },
    {
      lines: ['agent: Would you recommend us?', 'caller: Yes, I would. Well, actually, no.'],
      value: true,
      cites: [1],
      is: 'retracted',
    },
    {
      lines: ['agent: Which day?', 'caller: Sorry, could you say that again? Oh, Friday, no problem at all.'],
      value: '2026-12-04',
      is: 'supported',
    },
    {
      lines: [
        'agent: For how many?',
        'caller: Six.',
        'agent: Six, thank you. Any allergies?',
        'caller: No, none.',
      ],
      value: 6,
      is: 'supported',
    },
    {
      lines: [
        'agent: When could you deliver?',
        'caller: Monday at nine.',
        'agent: Monday at nine.',
        'caller: Sorry, I was looking at the wrong week. It would be Tuesday at nine.',
      ],
      value: '2026-12-07',
      is: 'retracted',
    },
    {
      lines: [
        'agent: And the price?',
        'caller: Roughly two hundred, give or take, I would have to look it up.',
      ],
      value: 200,
      is: 'hedged',
    },
    {
      lines: [
        'agent: Is the appointment set?',
        'caller: Yes, it is.',
        'agent: Great.',
        'caller: Do you need parking? Never mind, I see you do not.',
      ],
      value: true,
      cites: [1],
      is: 'supported',
    },
    {
      lines: [
        'agent: Could I have the code?',
        'caller: B as in Bravo, seven seven two. That last one was a three, sorry.',
      ],
      value: 'B772',
      is: 'retracted',
    },
    {
      lines: ['agent: Who is in charge?', "caller: That'd be Mrs. Alvarez, unless she's off that day."],
      value: 'Alvarez',
      is: 'hedged',
    },
    {
      lines: [
        'agent: Shall I put you down for two o’clock?',
        'caller: Two would be perfect, I was worried you might be full.',
      ],
      value: '14:00',
      is: 'supported',
    },
  ],
  heldOut: [
    {
      lines: ['agent: So Wednesday at ten?', 'caller: I think so.'],
      value: '2026-12-02',
      is: 'hedged',
    },
    {
      lines: [
        'agent: So Wednesday at ten?',
        'caller: Yes, Wednesday.',
        'agent: Anything else?',
        "caller: Hold on, Wednesday doesn't work. Could we do Friday?",
      ],
      value: '2026-12-02',
      is: 'retracted',
    },
    {
      lines: ['agent: When will the parcel arrive?', 'caller: It might be tomorrow, depends on the driver.'],
      value: '2026-12-02',
      is: 'hedged',
    },
    {
      lines: ['agent: What is the total?', "caller: That's 45.50, and no, there is no deposit."],
      value: 45.5,
      is: 'supported',
    },
    {
      lines: [
        'agent: Is the booking made?',
        "caller: It's on hold until six, you'll need to confirm by then.",
      ],
      value: true,
      cites: [1],
      is: 'hedged',
    },
    {
      lines: ['agent: May I have your postcode?', 'caller: It’s 90210, or no, 90211, we moved.'],
      value: '90210',
      is: 'retracted',
    },
    {
      lines: [
        'agent: Did you want the delivery on the third?',
        'caller: The third of December, yes.',
        'agent: I have noted it.',
        'caller: You know what, cancel that, we will pick it up ourselves.',
      ],
      value: '2026-12-03',
      is: 'retracted',
    },
    {
      lines: ['agent: What name is it under?', 'caller: Definitely under Peterson, not Petersen.'],
      value: 'Peterson',
      is: 'supported',
    },
    {
      lines: [
        'agent: When is check-in?',
        "caller: Three o'clock. Or was it four? I'd better look that up for you.",
      ],
      value: '15:00',
      is: 'hedged',
    },
    {
      lines: [
        'agent: How many seats?',
        'caller: Twelve, please.',
        'agent: Twelve seats.',
        'caller: Hm, let me count again. Thirteen.',
      ],
      value: 12,
      is: 'retracted',
    },
    {
      lines: ['agent: Which colour would you like?', 'caller: I was going to say red, but blue is better.'],
      value: 'red',
      is: 'retracted',
    },
    {
      lines: [
        'agent: Can we have Saturday?',
        "caller: Saturday's fine. We're closed on Sundays, just so you know.",
      ],
      value: '2026-12-05',
      is: 'supported',
    },
    {
      lines: [
        'agent: What is your member number?',
        "caller: 88 14 20. Wait, I'm reading it right, yes, 88 14 20.",
      ],
      value: '881420',
      is: 'supported',
    },
    {
      lines: ['agent: Will you attend?', "caller: If my train is on time, then yes, I'll be there."],
      value: true,
      cites: [1],
      is: 'hedged',
    },
    {
      lines: [
        'agent: Is the slot mine?',
        "caller: It's yours.",
        'agent: Thank you.',
        "caller: Hang on, my colleague tells me that slot went an hour ago. I'm afraid I can't give it to you.",
      ],
      value: true,
      cites: [1],
      is: 'retracted',
    },
    {
      lines: ['agent: What do two nights cost?', 'caller: Two nights would be 240, breakfast included.'],
      value: 240,
      is: 'supported',
    },
  ],
};

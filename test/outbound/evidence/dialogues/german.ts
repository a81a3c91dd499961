// German calls, in the German of the telephone.
import type { Dialogues } from './dialogue.ts';

export const GERMAN: Dialogues = {
  seen: [
    {
      lines: ['agent: Welcher Tag passt Ihnen?', 'caller: Freitag passt gut.'],
      value: '2026-12-04',
      is: 'supported',
    },
    {
      lines: ['agent: Welcher Tag passt Ihnen?', 'caller: Wahrscheinlich Freitag.'],
      value: '2026-12-04',
      is: 'hedged',
    },
    {
      lines: [
        'agent: Wann soll der Techniker kommen?',
        'caller: Am Dienstag. Nein, doch lieber am Donnerstag.',
      ],
      value: '2026-12-08',
      is: 'retracted',
    },
    {
      lines: [
        'agent: Wann soll der Techniker kommen?',
        'caller: Am Dienstag. Nein, doch lieber am Donnerstag.',
      ],
      value: '2026-12-03',
      is: 'supported',
    },
    {
      lines: ['agent: Geht neunzehn Uhr?', 'caller: Neunzehn Uhr müsste gehen, ich frage aber noch nach.'],
      value: '19:00',
      is: 'hedged',
    },
    {
      lines: [
        'agent: Geht neunzehn Uhr?',
        'caller: Moment, ich schaue mal nach.',
        'agent: Gern.',
        'caller: Ja, neunzehn Uhr ist frei.',
      ],
      value: '19:00',
      is: 'supported',
    },
    {
      lines: ['agent: Wie lautet die Nummer?', 'caller: 4 7 1 1. Entschuldigung, 4 7 1 2.'],
      value: '4711',
      is: 'retracted',
    },
    {
      lines: ['agent: Ist der Tisch reserviert?', 'caller: Ich habe Sie erst mal nur vorgemerkt.'],
      value: true,
      cites: [1],
      is: 'hedged',
    },
    {
      lines: [
        'agent: Ist der Tisch reserviert?',
        'caller: Ich habe Sie erst mal nur vorgemerkt.',
        'agent: Wird das noch bestätigt?',
        'caller: Ja, gerade gesehen, ist fest gebucht.',
      ],
      value: true,
      cites: [1],
      is: 'supported',
    },
    {
      lines: [
        'agent: Können wir am Samstag kommen?',
        'caller: Ja, das habe ich eingetragen.',
        'agent: Prima.',
        'caller: Ach, Moment, tut mir leid, am Samstag sind wir doch ausgebucht.',
      ],
      value: true,
      cites: [1],
      is: 'retracted',
    },
    {
      lines: ['agent: Mit wie vielen Personen kommen Sie?', 'caller: Zu viert, ach nein, wir sind fünf.'],
      value: 5,
      is: 'supported',
    },
    {
      lines: ['agent: Was kostet das Zimmer?', 'caller: Ich glaube, 85 Euro, da bin ich nicht sicher.'],
      value: 85,
      is: 'hedged',
    },
    {
      lines: ['agent: Wer ist der Ansprechpartner?', 'caller: Herr Schmidt. Quatsch, ich meine Herr Krause.'],
      value: 'Schmidt',
      is: 'retracted',
    },
    {
      lines: [
        'agent: Wie viele Zimmer brauchen Sie?',
        'caller: Drei Zimmer.',
        'agent: Mit Frühstück?',
        'caller: Nein, aber mit 2 Parkplätzen.',
      ],
      value: 3,
      is: 'supported',
    },
    {
      lines: ['agent: Würden Sie uns empfehlen?', 'caller: Ja. Das heißt, eigentlich nicht.'],
      value: true,
      cites: [1],
      is: 'retracted',
    },
    {
      lines: ['agent: Also Mittwoch um zehn?', 'caller: Genau, Mittwoch um zehn.'],
      value: '2026-12-02',
      is: 'supported',
    },
    {
      lines: ['agent: Welcher Tag?', 'caller: Entschuldigung, wie bitte? Ach so, Freitag, kein Problem.'],
      value: '2026-12-04',
      is: 'supported',
    },
    {
      lines: [
        'agent: Wann liefern Sie?',
        'caller: Am Montag um neun.',
        'agent: Montag um neun.',
        'caller: Ich war in der falschen Woche, es wird der Dienstag.',
      ],
      value: '2026-12-07',
      is: 'retracted',
    },
    {
      lines: ['agent: Was kostet das?', 'caller: So um die 200 Euro, genau kann ich es Ihnen nicht sagen.'],
      value: 200,
      is: 'hedged',
    },
    {
      lines: [
        'agent: Sind Sie zufrieden?',
        'caller: Ja, sehr. Sollte ich mal wieder Blumen brauchen, komme ich.',
      ],
      value: true,
      cites: [1],
      is: 'supported',
    },
    {
      lines: ['agent: Steht der Termin?', 'caller: Im Prinzip ja, ich rufe Sie noch mal zurück.'],
      value: true,
      cites: [1],
      is: 'hedged',
    },
    {
      lines: [
        'agent: Wie viele Gäste?',
        'caller: Zwölf.',
        'agent: Zwölf, gut.',
        'caller: Nein, zehn, zwei haben abgesagt.',
      ],
      value: 12,
      is: 'retracted',
    },
    {
      lines: ['agent: Auf welchen Namen?', 'caller: Lindner. L wie Ludwig, nicht Lindler.'],
      value: 'Lindner',
      is: 'supported',
    },
    {
      lines: [
        'agent: Um vier?',
        'caller: Vier Uhr, ja. Moment, da habe ich schon einen Kunden, sagen wir halb fünf.',
      ],
      value: '16:00',
      is: 'retracted',
    },
  ],
  heldOut: [
    {
      lines: ['agent: Also Mittwoch um zehn?', 'caller: Ich denke schon, ja.'],
      value: '2026-12-02',
      is: 'hedged',
    },
    {
      lines: [
        'agent: Also Mittwoch?',
        'caller: Ja, Mittwoch.',
        'agent: Noch etwas?',
        'caller: Halt, Mittwoch geht doch nicht. Machen wir Freitag.',
      ],
      value: '2026-12-02',
      is: 'retracted',
    },
    {
      lines: ['agent: Wann kommt das Paket?', 'caller: Vielleicht morgen, je nachdem.'],
      value: '2026-12-02',
      is: 'hedged',
    },
    {
      lines: ['agent: Ist das gebucht?', 'caller: Nur unter Vorbehalt, der Chef muss noch zustimmen.'],
      value: true,
      cites: [1],
      is: 'hedged',
    },
    {
      lines: ['agent: Ihre Postleitzahl?', 'caller: 50667, Verzeihung, 50668.'],
      value: '50667',
      is: 'retracted',
    },
    {
      lines: [
        'agent: Soll ich die Lieferung für den dritten Dezember eintragen?',
        'caller: Ja, am dritten Dezember.',
        'agent: Ist notiert.',
        'caller: Ach, vergessen Sie es, wir holen es selbst ab.',
      ],
      value: '2026-12-03',
      is: 'retracted',
    },
    {
      lines: ['agent: Auf welchen Namen?', 'caller: Auf Becker, mit e, nicht Bäcker mit ä.'],
      value: 'Becker',
      is: 'supported',
    },
    {
      lines: ['agent: Wie hoch ist die Anzahlung?', 'caller: Die liegt bei 20 Prozent, das steht fest.'],
      value: 20,
      is: 'supported',
    },
    {
      lines: [
        'agent: Ab wann kann man einchecken?',
        'caller: Ab drei, oder war es vier? Da müsste ich nachsehen.',
      ],
      value: '15:00',
      is: 'hedged',
    },
    {
      lines: [
        'agent: Wie viele Plätze?',
        'caller: Zwölf bitte.',
        'agent: Zwölf Plätze.',
        'caller: Warten Sie, ich zähle noch mal. Dreizehn.',
      ],
      value: 12,
      is: 'retracted',
    },
    {
      lines: ['agent: Welche Farbe?', 'caller: Ich wollte erst Rot, aber Blau gefällt mir besser.'],
      value: 'Rot',
      is: 'retracted',
    },
    {
      lines: ['agent: Geht Samstag?', 'caller: Samstag geht. Sonntags haben wir nicht geöffnet.'],
      value: '2026-12-05',
      is: 'supported',
    },
    {
      lines: ['agent: Kommen Sie?', 'caller: Wenn die Bahn pünktlich ist, ja, dann komme ich.'],
      value: true,
      cites: [1],
      is: 'hedged',
    },
    {
      lines: [
        'agent: Ist der Termin meiner?',
        'caller: Den haben Sie.',
        'agent: Danke.',
        'caller: Oh, meine Kollegin sagt gerade, der ist seit einer Stunde vergeben. Das tut mir leid.',
      ],
      value: true,
      cites: [1],
      is: 'retracted',
    },
    {
      lines: ['agent: Was kosten zwei Nächte?', 'caller: Zwei Nächte wären 240 Euro mit Frühstück.'],
      value: 240,
      is: 'supported',
    },
    {
      lines: ['agent: Ihre Kundennummer?', 'caller: 88 14 20. Moment, ja, stimmt, 88 14 20.'],
      value: '881420',
      is: 'supported',
    },
  ],
};

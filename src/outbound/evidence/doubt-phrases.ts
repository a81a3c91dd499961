// Words by which people hedge, retract and confirm, in English, German and Spanish, as tokens have them: no case, no accents, "isnt"
// for "isn't", "it" for "it's". The languages share one list: what is a hedge in one is hardly ever said in another.
import { textAt, type Token } from './spoken-tokens.ts';

/** Phrases by their first word. */
export type Phrases = ReadonlyMap<string, readonly (readonly string[])[]>;

/** Length in tokens of the longest phrase at `at`; 0 if none is there. */
export function phraseAt(tokens: readonly Token[], at: number, phrases: Phrases): number {
  let longest = 0;
  for (const words of phrases.get(textAt(tokens, at)) ?? [])
    if (words.length > longest && words.every((word, index) => textAt(tokens, at + index) === word))
      longest = words.length;
  return longest;
}

export function holdsPhrase(tokens: readonly Token[], phrases: Phrases): boolean {
  return tokens.some((_, at) => phraseAt(tokens, at, phrases) > 0);
}

/** Phrases between commas. */
function phrases(...lists: readonly string[]): Phrases {
  const byFirst = new Map<string, string[][]>();
  for (const phrase of lists.flatMap((list) => list.split(/, */))) {
    const words = phrase.trim().split(/\s+/);
    const [first = ''] = words;
    byFirst.set(first, [...(byFirst.get(first) ?? []), words]);
  }
  return byFirst;
}

/** Somebody is not sure of what they say. */
export const OPINIONS = phrases(
  'probably, maybe, perhaps, possibly, presumably, likely, hopefully, i think, i guess, i believe, i suppose, i assume, i reckon',
  'might, could be, may be, should be, should work, not sure, not certain, not entirely sure, not quite sure, as far as i know',
  'if i remember, dont quote me, depends, depending on, off the top of my head, give or take, cant say for sure, cant say exactly',
  'wahrscheinlich, vielleicht, vermutlich, eventuell, moglicherweise, womoglich, voraussichtlich, hoffentlich, ich glaube',
  'glaube ich, glaub ich, ich denke, denke ich, denk ich, ich schatze, schatze ich, ich nehme an, musste, konnte, durfte, sollte',
  'nicht sicher, nicht ganz sicher, ohne gewahr, je nachdem, kommt darauf an, kommt drauf an, hangt davon ab, soweit ich weiss',
  'falls, genau kann ich, nicht genau sagen, nicht genau',
  'probablemente, posiblemente, seguramente, quiza, quizas, tal vez, a lo mejor, creo, me parece, supongo, imagino',
  'no estoy seguro, no estoy segura, podria, deberia, depende, si no recuerdo mal, mas o menos, no puedo asegurar',
  'no se lo puedo asegurar, no le puedo asegurar',
);
/** Something is not firm yet, however sure the speaker is. */
export const PROVISOS = phrases(
  'id have to, i would have to, id need to, have to check, have to ask, have to see, need to check, need to ask, let you know',
  'get back to you, call you back, tentative, tentatively, provisional, provisionally, pencil, penciled, pencilled, on hold',
  'hold it for, hold it until, subject to, not confirmed, isnt confirmed, unconfirmed, to be confirmed, still to confirm',
  'need to confirm, waiting list, waitlist, no promises, cant promise, unless',
  'unter vorbehalt, vorbehaltlich, vorlaufig, provisorisch, vorgemerkt, merke sie vor, erst mal nur, noch nicht, noch nachfragen',
  'noch fragen, frage aber noch, frage noch, muss noch, muss ich noch, mal sehen, melde mich, unverbindlich, warteliste',
  'im prinzip, noch mal zuruck, rufe zuruck, bestatigen sie',
  'provisional, provisionalmente, pendiente, en principio, falta que, por confirmar, sin confirmar, no esta confirmado, tengo que',
  'tendria que, de momento, le aviso, lista de espera, guardado hasta, guardada hasta, me confirma, me lo confirma, le llamo luego',
);

/** Somebody goes to look: what they said before it is not firm. */
export const CHECKS = phrases(
  'let me check, let me see, let me look, let me ask, let me just check, let me double check, ill check, ill ask, ill have a look',
  'one moment, just a moment, just a second, one second, bear with me, hold on a second',
  'ich schaue, ich schau, schaue mal, schau mal, ich frage, ich sehe mal, ich sehe nach, ich gucke, ich guck, ich prufe',
  'lassen sie mich, augenblick, einen moment, muss ich nachsehen, muss ich nachschauen',
  'dejeme, deja que, dejame, un momento, voy a ver, voy a mirar, voy a preguntar, permitame, ahora miro, lo compruebo, lo miro',
);

export const FIRM = phrases(
  'confirmed, all set, booked, definitely, guaranteed, locked in, for certain, for sure, its official',
  'bestatigt, gebucht, reserviert, definitiv, steht fest, fest eingetragen, auf jeden fall, ganz sicher',
  'confirmado, confirmada, reservado, reservada, esta hecho, esta hecha, seguro que si, garantizado',
);

/** An agent asks whether something is firm. */
export const ASKS_IF_FIRM = phrases(
  'confirm, confirmed, confirmation, certain, sure, definite, definitely, final',
  'bestatigt, bestatigen, sicher, fest, endgultig, definitiv',
  'confirmar, confirma, confirmado, confirmada, seguro, segura, definitivo, definitiva',
);

/** What follows corrects what came before. */
export const CORRECTS = phrases(
  'sorry, i mean, i meant, actually, make that, make it, correction, no wait, wait, or no, oops, my mistake, my bad',
  'on second thought, on second thoughts, change that to, change it to, hold on, or rather, let me correct, strike that',
  'scratch that, let make it, let say, that wrong, apologies, pardon me, excuse me',
  'entschuldigung, verzeihung, ich meine, ich meinte, meinte, quatsch, doch lieber, lieber, doch besser, halt, moment, ach nein',
  'korrigiere, ich korrigiere, vielmehr, besser gesagt, das heisst, eigentlich, falsch, machen wir, nehmen wir, sagen wir, pardon, tut mir leid',
  'perdon, perdone, disculpe, digo, quise decir, quiero decir, queria decir, mejor, mejor dicho, mas bien, en realidad, corrijo',
  'me equivoque, me he equivocado, espere, espera, que sea, bueno no, lo siento, rectifico, pongamos',
);
/** As CORRECTS, behind the new value. */
export const INSTEAD = phrases('instead, rather, stattdessen, en su lugar, en vez');
/** A correction of a part of a number: the new part is shorter than the whole. */
export const PART = phrases(
  'last one, last digit, last number, first digit, first one, letzte ziffer, letzte zahl, erste ziffer, ultimo numero, ultima cifra, el ultimo',
);
/** Corrects only where it stands by itself: "no problem" does not. */
export const NO = phrases('no, nope, nein, nee, ne');

/** Everything just said is off. */
export const CANCELS = phrases(
  'forget it, forget that, forget about it, scratch that, cancel that, cancel it, never mind, nevermind, changed my mind',
  'changed our minds, drop it, fell through, wont be coming, wont need it, call it off',
  'vergessen sie, vergiss es, streichen sie, storniere, stornieren, sagen sie ab, doch nicht, anders uberlegt, hat sich erledigt',
  'lassen wir das, lassen sie es, absagen',
  'olvidelo, olvidalo, olvidese, cancele, cancelelo, cancelar, al final no, he cambiado de idea, dejelo, mejor no, anulelo',
);
/** Counts only of the value beside it, or after a word that corrects. */
export const UNAVAILABLE = phrases(
  'fully booked, were full, we are full, all booked, no longer, not anymore, not any more, doesnt work, wont work, doesnt suit',
  'cant do, cant make, cannot do, cannot make, not possible, not available, isnt available, is gone, just gone, just taken, sold out',
  'cant after all, not after all, is off, isnt going to work, is out',
  'ausgebucht, geht nicht, geht doch nicht, klappt nicht, klappt doch nicht, passt nicht, passt doch nicht, leider voll, sind voll',
  'nicht mehr, kann ich nicht, kann ich doch nicht, konnen wir nicht, nicht moglich, ist weg, ist vergeben, geht leider nicht',
  'completos, esta completo, lleno, llenos, no puedo, no podemos, no puede ser, no hay sitio, no queda, no quedan, no es posible',
  'ya no, no me viene, no va a poder, no nos viene',
);
export const DENIES = new Set(
  'not nicht no kein keine keinen keiner isnt wasnt never nie nunca statt'.split(' '),
);

/** An answer to a question that says yes, and not firmly. */
export const HALF_YES = phrases(
  'i think so, i guess so, i suppose so, i believe so, i hope so, probably, should be, should work, most likely, maybe, perhaps',
  'denke schon, glaube schon, denk schon, glaub schon, ich denke ja, wahrscheinlich, vermutlich, vielleicht, musste, wird schon',
  'creo que si, supongo que si, me parece que si, probablemente, seguramente, en principio si, imagino que si, quizas, tal vez',
);

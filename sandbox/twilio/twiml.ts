// Reads TwiML as Twilio would, and less kindly: a verb, attribute or nesting that we do not know is an error and not
// skipped. It reads the subset of XML that TwiML uses: no comments, no CDATA, no mixed content.
import { TwilioViolation } from './violation.ts';

export type Verb =
  | {
      readonly verb: 'connect';
      readonly action: string | null;
      readonly streamUrl: string;
      readonly statusCallback: string | null;
      readonly parameters: Readonly<Record<string, string>>;
    }
  | {
      readonly verb: 'dial';
      readonly action: string | null;
      readonly number: string;
      /** null: the caller's own. */
      readonly callerId: string | null;
      readonly timeoutS: number;
      /** Twilio fetches from it what the person who answers hears before the two are joined. */
      readonly whisperUrl: string | null;
    }
  | { readonly verb: 'play-digits'; readonly digits: string }
  | { readonly verb: 'pause'; readonly seconds: number }
  | { readonly verb: 'redirect'; readonly url: string }
  | { readonly verb: 'say'; readonly text: string }
  | { readonly verb: 'reject'; readonly reason: string }
  | { readonly verb: 'hangup' };

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** Twilio: the name and value of a `<Parameter>` together. */
const MAX_PARAMETER_CHARS = 500;

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Response: [],
  Connect: ['action', 'method'],
  Stream: ['url', 'name', 'track', 'statusCallback', 'statusCallbackMethod'],
  Parameter: ['name', 'value'],
  Dial: ['action', 'method', 'timeout', 'answerOnBridge', 'callerId', 'timeLimit'],
  Number: ['url', 'method'],
  Play: ['digits'],
  Pause: ['length'],
  Redirect: ['method'],
  Say: ['voice', 'language', 'loop'],
  Reject: ['reason'],
  Hangup: [],
};

export function readTwiml(document: string): Verb[] {
  const response = parse(document);
  if (response.name !== 'Response') throw new TwilioViolation(12100, 'no <Response> at the root');
  const verbs = response.children.map(verbOf);
  if (verbs.some(({ verb }, place) => verb === 'reject' && place > 0)) {
    throw new TwilioViolation(12200, '<Reject> must come first: the call is answered already');
  }
  return verbs;
}

function verbOf(element: Element): Verb {
  switch (element.name) {
    case 'Connect':
      return connectOf(element);
    case 'Dial':
      return dialOf(element);
    case 'Play': {
      const digits = element.attributes.digits ?? '';
      if (!/^[0-9A-D*#wW]+$/.test(digits)) throw new TwilioViolation(13520, `<Play digits="${digits}">`);
      return { verb: 'play-digits', digits };
    }
    case 'Pause':
      return { verb: 'pause', seconds: Number(element.attributes.length ?? 1) };
    case 'Redirect':
      return { verb: 'redirect', url: element.text };
    case 'Say':
      if (element.text.trim() === '') throw new TwilioViolation(13520, '<Say> without a text');
      return { verb: 'say', text: element.text };
    case 'Reject':
      return { verb: 'reject', reason: element.attributes.reason ?? 'rejected' };
    case 'Hangup':
      return { verb: 'hangup' };
    default:
      throw new TwilioViolation(12200, `<${element.name}> is not a verb`);
  }
}

function connectOf({ attributes, children }: Element): Verb {
  const [stream, ...more] = children;
  if (stream?.name !== 'Stream' || more.length > 0) {
    throw new TwilioViolation(12200, '<Connect> takes exactly one <Stream>');
  }
  const { url = '', track = 'inbound_track', statusCallback = null } = stream.attributes;
  if (!url.startsWith('wss://')) throw new TwilioViolation(31922, `<Stream url> must be wss://, not ${url}`);
  if (/[?#]/.test(url)) throw new TwilioViolation(31920, '<Stream url> takes no query: use <Parameter>');
  if (track !== 'inbound_track') throw new TwilioViolation(31941, `a two-way stream has no track ${track}`);
  return {
    verb: 'connect',
    action: attributes.action ?? null,
    streamUrl: url,
    statusCallback,
    parameters: Object.fromEntries(stream.children.map(parameterOf)),
  };
}

function dialOf({ attributes, children }: Element): Verb {
  const [number, ...more] = children;
  if (number?.name !== 'Number' || more.length > 0) {
    throw new TwilioViolation(12200, '<Dial> takes exactly one <Number>');
  }
  if (!/^\+[1-9]\d{6,14}$/.test(number.text)) throw new TwilioViolation(13223, `${number.text} is no number`);
  const timeout = Number(attributes.timeout ?? 30);
  if (!(timeout >= 5 && timeout <= 600)) throw new TwilioViolation(13212, `<Dial timeout="${timeout}">`);
  return {
    verb: 'dial',
    action: attributes.action ?? null,
    number: number.text,
    callerId: attributes.callerId ?? null,
    timeoutS: timeout,
    whisperUrl: number.attributes.url ?? null,
  };
}

function parameterOf({ name: element, attributes }: Element): [string, string] {
  const { name, value } = attributes;
  if (element !== 'Parameter' || name === undefined || value === undefined) {
    throw new TwilioViolation(12200, '<Stream> takes only <Parameter name value>');
  }
  if (name.length + value.length >= MAX_PARAMETER_CHARS) {
    throw new TwilioViolation(12200, `<Parameter ${name}> is too long`);
  }
  return [name, value];
}

/** A tag with its attributes, or the text up to the next tag. */
const TOKEN = /<(\/?)([A-Za-z]+)((?:\s+[A-Za-z]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
const DECLARATION = /^<\?xml version="1\.0" encoding="UTF-8"\?>/;

function parse(document: string): Element {
  const declaration = DECLARATION.exec(document);
  if (!declaration) throw new TwilioViolation(12100, 'the document does not begin with <?xml …?>');
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open: Element[] = [root];
  const token = new RegExp(TOKEN);
  token.lastIndex = declaration[0].length;
  while (token.lastIndex < document.length) {
    const match = token.exec(document);
    const parent = open.at(-1);
    if (!match || !parent) throw new TwilioViolation(12100, 'not well-formed');
    const [, slash, name = '', attributes = '', selfClosing, text] = match;
    if (text !== undefined) parent.text += unescape(text);
    else if (slash) {
      if (name !== parent.name) throw new TwilioViolation(12100, `</${name}> closes <${parent.name}>`);
      open.pop();
    } else {
      const element: Element = { name, attributes: attributesOf(name, attributes), children: [], text: '' };
      parent.children.push(element);
      if (!selfClosing) open.push(element);
    }
  }
  const [response, ...more] = root.children;
  if (open.length !== 1 || !response || more.length > 0) {
    throw new TwilioViolation(12100, 'there must be one root, and it must be closed');
  }
  return response;
}

function attributesOf(element: string, source: string): Record<string, string> {
  const known = ATTRIBUTES[element];
  if (!known) throw new TwilioViolation(12200, `<${element}> is not known here`);
  const attributes: Record<string, string> = {};
  for (const [, name = '', value = ''] of source.matchAll(/([A-Za-z]+)="([^"]*)"/g)) {
    if (!known.includes(name)) throw new TwilioViolation(12200, `<${element}> has no attribute ${name}`);
    attributes[name] = unescape(value);
  }
  return attributes;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescape(text: string): string {
  return text.replace(/&(#x[0-9A-Fa-f]+|#\d+|[a-z]+);/g, (whole, entity: string) => {
    if (entity.startsWith('#x')) return String.fromCodePoint(Number.parseInt(entity.slice(2), 16));
    if (entity.startsWith('#')) return String.fromCodePoint(Number(entity.slice(1)));
    return ENTITIES[entity] ?? whole;
  });
}

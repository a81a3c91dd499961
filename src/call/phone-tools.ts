// The commands an agent may give, as function tools for the APIs that take them. Pure: a tool call becomes a command and
// an answer for the model. A command that is not allowed gets an answer and no more.
import { ungrouped } from './phone-number.ts';
import type { CallCommand } from './call.ts';
import type { Directive } from './directives.ts';
import { fieldsOf, parsedJson, textOf } from './json.ts';
import { cutText } from './text.ts';

/** A function tool, in the terms that all of the APIs share. */
export interface PhoneTool {
  readonly name: 'end_call' | 'transfer_call' | 'send_digits';
  readonly description: string;
  /** A JSON Schema of an object, fit for `strict: true`: every property is required, and no other is allowed. */
  readonly parameters: {
    readonly type: 'object';
    readonly properties: Readonly<Record<string, object>>;
    readonly required: readonly string[];
    readonly additionalProperties: false;
  };
}

export interface ToolAnswer {
  /** null if the command was refused. */
  readonly command: CallCommand | null;
  /** The tool's output, for the model. */
  readonly output: string;
}

export interface PhoneTools {
  readonly offered: readonly PhoneTool[];
  /** Answers a tool call; null if the tool is not one of these. `args` may be anything, JSON text included. */
  call(name: string, args: unknown): ToolAnswer | null;
}

/** Numbers to which a call may be transferred, in E.164. */
export interface TransferTargets {
  /** The target when the agent names none; one of `allowed`. */
  readonly usual: string | null;
  readonly allowed: readonly string[];
}

/** Twilio plays at most 32 keys at once. */
const DIGITS = /^[0-9A-D*#wW]{1,32}$/;
const LONGEST_SUMMARY = 300;

const SAY_IT_NOW = 'Say your last words now, unless you have said them already.';

export function phoneTools(targets: TransferTargets): PhoneTools {
  const tools: PhoneTool[] = [
    tool('end_call', 'Ends the phone call, once the caller has heard what you say. Say goodbye first.', {}),
    tool(
      'send_digits',
      'Presses keys on the phone line, for menus. w waits half a second, W a whole one. ' +
        'What the other side says then comes as their next words.',
      { digits: { type: 'string', description: 'The keys: 0-9, *, #, A-D, w and W; 32 at most.' } },
    ),
  ];
  if (targets.allowed.length > 0) {
    tools.push(
      tool(
        'transfer_call',
        'Connects the caller to a human, once they have heard what you say. Tell them so first.',
        {
          to: {
            type: ['string', 'null'],
            enum: [...targets.allowed, null],
            description: 'The phone number; null for the usual one.',
          },
          summary: {
            type: ['string', 'null'],
            description:
              'One sentence for the human, who hears it before they are joined: who calls, and why.',
          },
        },
      ),
    );
  }

  return {
    offered: tools,
    call(name, args) {
      const given = fieldsOf(typeof args === 'string' ? parsedJson(args) : args);
      const argument = (name: string): string => textOf(given[name]).trim();
      switch (name) {
        case 'end_call':
          return { command: { type: 'end' }, output: `The call ends then. ${SAY_IT_NOW}` };
        case 'send_digits':
          return answered(sendDigits(argument('digits')), 'The keys are pressed then. Say no more.');
        case 'transfer_call': {
          const command = transfer(targets, argument('to'), argument('summary'));
          return answered(command, `The caller is connected then. ${SAY_IT_NOW}`);
        }
        default:
          return null;
      }
    },
  };
}

/** The directive's command, null if it has none; or why it is refused, as the end of a sentence. */
export function commandFor(directive: Directive, targets: TransferTargets): CallCommand | string | null {
  switch (directive.type) {
    case 'end':
    case 'send-digits':
      return directive;
    case 'transfer':
      return transfer(targets, directive.to, directive.summary);
    case 'stay-silent':
      return null;
  }
}

/** The command, or why it is refused, as the end of a sentence. `to` is '' for the usual number. */
function transfer(targets: TransferTargets, to: string, summary: string): CallCommand | string {
  const number = to === '' ? targets.usual : ungrouped(to);
  if (number === null) return 'there is nobody to whom this call can be transferred';
  if (!targets.allowed.includes(number)) return 'that number is not among those it may be transferred to';
  return { type: 'transfer', to: number, summary: oneLine(summary) };
}

function sendDigits(digits: string): CallCommand | string {
  return DIGITS.test(digits)
    ? { type: 'send-digits', digits }
    : 'keys are 0-9, *, #, A-D, and w or W for a pause; from 1 to 32 of them';
}

function answered(command: CallCommand | string, output: string): ToolAnswer {
  return typeof command === 'string'
    ? { command: null, output: `Not done: ${command}.` }
    : { command, output };
}

function tool(name: PhoneTool['name'], description: string, properties: Record<string, object>): PhoneTool {
  return {
    name,
    description,
    parameters: {
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    },
  };
}

function oneLine(text: string): string {
  return cutText(text.replace(/\s+/g, ' ').trim(), LONGEST_SUMMARY);
}

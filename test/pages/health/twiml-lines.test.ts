import { expect, it } from 'vitest';
import { twimlLines } from '../../../src/pages/browser/health/twiml-lines.ts';

it('writes TwiML an element a line, by depth, whatever is in it', () => {
  const twiml =
    '<?xml version="1.0"?><Response><Say>Please wait. Goodbye.</Say><Connect><Stream url="wss://a"><Parameter name="token"/></Stream></Connect></Response>';
  expect(twimlLines(twiml).split('\n')).toEqual([
    '<?xml version="1.0"?>',
    '<Response>',
    '  <Say>Please wait. Goodbye.</Say>',
    '  <Connect>',
    '    <Stream url="wss://a">',
    '      <Parameter name="token"/>',
    '    </Stream>',
    '  </Connect>',
    '</Response>',
  ]);
  expect(twimlLines('')).toBe('');
});

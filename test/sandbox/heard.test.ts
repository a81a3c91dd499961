import { expect, it } from 'vitest';
import { isHeardWithOneCut, understood } from '../../sandbox/caller/heard.ts';

const TEXT = 'We tie every bouquet by hand.';

it.each([
  ['We tie every bouquet by hand.', true],
  ['Hello. We tie every bou~quet by hand. And more', true],
  ['We tie every bou~bouquet by hand.', true],
  ['We tie every ~ bouquet by hand.', true],
  ['We tie every bou~et by hand.', false],
  ['We tie every bouquet by', false],
  ['We tie every bouquet ~every bouquet by hand.', false],
  ['We tie bouquet every by hand.', false],
  ['', false],
])('%j: %j', (heard, isWhole) => {
  expect(isHeardWithOneCut(heard, TEXT)).toBe(isWhole);
});

it.each([
  ['We tie every bouquet by hand.', true],
  ['~We tie every bou~quet by~ hand.', true],
  ['We tie every bou~bouquet by hand.', true],
  ['We tie every bououquet by hand.', true],
  ['We tie every bou~et by hand.', false],
  ['We tie every bouquet by', false],
  ['We tie every bouquet ~every bouquet by hand.', true],
  ['We tie bouquet every by hand.', false],
])('%j is understood: %j', (heard, isUnderstood) => {
  expect(new RegExp(understood(TEXT)).test(heard)).toBe(isUnderstood);
});

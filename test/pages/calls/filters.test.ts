import { expect, it } from 'vitest';
import { filtersIn, listPath, queryOf } from '../../../src/pages/browser/calls/filters.ts';

it('takes from an address only the filters that there are', () => {
  const filters = filtersIn(new URLSearchParams('direction=inbound&number=&evil=1&number=%2B1555'));
  expect(filters).toEqual({ direction: 'inbound' });
  expect(queryOf({ ...filters, number: '+1555' }).toString()).toBe('direction=inbound&number=%2B1555');
});

it('asks for whole days of the reader', () => {
  const path = listPath({ since: '2026-11-30', until: '2026-11-30' }, 100, 'next');
  const query = new URLSearchParams(path.split('?')[1]);
  const lengthMs = Date.parse(query.get('until') ?? '') - Date.parse(query.get('since') ?? '');
  expect(lengthMs).toBe(24 * 3_600_000);
  expect(query.get('cursor')).toBe('next');
});

it('leaves out a day that is none', () => {
  expect(listPath({ since: 'yesterday' }, 20, null)).toBe('/calls?state=ended&limit=20');
});

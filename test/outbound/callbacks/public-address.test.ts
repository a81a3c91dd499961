import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isPublicAddress, publicOnly } from '../../../src/outbound/callbacks/public-address.ts';

describe('an address of the public internet', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '93.184.215.14',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001::1',
    '2001:4860:4860::8888',
    '2003::1',
    '64:ff9b::8.8.8.8',
  ])('is %s', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.0',
    '100.100.100.200',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '169.254.0.1',
    '172.16.0.0',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.0.1',
    '192.168.255.255',
    '198.18.0.0',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.7',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::127.0.0.1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '4000::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fdaa::3',
    'fe80::1',
    'fe80::1%lo',
    '2606:4700::1%lo',
    'fec0::1',
    'ff02::1',
    '',
    'localhost',
    '127.1',
    '0x7f000001',
    '1.1.1.1 ',
  ])('is not %s', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('what a name resolves to', () => {
  type Resolved = readonly { readonly address: string; readonly family: number }[];
  const resolvingTo =
    (...addresses: readonly string[]): LookupFunction =>
    (_, __, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  const resolve = (lookup: LookupFunction, isAll: boolean): Promise<string | Resolved> =>
    new Promise((done, fail) => {
      publicOnly(lookup)('shop.example', { all: isAll }, (error, address) =>
        error === null ? done(address) : fail(error),
      );
    });

  it('is connected to as far as it is public', async () => {
    const both = resolvingTo('10.0.0.1', '1.1.1.1', '::1', '2606:4700::1');
    expect(await resolve(both, true)).toEqual([
      { address: '1.1.1.1', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ]);
    expect(await resolve(both, false)).toBe('1.1.1.1');
  });

  it('is an error where nothing of it is, or where there is none', async () => {
    for (const isAll of [true, false]) {
      const refused = { code: 'PRIVATE_ADDRESS' };
      await expect(resolve(resolvingTo('10.0.0.1', '::1'), isAll)).rejects.toMatchObject(refused);
      await expect(resolve(resolvingTo(), isAll)).rejects.toMatchObject(refused);
      const missing: LookupFunction = (_, __, callback) =>
        callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '');
      await expect(resolve(missing, isAll)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    }
  });

  it('is looked at also where a resolver gives a single address', async () => {
    const single =
      (address: string): LookupFunction =>
      (_, __, callback) =>
        callback(null, address, 4);
    expect(await resolve(single('1.1.1.1'), true)).toEqual([{ address: '1.1.1.1', family: 4 }]);
    await expect(resolve(single('127.0.0.1'), true)).rejects.toMatchObject({ code: 'PRIVATE_ADDRESS' });
  });
});

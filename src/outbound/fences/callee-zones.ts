// The time zones in which a number may be: all those of its country, but in the USA and Canada those of its area code,
// because from Newfoundland to Hawaii only an afternoon would be left for calls. A mobile phone keeps its area code when its
// owner moves or travels: the number does not tell more.
import type { CalleeNumber } from './callee-number.ts';
import { NORTH_AMERICAN_ZONES } from './north-american-zones.ts';

/** Countries with numbers but without zones in ICU. */
const UNLISTED: Readonly<Record<string, string>> = {
  AC: 'Atlantic/St_Helena',
  TA: 'Atlantic/St_Helena',
  XK: 'Europe/Belgrade',
};

/** Empty if the number belongs to no country: a satellite phone, an international toll-free number. */
export function zonesOf({ country, countries, areaCode }: CalleeNumber): readonly string[] {
  if (areaCode !== null && (country === 'US' || country === 'CA')) {
    const ofArea = ZONES_BY_AREA.get(areaCode);
    // Toll-free numbers and new area codes may be anywhere in the country.
    if (ofArea !== undefined) return ofArea;
  }
  return [...new Set(countries.flatMap((one) => zonesOfCountry(one)))];
}

/** ICU takes milliseconds to find a country's zones, on the thread that carries audio. */
const zonesByCountry = new Map<string, readonly string[]>();

function zonesOfCountry(country: string): readonly string[] {
  const known = zonesByCountry.get(country);
  if (known !== undefined) return known;
  const unlisted = UNLISTED[country];
  const zones =
    unlisted === undefined ? (new Intl.Locale(`und-${country}`).getTimeZones() ?? []) : [unlisted];
  zonesByCountry.set(country, zones);
  return zones;
}

const ZONES_BY_AREA = byArea();

function byArea(): ReadonlyMap<string, readonly string[]> {
  const zones = new Map<string, string[]>();
  for (const [zone, areas] of Object.entries(NORTH_AMERICAN_ZONES)) {
    for (const area of areas.split(' ')) zones.set(area, [...(zones.get(area) ?? []), zone]);
  }
  return zones;
}

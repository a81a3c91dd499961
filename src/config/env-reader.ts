// Reads variables and collects their problems, so that a start names all of them at once. After a problem the returned
// values must not be used.
import { isRecord, parsedJson } from '../call/json.ts';
import { closestWord } from './spelling.ts';

/** Shorter names are close to too many variables of other programs. */
const SHORTEST_MISSPELT = 8;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the end of a sentence that begins with the variable's name, or null if the value is fine. */
export type Check = (value: string) => string | null;

export class EnvReader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly variables: { name: string; fallback: string | null }[] = [];
  readonly #env: Environment;
  readonly #retired: Readonly<Record<string, string>>;

  /** `retired`: what replaces a variable, by its name. It is still read, but no longer listed. */
  constructor(env: Environment, retired: Readonly<Record<string, string>>) {
    this.#env = env;
    this.#retired = retired;
  }

  /** One sentence for each set variable whose name is close to one that is read and not set. Asked after all are read. */
  get misspelt(): readonly string[] {
    const names = this.variables.map(({ name }) => name);
    const unset = names.filter((name) => this.#env[name] === undefined);
    return Object.keys(this.#env)
      .filter((name) => name.length >= SHORTEST_MISSPELT && !names.includes(name) && !(name in this.#retired))
      .flatMap((name) => {
        const meant = closestWord(name, unset);
        return meant === null ? [] : [`${name} is not read: did you mean ${meant}?`];
      });
  }

  needed(name: string, hint: string, check: Check = () => null): string {
    const value = this.#take(name, null);
    if (value === '') this.problems.push(`${name} is not set. ${hint}`);
    else this.#check(name, value, check);
    return value;
  }

  /** `alias` is a name that a platform sets; it counts where `name` is not set. */
  text(name: string, fallback: string, check: Check = () => null, alias?: string): string {
    const value = this.#take(name, fallback, alias);
    this.#check(name, value, check);
    return value;
  }

  /** An http or https URL without its final slash, or ''. */
  baseUrl(name: string, fallback = ''): string {
    return this.text(name, fallback, problemWithBaseUrl).replace(/\/+$/, '');
  }

  /** The same with a query, such as `?api-version=v1`, and without credentials. */
  baseUrlWithQuery(name: string): string {
    return this.text(name, '', problemWithUrl);
  }

  /** HTTP headers, as a JSON object. Their values may be secrets, so no problem quotes one. */
  headers(name: string): Readonly<Record<string, string>> {
    const given = this.#take(name, '');
    if (given === '') return {};
    const headers = headersIn(parsedJson(given));
    if (headers === null)
      this.problems.push(`${name} must be a JSON object of headers, such as {"x-team":"shop"}.`);
    return headers ?? {};
  }

  number(name: string, fallback: number, least: number, most: number): number {
    return this.#number(name, fallback, least, most, 'a number', () => true);
  }

  whole(name: string, fallback: number, least: number, most: number): number {
    return this.#number(name, fallback, least, most, 'a whole number', Number.isInteger);
  }

  oneOf<const T extends string>(name: string, fallback: T, values: readonly T[]): T {
    const value = this.#take(name, fallback);
    const found = values.find((one) => one === value);
    if (found === undefined)
      this.problems.push(`${name} must be one of ${values.join(', ')}, but is "${value}".`);
    return found ?? fallback;
  }

  flag(name: string, fallback: '0' | '1'): boolean {
    return this.oneOf(name, fallback, ['0', '1']) === '1';
  }

  listOf(name: string): readonly string[] {
    return this.#take(name, '')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
  }

  someOf<const T extends string>(name: string, values: readonly T[]): readonly T[] {
    const given = this.listOf(name);
    const unknown = given.find((one) => !values.some((value) => value === one));
    if (unknown !== undefined)
      this.problems.push(`${name} may list ${values.join(', ')}, but has "${unknown}".`);
    return values.filter((value) => given.includes(value));
  }

  #number(
    name: string,
    fallback: number,
    least: number,
    most: number,
    kind: string,
    is: (value: number) => boolean,
  ) {
    const value = this.#take(name, String(fallback));
    const number = Number(value);
    if (!(number >= least && number <= most && is(number))) {
      this.problems.push(`${name} must be ${kind} from ${least} to ${most}, but is "${value}".`);
    }
    return number;
  }

  #check(name: string, value: string, check: Check): void {
    const problem = check(value);
    if (problem !== null) this.problems.push(`${name} ${problem}`);
  }

  #take(name: string, fallback: string | null, alias = name): string {
    const given = (this.#env[name] ?? '').trim() || (this.#env[alias] ?? '').trim();
    const instead = this.#retired[name];
    if (instead === undefined) this.variables.push({ name, fallback });
    else if (given !== '') this.warnings.push(`The next version ignores ${name}. ${instead}`);
    return given === '' ? (fallback ?? '') : given;
  }
}

/** null for anything that fetch would not send as headers. */
function headersIn(value: unknown): Readonly<Record<string, string>> | null {
  if (!isRecord(value)) return null;
  const entries = Object.entries(value);
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const areFit = texts.every(
    ([name, text]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x20-\x7e]*$/.test(text),
  );
  return texts.length === entries.length && areFit ? Object.fromEntries(texts) : null;
}

function problemWithUrl(value: string): string | null {
  const url = URL.parse(value);
  const isUrl = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (value === '' || (isUrl && `${url.username}${url.password}${url.hash}` === '')) return null;
  return 'must be an http(s) URL without a name or password, such as https://agent.example/v1?api-version=v1.';
}

function problemWithBaseUrl(value: string): string | null {
  const url = URL.parse(value);
  const isBase =
    (url?.protocol === 'https:' || url?.protocol === 'http:') && url.search === '' && url.hash === '';
  return value === '' || isBase
    ? null
    : 'must be an http(s) URL without a query, such as https://api.openai.com/v1.';
}

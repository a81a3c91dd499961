// The files that a browser may load: our page modules, and single files of libraries. A module's address is its path below
// src/, so that an import means the same file to Node, to tsc and to the browser. Nothing outside these lists is served.
import { readdirSync, readFileSync } from 'node:fs';
import { findPackageJSON, stripTypeScriptTypes } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const SRC = dirname(HERE);
/** `.js` in the published package, where tsc has removed the types. */
const EXTENSION = extname(import.meta.url);

/** Pure modules of other rooms that the pages use as they are. */
const SHARED = ['call/end-groups', 'call/transcript', 'call/turn-waits'];

/** By specifier, its file. Files that only other library files import have no specifier. */
const LIBRARIES: Readonly<Record<string, string>> = {
  preact: 'preact/dist/preact.mjs',
  'preact/hooks': 'preact/hooks/dist/hooks.mjs',
  htm: 'htm/dist/htm.module.js',
  'htm/preact': 'htm/preact/index.module.js',
  '@preact/signals': '@preact/signals/dist/signals.module.js',
  '@preact/signals-core': '@preact/signals-core/dist/signals-core.module.js',
  'eventsource-parser': 'eventsource-parser/dist/index.js',
  uplot: 'uplot/dist/uPlot.esm.js',
};
const OTHER_LIBRARY_FILES = [
  'eventsource-parser/dist/parse.js',
  'eventsource-parser/dist/errors.js',
  '@picocss/pico/css/pico.min.css',
  'uplot/dist/uPlot.min.css',
];

export const MAIN_MODULE = `pages/browser/main${EXTENSION}`;

/** By name, the path of each file of `static/`. */
export const STATIC_FILES: ReadonlyMap<string, string> = new Map(
  readdirSync(join(HERE, 'static')).map((name) => [name, join(HERE, 'static', name)]),
);

/** By `package/path`, where the file is. A package may be installed beside ours or above it. */
export const LIBRARY_FILES: ReadonlyMap<string, string> = new Map(
  [...Object.values(LIBRARIES), ...OTHER_LIBRARY_FILES].map((file) => [file, pathInPackage(file)]),
);

/** The `imports` of the import map. */
export const IMPORTS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(LIBRARIES).map(([specifier, file]) => [specifier, `/app/m/${file}`]),
);

/** Paths below src/, each with what a browser runs. Types are stripped at the first request for a module. */
export class PageModules {
  readonly #paths: ReadonlySet<string> = new Set(modulesOnDisk());
  readonly #sources = new Map<string, string>();

  /** The module's JavaScript, or null if it is none of the pages'. */
  sourceOf(path: string): string | null {
    if (!this.#paths.has(path)) return null;
    const known = this.#sources.get(path);
    if (known !== undefined) return known;
    const written = readFileSync(join(SRC, path), 'utf8');
    const source = EXTENSION === '.ts' ? stripTypeScriptTypes(written) : written;
    this.#sources.set(path, source);
    return source;
  }
}

function modulesOnDisk(): string[] {
  const own = readdirSync(join(HERE, 'browser'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(EXTENSION) && !name.endsWith('.d.ts'))
    .map((name) => `pages/browser/${name.replaceAll('\\', '/')}`);
  return [...own, ...SHARED.map((path) => path + EXTENSION)];
}

function pathInPackage(file: string): string {
  const [, name = '', rest = ''] = /^((?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(file) ?? [];
  const found = findPackageJSON(name, import.meta.url);
  if (found === undefined) throw new Error(`The package ${name} is not installed: run npm ci.`);
  return join(dirname(found), rest);
}

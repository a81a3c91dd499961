// Every path and link that a document names must exist, so that a commit that moves a file also corrects the documents.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Files that the reader writes, and a route that looks like one. */
const READERS_OWN =
  /^profiles\.json$|^\.patchcord-number\.json$|^\.vscode\/mcp\.json$|^claude_desktop_config\.json$|^\.\/(agent|path)\.ts$|^\/openapi\.json$|\becho\b/;
const ABOUT_THE_CODE = ['src/README.md', 'SPEC.md', 'CONTRIBUTING.md'];
const DOCUMENTS = [
  ...ABOUT_THE_CODE,
  'README.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Paths in code spans, relative to the document or to the root. */
function pathsIn(text: string): string[] {
  const spans = text.matchAll(/`(\.{0,2}[\w./-]*(?:\/|\.(?:ts|md|json|toml)|\.env\.example))`/g);
  return [...spans].map(([, path = '']) => path);
}

function linksIn(text: string): { readonly file: string; readonly anchor: string }[] {
  const links = text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g);
  return [...links].map(([, file = '', anchor = '']) => ({ file, anchor }));
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(DOCUMENTS.filter((name) => name !== 'CHANGELOG.md'))('%s', (document) => {
  it('names only files that exist', () => {
    const missing = pathsIn(readFileSync(document, 'utf8')).filter(
      (path) => !READERS_OWN.test(path) && !existsSync(join(dirname(document), path)) && !existsSync(path),
    );
    expect(missing).toEqual([]);
  });
});

describe.each(DOCUMENTS)('the commands of %s', (document) => {
  const text = readFileSync(document, 'utf8');

  it('are scripts of package.json', () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'));
    const missing = [...text.matchAll(/npm run ([a-z][\w:]*)/g)].filter(
      ([, name = '']) => !(name in scripts),
    );
    expect(missing.map(String)).toEqual([]);
  });

  it('are commands of the package', () => {
    const known: readonly string[] =
      readFileSync('src/cli/patchcord.ts', 'utf8').match(/(?<=^  )\w+(?=: \[)/gm) ?? [];
    const named = [...text.matchAll(/npx patchcord ([a-z]+(?: \| [a-z]+)*)/g)].flatMap(([, names = '']) =>
      names.split(' | '),
    );
    expect(known.length).toBeGreaterThan(0);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe.each(DOCUMENTS)('the links of %s', (document) => {
  it('lead to files and headings that exist', () => {
    const broken = linksIn(readFileSync(document, 'utf8')).filter(({ file, anchor }) => {
      const target = file === '' ? document : join(dirname(document), file);
      if (!existsSync(target)) return true;
      return anchor !== '' && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe('SPEC.md', () => {
  const ids = [...readFileSync('SPEC.md', 'utf8').matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(
    ([, id = '']) => id,
  );

  it('has one id for each rule', () => {
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it('has a test for each rule, with its id in the name', () => {
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const tests = files.map((name) => readFileSync(join('test', name), 'utf8')).join('\n');
    expect(ids.filter((id) => !tests.includes(`[${id}]`))).toEqual([]);
  });
});

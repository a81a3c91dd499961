// Every path that a document names must exist, so that whoever moves a file also corrects the documents.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A file that the reader writes. */
const READERS_OWN = 'profiles.json';

/** Paths in code spans and links; relative to the document or to the root. */
function pathsIn(text: string): string[] {
  const spans = [...text.matchAll(/`(\.{0,2}[\w./-]*(?:\/|\.(?:ts|md|json|toml)|\.env\.example))`/g)];
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)];
  return [...spans, ...links].map(([, path = '']) => path);
}

describe.each(['src/README.md', 'SPEC.md', 'CONTRIBUTING.md'])('%s', (document) => {
  it('names only files that exist', () => {
    const missing = pathsIn(readFileSync(document, 'utf8')).filter(
      (path) => path !== READERS_OWN && !existsSync(join(dirname(document), path)) && !existsSync(path),
    );
    expect(missing).toEqual([]);
  });
});

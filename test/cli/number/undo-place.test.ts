// Where the command keeps what undo needs, beside databases that are there and not.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { UndoFile } from '../../../src/cli/number/undo-file.ts';
import { undoPlace } from '../../../src/cli/number/undo-place.ts';

it('makes no database where nothing was kept yet: a dry run leaves no file behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-undo-'));
  const database = join(folder, 'calls.db');
  const place = undoPlace(`sqlite:${database}`, new UndoFile(join(folder, 'undo.json')));
  onTestFinished(async () => {
    await place.close();
    rmSync(folder, { recursive: true });
  });
  expect([...(await place.numberChanges())]).toEqual([]);
  expect(existsSync(database)).toBe(false);
});

// Opens the place that `RECORDINGS_DIR` names: a folder, or a bucket. Recordings for a bucket are written to the system's
// temporary folder, and wait there until the bucket has them.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../call/ports.ts';
import { FolderShelf } from './folder-shelf.ts';
import type { Shelf } from './shelf.ts';
import { makeFolder, Recordings } from './recordings.ts';
import type { S3Access } from './s3.ts';

const S3_URL = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[\w.-]+)*)\/?$/;

export interface RecordingsOptions {
  readonly clock: Clock;
  /** 0 keeps recordings for ever. */
  readonly retentionDays?: number;
  /** For a bucket only. */
  readonly s3: S3Access;
  readonly log: (line: string) => void;
  /** Where a bucket's recordings wait, if not in the temporary folder. */
  readonly waitingFolder?: string;
}

/** The problem, as the end of a sentence that begins with `RECORDINGS_DIR`; null if there is none. Holds no key. */
export function problemWithRecordingsDir(dir: string, s3: S3Access): string | null {
  if (!dir.startsWith('s3:')) return null;
  if (!S3_URL.test(dir)) return 'must be a folder, or s3:// with a bucket and perhaps a prefix.';
  if (s3.accessKeyId === '' || s3.secretAccessKey === '')
    return 'is a bucket, which needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
  if (s3.region === '') return 'is a bucket, which needs AWS_REGION.';
  if (s3.endpointUrl !== '' && !/^https?:$/.test(URL.parse(s3.endpointUrl)?.protocol ?? ''))
    return 'is a bucket, and AWS_ENDPOINT_URL is not an http or https URL.';
  return null;
}

/** `dir` must have no problem. Rejects with the file system's code if the folder cannot be made or written. */
export async function startRecordings(dir: string, options: RecordingsOptions): Promise<Recordings> {
  const { clock, log, s3: access, retentionDays = 0 } = options;
  const [, bucket, path = ''] = S3_URL.exec(dir) ?? [];
  const folder =
    bucket === undefined ? dir : (options.waitingFolder ?? join(tmpdir(), 'patchcord-recordings'));
  await makeFolder(folder);
  let shelf: Shelf = new FolderShelf(folder);
  if (bucket !== undefined) {
    const [{ S3 }, { S3Shelf }] = await Promise.all([import('./s3.ts'), import('./s3-shelf.ts')]);
    const prefix = path === '' ? '' : `${path.slice(1)}/`;
    const s3Shelf = new S3Shelf({ clock, s3: new S3(bucket, access), prefix, folder, log });
    await s3Shelf.begin();
    shelf = s3Shelf;
  }
  const recordings = new Recordings({ clock, shelf, folder, retentionDays, log });
  await recordings.sweep();
  return recordings;
}

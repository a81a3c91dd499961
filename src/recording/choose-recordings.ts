// Which place `RECORDINGS_DIR` means: a folder, or a bucket. A bucket's recordings are written in a folder of the system's for
// temporary files, and wait there until the bucket has them.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../call/ports.ts';
import { FolderShelf } from './folder-shelf.ts';
import { makeFolder, Recorder, type Recordings } from './recordings.ts';
import { S3, type S3Access } from './s3.ts';
import { S3Shelf } from './s3-shelf.ts';

const S3_URL = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[\w.-]+)*)\/?$/;

export interface RecordingsParts {
  readonly clock: Clock;
  /** Recordings older than this are erased; 0 keeps them for ever. */
  readonly retentionDays?: number;
  /** For a bucket only. */
  readonly s3: S3Access;
  /** Lines for the log. */
  readonly log: (line: string) => void;
  /** Where a bucket's recordings wait, if not in the system's folder. */
  readonly waitingFolder?: string;
}

/** What is wrong, as the end of a sentence that begins with `RECORDINGS_DIR`; null when it is fine. Never says a key. */
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

/** `dir` must have no problem. Rejects where the folder cannot be made or written, with the file system's code. */
export async function startRecordings(dir: string, parts: RecordingsParts): Promise<Recordings> {
  const { clock, log, s3: access, retentionDays = 0 } = parts;
  const [, bucket, path = ''] = S3_URL.exec(dir) ?? [];
  if (bucket === undefined) {
    await makeFolder(dir);
    const recorder = new Recorder({ clock, shelf: new FolderShelf(dir), folder: dir, retentionDays, log });
    await recorder.sweep();
    return recorder;
  }
  const folder = parts.waitingFolder ?? join(tmpdir(), 'patchcord-recordings');
  await makeFolder(folder);
  const prefix = path === '' ? '' : `${path.slice(1)}/`;
  const shelf = new S3Shelf({ clock, s3: new S3(bucket, access), prefix, folder, log });
  await shelf.begin();
  const recorder = new Recorder({ clock, shelf, folder, retentionDays, log });
  await recorder.sweep();
  return recorder;
}

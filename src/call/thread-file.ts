// Where the file of a worker thread is: beside the module that starts it, `.ts` in a checkout and `.js` once compiled.
import { extname } from 'node:path';

/** `name` without its extension; `startedBy` is that module's `import.meta.url`. */
export function threadFile(name: string, startedBy: string): URL {
  return new URL(`./${name}${extname(new URL(startedBy).pathname)}`, startedBy);
}

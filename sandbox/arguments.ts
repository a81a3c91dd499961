// The options of a command that measures. `--help` exits with 0; an unknown option or a wrong number exits with 2.
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** The values of its options. */
export function argumentsOf<const Options extends ParseArgsOptionsConfig>(usage: string, options: Options) {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

export function wholeNumber(name: string, value: string, least: number): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= least) return number;
  return refuse(`--${name} must be a whole number of at least ${least}, but is "${value}".`);
}

/** Says why, and exits with 2. */
export function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

/** What a shell reports of a command that Ctrl-C ended. */
export const ENDED_BY_CTRL_C = 130;

/**
 * After Ctrl-C: prints what was done so far and exits. Child processes and folders go with the exit, by the handlers of those
 * who made them.
 */
export function onCtrlC(print: () => void): void {
  process.once('SIGINT', () => {
    print();
    process.exit(ENDED_BY_CTRL_C);
  });
}
